// SPDX-License-Identifier: GPL-2.0
/* Devices and processes that go away in the middle of something. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/race.h"
#include "fixtures/vm.h"

/* A lock taken twice shows soon: the others are not to wait for it long. */
#define RACE(what) TEST(race, what, .limit = 40)

/* What a monitor shows of itself: writes it has done, and whether it is in one. */
struct progress {
	atomic_uint writes;
	atomic_bool in_dma;
};

/* A monitor of its own that does DMA until it is killed. */
static pid_t busy_monitor(struct mdev *mdev, struct progress *progress)
{
	struct device *dev;
	struct vm *vm;
	pid_t pid;
	int ret;

	atomic_store(&progress->writes, 0);
	pid = fork();
	check(pid >= 0);
	if (pid)
		return pid;
	vm = vm_new();
	dev = vm_add(vm, mdev);
	start(vm);
	window(dev, 3);
	for (;;) {
		atomic_store(&progress->in_dma, true);
		ret = try_write(dev, 3);
		atomic_store(&progress->in_dma, false);
		if (ret)
			_exit(1);
		atomic_fetch_add(&progress->writes, 1);
	}
}

/* Kills a monitor at work. Returns whether that was in the middle of a DMA. */
static bool kill_busy_monitor(struct mdev *mdev, struct progress *progress)
{
	pid_t pid = busy_monitor(mdev, progress);
	int status;

	check(comes_true(atomic_load(&progress->writes) > 1, 10000));
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status));
	return atomic_load(&progress->in_dma);
}

#define KILLS 3

static void killed_in_dma(struct mdev *mdev)
{
	struct progress *progress;
	int tries, killed = 0;
	struct device *dev;
	struct vm *vm;

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(progress != MAP_FAILED);
	for (tries = 0; killed < KILLS && tries < 10 * KILLS; tries++)
		killed += kill_busy_monitor(mdev, progress);
	equal(killed, KILLS);
	/* What it held is free, and the device works for the next one. */
	vm = vm_new();
	dev = vm_add(vm, mdev);
	equal(windows(dev), 0);
	window(dev, 7);
	writes(dev, 7);
}

RACE(process_killed_in_dma_of_backed)
{
	killed_in_dma(mdev_new(BACKED, lone_edu(0)));
}

RACE(process_killed_in_dma_of_optin)
{
	killed_in_dma(mdev_new_optin(lone_edu(0), "start"));
}

RACE(process_killed_in_dma_of_emulated)
{
	killed_in_dma(mdev_new(EMULATED, NULL));
}

static int write_page(void *arg)
{
	/* It fails once the file is gone: then wait for the others. */
	if (try_write(arg, 2))
		doze(10);
	return 0;
}

static int close_once(void *arg)
{
	struct device *dev = arg;
	int fd = dev->fd;

	doze(150);
	if (fd < 0)
		return 0;
	/* By number only: the other thread uses the library's handle. */
	dev->fd = -1;
	return dup2(STDIN_FILENO, fd) < 0 ? -errno : 0;
}

/* The last reference goes while a command runs, which completes first. */
RACE(close_in_the_middle_of_dma)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));
	struct racer racers[] = {
		RACER(write_page, dev), RACER(close_once, dev),
	};

	race(racers, 2, 1000);
	close_device(dev);
	open_device(dev);
	writes(dev, 3);
	leave_vm(dev);
}

static int attach_and_leave(void *arg)
{
	struct device *dev = arg;
	int ret = try_attach(dev);

	if (!ret)
		ret = try_open(dev);
	close_device(dev);
	if (!ret)
		ret = pinscope_group_detach(dev->group);
	pinscope_group_close(dev->group);
	dev->group = NULL;
	return ret;
}

static int get_all(void *arg)
{
	uint64_t bitmap = 0;

	return try_get(arg, 0, PAGES, &bitmap, sizeof(bitmap));
}

RACE(get_and_vfio_pci_coming_and_going)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *pci = device_of_pci(vm, lone_edu(1));
	struct racer racers[] = {
		RACER(attach_and_leave, pci), RACER(get_all, vm),
	};

	window(em, 4);
	start(vm);
	race(racers, 2, 1000);
	dirty(vm);
	same(dirty(vm), P(4));
}

RACE(get_and_backed_coming_and_going)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *dev = device_of(vm, mdev_new(BACKED, lone_edu(0)));
	struct racer racers[] = {
		RACER(attach_and_leave, dev), RACER(get_all, vm),
	};

	window(em, 4);
	start(vm);
	race(racers, 2, 1000);
	dirty(vm);
	same(dirty(vm), P(4));
}
