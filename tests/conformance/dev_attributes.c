// SPDX-License-Identifier: GPL-2.0
/* What the drivers say of themselves in sysfs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/hwlog.h"
#include "fixtures/late_page.h"

static bool has_word(const char *text, const char *word)
{
	return strstr(text, word);
}

static const char *type_says(const char *driver, const char *parent,
			     const char *file)
{
	return get_line(text("%s/%s", mdev_type_dir(driver, parent), file));
}

/* mdevctl shows it, and people choose by it */
TEST(dev, types_are_described)
{
	if (!core_is_patched())
		missing("IOMMU-backed mdev registration");
	mdev_new(BACKED, lone_edu(0));
	check(has_word(type_says(EMULATED, NULL, "description"),
		       "without IOMMU backing"));
	check(has_word(type_says(BACKED, lone_edu(0), "description"),
		       "never pins"));
	mdev_new(OPTIN, lone_edu(1));
	check(has_word(type_says(OPTIN, lone_edu(1), "description"),
		       "while tracked"));
}

TEST(dev, type_of_hwlog_is_described)
{
	if (!core_is_patched())
		missing("IOMMU-backed mdev registration");
	mdev_new(HWLOG, lone_edu(0));
	check(has_word(type_says(HWLOG, lone_edu(0), "description"), "logs"));
}

static void says(struct device *dev, const char *words)
{
	char *scope = mdev_get(dev->mdev, "scope");

	if (strncmp(scope, words, strlen(words)))
		fail("scope says \"%s\", expected \"%s\"", scope, words);
}

/* Why it is wide, which is not the same while closed, idle, or told never to */
TEST(dev, optin_says_why_it_is_wide)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "never");

	says(dev, "wide: opt_in is never");
	close_device(dev);
	says(dev, "wide: the device is not open");
	ok(mdev_put(dev->mdev, "opt_in", "start"));
	open_device(dev);
	says(dev, "wide: the container does not track dirty pages");
}

TEST(dev, precopy_says_why_it_is_wide)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	says(dev, "wide: no migration saves the device");
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	says(dev, "wide: no window to pin yet");
	window(dev, 3);
	says(dev, "pinned");
	close_device(dev);
	says(dev, "wide: the device is not open");
}

TEST(dev, backed_and_hwlog_say_why_they_are_wide)
{
	struct vm *vm = vm_new();
	struct device *backed = vm_backed(vm, lone_edu(0));
	struct device *hwlog = vm_hwlog(vm, lone_edu(1));

	says(backed, "wide: this driver never pins");
	says(hwlog, "wide: the container does not track dirty pages");
	close_device(hwlog);
	says(hwlog, "wide: the device is not open");
}

/* What definitions of old set is a type now. What they say is so stays right. */
TEST(dev, dma_logging_does_not_change, .says = "*pinscope_emulated*another type*")
{
	struct mdev *mdev = mdev_new(EMULATED, NULL);

	ok(mdev_put(mdev, "dma_logging", "0"));
	refused(mdev_put(mdev, "dma_logging", "1"), EOPNOTSUPP);
	refused(mdev_put(mdev, "dma_logging", "maybe"), EINVAL);
	check(!strcmp(mdev_get(mdev, "dma_logging"), "0"));
}

static int task_window(void *arg)
{
	return try_window(arg, 3);
}

static pid_t read_attribute(struct mdev *mdev, const char *name)
{
	char buf[256], *path = text("%s/%s", mdev->path, name);
	pid_t pid = fork();
	int fd;

	check(pid >= 0);
	if (pid)
		return pid;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	_exit(fd < 0 || read(fd, buf, sizeof(buf)) <= 0);
}

/*
 * A page fault of the user holds up a GET, that a pin, that the device; and that
 * who reads what the driver says of it. At least that can be ended.
 */
static void can_be_killed(struct device *dev)
{
	struct vm *vm = dev->vm;
	struct task *gets, *pins_it;
	struct late_page late;
	int status = 0;
	bool gone;
	pid_t pid;

	start(vm);
	late_page(&late, vm);
	gets = begin_get(&late);
	pins_it = begin_task(task_window, dev);
	doze(100);
	pid = read_attribute(dev->mdev, "scope");
	doze(200);
	kill(pid, SIGKILL);
	gone = comes_true(waitpid(pid, &status, WNOHANG) == pid, 2000);
	end_get(&late, gets);
	equal(end_task(pins_it), 0);
	if (!gone)
		waitpid(pid, &status, 0);
	check(gone);
}

TEST(dev, who_reads_of_an_optin_device_can_be_killed)
{
	can_be_killed(vm_optin(vm_new(), lone_edu(0), "start"));
}

TEST(dev, who_reads_of_a_hwlog_device_can_be_killed)
{
	can_be_killed(vm_hwlog(vm_new(), lone_edu(0)));
}

static int task_detach(void *arg)
{
	detach(arg);
	return 0;
}

/* So can who reads of the container, while a group waits to leave it */
TEST(dev, who_reads_of_a_container_can_be_killed)
{
	struct vm *vm = vm_new();
	struct device *leaves = vm_backed(vm, lone_edu(0));
	struct task *gets, *detaches;
	struct late_page late;
	int status = 0;
	bool gone;
	pid_t pid;

	start(vm);
	late_page(&late, vm);
	gets = begin_get(&late);
	close_device(leaves);
	detaches = begin_task(task_detach, leaves);
	doze(200);
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		execl("/bin/sh", "sh", "-c",
		      "exec cat /sys/kernel/debug/vfio/containers/*/scope",
		      NULL);
		_exit(127);
	}
	doze(500);
	check(!waitpid(pid, &status, WNOHANG));
	kill(pid, SIGKILL);
	gone = comes_true(waitpid(pid, &status, WNOHANG) == pid, 2000);
	end_get(&late, gets);
	equal(end_task(detaches), 0);
	if (!gone)
		waitpid(pid, &status, 0);
	check(gone);
}

TEST(dev, scope_says_that_a_window_could_not_be_pinned, .says = "pin refused (-EINVAL)")
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "start");
	map_pages(vm, 0, 8);
	window(dev, 12);
	start(vm);
	check(!scope_pinned(vm));
	check(has_word(mdev_get(dev->mdev, "scope"),
		       "refused: a window could not be pinned (-EINVAL)"));
}
