// SPDX-License-Identifier: GPL-2.0
/* What drivers pay: pins, per page */
#include <stdio.h>

#include "program.h"

#define PAGES 16384ull

static const char *const names[] = {
	[MEMORY_SMALL] = "4k",
	[MEMORY_THP] = "thp",
	[MEMORY_HUGETLB] = "hugetlb",
};

static void sample_of(const char *what, enum memory kind, unsigned int batch,
		      bool floor, uint64_t took)
{
	double each = (double)took / PAGES;
	char row[64];

	snprintf(row, sizeof(row), "%s.%s.%u", what, names[kind], batch);
	if (floor)
		sample_floor(row, each);
	else
		sample(row, each);
}

static void core(struct space *space, enum memory kind, unsigned int batch)
{
	sample_of("pin", kind, batch, false,
		  DO(space, PIN, .count = PAGES, .batch = batch));
	if (batch == 512)
		sample_of("repin", kind, batch, false,
			  DO(space, PIN_AGAIN, .count = PAGES, .batch = batch));
	sample_of("unpin", kind, batch, false,
		  DO(space, UNPIN, .count = PAGES, .batch = batch));
}

static void floor_of(struct space *space, enum memory kind, unsigned int batch,
		     void *memory)
{
	uint64_t vaddr = (uintptr_t)memory;

	sample_of("pin", kind, batch, true,
		  DO(space, FLOOR_PIN, .vaddr = vaddr, .count = PAGES,
		     .batch = batch));
	sample_of("unpin", kind, batch, true,
		  DO(space, FLOOR_UNPIN, .count = PAGES, .batch = batch));
}

static void unmap_pinned(struct space *space, enum memory kind)
{
	char row[64];

	DO(space, PIN, .count = PAGES);
	snprintf(row, sizeof(row), "unmap.%s", names[kind]);
	sample(row, (double)space_unmap(space, 0, PAGES * PAGE) / PAGES);
}

void pin_rows(void)
{
	enum memory kind;
	struct space space;
	void *memory;

	for (kind = MEMORY_SMALL; kind <= MEMORY_HUGETLB; kind++) {
		progress(names[kind]);
		memory = memory_new(kind, PAGES * PAGE);
		space_open(&space);
		space_map(&space, memory, 0, PAGES * PAGE);
		/* First, as who makes a page dirty anew pays once for that */
		floor_of(&space, kind, 1, memory);
		floor_of(&space, kind, 512, memory);
		core(&space, kind, 512);
		core(&space, kind, 1);
		unmap_pinned(&space, kind);
		space_close(&space);
		memory_free(memory, PAGES * PAGE);
	}
}

/* More pages, so that what comes with any first pin is little */
void memory_rows(void)
{
	const uint64_t size = 256 * MIB, pages = size / PAGE;
	enum memory kind;
	struct space space;
	int64_t before;
	char row[64];
	void *memory;

	for (kind = MEMORY_SMALL; kind <= MEMORY_THP; kind++) {
		progress("memory of pins");
		memory = memory_new(kind, size);
		space_open(&space);
		space_map(&space, memory, 0, size);
		/* The first time it allocates something itself */
		memory_of_kernel();
		before = memory_of_kernel();
		DO(&space, PIN, .count = pages);
		snprintf(row, sizeof(row), "memory.%s", names[kind]);
		sample(row, (double)(memory_of_kernel() - before) / pages);
		DO(&space, UNPIN, .count = pages);
		space_unmap(&space, 0, size);
		space_close(&space);
		memory_free(memory, size);
	}
}
