// SPDX-License-Identifier: GPL-2.0
/*
 * A user who holds up a call of its own holds up nobody who has another device, not
 * even when the administrator takes away one of its devices meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <harness/assigned.h>

#include "fixtures/give_up.h"
#include "fixtures/late_page.h"
#include "fixtures/memory.h"
#include "fixtures/release.h"
#include "fixtures/soft.h"

static bool ends(pid_t pid, int *status, unsigned int ms)
{
	return comes_true(waitpid(pid, status, WNOHANG) == pid, ms);
}

/* Makes an mdev in another process, as that may wait */
static pid_t make_behind(const char *uuid)
{
	return put_file_behind(text("%s/create", mdev_type_dir(EMULATED, NULL)),
			       uuid);
}

static void remove_behind(void *arg)
{
	put_file(text("/sys/bus/mdev/devices/%s/remove", (char *)arg), "1");
}

TEST(dev, removal_that_waits_for_a_get_holds_up_nobody_else)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm), *dev;
	char *uuid = zalloc(PINSCOPE_UUID_SIZE);
	struct late_page late;
	pid_t remover, maker;
	struct task *gets;
	int status = 0;
	bool made;

	/* In the container, but not open, so that nobody is asked to let go */
	dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	attach(dev);
	window(em, 3);
	start(vm);
	late_page(&late, vm);
	gets = begin_get(&late);

	remover = put_file_behind(text("%s/remove", dev->mdev->path), "1");
	check(!ends(remover, &status, 500));
	ok(pinscope_uuid_random(uuid));
	defer(REMOVE_DEVICES, remove_behind, uuid);
	maker = make_behind(uuid);
	made = ends(maker, &status, 3000);

	holds(end_get(&late, gets), P(3));
	check(ends(remover, &status, 8000));
	if (!made) {
		check(ends(maker, &status, 8000));
		fail("another device could not be made before the GET ended");
	}
	equal(WEXITSTATUS(status), 0);
}

#define LATE_IOVA (1ull << 40)

static int task_window_late(void *dev)
{
	return try_command(dev, PINSCOPE_CMD_ADD_WINDOW, LATE_IOVA, PAGE);
}

/* Somebody who looks at a file may wait, but can give up */
static bool looks_or_can_give_up(const char *path)
{
	pid_t pid = fork();
	char buf[64];
	int status, fd;

	check(pid >= 0);
	if (!pid) {
		fd = open(path, O_RDONLY);
		_exit(read(fd, buf, sizeof(buf)) < 0);
	}
	if (ends(pid, &status, 500))
		return true;
	kill(pid, SIGKILL);
	return ends(pid, &status, 2000);
}

TEST(dev, who_looks_at_a_device_that_waits_can_give_up)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct late_page late;
	struct task *pins_it;
	bool state;

	late_page(&late, vm);
	map_at(vm, late.page, LATE_IOVA, PAGE);
	pins_it = begin_task(task_window_late, dev);
	doze(200);
	check(!task_is_done(pins_it));
	state = looks_or_can_give_up(text("/sys/kernel/debug/vfio/%s/migration/state",
					  dev->mdev->uuid));
	fill(&late);
	equal(end_task(pins_it), 0);
	if (!state)
		fail("who reads the migration state cannot be killed");
}

static int ask_size(void *arg)
{
	struct device *dev = arg;
	uint64_t bytes;

	return pinscope_migration_get_data_size(dev->dev, &bytes);
}

TEST(dev, who_asks_for_the_size_of_a_state_can_give_up)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct late_page late;
	struct task *pins_it;
	bool gone;

	late_page(&late, vm);
	map_at(vm, late.page, LATE_IOVA, PAGE);
	pins_it = begin_task(task_window_late, dev);
	doze(200);
	check(!task_is_done(pins_it));
	gone = can_give_up(ask_size, dev);
	fill(&late);
	equal(end_task(pins_it), 0);
	check(gone);
}

static int task_load(void *dev)
{
	return try_enter(dev, PINSCOPE_STATE_STOP);
}

static int task_write_more(void *arg)
{
	struct device *dev = arg;

	return write(dev->data_fd, "", 1) < 0 ? -errno : 0;
}

/* A load pins, which waits for a page of the user; the stream is complete by then. */
TEST(dev, who_writes_to_a_stream_does_not_wait_for_its_load)
{
	struct vm *from = vm_new(), *to = vm_new();
	struct device *src = vm_emulated(from), *dst = vm_emulated(to);
	struct task *loads, *more;
	struct late_page late;
	bool written;
	void *data;
	size_t len;

	map_at(from, small_memory(PAGE), LATE_IOVA, PAGE);
	ok(try_command(src, PINSCOPE_CMD_ADD_WINDOW, LATE_IOVA, PAGE));
	enter(src, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(src->data_fd, &data, &len));
	late_page(&late, to);
	map_at(to, late.page, LATE_IOVA, PAGE);
	enter(dst, PINSCOPE_STATE_RESUMING);
	ok(pinscope_migration_load(dst->data_fd, data, len));
	loads = begin_task(task_load, dst);
	doze(200);
	check(!task_is_done(loads));
	more = begin_task(task_write_more, dst);
	written = comes_true(task_is_done(more), 3000);
	fill(&late);
	equal(end_task(loads), 0);
	refused(end_task(more), ENODEV);
	check(written);
	equal(pins(dst), 1);
}

/* The file of a stream outlives the device's: who uses it may be somebody else. */
static void close_beside(struct device *dev, struct late_page *late,
			 struct task *waits)
{
	struct task *closes = begin_task(task_close, dev);
	bool closed = comes_true(task_is_done(closes), 3000);

	fill(late);
	end_task(waits);
	end_task(closes);
	if (!closed)
		fail("the device could not be closed meanwhile");
}

/* Somebody who waits for the same file, and is the second to do so */
static int read_byte(void *file)
{
	char byte;

	return read(*(int *)file, &byte, 1) < 0;
}

static int write_byte(void *file)
{
	return write(*(int *)file, "", 1) < 0;
}

static void close_beside_read(struct device *dev)
{
	struct late_page late;
	struct task *reads;
	bool gave_up;
	int file;

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	file = ok(dup(dev->data_fd));
	late_page(&late, dev->vm);
	reads = begin_read(&late, file);
	gave_up = can_give_up(read_byte, &file);
	close_beside(dev, &late, reads);
	check(gave_up);
	close(file);
}

static void close_beside_write(struct device *dev)
{
	struct late_page late;
	struct task *writes;
	bool gave_up;
	int file;

	enter(dev, PINSCOPE_STATE_RESUMING);
	file = ok(dup(dev->data_fd));
	late_page(&late, dev->vm);
	writes = begin_write(&late, file);
	gave_up = can_give_up(write_byte, &file);
	close_beside(dev, &late, writes);
	check(gave_up);
	close(file);
}

TEST(dev, close_does_not_wait_for_who_reads_its_stream)
{
	close_beside_read(vm_emulated(vm_new()));
}

TEST(dev, close_does_not_wait_for_who_writes_its_stream)
{
	close_beside_write(vm_emulated(vm_new()));
}

static struct device *assigned(void)
{
	struct device *dev = device_of_bound(vm_new(), assigned_function(0, NULL));

	attach(dev);
	open_device(dev);
	return dev;
}

TEST(assigned, close_does_not_wait_for_who_reads_its_stream)
{
	close_beside_read(assigned());
}

TEST(assigned, close_does_not_wait_for_who_writes_its_stream)
{
	close_beside_write(assigned());
}

/* Nor does the way to another state, and whoever waits for the device meanwhile. */
TEST(dev, state_changes_beside_who_reads_its_stream)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct late_page late;
	struct task *reads;
	int before;

	window(dev, 3);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	late_page(&late, vm);
	reads = begin_read(&late, dev->data_fd);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	start(vm);
	before = task_is_done(reads);
	fill(&late);
	equal(end_task(reads), 0);
	check(!before);
	stop(vm);
}
