// SPDX-License-Identifier: GPL-2.0
/* R17: dirt outlives its mapping, and shows when the IOVAs are mapped again. */
#include <errno.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

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

/* It can write until the mapping is gone, and what the IOMMU sees goes with that */
TEST(r17, mapping_that_is_tracked_is_all_dirty_once_mapped_again)
{
	struct vm *vm = vm_new();

	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	start(vm);
	same(dirty(vm), NONE);
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, PAGES);
	same(dirty(vm), ALL);
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

/* The IOMMU with small pages has had it, and takes along what it has seen written. */
TEST(r17, piece_that_another_iommu_refuses_counts_as_written)
{
	static const struct sim_options of_64k = { .page_size = SIZE_64K };
	uint64_t bits[SIZE_2M / PAGE / 64] = {};
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = vm_new();
	int i;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, &of_64k));
	/* Who comes later has its turn before */
	vm_backed(vm, sim_new(SIM_GROUP + 1, NULL));
	start(vm);
	scatter(ram + SIZE_64K);
	refused(try_map_at(vm, ram, SIZE_2M, SIZE_2M), EINVAL);
	map_at(vm, huge_memory(SIZE_2M), SIZE_2M, SIZE_2M);
	ok(try_get_in(vm, SIZE_2M, SIZE_2M, PAGE, bits, sizeof(bits)));
	/* And what was mapped before it */
	same(bits[0], P(SIZE_64K / PAGE + 1) - 1);
	for (i = 1; i < (int)sizeof(bits) / 8; i++)
		same(bits[i], NONE);
}
