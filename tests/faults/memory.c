// SPDX-License-Identifier: GPL-2.0
/* Memory that is mapped and unmapped. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/mman.h>

#include "subject.h"
#include "sweep.h"

static void check_mapping(struct vm *vm, bool tracking)
{
	uint64_t bitmap;

	sweep_watch(vm);
	/* What is dirty when it goes is kept, and has its place from then on */
	map_pages(vm, 2, 5);
	unmap_pages(vm, 2, 5);
	SWEEP("map", NOTHING, try_map(vm, 2, 5, PINSCOPE_MAP_RW)) {
		if (!sweep.ret) {
			if (tracking && try_get(vm, 2, 5, &bitmap, 8))
				complain("it has no bitmap");
			unmap_pages(vm, 2, 5);
		}
		if (try_map(vm, 2, 5, PINSCOPE_MAP_RW))
			complain("cannot be mapped after that");
		else
			unmap_pages(vm, 2, 5);
	}
}

static void map_beside(const struct kind *first, const struct kind *second)
{
	struct vm *vm = vm_new();

	memset(vm->ram, 1, RAM_SIZE);
	vm->unmapped = true;
	new_device_of(first, vm);
	if (second)
		new_device_of(second, vm);
	check_mapping(vm, false);
	start(vm);
	check_mapping(vm, true);
}

static void map(const struct kind *kind)
{
	map_beside(kind, NULL);
}

ON(map, emulated)
ON(map, backed)
ON(map, tracked)
ON(map, backed_edu)

FAULTS(map_in_two_domains)
{
	map_beside(&backed, &tracked);
}

/*
 * Larger than what is pinned at a time, and of memory in pieces: each page on its own
 * at worst, with two calls that can fail. That is a MAP of all of it for each of them.
 */
TEST(faults, map_much, .limit = 300, .log = FAULT_LOG)
{
	size_t size = SIZE_2M + 2 * PAGE;
	struct vm *vm = vm_new();
	uint8_t *ram = small_memory(size);

	vm->unmapped = true;
	new_device_of(&backed, vm);
	sweep_watch(vm);
	SWEEP("map much", NOTHING,
	      try_map_at(vm, ram, RAM_IOVA, size))
		if (!sweep.ret)
			ok(try_unmap_at(vm, RAM_IOVA, size));
}

/* An UNMAP that fails has done nothing, or all of it but to tell how much */
static bool is_mapped(struct vm *vm, int page)
{
	int ret = try_map(vm, page, 1, PINSCOPE_MAP_RW);

	if (!ret)
		unmap_pages(vm, page, 1);
	else if (ret != -EEXIST)
		complain("cannot be mapped after that: %s", strerror(-ret));
	return ret == -EEXIST;
}

/* What was written to page 4 is told by it, or by the next GET if it failed */
static void check_told(struct vm *vm, const struct kind *kind, int first,
		       int nr, const uint64_t *told, unsigned int locked)
{
	uint64_t page = P(4 - first), bitmap[2] = { };

	if (!sweep.ret || !is_mapped(vm, 4)) {
		if (!(*told & page))
			complain("page 4 is lost");
		return;
	}
	/* Pins go first, and without an IOMMU there is nothing else */
	if (kind != &emulated && locked_soon(locked) != locked)
		complain("%u KiB are locked, before it was %u", locked_kb(),
			 locked);
	if (try_get(vm, first, nr, bitmap, 8) || !(bitmap[0] & page))
		complain("it failed, and page 4 is lost");
	ok(try_unmap(vm, first, nr));
}

static void unmap_with_bitmap(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	unsigned int locked;
	uint64_t bitmap = 0;

	start(vm);
	dirty(vm);
	let_write(dev, kind);
	locked = locked_kb();
	SWEEP_PARTS("unmap with the bitmap", bitmap = 0,
		    try_unmap_get(vm, 0, PAGES, &bitmap, 8)) {
		check_told(vm, kind, 0, PAGES, &bitmap, locked);
		map_pages(vm, 0, PAGES);
		dirty(vm);
		let_write(dev, kind);
	}
}

ON(unmap_with_bitmap, emulated)
ON(unmap_with_bitmap, backed)
ON(unmap_with_bitmap, tracked)
ON(unmap_with_bitmap, optin)
ON(unmap_with_bitmap, hwlog)

/* In units and at places where bits have to be moved */
static void unmap_odd(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	unsigned int locked;
	uint64_t bitmap[2];

	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 1, 2);
	map_pages(vm, 3, 5);
	start(vm);
	let_write(dev, kind);
	locked = locked_kb();
	SWEEP_PARTS("unmap two", memset(bitmap, 0, sizeof(bitmap)),
		    try_unmap_get(vm, 1, 7, bitmap, 8)) {
		check_told(vm, kind, 1, 7, bitmap, locked);
		map_pages(vm, 1, 2);
		map_pages(vm, 3, 5);
		ok(try_get(vm, 1, 7, bitmap, 8));
		let_write(dev, kind);
	}
}

ON(unmap_odd, emulated)
ON(unmap_odd, tracked)

/* Without: while tracking is on, the GET after it is mapped again tells */
static void unmap_without_bitmap(const struct kind *kind, bool tracking)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	if (tracking)
		start(vm);
	let_write(dev, kind);
	SWEEP_PARTS("unmap", NOTHING, try_unmap(vm, 0, PAGES)) {
		if (sweep.ret && is_mapped(vm, 4))
			ok(try_unmap(vm, 0, PAGES));
		map_pages(vm, 0, PAGES);
		if (tracking && !(dirty(vm) & P(4)))
			complain("page 4 is lost");
		/* That more is dirty than could be kept is forgotten by STOP */
		if (tracking) {
			stop(vm);
			start(vm);
		}
		let_write(dev, kind);
	}
}

static void unmap_without(const struct kind *kind)
{
	unmap_without_bitmap(kind, false);
}

static void unmap_while_tracking(const struct kind *kind)
{
	unmap_without_bitmap(kind, true);
}

ON(unmap_without, emulated)
ON(unmap_without, backed)
ON(unmap_without, optin)
ON(unmap_without, hwlog)
ON(unmap_without, hwlog_edu)
ON(unmap_while_tracking, emulated)
ON(unmap_while_tracking, backed)
ON(unmap_while_tracking, tracked)
ON(unmap_while_tracking, hwlog)

/* They are mapped anew each time, so that none is there yet */
FAULTS(map_registers_of_a_device)
{
	struct vm *vm = vm_new();
	struct device *pci;
	uint8_t *bar;

	vm->unmapped = true;
	pci = vm_add_pci(vm, lone_edu(0));
	SWEEP("map registers", bar = map_registers(pci),
	      try_map_at(vm, bar, RAM_IOVA, RAM_SIZE)) {
		if (!sweep.ret)
			ok(try_unmap_at(vm, RAM_IOVA, RAM_SIZE));
		munmap(bar, RAM_SIZE);
	}
	munmap(bar, RAM_SIZE);
}

#define NR_LARGE 128

/* More pages than are kept one by one */
FAULTS(unmap_much_while_wide)
{
	uint8_t *ram = small_memory(NR_LARGE * PAGE);
	uint64_t at = 1ull << 32, bits[NR_LARGE / 64];
	struct vm *vm = vm_new();

	vm->unmapped = true;
	new_device_of(&backed, vm);
	map_at(vm, ram, at, NR_LARGE * PAGE);
	start(vm);
	SWEEP_PARTS("unmap", NOTHING, try_unmap_at(vm, at, NR_LARGE * PAGE)) {
		if (sweep.ret)
			ok(try_unmap_at(vm, at, NR_LARGE * PAGE));
		map_at(vm, ram, at, NR_LARGE * PAGE);
		ok(try_get_in(vm, at, NR_LARGE * PAGE, PAGE, bits, sizeof(bits)));
		if (bits[0] != ~0ull || bits[1] != ~0ull)
			complain("what was all dirty is not");
	}
}
