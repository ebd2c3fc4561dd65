// SPDX-License-Identifier: GPL-2.0
/*
 * DMA logging by the device: the user asks the device itself what it has
 * written. Devices of the type "logging" offer it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/hwlog.h"
#include "fixtures/memory.h"

static struct device *logging(struct vm *vm, const char *driver, const char *parent)
{
	return vm_add(vm, mdev_new_type(driver, "logging", parent));
}

static struct device *logging_emulated(struct vm *vm)
{
	return logging(vm, EMULATED, NULL);
}

static struct device *logging_hwlog(struct vm *vm)
{
	return logging(vm, HWLOG, lone_edu(0));
}

static int try_log_start_range(struct device *dev, uint64_t iova, uint64_t size,
			       uint64_t page_size)
{
	struct vfio_device_feature_dma_logging_range range = {
		.iova = iova, .length = size,
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = page_size,
		.num_ranges = 1,
		.ranges = (uintptr_t)&range,
	};
	int ret = pinscope_device_feature_set(dev->dev,
					      VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					      &control, sizeof(control));

	if (!ret)
		equal(control.page_size, PAGE);
	return ret;
}

static int try_log_start(struct device *dev)
{
	return try_log_start_range(dev, RAM_IOVA, RAM_SIZE, PAGE);
}

static int try_log_stop(struct device *dev)
{
	return pinscope_device_feature_set(dev->dev,
					   VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
					   NULL, 0);
}

static int try_report(struct device *dev, uint64_t iova, uint64_t size,
		      uint64_t page_size, void *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova, .length = size, .page_size = page_size,
		.bitmap = (uintptr_t)bitmap,
	};

	return pinscope_device_feature_get(dev->dev,
					   VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
					   &report, sizeof(report));
}

static uint64_t reported(struct device *dev)
{
	uint64_t bitmap = 0;

	ok(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, &bitmap));
	return bitmap;
}

static int probed(struct device *dev)
{
	return pinscope_device_feature_probe(dev->dev,
					     VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					     VFIO_DEVICE_FEATURE_SET);
}

TEST(dev, dma_logging_is_offered_as_the_type_says)
{
	struct vm *vm = vm_new();
	struct device *plain = vm_emulated(vm), *dev = logging_emulated(vm);

	refused(probed(plain), ENOTTY);
	refused(try_log_start(plain), ENOTTY);
	ok(probed(dev));
	check(!strcmp(mdev_get(plain->mdev, "dma_logging"), "0"));
	check(!strcmp(mdev_get(dev->mdev, "dma_logging"), "1"));
	check(mdev_put(vm_backed(vm, lone_edu(1))->mdev, "dma_logging",
		       "1") < 0);
}

TEST(dev, dma_logging_reports_windows)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_emulated(vm);

	window(dev, 3);
	read_window(dev, 5);
	ok(try_log_start(dev));
	same(reported(dev), P(3));
	same(reported(dev), P(3));
	window(dev, 8);
	same(reported(dev), P(3) | P(8));
	/* What it wrote before it went */
	writes(dev, 8);
	no_window(dev, 8);
	same(reported(dev), P(3) | P(8));
	same(reported(dev), P(3));
	/* By the CPU, outside of any window */
	cpu_writes(dev, 11);
	same(reported(dev), P(3) | P(11));
	same(reported(dev), P(3));
	ok(try_log_stop(dev));
}

TEST(dev, dma_logging_needs_no_pins_of_an_optin_device)
{
	struct vm *vm = vm_new();
	struct device *dev = logging(vm, OPTIN, lone_edu(0));

	window(dev, 6);
	ok(try_log_start(dev));
	equal(pins(dev), 0);
	refused(try_write(dev, 7), EFAULT);
	writes(dev, 6);
	same(reported(dev), P(6));
	reset(dev);
	same(reported(dev), P(6));
	same(reported(dev), NONE);
}

TEST(dev, dma_logging_reports_what_a_write_log_has)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);

	wide_window(dev, 0, 8);
	writes(dev, 1);
	ok(try_log_start(dev));
	same(reported(dev), NONE);
	writes(dev, 3);
	writes(dev, 4);
	same(reported(dev), P(3) | P(4));
	same(reported(dev), NONE);
	window(dev, 9);
	writes(dev, 9);
	no_window(dev, 9);
	cpu_writes(dev, 12);
	same(reported(dev), P(9) | P(12));
	ok(try_log_stop(dev));
	writes(dev, 5);
	ok(try_log_start(dev));
	same(reported(dev), NONE);
}

/* Two who ask for the same log: neither takes it from the other. */
TEST(dev, dma_logging_beside_the_container)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);

	wide_window(dev, 0, 8);
	start(vm);
	ok(try_log_start(dev));
	writes(dev, 2);
	same(dirty(vm), P(2));
	same(reported(dev), P(2));
	writes(dev, 3);
	same(reported(dev), P(3));
	same(dirty(vm), P(3));
	stop(vm);
	writes(dev, 4);
	same(reported(dev), P(4));
	start(vm);
	ok(try_log_stop(dev));
	writes(dev, 5);
	same(dirty(vm), P(5));
}

TEST(dev, dma_logging_reports_parts_and_larger_pages)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);
	uint64_t bitmap = 0;

	wide_window(dev, 0, 16);
	ok(try_log_start(dev));
	writes(dev, 2);
	writes(dev, 9);
	ok(try_report(dev, IOVA(8), 4 * PAGE, PAGE, &bitmap));
	same(bitmap, P(1));
	same(reported(dev), P(2));

	writes(dev, 13);
	bitmap = 0;
	ok(try_report(dev, RAM_IOVA, RAM_SIZE, 4 * PAGE, &bitmap));
	same(bitmap, P(3));
	same(reported(dev), NONE);
}

TEST(dev, dma_logging_tells_once_what_was_written_twice)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_emulated(vm);

	ok(try_log_start(dev));
	cpu_writes(dev, 2);
	cpu_writes(dev, 2);
	same(reported(dev), P(2));
	same(reported(dev), NONE);
	ok(try_log_stop(dev));
}

/* A range may begin in the middle of a page: that page is told, if it was written */
TEST(dev, dma_logging_reports_from_the_middle_of_a_page)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);
	uint64_t bitmap = 0;

	wide_window(dev, 0, 16);
	ok(try_log_start(dev));
	writes(dev, 2);
	ok(try_report(dev, IOVA(2) + PAGE / 2, 2 * PAGE, PAGE, &bitmap));
	same(bitmap, P(0));
	ok(try_log_stop(dev));
}

TEST(dev, dma_logging_refuses_bad_input)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_emulated(vm);
	uint64_t bitmap = 0;

	window(dev, 3);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, &bitmap), EINVAL);
	refused(try_log_start_range(dev, RAM_IOVA + 1, RAM_SIZE, PAGE), EINVAL);
	refused(try_log_start_range(dev, RAM_IOVA, PAGE - 1, PAGE), EINVAL);
	refused(try_log_start_range(dev, -PAGE, 2 * PAGE, PAGE), EOVERFLOW);
	refused(try_log_start_range(dev, 0, 3 * PAGE, 3 * PAGE), EINVAL);
	refused(try_log_start_range(dev, 0, 0, 0), EINVAL);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, &bitmap), EINVAL);

	ok(try_log_start(dev));
	refused(try_log_start(dev), EBUSY);
	refused(try_report(dev, RAM_IOVA, 0, PAGE, &bitmap), EINVAL);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, 0, &bitmap), EINVAL);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE / 2, &bitmap), EINVAL);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, 3 * PAGE, &bitmap), EINVAL);
	refused(try_report(dev, -PAGE, 2 * PAGE, PAGE, &bitmap), EOVERFLOW);
	same(bitmap, NONE);
	same(reported(dev), P(3));
	ok(try_log_stop(dev));
	ok(try_log_stop(dev));
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, &bitmap), EINVAL);
}

TEST(dev, dma_logging_report_that_fails_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);
	void *there = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	check(there != MAP_FAILED);
	wide_window(dev, 0, 16);
	ok(try_log_start(dev));
	writes(dev, 7);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, there), EFAULT);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, NULL), EFAULT);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, (void *)-PAGE), EFAULT);
	same(reported(dev), P(7));
	same(reported(dev), NONE);
	munmap(there, PAGE);
}

/* A length may end within what a bit stands for, be it the only one. */
TEST(dev, dma_logging_report_of_odd_lengths_that_fails_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);
	const uint64_t units[][2] = {
		{ PAGE, 2 * PAGE }, { 3 * PAGE, 2 * PAGE }, { PAGE / 2, PAGE },
	};
	size_t i;

	wide_window(dev, 0, 16);
	ok(try_log_start(dev));
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t bitmap = 0;

		writes(dev, 0);
		refused(try_report(dev, RAM_IOVA, units[i][0], units[i][1],
				   NULL), EFAULT);
		ok(try_report(dev, RAM_IOVA, units[i][0], units[i][1],
			      &bitmap));
		same(bitmap, P(0));
	}
}

/* While the container tracks, a window is refused that cannot be pinned. */
TEST(dev, dma_logging_of_a_window_that_is_refused)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = logging(vm, HWLOG, parent);
	int i;

	start(vm);
	ok(try_log_start(dev));
	for (i = 0; i < LOG_SLOTS + 1; i++)
		refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, 0x40000000,
				    PAGE), EINVAL);
	equal(log_slots(parent), 0);
	window(dev, 5);
	writes(dev, 5);
	same(reported(dev), P(5));
	holds(dirty(vm), P(5));
}

TEST(dev, dma_logging_ends_when_the_device_is_closed)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);
	uint64_t bitmap = 0;

	wide_window(dev, 0, 8);
	ok(try_log_start(dev));
	writes(dev, 2);
	close_device(dev);
	open_device(dev);
	refused(try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, &bitmap), EINVAL);
	ok(try_log_start(dev));
	same(reported(dev), NONE);
}

/* More pages than the device remembers: 32768 of them */
#define MANY 0x9000
#define MANY_SIZE (MANY * PAGE)
#define CHUNK 0x100000

static struct device *logging_many(struct vm *vm)
{
	struct device *dev;
	void *ram;

	vm->unmapped = true;
	dev = logging_emulated(vm);
	ram = mmap(NULL, MANY_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(ram != MAP_FAILED);
	ok(pinscope_map(vm->container, ram, RAM_IOVA, MANY_SIZE,
			PINSCOPE_MAP_RW));
	ok(try_log_start_range(dev, RAM_IOVA, MANY_SIZE, PAGE));
	return dev;
}

static void write_chunks(struct device *dev, uint64_t from, uint64_t to)
{
	for (; from < to; from += CHUNK)
		ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, RAM_IOVA + from,
			       CHUNK));
}

static bool last_is_reported(struct device *dev)
{
	static uint64_t bitmap[MANY / 64];

	memset(bitmap, 0, sizeof(bitmap));
	ok(try_report(dev, RAM_IOVA, MANY_SIZE, PAGE, bitmap));
	return bitmap[MANY / 64 - 1] >> 63;
}

/* All is reported then, and not just a part. */
TEST(dev, dma_logging_overflow_reports_all, .limit = 60)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_many(vm);

	write_chunks(dev, 0, MANY_SIZE - CHUNK);
	/* Not written, but nobody knows */
	check(last_is_reported(dev));
	ok(try_log_stop(dev));
}

/* What was told makes room for more */
TEST(dev, dma_logging_remembers_again_what_it_has_told, .limit = 60)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_many(vm);

	write_chunks(dev, 0, MANY_SIZE / 2);
	check(!last_is_reported(dev));
	write_chunks(dev, MANY_SIZE / 2, MANY_SIZE - CHUNK);
	check(!last_is_reported(dev));
	ok(try_log_stop(dev));
}

/* Neither is told by the other's log what was written before its own start. */
TEST(dev, dma_logging_leaves_the_past_to_itself)
{
	struct vm *vm = vm_new();
	struct device *dev = logging_hwlog(vm);

	wide_window(dev, 0, 8);
	ok(try_log_start(dev));
	writes(dev, 2);
	start(vm);
	same(dirty(vm), NONE);
	same(reported(dev), P(2));
	ok(try_log_stop(dev));

	writes(dev, 3);
	ok(try_log_start(dev));
	same(reported(dev), NONE);
	same(dirty(vm), P(3));
}

/* Many addresses over a little memory: room for the bitmap of a huge range. */
#define ALIASES 96
#define ALIAS_SIZE (64ull << 20)

static void stay_on_first_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ok(sched_setaffinity(0, sizeof(set), &set) ? -errno : 0);
}

/* The longest time in which it did not run, as long as it is told to */
static void run_all_the_time(atomic_ullong *longest)
{
	uint64_t now, before = now_ms();

	stay_on_first_cpu();
	for (;; before = now) {
		now = now_ms();
		if (now - before > atomic_load(longest))
			atomic_store(longest, now - before);
	}
}

TEST(dev, dma_logging_report_lets_others_run, .limit = 200)
{
	atomic_ullong *longest = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = ok(memfd_create("bitmap", MFD_CLOEXEC)), i, status;
	struct vm *vm = vm_new();
	struct device *dev = logging_emulated(vm);
	const uint64_t size = ALIASES * ALIAS_SIZE;
	uint64_t began;
	uint8_t *at;
	pid_t pid;

	at = mmap(NULL, size, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(longest != MAP_FAILED && at != MAP_FAILED);
	ok(ftruncate(fd, ALIAS_SIZE));
	for (i = 0; i < ALIASES; i++)
		check(mmap(at + i * ALIAS_SIZE, ALIAS_SIZE,
			   PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) !=
		      MAP_FAILED);
	close(fd);
	ok(try_log_start(dev));
	stay_on_first_cpu();
	pid = fork();
	check(pid >= 0);
	if (!pid)
		run_all_the_time(longest);
	doze(500);
	atomic_store(longest, 0);
	began = now_ms();
	ok(try_report(dev, 0, size * 8 * PAGE, PAGE, at));
	note("%llu ms, others have waited for %llu ms",
	     (unsigned long long)(now_ms() - began), atomic_load(longest));
	doze(100);
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	check(atomic_load(longest) < 1000 * time_factor());
	munmap(at, size);
}

/*
 * Memory that can be written, but not pinned, is no place for an answer that is
 * put together there
 */
TEST(dev, dma_logging_report_into_secret_memory_loses_nothing)
{
	int fd = syscall(SYS_memfd_secret, O_CLOEXEC);
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t *bitmap;
	int ret;

	if (fd < 0)
		skip("needs memfd_secret()");
	ok(ftruncate(fd, PAGE) ? -errno : 0);
	bitmap = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(bitmap != MAP_FAILED);
	*bitmap = 0;
	dev = logging_hwlog(vm);
	wide_window(dev, 0, 16);
	ok(try_log_start(dev));
	writes(dev, 7);
	ret = try_report(dev, RAM_IOVA, RAM_SIZE, PAGE, bitmap);
	note("returns %d, bitmap %llx", ret, (unsigned long long)*bitmap);
	if (ret)
		same(reported(dev), P(7));
	else
		same(*bitmap, P(7));
	munmap(bitmap, PAGE);
	close(fd);
}

/* The same for a device that has lost count, so that all is reported */
static void report_all_without_end(struct mdev *mdev, atomic_ullong *state)
{
	const uint64_t size = 64 * ALIAS_SIZE;
	int fd = ok(memfd_create("bitmap", MFD_CLOEXEC | MFD_HUGETLB)), i;
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t began;
	uint8_t *at;
	void *ram;

	vm->unmapped = true;
	dev = vm_add(vm, mdev);
	ram = mmap(NULL, MANY_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ok(pinscope_map(vm->container, ram, RAM_IOVA, MANY_SIZE,
			PINSCOPE_MAP_RW));
	ok(try_log_start_range(dev, RAM_IOVA, MANY_SIZE, PAGE));
	at = mmap(NULL, size + SIZE_2M, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(at != MAP_FAILED);
	at = (uint8_t *)(((uintptr_t)at + SIZE_2M - 1) & ~(SIZE_2M - 1));
	ok(ftruncate(fd, ALIAS_SIZE) ? -errno : 0);
	for (i = 0; i < 64; i++)
		check(mmap(at + i * ALIAS_SIZE, ALIAS_SIZE,
			   PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) !=
		      MAP_FAILED);
	began = now_ms();
	ok(try_report(dev, 0, size * 8 * PAGE, PAGE, at));
	atomic_store(&state[1], now_ms() - began);
	write_chunks(dev, 0, MANY_SIZE - CHUNK);
	atomic_store(&state[0], 1);
	ok(try_report(dev, 0, size * 8 * PAGE, PAGE, at));
	atomic_store(&state[0], 2);
	for (;;)
		pause();
}

static void put_huge_pages(void *arg)
{
	put_file("/proc/sys/vm/nr_hugepages", arg);
}

TEST(dev, dma_logging_report_of_a_task_that_is_killed_ends, .limit = 200)
{
	atomic_ullong *state = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mdev *mdev = mdev_new_type(EMULATED, "logging", NULL);
	uint64_t killed;
	int status;
	pid_t pid;

	check(state != MAP_FAILED);
	defer(RESTORE_HOST, put_huge_pages,
	      get_line("/proc/sys/vm/nr_hugepages"));
	ok(put_file("/proc/sys/vm/nr_hugepages", "40"));
	pid = fork();
	check(pid >= 0);
	if (!pid)
		report_all_without_end(mdev, state);
	check(comes_true(atomic_load(&state[0]), 100000));
	doze(state[1] + state[1] / 2 + 100);
	killed = now_ms();
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	note("gone after %llu ms", (unsigned long long)(now_ms() - killed));
	equal(atomic_load(&state[0]), 1);
	check(now_ms() - killed < 1000 * time_factor());
}
