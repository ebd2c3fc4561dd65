// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that log write, and lose windows, while somebody reads the bitmap and
 * copies what it has: each write gets to the copy, though nothing is written to
 * the page after it.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/hwlog.h"
#include "fixtures/race.h"
#include "fixtures/soft.h"

#define RACE_MS 3000

/*
 * A write that is complete is in the bitmap that is being read, or in the next.
 * Who reads them stops at the end of the race, which waits for all.
 */
#define LOST_BITMAPS 4
#define IDLE_MS 300

/* What somebody has who copies what a bitmap has, round after round. */
struct copy {
	struct vm *vm;
	uint8_t ram[RAM_SIZE];
	unsigned int pages;
	unsigned int bitmaps;
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
	__atomic_add_fetch(&copy->bitmaps, 1, __ATOMIC_RELEASE);
	return 0;
}

/* A device at work in pages of its own. */
struct work {
	struct device *dev;
	struct copy *copy;
	int first;
	int nr;
	unsigned int round;
};

static int comes_to_copy(struct work *w, int page)
{
	uint32_t *word = (uint32_t *)(w->copy->ram + page * PAGE);
	unsigned int *bitmaps = &w->copy->bitmaps;
	unsigned int before = __atomic_load_n(bitmaps, __ATOMIC_ACQUIRE), now;
	uint64_t end = now_ms() + IDLE_MS;

	do {
		now = __atomic_load_n(bitmaps, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == w->dev->seed)
			return 0;
		if (now - before >= LOST_BITMAPS)
			return -ENODATA;
	} while (now_ms() < end);
	return 0;
}

static int write_pages(void *arg)
{
	struct work *w = arg;
	int page = w->first + w->round++ % w->nr, ret;

	ret = try_command(w->dev, PINSCOPE_CMD_DMA_WRITE, IOVA(page), PAGE);
	return ret ? ret : comes_to_copy(w, page);
}

/* The window is gone before anybody has asked for what was written to it. */
static int write_and_remove(void *arg)
{
	struct work *w = arg;
	int page = w->first + w->round++ % w->nr, ret;
	uint32_t seed;

	ret = try_window(w->dev, page);
	if (!ret)
		ret = try_write(w->dev, page);
	seed = w->dev->seed;
	if (!ret)
		ret = try_command(w->dev, PINSCOPE_CMD_REMOVE_WINDOW,
				  IOVA(page), PAGE);
	w->dev->seed = seed;
	return ret ? ret : comes_to_copy(w, page);
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

/* Or the IOMMU tells what the log does not. */
static const struct sim_options untracked = { .no_tracking = true };

static void works(struct work *w, struct copy *copy, unsigned int group)
{
	w->copy = copy;
	w->dev = vm_hwlog(copy->vm, sim_new(group, &untracked));
}

static void race_copies_all(struct racer *racers, struct copy *copy)
{
	start(copy->vm);
	memcpy(copy->ram, copy->vm->ram, RAM_SIZE);
	race(racers, 3, RACE_MS);
	note("%u and %u writes; %u bitmaps read, with %u pages",
	     racers[0].rounds, racers[1].rounds, racers[2].rounds,
	     copy->pages);
	copy_is_complete(copy);
	/* Not because all was dirty all the time */
	check(copy->pages < racers[2].rounds * PAGES / 2);
}

TEST(race, dma_is_logged_while_bitmaps_are_read, .limit = 90)
{
	struct copy *copy = zalloc(sizeof(*copy));
	struct work a = { .first = 0, .nr = 5 }, b = { .first = 7, .nr = 6 };
	struct racer racers[] = {
		RACER(write_pages, &a), RACER(write_pages, &b),
		RACER(copy_dirty, copy),
	};

	copy->vm = vm_new();
	works(&a, copy, SIM_GROUP);
	works(&b, copy, SIM_GROUP + 1);
	wide_window(a.dev, 0, 7);
	wide_window(b.dev, 5, 8);
	race_copies_all(racers, copy);
}

TEST(race, windows_come_and_go_while_bitmaps_are_read, .limit = 90)
{
	struct copy *copy = zalloc(sizeof(*copy));
	struct work a = { .first = 0, .nr = 5 }, b = { .first = 8, .nr = 6 };
	struct racer racers[] = {
		RACER(write_and_remove, &a), RACER(write_pages, &b),
		RACER(copy_dirty, copy),
	};

	copy->vm = vm_new();
	works(&a, copy, SIM_GROUP);
	works(&b, copy, SIM_GROUP + 1);
	window(a.dev, 6);
	wide_window(b.dev, 8, 6);
	race_copies_all(racers, copy);
}
