// SPDX-License-Identifier: GPL-2.0
/*
 * R17: mappings that were dirty as a whole when they went. Few pages are kept one
 * by one, many as a range, and of ranges there is an end: from then on everything
 * is dirty that was not mapped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"

/* More than are kept one by one */
#define NR 128
#define FAR (1ull << 32)
#define SIZE (NR * PAGE)
#define AT(n) (FAR + (n) * SIZE)

/* As many ranges as are kept. The user may have one mapping less at a time. */
#define RANGES 65536
#define AT_ONCE 65535

struct kept {
	struct vm *vm;
	struct puppet *dev;
	uint8_t *ram;
};

static void kept_new(struct kept *k)
{
	k->vm = vm_new();
	k->vm->unmapped = true;
	k->dev = vm_puppet(k->vm, NULL);
	if (!(k->dev->features & PUPPET_FEATURE_TRACKED))
		missing("dirty clients");
	k->ram = small_memory(SIZE);
	make(k->dev, REGISTER);
	start(k->vm);
}

static void map_nth(struct kept *k, int first, int nr)
{
	int n;

	for (n = first; n < first + nr; n++)
		map_at(k->vm, k->ram, AT(n), SIZE);
}

/*
 * The driver cannot tell what is dirty, and the user cannot be told that it is
 * everything: so it stays that for these mappings
 */
static void all_dirty(struct kept *k, int first, int nr)
{
	size_t bytes = nr * NR / 8;
	void *nowhere = mmap(NULL, bytes, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	check(nowhere != MAP_FAILED);
	script_fails(k->dev, PUPPET_SYNC, EIO);
	refused(try_get_in(k->vm, AT(first), nr * SIZE, PAGE, nowhere, bytes),
		EFAULT);
	script_fails(k->dev, PUPPET_SYNC, 0);
	munmap(nowhere, bytes);
}

static void unmap_nth(struct kept *k, int first, int nr)
{
	ok(try_unmap_at(k->vm, AT(first), nr * SIZE));
}

/* Whether a page mapped on its own is dirty */
static int dirty_at(struct kept *k, uint64_t iova)
{
	uint64_t bitmap = 0;

	ok(try_get_in(k->vm, iova, PAGE, PAGE, &bitmap, sizeof(bitmap)));
	return bitmap;
}

/* Pages that are dirty of the n-th mapping */
static int dirty_of(struct kept *k, int n)
{
	uint64_t bitmap[NR / 64] = {};

	ok(try_get_in(k->vm, AT(n), SIZE, PAGE, bitmap, sizeof(bitmap)));
	return __builtin_popcountll(bitmap[0]) + __builtin_popcountll(bitmap[1]);
}

TEST(r17, mapping_that_was_all_dirty_is_once_more)
{
	struct kept k;

	kept_new(&k);
	map_nth(&k, 0, 3);
	all_dirty(&k, 1, 1);
	unmap_nth(&k, 0, 3);
	map_nth(&k, 0, 3);
	equal(dirty_of(&k, 0), 0);
	equal(dirty_of(&k, 1), NR);
	equal(dirty_of(&k, 2), 0);
	equal(dirty_of(&k, 1), 0);
}

/* What is mapped there again may be less, in the middle, or more */
TEST(r17, part_of_what_was_all_dirty_is_mapped_again)
{
	uint64_t bitmap[NR / 64] = {}, middle = 0;
	struct kept k;

	kept_new(&k);
	map_nth(&k, 0, 1);
	all_dirty(&k, 0, 1);
	unmap_nth(&k, 0, 1);

	map_at(k.vm, k.ram, AT(0) + 32 * PAGE, 64 * PAGE);
	ok(try_get_in(k.vm, AT(0) + 32 * PAGE, 64 * PAGE, PAGE, &middle, 8));
	same(middle, -1ull);
	ok(try_get_in(k.vm, AT(0) + 32 * PAGE, 64 * PAGE, PAGE, &middle, 8));
	same(middle, NONE);
	ok(try_unmap_at(k.vm, AT(0) + 32 * PAGE, 64 * PAGE));

	map_nth(&k, 0, 1);
	ok(try_get_in(k.vm, AT(0), SIZE, PAGE, bitmap, sizeof(bitmap)));
	same(bitmap[0], 0xffffffffull);
	same(bitmap[1], 0xffffffff00000000ull);
	equal(dirty_of(&k, 0), 0);
}

/* A user that unmaps without end costs no memory without end */
TEST(r17, beyond_what_is_kept_all_is_dirty_until_stop, .limit = 240)
{
	struct kept k;

	kept_new(&k);
	map_nth(&k, 0, AT_ONCE);
	all_dirty(&k, 0, AT_ONCE);
	unmap_nth(&k, 0, AT_ONCE);
	/* One more is kept */
	map_nth(&k, AT_ONCE, 2);
	all_dirty(&k, AT_ONCE, 1);
	unmap_nth(&k, AT_ONCE, 2);
	map_nth(&k, RANGES, 2);
	equal(dirty_of(&k, RANGES), 0);
	/* And that is the last */
	all_dirty(&k, RANGES, 1);
	unmap_nth(&k, RANGES, 1);
	equal(dirty_of(&k, RANGES + 1), 0);
	map_nth(&k, RANGES + 2, 1);
	equal(dirty_of(&k, RANGES + 2), NR);
	equal(dirty_of(&k, RANGES + 2), 0);
	/* Be it only for reading now: it may have been written before */
	ok(pinscope_map(k.vm->container, k.ram, AT(RANGES + 3), SIZE,
			PINSCOPE_MAP_READ));
	equal(dirty_of(&k, RANGES + 3), NR);
	equal(dirty_of(&k, RANGES + 3), 0);
	unmap_nth(&k, RANGES + 3, 1);

	stop(k.vm);
	start(k.vm);
	map_nth(&k, RANGES + 3, 1);
	equal(dirty_of(&k, RANGES + 3), 0);
	map_nth(&k, 0, 1);
	equal(dirty_of(&k, 0), 0);
}

/* Bits are kept for so many pieces of the address space */
#define PIECES 8192
#define PIECE (128ull << 20)

static struct puppet_call write_in(int piece)
{
	return (struct puppet_call){
		.op = PUPPET_RW_WRITE, .iova = FAR + piece * PIECE, .count = 64,
	};
}

/* What was written in one page, and then is kept of two */
static uint64_t kept_of(struct kept *k, int piece)
{
	uint64_t at = FAR + piece * PIECE, bits = 0;

	map_at(k->vm, k->ram, at, 2 * PAGE);
	ok(try_get_in(k->vm, at, 2 * PAGE, PAGE, &bits, sizeof(bits)));
	return bits;
}

/* Beyond that a mapping that was dirty anywhere is dirty as a whole */
TEST(r17, pages_far_from_each_other_are_kept, .limit = 240)
{
	struct kept k;
	int i;

	kept_new(&k);
	for (i = 0; i < PIECES + 8; i++) {
		map_at(k.vm, k.ram, FAR + i * PIECE, 2 * PAGE);
		make(k.dev, write_in(i));
		ok(try_unmap_at(k.vm, FAR + i * PIECE, 2 * PAGE));
	}
	same(kept_of(&k, 0), P(0));
	same(kept_of(&k, PIECES - 1), P(0));
	holds(kept_of(&k, PIECES + 7), P(0));
}

/* KASAN holds back what is freed, as long as nobody asks for it */
static void shrink(const char *kind)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", kind);
	f = fopen(path, "we");
	check(f);
	fputs("1", f);
	ok(fclose(f));
}

/* What the kernel has allocated of one kind */
static unsigned long long allocated(const char *kind)
{
	unsigned long long active;
	FILE *f = fopen("/proc/slabinfo", "re");
	char line[512], name[64];
	bool found = false;

	shrink(kind);
	check(f);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%63s %llu", name, &active) == 2 &&
			!strcmp(name, kind);
	fclose(f);
	check(found);
	return active;
}

#define VISITS 20000

/* Pages here and there that are written once, and go: no chunk for each */
static void visits(struct kept *k, void (*leave)(struct kept *k, uint64_t at))
{
	unsigned long long before, after;
	int i;

	kept_new(k);
	before = allocated("vfio_dirty_chunk");
	for (i = 0; i < VISITS; i++) {
		map_at(k->vm, k->ram, FAR + i * PIECE, PAGE);
		make(k->dev, write_in(i));
		leave(k, FAR + i * PIECE);
	}
	after = allocated("vfio_dirty_chunk");
	note("%llu chunks before, %llu after", before, after);
	check(after - before <= PIECES + PIECES / 8);
}

static void leave(struct kept *k, uint64_t at)
{
	ok(try_unmap_at(k->vm, at, PAGE));
}

static void get_and_leave(struct kept *k, uint64_t at)
{
	equal(dirty_at(k, at), 1);
	leave(k, at);
}

static void leave_with_bitmap(struct kept *k, uint64_t at)
{
	uint64_t bitmap = 0;

	ok(try_unmap_get_in(k->vm, at, PAGE, PAGE, &bitmap, sizeof(bitmap)));
	same(bitmap, P(0));
}

TEST(r17, what_is_kept_of_single_pages_is_bounded, .limit = 240)
{
	uint64_t at = FAR + (VISITS - 1) * PIECE;
	struct kept k;

	visits(&k, leave);
	map_at(k.vm, k.ram, FAR, PAGE);
	map_at(k.vm, k.ram, at, PAGE);
	equal(dirty_at(&k, FAR), 1);
	equal(dirty_at(&k, at), 1);
	equal(dirty_at(&k, at), 0);
}

/* There is nothing to keep, and nothing is kept for what may be written there again */
static void nothing_is_left(struct kept *k)
{
	map_at(k->vm, k->ram, FAR, PAGE);
	map_at(k->vm, k->ram, FAR + (VISITS - 1) * PIECE, PAGE);
	equal(dirty_at(k, FAR), 0);
	equal(dirty_at(k, FAR + (VISITS - 1) * PIECE), 0);
}

TEST(r17, what_is_left_of_reported_pages_is_bounded, .limit = 240)
{
	struct kept k;

	visits(&k, get_and_leave);
	nothing_is_left(&k);
}

TEST(r17, what_is_left_by_unmap_with_bitmap_is_bounded, .limit = 240)
{
	struct kept k;

	visits(&k, leave_with_bitmap);
	nothing_is_left(&k);
}

/* More pages are dirty at a time than chunks are kept, and then none is */
TEST(r17, what_is_left_of_many_chunks_is_bounded, .limit = 240)
{
	uint64_t size = 2ull * PIECES * PIECE, iova = FAR, left = size;
	struct pinscope_dirty_range *room;
	size_t nr = 2 * PIECES;
	unsigned long long before, after;
	struct kept k;
	int i;

	kept_new(&k);
	room = calloc(nr, sizeof(*room));
	check(room);
	before = allocated("vfio_dirty_chunk");
	for (i = 0; i < 2 * PIECES; i++) {
		map_at(k.vm, k.ram, FAR + i * PIECE, PAGE);
		make(k.dev, write_in(i));
	}
	ok(pinscope_dirty_ranges(k.vm->container, &iova, &left, false, room, &nr));
	equal(nr, 2 * PIECES);
	after = allocated("vfio_dirty_chunk");
	note("%llu chunks before, %llu after", before, after);
	check(after - before <= PIECES + PIECES / 8);
	free(room);
}

#define CUTS (64 * 1094)

/* A large range that is reported page by page: it is not cut without end */
TEST(r17, what_is_cut_out_of_a_range_is_bounded, .limit = 240)
{
	size_t nr_room = CUTS + 2, nr, found = 0;
	struct pinscope_dirty_range *room, one;
	const uint64_t size = 2ull * CUTS * PAGE;
	uint64_t iova, left, pages = 0;
	struct kept k;
	void *ram;
	int i;

	kept_new(&k);
	ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	room = calloc(nr_room, sizeof(*room));
	check(ram != MAP_FAILED && room);
	map_at(k.vm, ram, FAR, size);
	all_dirty(&k, 0, size / SIZE);
	for (i = 0; i < CUTS; i++) {
		iova = FAR + (2ull * i + 1) * PAGE;
		left = PAGE;
		nr = 1;
		ok(pinscope_dirty_ranges(k.vm->container, &iova, &left, false, &one,
					 &nr));
		found += nr;
	}
	equal(found, CUTS);

	iova = FAR;
	left = size;
	nr = nr_room;
	ok(pinscope_dirty_ranges(k.vm->container, &iova, &left, false, room, &nr));
	equal(left, 0);
	for (found = 0; found < nr; found++)
		pages += room[found].size / PAGE;
	note("%zu ranges, %llu pages", nr, (unsigned long long)pages);
	/* One more, as the first page alone is no range of its own */
	check(nr <= RANGES + 1);
	check(pages >= CUTS);
	free(room);
}

/*
 * Part of a mapping is told, and the rest cannot be kept on its own: it stays dirty as
 * a whole, so nothing is lost that others would have to stand for.
 */
TEST(r17, mapping_that_cannot_be_cut_leaves_others_clean, .limit = 240)
{
	uint64_t iova = AT(RANGES + 1), left = 32 * PAGE;
	struct pinscope_dirty_range one;
	struct kept k;
	size_t nr = 1;

	kept_new(&k);
	map_nth(&k, 0, AT_ONCE);
	all_dirty(&k, 0, AT_ONCE);
	unmap_nth(&k, 0, AT_ONCE);
	map_nth(&k, AT_ONCE, 1);
	all_dirty(&k, AT_ONCE, 1);
	unmap_nth(&k, AT_ONCE, 1);
	map_nth(&k, RANGES + 1, 1);
	all_dirty(&k, RANGES + 1, 1);
	map_nth(&k, RANGES + 3, 1);
	equal(dirty_of(&k, RANGES + 3), 0);
	ok(pinscope_dirty_ranges(k.vm->container, &iova, &left, false, &one,
				 &nr));
	equal(one.size, 32 * PAGE);
	map_nth(&k, RANGES + 5, 1);
	equal(dirty_of(&k, RANGES + 5), 0);
	equal(dirty_of(&k, RANGES + 1), NR);
}

/* Whatever else is kept: of a mapping that was clean there is nothing to keep */
TEST(r17, clean_mapping_stays_clean_beyond_what_is_kept, .limit = 240)
{
	struct kept k;
	uint64_t at = FAR + 2ull * PIECES * PIECE;
	int i;

	kept_new(&k);
	/* One that is reported while they are few */
	map_at(k.vm, k.ram, FAR, PAGE);
	make(k.dev, write_in(0));
	equal(dirty_at(&k, FAR), 1);
	for (i = 1; i < PIECES + 8; i++) {
		map_at(k.vm, k.ram, FAR + i * PIECE, PAGE);
		make(k.dev, write_in(i));
	}
	ok(try_unmap_at(k.vm, FAR, PAGE));
	map_at(k.vm, k.ram, FAR, PAGE);
	equal(dirty_at(&k, FAR), 0);
	make(k.dev, write_in(0));
	map_at(k.vm, k.ram, at, PAGE);
	equal(dirty_at(&k, at), 0);
	ok(try_unmap_at(k.vm, at, PAGE));
	map_at(k.vm, k.ram, at, PAGE);
	equal(dirty_at(&k, at), 0);
	/* Nor of one that was written, once the user knows */
	equal(dirty_at(&k, FAR), 1);
	ok(try_unmap_at(k.vm, FAR, PAGE));
	map_at(k.vm, k.ram, FAR, PAGE);
	equal(dirty_at(&k, FAR), 0);
}

/* All was dirty, and part of it is once more: that it goes again changes nothing */
TEST(r17, part_of_what_was_all_dirty_goes_again)
{
	struct device *wide;
	struct kept k;

	kept_new(&k);
	wide = vm_backed(k.vm, lone_edu(1));
	map_nth(&k, 0, 1);
	unmap_nth(&k, 0, 1);
	map_at(k.vm, k.ram, AT(0) + 8 * PAGE, 100 * PAGE);
	ok(try_unmap_at(k.vm, AT(0) + 8 * PAGE, 100 * PAGE));
	leave_vm(wide);
	map_nth(&k, 0, 2);
	equal(dirty_of(&k, 0), NR);
	equal(dirty_of(&k, 0), 0);
}
