// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that log write, and lose windows, while the bitmap is read: what a
 * monitor copies by it comes to what is in memory.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/hwlog.h"
#include "fixtures/race.h"
#include "fixtures/soft.h"

#define RACE_MS 4000

/* A device at work in pages of which some are windows for a time only. */
struct work {
	struct device *dev;
	int first;
	int nr;
	unsigned int round;
};

static int write_pages(void *arg)
{
	struct work *w = arg;
	int page = w->first + w->round++ % w->nr;

	return try_command(w->dev, PINSCOPE_CMD_DMA_WRITE, IOVA(page), PAGE);
}

/* The window is gone before anybody has asked for what was written to it. */
static int write_and_remove(void *arg)
{
	struct work *w = arg;
	int page = w->first + w->round++ % w->nr, ret;

	ret = try_window(w->dev, page);
	if (!ret)
		ret = try_write(w->dev, page);
	if (!ret)
		ret = try_command(w->dev, PINSCOPE_CMD_REMOVE_WINDOW,
				  IOVA(page), PAGE);
	return ret;
}

/* Who copies what a bitmap has, round after round. */
struct copy {
	struct vm *vm;
	uint8_t ram[RAM_SIZE];
	unsigned int pages;
};

static int copy_dirty(void *arg)
{
	struct copy *copy = arg;
	uint64_t bitmap = 0;
	int page, ret;

	ret = try_get(copy->vm, 0, PAGES, &bitmap, sizeof(bitmap));
	if (ret)
		return ret;
	for (page = 0; page < PAGES; page++) {
		if (!(bitmap & P(page)))
			continue;
		memcpy(copy->ram + page * PAGE, copy->vm->ram + page * PAGE,
		       PAGE);
		copy->pages++;
	}
	return 0;
}

static void copy_is_complete(struct copy *copy)
{
	int page;

	ok(copy_dirty(copy));
	for (page = 0; page < PAGES; page++)
		if (memcmp(copy->ram + page * PAGE,
			   copy->vm->ram + page * PAGE, PAGE))
			fail("what was written to page %d was never reported",
			     page);
	same(dirty(copy->vm), NONE);
}

TEST(race, dma_is_logged_while_bitmaps_are_read, .limit = 30)
{
	struct copy *copy = zalloc(sizeof(*copy));
	struct vm *vm = vm_new();
	struct work a = { .first = 0, .nr = 7 }, b = { .first = 5, .nr = 8 };
	struct racer racers[] = {
		RACER(write_pages, &a), RACER(write_pages, &b),
		RACER(copy_dirty, copy),
	};

	a.dev = vm_hwlog(vm, sim_new(SIM_GROUP, NULL));
	b.dev = vm_hwlog(vm, sim_new(SIM_GROUP + 1, NULL));
	wide_window(a.dev, 0, 7);
	wide_window(b.dev, 5, 8);
	copy->vm = vm;
	start(vm);
	memcpy(copy->ram, vm->ram, RAM_SIZE);
	race(racers, 3, RACE_MS);
	note("%u DMA writes; %u bitmaps read, with %u pages",
	     racers[0].rounds + racers[1].rounds, racers[2].rounds,
	     copy->pages);
	copy_is_complete(copy);
	/* Not because all was dirty all the time */
	check(copy->pages < racers[2].rounds * PAGES / 2);
}

TEST(race, windows_come_and_go_while_bitmaps_are_read, .limit = 30)
{
	struct copy *copy = zalloc(sizeof(*copy));
	struct vm *vm = vm_new();
	struct work a = { .first = 0, .nr = 5 }, b = { .first = 8, .nr = 6 };
	struct racer racers[] = {
		RACER(write_and_remove, &a), RACER(write_pages, &b),
		RACER(copy_dirty, copy),
	};

	a.dev = vm_hwlog(vm, sim_new(SIM_GROUP, NULL));
	b.dev = vm_hwlog(vm, sim_new(SIM_GROUP + 1, NULL));
	window(a.dev, 6);
	wide_window(b.dev, 8, 6);
	copy->vm = vm;
	start(vm);
	memcpy(copy->ram, vm->ram, RAM_SIZE);
	race(racers, 3, RACE_MS);
	note("%u windows removed, %u DMA writes; %u bitmaps read, with %u pages",
	     racers[0].rounds, racers[1].rounds, racers[2].rounds,
	     copy->pages);
	copy_is_complete(copy);
	check(copy->pages < racers[2].rounds * PAGES / 2);
}
