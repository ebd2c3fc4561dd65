// SPDX-License-Identifier: GPL-2.0
/*
 * R11 with what drivers of IOMMUs really do: one mark for each entry of the page
 * table, read from any address in it, and nothing marked before it is flushed.
 */
#include <string.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define BASE 0x40000000ull
#define AT(page) (BASE + (page) * PAGE)

/* Memory in four pages of 2M, as one mapping. */
#define ENTRIES 4
#define SIZE (ENTRIES * SIZE_2M)
#define NR (SIZE_2M / PAGE)
#define FIRST(entry) ((entry) * (int)NR)

struct large {
	struct vm *vm;
	struct device *dev;
	const char *sim;
	uint8_t *ram;
	uint64_t dirty[ENTRIES * NR / 64];
};

static struct large *large_pages(const char *model)
{
	bool exact = !strcmp(model, "exact");
	struct large *l = zalloc(sizeof(*l));

	l->vm = vm_new();
	l->vm->unmapped = true;
	l->sim = sim_new(SIM_GROUP, &(struct sim_options){ .model = model });
	l->dev = vm_backed(l->vm, l->sim);
	l->ram = huge_memory(SIZE);
	map_at(l->vm, l->ram, BASE, SIZE);
	if (!exact && !has_entries(l->sim, "0x40000000 0x800000 rw 0x200000"))
		skip("needs huge pages that are free");
	start(l->vm);
	return l;
}

static void write_at(struct large *l, int page)
{
	ok(try_command(l->dev, PINSCOPE_CMD_DMA_WRITE, AT(page), 64));
}

/* What is dirty is added to what was so before. */
static void collect(struct large *l)
{
	uint64_t bitmap[ENTRIES * NR / 64] = {};
	size_t i;

	ok(try_get_in(l->vm, BASE, SIZE, PAGE, bitmap, sizeof(bitmap)));
	for (i = 0; i < ENTRIES * NR / 64; i++)
		l->dirty[i] |= bitmap[i];
}

static void forget(struct large *l)
{
	collect(l);
	memset(l->dirty, 0, sizeof(l->dirty));
}

/* How many of the pages of an entry are dirty. */
static int dirty_of(struct large *l, int entry)
{
	int i, nr = 0;

	for (i = 0; i < (int)NR / 64; i++)
		nr += __builtin_popcountll(l->dirty[entry * NR / 64 + i]);
	return nr;
}

static void second_write_is_dirty_again(const char *model)
{
	struct large *l = large_pages(model);
	int i;

	for (i = 0; i < 3; i++) {
		write_at(l, FIRST(1) + 7);
		forget(l);
		write_at(l, FIRST(1) + 300);
		collect(l);
		equal(dirty_of(l, 0), 0);
		equal(dirty_of(l, 1), NR);
		equal(dirty_of(l, 2), 0);
		forget(l);
		collect(l);
		equal(dirty_of(l, 1), 0);
	}
}

TEST(sim, what_is_written_again_is_dirty_again_intel)
{
	second_write_is_dirty_again("intel");
}

TEST(sim, what_is_written_again_is_dirty_again_amd)
{
	second_write_is_dirty_again("amd");
}

TEST(sim, what_is_written_again_is_dirty_again_smmu)
{
	second_write_is_dirty_again("smmu");
}

/* All is new: no mark, and nothing in a cache. */
static void map_anew(struct large *l)
{
	stop(l->vm);
	ok(try_unmap_at(l->vm, BASE, SIZE));
	map_at(l->vm, l->ram, BASE, SIZE);
	start(l->vm);
	memset(l->dirty, 0, sizeof(l->dirty));
}

/*
 * The first and the last entry are dirty, and a device writes to the beginning
 * of the second while the kernel looks at all of them: before the first look, or
 * the next, and so on. That is dirty now, or the next time; and nothing else is.
 */
static void no_write_is_lost_beside_looks(const char *model)
{
	bool exact = !strcmp(model, "exact");
	struct large *l = large_pages(model);
	int n = 0, each = exact ? 1 : NR;
	long long before;

	do {
		map_anew(l);
		write_at(l, FIRST(0));
		write_at(l, FIRST(3));
		write_at_look(l->sim, ++n, AT(FIRST(1)));
		before = looks(l->sim).calls;
		collect(l);
		before = looks(l->sim).calls - before;
		collect(l);
		if (n > before)
			break;
		if (!(l->dirty[FIRST(1) / 64] & 1))
			fail("a write before look %d of %lld is lost", n,
			     before);
		equal(dirty_of(l, 0), each);
		equal(dirty_of(l, 1), each);
		equal(dirty_of(l, 2), 0);
		equal(dirty_of(l, 3), each);
	} while (n <= before);
	note("a write before each of %lld looks", before);
	check(before > 4);
}

TEST(sim, no_write_is_lost_beside_looks_exact)
{
	no_write_is_lost_beside_looks("exact");
}

TEST(sim, no_write_is_lost_beside_looks_intel)
{
	no_write_is_lost_beside_looks("intel");
}

TEST(sim, no_write_is_lost_beside_looks_amd)
{
	no_write_is_lost_beside_looks("amd");
}

TEST(sim, no_write_is_lost_beside_looks_smmu)
{
	no_write_is_lost_beside_looks("smmu");
}
