// SPDX-License-Identifier: GPL-2.0
/* Memory that is mapped and unmapped. */
#include <string.h>

#include "subject.h"
#include "sweep.h"

static void check_mapping(struct vm *vm, bool tracking)
{
	uint64_t bitmap;

	sweep_watch(vm);
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

/* Larger than what is pinned at a time, and of memory in pieces */
FAULTS(map_much)
{
	struct vm *vm = vm_new();
	uint8_t *ram = small_memory(SIZE_2M * 2);

	vm->unmapped = true;
	new_device_of(&backed, vm);
	sweep_watch(vm);
	SWEEP("map much", NOTHING,
	      try_map_at(vm, ram, RAM_IOVA, SIZE_2M * 2))
		if (!sweep.ret)
			ok(try_unmap_at(vm, RAM_IOVA, SIZE_2M * 2));
}

/* Unmaps all; what the device wrote is told by it or later */
static void unmap_with_bitmap(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	uint64_t bitmap = 0;

	start(vm);
	dirty(vm);
	let_write(dev, kind);
	SWEEP("unmap with the bitmap", bitmap = 0,
	      try_unmap_get(vm, 0, PAGES, &bitmap, 8)) {
		if (!sweep.ret && !(bitmap & P(4)))
			complain("page 4 is lost");
		if (sweep.ret) {
			/* Nothing was unmapped */
			if (try_get(vm, 0, PAGES, &bitmap, 8) ||
			    !(bitmap & P(4)))
				complain("it failed, and page 4 is lost");
			try_unmap(vm, 0, PAGES);
		}
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
	uint64_t bitmap[2];

	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 1, 2);
	map_pages(vm, 3, 5);
	start(vm);
	let_write(dev, kind);
	SWEEP("unmap two", memset(bitmap, 0, sizeof(bitmap)),
	      try_unmap_get(vm, 1, 7, bitmap, 8)) {
		if (!sweep.ret && !(bitmap[0] & P(3)))
			complain("page 4 is lost");
		if (sweep.ret) {
			if (try_get(vm, 1, 7, bitmap, 8) ||
			    !(bitmap[0] & P(3)))
				complain("it failed, and page 4 is lost");
			try_unmap(vm, 1, 7);
		}
		map_pages(vm, 1, 2);
		map_pages(vm, 3, 5);
		ok(try_get(vm, 1, 7, bitmap, 8));
		let_write(dev, kind);
	}
}

ON(unmap_odd, emulated)
ON(unmap_odd, tracked)

/* Without: that it is done is all there is to say */
static void unmap_without(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	let_write(dev, kind);
	SWEEP("unmap", NOTHING, try_unmap(vm, 0, PAGES)) {
		if (sweep.ret)
			try_unmap(vm, 0, PAGES);
		map_pages(vm, 0, PAGES);
		let_write(dev, kind);
	}
}

ON(unmap_without, emulated)
ON(unmap_without, backed)
ON(unmap_without, optin)
ON(unmap_without, hwlog)
ON(unmap_without, hwlog_edu)
