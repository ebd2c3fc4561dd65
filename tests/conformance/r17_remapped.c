// SPDX-License-Identifier: GPL-2.0
/* R17: dirt outlives its mapping, and shows when the IOVAs are mapped again. */
#include "fixtures/vm.h"

TEST(r17, written_before_unmap_is_dirty_once_mapped_again)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	cpu_writes(dev, 4);
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, PAGES);
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
}

TEST(r17, stop_forgets_what_was_unmapped)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	cpu_writes(dev, 4);
	unmap_pages(vm, 0, PAGES);
	stop(vm);
	start(vm);
	map_pages(vm, 0, PAGES);
	same(dirty(vm), NONE);
}
