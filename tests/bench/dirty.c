// SPDX-License-Identifier: GPL-2.0
/* What a user pays who tracks dirty pages */
#include <string.h>

#include "program.h"

#define DIRTY 16384ull
#define ROOM (2 * DIRTY)

/* Filled by the kernel; large enough for 1 TiB, and there before it is used */
static void *bitmap;
static void *ranges;

static double get_ranges(struct space *space, const char *row, uint64_t size,
			 uint32_t expected)
{
	uint32_t nr;
	uint64_t took = space_ranges(space, size, ranges, ROOM, &nr);

	if (took == BENCH_ABSENT)
		return 0;
	if (nr != expected)
		die("%s: %u ranges, not %u", row, nr, expected);
	sample(row, took);
	return took;
}

static void get_bitmap(struct space *space, const char *row, uint64_t size,
		       uint64_t expected)
{
	uint64_t took = space_get(space, size, bitmap);

	if (bits_set(bitmap, size) != expected)
		die("%s: %llu pages dirty, not %llu", row,
		    (unsigned long long)bits_set(bitmap, size),
		    (unsigned long long)expected);
	sample(row, took);
}

static void floor_clear(struct space *space, const char *row)
{
	sample_floor(row, DO(space, FLOOR_CLEAR, .vaddr = (uintptr_t)bitmap,
			     .count = TIB / PAGE / 8));
}

static void one_tib(void)
{
	void *memory = memory_new(MEMORY_NONE, TIB);
	const unsigned int stride = TIB / PAGE / DIRTY;
	struct space space;
	int64_t before;
	double large, small;

	progress("1 TiB");
	space_open(&space);
	space_map(&space, memory, 0, TIB);
	memory_of_kernel();
	before = memory_of_kernel();
	sample("start.1t", space_start(&space));
	sample("start.memory", memory_of_kernel() - before);
	get_bitmap(&space, "get.1t.clean", TIB, 0);
	floor_clear(&space, "get.1t.clean");
	get_ranges(&space, "ranges.1t.clean", TIB, 0);

	DO(&space, PIN, .count = DIRTY, .batch = 1, .stride = stride);
	get_bitmap(&space, "get.1t.16k", TIB, DIRTY);
	floor_clear(&space, "get.1t.16k");
	large = get_ranges(&space, "ranges.1t.16k", TIB, DIRTY);
	space_stop(&space);
	space_unmap(&space, 0, TIB);
	space_close(&space);
	memory_free(memory, TIB);

	progress("1 GiB");
	memory = memory_new(MEMORY_NONE, GIB);
	space_open(&space);
	space_map(&space, memory, 0, GIB);
	DO(&space, PIN, .count = DIRTY, .batch = 1, .stride = 16);
	space_start(&space);
	small = get_ranges(&space, "ranges.1g.16k", GIB, DIRTY);
	if (large && small)
		sample("ranges.ratio", large / small);
	space_stop(&space);
	space_unmap(&space, 0, GIB);
	space_close(&space);
	memory_free(memory, GIB);
}

static void many_mappings(void)
{
	char *memory = memory_new(MEMORY_NONE, GIB);
	struct space space;
	uint64_t at;

	progress("1024 mappings");
	space_open(&space);
	for (at = 0; at < GIB; at += MIB)
		space_map(&space, memory + at, at, MIB);
	space_start(&space);
	get_bitmap(&space, "get.1024", GIB, 0);
	space_stop(&space);
	for (at = 0; at < GIB; at += MIB)
		space_unmap(&space, at, MIB);
	space_close(&space);
	memory_free(memory, GIB);
}

static void tracked_pins(void)
{
	const uint64_t size = DIRTY * PAGE;
	void *memory = memory_new(MEMORY_SMALL, size);
	double plain, tracked;
	struct space space;
	uint64_t took;

	progress("tracked pins");
	space_open(&space);
	space_map(&space, memory, 0, size);
	space_start(&space);
	plain = DO(&space, PIN, .count = DIRTY);
	plain += space_get(&space, size, bitmap);
	DO(&space, UNPIN, .count = DIRTY);
	space_get(&space, size, bitmap);

	took = DO(&space, PIN_TRACKED, .count = DIRTY);
	if (took != BENCH_ABSENT) {
		tracked = took + DO(&space, MARK, .count = DIRTY);
		tracked += space_get(&space, size, bitmap);
		if (bits_set(bitmap, size) != DIRTY)
			die("marked pages are not dirty");
		DO(&space, UNPIN, .count = DIRTY);
		sample("tracked", tracked / plain);
	}
	space_stop(&space);
	space_unmap(&space, 0, size);
	space_close(&space);
	memory_free(memory, size);
}

static void by_cpu(bool can_track)
{
	const uint64_t calls = 4096, size = calls * PAGE;
	void *memory = memory_new(MEMORY_SMALL, size);
	struct space space;

	progress("vfio_dma_rw");
	space_open(&space);
	space_map(&space, memory, 0, size);
	sample("rw.off", (double)DO(&space, WRITE, .count = calls, .batch = 8) /
				 calls);
	if (can_track) {
		space_start(&space);
		/* The second time, as what is dirty already is what there is most of */
		DO(&space, WRITE, .count = calls, .batch = 8);
		sample("rw.on", (double)DO(&space, WRITE, .count = calls,
					   .batch = 8) / calls);
		space_stop(&space);
	}
	space_unmap(&space, 0, size);
	space_close(&space);
	memory_free(memory, size);
}

void dirty_rows(void)
{
	const uint64_t size = TIB / PAGE / 8;
	bool can_track = space_can_track();

	by_cpu(can_track);
	if (!can_track)
		return;
	bitmap = memory_new(MEMORY_NONE, size);
	memset(bitmap, 0xff, size);
	ranges = memory_new(MEMORY_NONE, ROOM * 16);
	memset(ranges, 0xff, ROOM * 16);
	many_mappings();
	tracked_pins();
	one_tib();
	memory_free(bitmap, size);
	memory_free(ranges, ROOM * 16);
}
