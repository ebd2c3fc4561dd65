// SPDX-License-Identifier: GPL-2.0
/*
 * A function that is not told of what the IOMMU stops, so its driver asks before,
 * while page tables come and go: the place of a table of small pages is taken by a
 * large page, and the other way round.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fixtures/race.h"
#include "fixtures/vm.h"

#define RACE_MS 3000

#define LARGE 0x200000ull
#define FIRST 0x40000000ull

/* As much as a command may have, up to a page that is never mapped */
#define LEN 0x100000ull

struct remapped {
	struct device *dev;
	void *large;
};

static int ask(void *arg)
{
	struct remapped *r = arg;
	int ret = pinscope_sample_command(r->dev->dev, PINSCOPE_CMD_DMA_WRITE,
					  FIRST + LARGE + PAGE - LEN, LEN, 0);

	return ret ? either(ret, -EFAULT, 0) : -EIO;
}

static int map_and_unmap(struct vm *vm, void *memory, uint64_t iova, uint64_t size)
{
	int ret = pinscope_map(vm->container, memory, iova, size, PINSCOPE_MAP_RW);

	return ret ? ret : pinscope_unmap(vm->container, iova, size, NULL);
}

static int small_and_large(void *arg)
{
	struct remapped *r = arg;
	struct vm *vm = r->dev->vm;
	int ret = map_and_unmap(vm, r->large, FIRST + LARGE - PAGE, PAGE);

	return ret ? ret : map_and_unmap(vm, r->large, FIRST, LARGE);
}

TEST(race, unmap_and_dma_of_edu)
{
	struct vm *vm = vm_new();
	struct remapped r = { vm_backed(vm, lone_edu(0)), NULL };
	struct racer racers[] = {
		RACER(ask, &r), RACER(small_and_large, &r),
	};

	r.large = aligned_alloc(LARGE, LARGE);
	check(r.large && !madvise(r.large, LARGE, MADV_HUGEPAGE));
	memset(r.large, 1, LARGE);
	race(racers, 2, RACE_MS);
}
