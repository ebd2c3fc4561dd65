// SPDX-License-Identifier: GPL-2.0
/*
 * A user is killed while it asks: what it was told, and what is dirty after that, are
 * everything together. Another process has the container, and asks next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinscope/sample.h>

#include "fixtures/memory.h"

#define FAR (1ull << 42)
/* So much that to ask takes milliseconds */
#define MUCH (256ull << 30)
#define BYTES (MUCH / PAGE / 8)
#define WRITTEN 64
#define ROUNDS 40
#define ROOM 8

/* What the process that is killed has been told, in memory of both */
struct told {
	atomic_int asks;
	atomic_int ends;
	struct vfio_iommu_type1_dirty_range range[ROOM];
	uint64_t *bits;
};

static void *memory_of_both(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	check(p != MAP_FAILED);
	return p;
}

static bool has(const uint64_t *bits, uint64_t page)
{
	return bits[page / 64] >> page % 64 & 1;
}

static void take_ranges(struct told *told)
{
	uint64_t page, end;
	int i;

	for (i = 0; i < ROOM; i++) {
		page = (told->range[i].iova - FAR) / PAGE;
		for (end = page + told->range[i].size / PAGE;
		     told->range[i].size && page < end; page++)
			told->bits[page / 64] |= P(page % 64);
	}
}

static void ask_bits(struct vm *vm, struct told *told)
{
	try_get_in(vm, FAR, MUCH, PAGE, told->bits, BYTES);
}

static void ask_unmap(struct vm *vm, struct told *told)
{
	try_unmap_get_in(vm, FAR, MUCH, PAGE, told->bits, BYTES);
}

static void ask_ranges(struct vm *vm, struct told *told)
{
	struct vfio_iommu_type1_dirty_ranges_get get = {
		.iova = FAR, .size = MUCH, .ranges = (uintptr_t)told->range,
	};

	do {
		memset(told->range, 0, sizeof(told->range));
		get.nr_ranges = ROOM;
		if (raw_ranges(vm->fd, &get))
			return;
		take_ranges(told);
	} while (get.size);
}

static void killed_in(void (*ask)(struct vm *vm, struct told *told),
		      unsigned int us)
{
	struct told *told = memory_of_both(PAGE);
	uint64_t *bits = memory_of_both(BYTES), page[WRITTEN];
	int round, i, status, lost = 0, interrupted = 0;
	unsigned int seed = now_ms();
	struct vm *vm = vm_new();
	struct device *dev;
	uint8_t *ram;
	pid_t pid;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	told->bits = memory_of_both(BYTES);
	ram = memory_of_both(MUCH);
	map_at(vm, ram, FAR, MUCH);
	start(vm);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < WRITTEN; i++) {
			page[i] = ((uint64_t)rand_r(&seed) << 20 ^
				   rand_r(&seed)) % (MUCH / PAGE);
			ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE,
				       FAR + page[i] * PAGE, 64));
		}
		madvise(told->bits, BYTES, MADV_REMOVE);
		memset(told->range, 0, sizeof(told->range));
		told->asks = 0;
		told->ends = 0;
		pid = fork();
		check(pid >= 0);
		if (!pid) {
			told->asks = 1;
			ask(vm, told);
			told->ends = 1;
			for (;;)
				pause();
		}
		check(comes_true(told->asks, 10000));
		usleep(rand_r(&seed) % us);
		kill(pid, SIGKILL);
		equal(waitpid(pid, &status, 0), pid);
		interrupted += !told->ends;
		take_ranges(told);
		madvise(bits, BYTES, MADV_REMOVE);
		ok(try_get_in(vm, FAR, MUCH, PAGE, bits, BYTES));
		for (i = 0; i < WRITTEN; i++)
			lost += !has(told->bits, page[i]) && !has(bits, page[i]);
		if (ask == ask_unmap)
			try_map_at(vm, ram, FAR, MUCH);
	}
	note("%d of %d were killed before they had all", interrupted, ROUNDS);
	if (lost)
		fail("%d pages lost", lost);
}

TEST(r16, killed_while_it_reads_a_bitmap, .limit = 120)
{
	killed_in(ask_bits, 60000);
}

TEST(r16, killed_while_it_unmaps_with_a_bitmap, .limit = 120)
{
	killed_in(ask_unmap, 60000);
}

TEST(r16, killed_while_it_reads_ranges, .limit = 120)
{
	killed_in(ask_ranges, 500);
}
