// SPDX-License-Identifier: GPL-2.0
/*
 * R1: the container is where the user asks: START, GET_BITMAP for a range of
 * IO addresses, STOP.
 */
#include <errno.h>

#include "fixtures/vm.h"

TEST(r01, get_needs_start)
{
	struct vm *vm = vm_new();
	uint64_t bitmap = 0;

	vm_emulated(vm);
	refused(try_get(vm, 0, PAGES, &bitmap, sizeof(bitmap)), EINVAL);
	start(vm);
	ok(try_get(vm, 0, PAGES, &bitmap, sizeof(bitmap)));
	stop(vm);
	refused(try_get(vm, 0, PAGES, &bitmap, sizeof(bitmap)), EINVAL);
}

TEST(r01, start_get_stop)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 4);
	start(vm);
	same(dirty(vm), P(4));
	same(dirty(vm), P(4));
	stop(vm);
}

TEST(r01, second_start_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	same(dirty(vm), NONE);
	cpu_writes(dev, 3);
	start(vm);
	same(dirty(vm), P(3));
	same(dirty(vm), NONE);
}

TEST(r01, stop_without_start_is_harmless)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	stop(vm);
	stop(vm);
	window(dev, 1);
	start(vm);
	same(dirty(vm), P(1));
}

TEST(r01, start_and_stop_repeated)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int i;

	window(dev, 2);
	for (i = 0; i < 20; i++) {
		start(vm);
		same(dirty(vm), P(2));
		cpu_writes(dev, i % PAGES);
		stop(vm);
	}
	start(vm);
	same(dirty(vm), P(2));
}

TEST(r01, start_forgets_what_came_before_it)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	cpu_writes(dev, 5);
	start(vm);
	same(dirty(vm), NONE);
}

TEST(r01, range_selects_mappings)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap = 0;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 6);
	map_pages(vm, 6, 10);
	window(dev, 1);
	window(dev, 8);
	start(vm);
	ok(try_get(vm, 0, 6, &bitmap, sizeof(bitmap)));
	same(bitmap, P(1));
	bitmap = 0;
	ok(try_get(vm, 6, 10, &bitmap, sizeof(bitmap)));
	same(bitmap, P(8 - 6));
	same(dirty(vm), P(1) | P(8));
}

TEST(r01, range_without_mapping_is_clean)
{
	struct vm *vm = vm_new();
	uint64_t bitmap = 0;

	vm->unmapped = true;
	vm_emulated(vm);
	map_pages(vm, 0, 4);
	start(vm);
	ok(try_get(vm, 8, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, NONE);
}

TEST(r01, mapping_made_while_tracking_is_covered)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 8);
	start(vm);
	map_pages(vm, 8, 8);
	same(dirty(vm), NONE);
	window(dev, 12);
	same(dirty(vm), P(12));
}

TEST(r01, containers_do_not_mix)
{
	struct vm *one = vm_new(), *two = vm_new();
	struct device *dev = vm_emulated(one);

	vm_emulated(two);
	start(one);
	start(two);
	window(dev, 7);
	same(dirty(two), NONE);
	same(dirty(one), P(7));
	stop(two);
	same(dirty(one), P(7));
}

/* The bits of mappings share a word of the bitmap, with what is not mapped between */
TEST(r01, mappings_with_gaps_share_a_word)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 1, 3);
	map_pages(vm, 6, 2);
	map_pages(vm, 11, 4);
	start(vm);
	cpu_writes(dev, 2);
	same(dirty(vm), P(2));
	cpu_writes(dev, 3);
	cpu_writes(dev, 12);
	same(dirty(vm), P(3) | P(12));
	cpu_writes(dev, 1);
	cpu_writes(dev, 7);
	cpu_writes(dev, 14);
	same(dirty(vm), P(1) | P(7) | P(14));
	same(dirty(vm), NONE);
}
