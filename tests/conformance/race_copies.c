// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of all kinds write, are reset, come and go, while somebody reads what is
 * dirty in every way there is, unmaps memory and maps it again, and copies what is
 * told: in the end the copy is complete.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/hwlog.h"
#include "fixtures/race.h"
#include "fixtures/soft.h"

#define RACE_MS 8000

/* These pages are one mapping, which comes and goes; the others stay. */
#define MOVES 8
#define NR_MOVES 8

struct copy {
	struct vm *vm;
	uint8_t ram[RAM_SIZE];
	unsigned int seed;
	unsigned int failures;
	unsigned long pages;
	unsigned long answers;
};

static void take(struct copy *copy, int first, uint64_t bits)
{
	int page;

	for (page = 0; page < PAGES; page++) {
		if (!(bits >> page & 1))
			continue;
		memcpy(copy->ram + (first + page) * PAGE,
		       copy->vm->ram + (first + page) * PAGE, PAGE);
		copy->pages++;
	}
	copy->answers++;
}

static int ranges_in_pieces(struct copy *copy, int first, int nr, uint32_t room)
{
	struct vfio_iommu_type1_dirty_range range[4];
	struct vfio_iommu_type1_dirty_ranges_get get = {
		.iova = IOVA(first),
		.size = nr * PAGE,
		.ranges = (uintptr_t)range,
	};
	uint64_t bits, at;
	uint32_t i;
	int ret;

	do {
		get.nr_ranges = room;
		ret = raw_ranges(copy->vm->fd, &get);
		if (ret)
			return ret;
		bits = 0;
		for (i = 0; i < get.nr_ranges; i++)
			for (at = 0; at < range[i].size; at += PAGE)
				bits |= P((range[i].iova + at - IOVA(first)) /
					  PAGE);
		take(copy, first, bits);
	} while (get.size && rand_r(&copy->seed) % 4);
	return 0;
}

static int unmap_and_map(struct copy *copy, bool get)
{
	uint64_t bits = 0;
	int ret;

	if (get)
		ret = try_unmap_get(copy->vm, MOVES, NR_MOVES, &bits, 8);
	else
		ret = try_unmap(copy->vm, MOVES, NR_MOVES);
	if (ret)
		return either(ret, -EBUSY, 0);
	if (get)
		take(copy, MOVES, bits);
	return try_map(copy->vm, MOVES, NR_MOVES, PINSCOPE_MAP_RW);
}

static int copy_somehow(void *arg)
{
	struct copy *copy = arg;
	unsigned int r = rand_r(&copy->seed);
	int first = (r >> 8) % PAGES, nr = (r >> 16) % (PAGES - first) + 1, ret;
	uint64_t bits = 0;

	switch (r % 9) {
	case 0:
		ret = try_get(copy->vm, 0, PAGES, NULL, 8);
		return ret == -EFAULT ? 0 : ret;
	case 1:
		return unmap_and_map(copy, false);
	case 2:
		return unmap_and_map(copy, true);
	case 3:
		return try_look(copy->vm, 0, PAGES, &bits, 8);
	case 4:
	case 5:
		return ranges_in_pieces(copy, first, nr, r % 4 + 1);
	case 6:
		ret = try_get(copy->vm, MOVES, NR_MOVES, &bits, 8);
		if (!ret)
			take(copy, MOVES, bits);
		return ret;
	default:
		ret = try_get(copy->vm, 0, PAGES, &bits, 8);
		if (!ret)
			take(copy, 0, bits);
		return ret;
	}
}

struct work {
	struct device *dev;
	unsigned int seed;
	int nr;
	bool windows;
	bool resets;
	unsigned int done;
};

static int work_somehow(void *arg)
{
	struct work *w = arg;
	unsigned int r = rand_r(&w->seed);
	int page = (r >> 8) % w->nr;

	if (!w->windows) {
		w->done += !try_write(w->dev, page);
		return 0;
	}
	switch (r % 8) {
	case 0:
	case 1:
		try_window(w->dev, page);
		break;
	case 2:
		w->done += !try_write(w->dev, page);
		try_command(w->dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(page),
			    PAGE);
		break;
	case 3:
		w->done += !try_command(w->dev, PINSCOPE_CMD_CPU_WRITE,
					IOVA(page), 64);
		break;
	case 4:
		if (w->resets && !((r >> 20) % 16))
			return pinscope_device_reset(w->dev->dev);
		/* fallthrough */
	default:
		w->done += !try_write(w->dev, page);
	}
	return 0;
}

static int come_and_go(void *arg)
{
	struct work *w = arg;
	struct device *dev = w->dev;
	unsigned int r = rand_r(&w->seed);
	int ret = 0;

	if (!dev->group)
		ret = try_attach(dev);
	if (ret)
		return ret;
	if (!dev->dev) {
		ret = try_open(dev);
		if (ret)
			return ret;
	}
	w->done += !try_write(dev, r % w->nr);
	if (r & 0x100) {
		close_device(dev);
		if (r & 0x200)
			detach(dev);
	}
	return 0;
}

static void race_for_a_copy(const char *model)
{
	static const struct sim_options untracked = { .no_tracking = true };
	struct sim_options tracked = { .model = model };
	struct vm *vm = vm_new();
	struct copy copy = { .vm = vm, .seed = now_ms() };
	struct work works[] = {
		{ .nr = MOVES },
		{ .nr = PAGES, .windows = true, .resets = true },
		{ .nr = PAGES, .windows = true, .resets = true },
		{ .nr = PAGES, .windows = true },
		{ .nr = MOVES },
	};
	struct racer racers[] = {
		RACER(copy_somehow, &copy),
		RACER(work_somehow, &works[0]),
		RACER(work_somehow, &works[1]),
		RACER(work_somehow, &works[2]),
		RACER(work_somehow, &works[3]),
		RACER(come_and_go, &works[4]),
	};
	int i;

	vm->unmapped = true;
	works[0].dev = vm_backed(vm, sim_new(SIM_GROUP, &tracked));
	works[1].dev = vm_hwlog(vm, sim_new(SIM_GROUP + 1, &untracked));
	works[2].dev = vm_optin(vm, sim_new(SIM_GROUP + 2, &untracked), "start");
	works[3].dev = vm_emulated(vm);
	works[4].dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP + 3,
							      &untracked)));
	for (i = 0; i < 5; i++)
		works[i].seed = copy.seed + i + 1;
	map_pages(vm, 0, MOVES);
	map_pages(vm, MOVES, NR_MOVES);
	start(vm);
	memcpy(copy.ram, vm->ram, RAM_SIZE);
	note("seed %u", copy.seed);
	race(racers, sizeof(racers) / sizeof(*racers), RACE_MS);
	for (i = 0; i < 5; i++)
		note("%s: %u rounds, %u writes", racers[i + 1].name,
		     racers[i + 1].rounds, works[i].done);
	note("%lu answers, %lu pages", copy.answers, copy.pages);
	take(&copy, 0, dirty(vm));
	for (i = 0; i < PAGES; i++)
		if (memcmp(copy.ram + i * PAGE, vm->ram + i * PAGE, PAGE))
			fail("what was written to page %d was never told", i);
}

TEST(race, copy_is_complete_exact, .limit = 120)
{
	race_for_a_copy(NULL);
}

TEST(race, copy_is_complete_intel, .limit = 120)
{
	race_for_a_copy("intel");
}

TEST(race, copy_is_complete_smmu, .limit = 120)
{
	race_for_a_copy("smmu");
}
