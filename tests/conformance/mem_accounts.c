// SPDX-License-Identifier: GPL-2.0
/*
 * Locked memory and pins when processes that share a container are killed, and when
 * the memory's owner is busy: in the end there is nothing of either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/late_page.h"
#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define FAR (1ull << 32)
#define BUSY (16ull << 20)

static atomic_bool over;
static pthread_t busy;

/* Has the mmap_lock most of the time, as any program with threads has it sometimes */
static void *keep_busy(void *ram)
{
	while (!atomic_load(&over)) {
		mprotect(ram, BUSY, PROT_READ);
		mprotect(ram, BUSY, PROT_READ | PROT_WRITE);
	}
	return NULL;
}

static void begin_busy(void)
{
	atomic_store(&over, false);
	check(!pthread_create(&busy, NULL, keep_busy, small_memory(BUSY)));
}

static void end_busy(void)
{
	atomic_store(&over, true);
	pthread_join(busy, NULL);
}

static void limit_pages(int nr)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];
	struct rlimit limit = { nr * PAGE, nr * PAGE };

	ok(setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0);
	ok(syscall(SYS_capget, &head, caps) ? -errno : 0);
	caps[0].effective &= ~(1u << CAP_IPC_LOCK);
	ok(syscall(SYS_capset, &head, caps) ? -errno : 0);
}

#define OVER_LIMIT "*RLIMIT_MEMLOCK*|*callbacks suppressed*"

/* One page may be locked. It is returned in one mapping, and wanted in another. */
TEST(mem, page_returned_while_its_owner_is_busy_does_not_count, .log = OVER_LIMIT)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int i, page, ret = 0;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	limit_pages(1);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	begin_busy();
	for (i = 0; i < 3000 && !ret; i++) {
		page = i % 2 * 8;
		ret = try_window(dev, page);
		if (!ret)
			no_window(dev, page);
	}
	end_busy();
	if (ret)
		fail("pin %d: %d, though no page is pinned", i, ret);
}

/* Until the page is still counted that @dev has had pinned and returned */
static void return_a_page(struct device *dev, unsigned int locked)
{
	int i;

	begin_busy();
	for (i = 0; i < 3000 && locked_kb() == locked; i++) {
		window(dev, 1);
		no_window(dev, 1);
	}
	end_busy();
	note("%d times", i);
}

/* Whoever else counts it, as mlock() does, finds no more than there is. */
TEST(mem, page_returned_while_its_owner_is_busy_is_not_locked_for_long)
{
	struct vm *vm = vm_new(), *other = vm_new();
	struct device *dev = vm_emulated(vm), *second = vm_emulated(other);
	unsigned int locked = locked_kb();

	limit_pages(1);
	return_a_page(dev, locked);
	locked_is(locked);
	window(second, 1);
}

/* Nor does it stay so because of a call that has the container for itself. */
TEST(mem, page_returned_beside_a_get_is_not_locked_for_long)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	unsigned int locked = locked_kb();
	struct late_page late;
	struct task *gets;

	late_page(&late, vm);
	start(vm);
	return_a_page(dev, locked);
	gets = begin_get(&late);
	end_get(&late, gets);
	locked_is(locked);
}

#define MAPPINGS 4000

/* A process that shares the container unmaps our memory, and is killed meanwhile */
TEST(mem, unmapper_that_is_killed_leaves_nothing_locked, .limit = 120)
{
	struct vfio_iommu_type1_dma_unmap all = {
		.argsz = sizeof(all), .flags = VFIO_DMA_UNMAP_FLAG_ALL,
	};
	struct vm *vm = vm_new();
	int i, status;
	pid_t pid;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	for (i = 0; i < MAPPINGS; i++)
		map_at(vm, vm->ram, FAR + i * RAM_SIZE, PAGE);
	locked_is(MAPPINGS * PAGE / 1024);
	begin_busy();
	pid = fork();
	check(pid >= 0);
	if (!pid)
		_exit(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &all) ? 1 : 0);
	doze(20);
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status));
	ok(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &all));
	end_busy();
	locked_is(0);
}

/* Pages pinned now, by anybody in the kernel */
static long pinned_pages(void)
{
	long n, acquired = -1, released = -1;
	FILE *f = fopen("/proc/vmstat", "r");
	char name[64];

	check(f);
	while (fscanf(f, "%63s %ld", name, &n) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = n;
		if (!strcmp(name, "nr_foll_pin_released"))
			released = n;
	}
	fclose(f);
	return acquired - released;
}

#define NR 16384

/* Pages of which no two follow each other in memory as they do at IOVA */
static uint8_t *backwards(void)
{
	int fd = ok(memfd_create("backwards", MFD_CLOEXEC)), i;
	uint8_t *p;

	ok(ftruncate(fd, NR * PAGE));
	p = mmap(NULL, NR * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED);
	for (i = NR - 1; i >= 0; i--)
		p[i * PAGE] = 1;
	close(fd);
	return p;
}

struct attacher {
	atomic_int pid;
	atomic_bool ended;
	int ret;
};

static void own(struct attacher *a, struct mdev *emulated, struct mdev *backed)
{
	struct vm *vm = vm_new();
	uint8_t *p = backwards();
	struct device *dev;

	vm->unmapped = true;
	vm_add(vm, emulated);
	map_at(vm, p, FAR, NR * PAGE);
	dev = device_of(vm, backed);
	if (!fork()) {
		a->pid = getpid();
		a->ret = try_attach(dev);
		a->ended = true;
		_exit(0);
	}
	for (;;)
		pause();
}

/* Who has mapped the memory is killed while another process attaches an IOMMU */
TEST(mem, owner_killed_while_another_attaches, .limit = 120)
{
	struct mdev *emulated = mdev_new(EMULATED, NULL);
	struct mdev *backed = mdev_new(BACKED, sim_new(SIM_GROUP, NULL));
	struct attacher *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long before = pinned_pages();
	int round, status;
	pid_t pid;

	check(a != MAP_FAILED);
	for (round = 0; round < 8; round++) {
		memset(a, 0, sizeof(*a));
		pid = fork();
		check(pid >= 0);
		if (!pid)
			own(a, emulated, backed);
		check(comes_true(a->pid, 20000));
		usleep(1000 + 10000 * round);
		kill(pid, SIGKILL);
		equal(waitpid(pid, &status, 0), pid);
		check(comes_true(a->ended, 20000));
		note("attach: %d", a->ret);
	}
	if (!comes_true(pinned_pages() <= before, 3000))
		fail("%ld pages are pinned for ever", pinned_pages() - before);
}
