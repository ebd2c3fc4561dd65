// SPDX-License-Identifier: GPL-2.0
/*
 * Pins of pages that lie next to each other, in memory as at IOVA, are kept as one.
 * Whatever they were pinned with, any of them can be returned, with others or alone.
 */
#include "fixtures/memory.h"
#include "fixtures/puppet.h"

#define FAR (1ull << 32)
#define HUGE_PAGES (SIZE_2M / PAGE)

struct runs {
	struct vm *vm;
	struct puppet *dev;
};

static void runs_new(struct runs *r)
{
	r->vm = vm_new();
	r->vm->unmapped = true;
	r->dev = vm_puppet(r->vm, NULL);
	map_at(r->vm, huge_memory(2 * SIZE_2M), FAR, 2 * SIZE_2M);
	start(r->vm);
}

static void pin(struct runs *r, int page, int nr)
{
	make(r->dev, (struct puppet_call){
		.op = PUPPET_PIN, .iova = FAR + page * PAGE, .count = nr, CALL_RW,
	});
}

static void unpin(struct runs *r, int page, int nr)
{
	make(r->dev, (struct puppet_call){
		.op = PUPPET_UNPIN, .iova = FAR + page * PAGE, .count = nr,
	});
}

/* As it is told to the user, to the puppet, and counted as locked memory */
static void pinned(struct runs *r, unsigned int pages)
{
	equal(query(r->dev).pages, pages);
	locked_is(pages * PAGE / 1024);
}

TEST(mem, pins_of_neighbours_are_returned_together)
{
	struct runs r;

	runs_new(&r);
	pin(&r, 0, 4);
	pin(&r, 4, 4);
	pinned(&r, 8);
	unpin(&r, 0, 8);
	pinned(&r, 0);
}

/* Those that follow join what is there: nothing is written that would part them. */
TEST(mem, pins_to_read_of_neighbours_are_returned_together)
{
	struct puppet_call pin_more = {
		.op = PUPPET_PIN, .iova = FAR, .count = 4, .prot = PUPPET_PROT_READ,
	};
	struct runs r;

	runs_new(&r);
	make(r.dev, pin_more);
	pin_more.iova += 4 * PAGE;
	make(r.dev, pin_more);
	pinned(&r, 8);
	unpin(&r, 2, 4);
	pinned(&r, 4);
	unpin(&r, 0, 2);
	unpin(&r, 6, 2);
	pinned(&r, 0);
}

TEST(mem, pins_of_neighbours_are_returned_in_other_parts)
{
	struct runs r;

	runs_new(&r);
	pin(&r, 0, 4);
	pin(&r, 4, 4);
	unpin(&r, 2, 4);
	pinned(&r, 4);
	unpin(&r, 6, 2);
	unpin(&r, 0, 2);
	pinned(&r, 0);
}

/* From the middle of one huge page to the middle of the next, which lies anywhere */
TEST(mem, pins_of_two_huge_pages_are_returned_together)
{
	uint64_t bits[2 * HUGE_PAGES / 64] = {};
	int page = HUGE_PAGES / 2, i;
	struct runs r;

	runs_new(&r);
	pin(&r, page, HUGE_PAGES);
	pinned(&r, HUGE_PAGES);
	ok(try_get_in(r.vm, FAR, 2 * SIZE_2M, PAGE, bits, sizeof(bits)));
	for (i = 0; i < 2 * (int)HUGE_PAGES; i += 64)
		same(bits[i / 64], i >= page && i < page + (int)HUGE_PAGES ? ~0ull : NONE);
	unpin(&r, page, HUGE_PAGES);
	pinned(&r, 0);
}

/* Neighbours at IOVA, in two chunks of the store, and apart in memory */
TEST(mem, pins_of_two_chunks_apart_in_memory_are_returned)
{
	const uint64_t at = FAR - PAGE;
	struct vm *vm = vm_new();
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, NULL);
	map_at(vm, scattered_memory(), FAR - SIZE_64K / 2, SIZE_64K);
	make(dev, (struct puppet_call){
		.op = PUPPET_PIN, .iova = at, .count = 2, CALL_RW,
	});
	equal(query(dev).pages, 2);
	make(dev, (struct puppet_call){
		.op = PUPPET_UNPIN, .iova = at, .count = 2,
	});
	equal(query(dev).pages, 0);
	locked_is(0);
}
