// SPDX-License-Identifier: GPL-2.0
/* How costs grow with the work there is; rows are curve.WHAT.NUMBER */
#include <stdio.h>
#include <string.h>

#include "program.h"

#define SOME 4096

/**
 * struct curve - costs by the number of things
 * @what: name of its rows
 * @some: cost of one of SOME things
 * @last: cost of one at the last point
 */
struct curve {
	const char *what;
	double some;
	double last;
};

static void point(struct curve *curve, uint64_t x, double y)
{
	char row[64];

	snprintf(row, sizeof(row), "curve.%s.%llu", curve->what,
		 (unsigned long long)x);
	sample(row, y);
	curve->last = y / x;
	if (x == SOME)
		curve->some = curve->last;
}

/* Work that grows by itself has costs that grow as much, and not more */
static void end(const struct curve *curve)
{
	char row[64];

	snprintf(row, sizeof(row), "grow.%s", curve->what);
	sample(row, curve->last / curve->some);
}

/* GET in both forms, over pages that were written once before each */
static void over_dirty_pages(void)
{
	struct curve bitmap = { "bitmap" }, ranges = { "ranges" };
	const uint64_t size = 16 * GIB, pages = size / PAGE, most = 65536;
	void *memory = memory_new(MEMORY_NONE, size);
	void *answer = memory_new(MEMORY_NONE, most * 16);
	struct space space;
	uint64_t n, took;
	uint32_t nr;

	progress("GET over dirty pages");
	memset(answer, 0, most * 16);
	space_open(&space);
	space_map(&space, memory, 0, size);
	space_start(&space);
	for (n = 1; n <= most; n *= 4) {
		DO(&space, WRITE, .count = n, .batch = 8, .stride = pages / n);
		point(&bitmap, n, space_get(&space, size, answer));

		DO(&space, WRITE, .count = n, .batch = 8, .stride = pages / n);
		took = space_ranges(&space, size, answer, most, &nr);
		if (took == BENCH_ABSENT) {
			space_get(&space, size, answer);
			continue;
		}
		if (nr != n)
			die("%u ranges for %llu pages", nr,
			    (unsigned long long)n);
		point(&ranges, n, took);
	}
	space_stop(&space);
	space_unmap(&space, 0, size);
	space_close(&space);
	memory_free(answer, most * 16);
	memory_free(memory, size);
}

static void over_mappings(void)
{
	struct curve map = { "map" }, unmap = { "unmap" };
	struct curve get = { "mappings" };
	const uint64_t most = 65535, each = 64 * PAGE;
	char *memory = memory_new(MEMORY_NONE, most * each);
	void *bitmap = memory_new(MEMORY_NONE, most * 8);
	bool can_track = space_can_track();
	uint64_t n, i, mapped;
	struct space space;

	memset(bitmap, 0, most * 8);
	space_open(&space);
	for (n = 1; n <= most; n = n < 4096 ? n * 16 : n * 16 - 1) {
		progress("costs over mappings");
		mapped = 0;
		for (i = 0; i < n; i++)
			mapped += space_map(&space, memory + i * each,
					    i * each, each);
		point(&map, n, mapped);
		if (can_track) {
			space_start(&space);
			point(&get, n, space_get(&space, n * each, bitmap));
			space_stop(&space);
		}
		point(&unmap, n, space_unmap(&space, 0, n * each));
	}
	space_close(&space);
	end(&map);
	if (can_track)
		end(&get);
	end(&unmap);
	memory_free(bitmap, most * 8);
	memory_free(memory, most * each);
}

static void over_pins(void)
{
	struct curve pin = { "pin" }, unpin = { "unpin" };
	const uint64_t most = BENCH_PAGES_MAX;
	void *memory = memory_new(MEMORY_REPEATED, most * PAGE);
	struct space space;
	uint64_t n;

	space_open(&space);
	space_map(&space, memory, 0, most * PAGE);
	for (n = 1; n <= most; n *= 64) {
		progress("costs over pins");
		point(&pin, n, DO(&space, PIN, .count = n));
		point(&unpin, n, DO(&space, UNPIN, .count = n));
	}
	end(&pin);
	end(&unpin);
	space_unmap(&space, 0, most * PAGE);
	space_close(&space);
	memory_free(memory, most * PAGE);
}

void curve_rows(void)
{
	if (space_can_track())
		over_dirty_pages();
	over_mappings();
	over_pins();
}
