// SPDX-License-Identifier: GPL-2.0
/* DMA through the software IOMMU: translation, permissions, marks. */
#include <errno.h>
#include <string.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/soft.h"

static const struct sim_options of_64k = { .page_size = SIZE_64K };
static const struct sim_options untracked = { .no_tracking = true };

static bool reads(struct device *dev, int page)
{
	return !try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(page), 64);
}

TEST(sim, writes_go_where_they_are_mapped)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_backed(vm, sim);
	int page;

	for (page = 0; page < PAGES; page++)
		writes(dev, page);
	/* Unaligned, and across a page boundary */
	memset(vm->ram, 0, RAM_SIZE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3) - 5, 10));
	check(!pinscope_sample_verify(vm->ram + 3 * PAGE - 5, 10, dev->seed));
	check(!vm->ram[3 * PAGE - 6] && !vm->ram[3 * PAGE + 5]);
	check(!strcmp(first_mapping(sim), "0x100000 0x10000 rw"));
}

TEST(sim, read_only_mappings_are_not_written)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim);
	ok(try_map(vm, 2, 1, PINSCOPE_MAP_READ));
	refused(try_write(dev, 2), EFAULT);
	check(!vm->ram[2 * PAGE]);
	check(reads(dev, 2));
	check(!strcmp(first_mapping(sim), "0x102000 0x1000 r-"));
	ok(try_map(vm, 3, 1, PINSCOPE_MAP_RW));
	writes(dev, 3);
}

TEST(sim, write_only_mappings_are_not_read)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	ok(try_map(vm, 2, 1, PINSCOPE_MAP_WRITE));
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(2), 64), EFAULT);
	writes(dev, 2);
}

TEST(sim, nothing_is_written_if_part_is_not_mapped)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int i;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	map_pages(vm, 2, 2);
	ok(try_map(vm, 4, 1, PINSCOPE_MAP_READ));
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(2), 3 * PAGE),
		EFAULT);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(1), 3 * PAGE),
		EFAULT);
	for (i = 0; i < (int)RAM_SIZE; i++)
		check(!vm->ram[i]);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(2), 2 * PAGE));
}

/*
 * What the container has mapped for a device with small pages comes to one with
 * large pages in whole ones, or not at all.
 */
TEST(sim, pages_of_64k_are_mapped_whole)
{
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP + 1, &of_64k);
	struct device *dev;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	ok(pinscope_map(vm->container, ram, RAM_IOVA, SIZE_64K,
			PINSCOPE_MAP_RW));
	dev = vm_backed(vm, sim);
	check(!strcmp(first_mapping(sim), "0x100000 0x10000 rw"));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(15), PAGE));
	check(!pinscope_sample_verify(ram + 15 * PAGE, PAGE, dev->seed));
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(16), PAGE),
		EFAULT);
	track(sim, true);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(15), PAGE));
	/* One mark for each page of 64K: bit 16 stands for 0x100000. */
	equal(first_marks(sim), 1 << 16);
}

static void cannot_map(uint64_t offset, uint64_t iova, uint64_t size)
{
	struct vm *vm = vm_new();
	uint8_t *ram = huge_memory(SIZE_2M);
	struct device *dev;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	ok(pinscope_map(vm->container, ram + offset, iova, size,
			PINSCOPE_MAP_RW));
	dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP + 1, &of_64k)));
	refused(try_attach(dev), EINVAL);
}

TEST(sim, parts_of_64k_pages_are_refused)
{
	cannot_map(0, RAM_IOVA, PAGE);
}

TEST(sim, unaligned_64k_addresses_are_refused)
{
	cannot_map(0, RAM_IOVA + PAGE, SIZE_64K);
}

TEST(sim, unaligned_64k_memory_is_refused)
{
	cannot_map(PAGE, RAM_IOVA, SIZE_64K);
}

TEST(sim, marks_are_read_once)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_backed(vm, sim);

	writes(dev, 1);
	same(marks(sim), NONE);
	track(sim, true);
	same(marks(sim), NONE);
	writes(dev, 2);
	writes(dev, 5);
	same(marks(sim), P(2) | P(5));
	same(marks(sim), NONE);
	check(reads(dev, 7));
	writes(dev, 5);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(9) - 4, 8));
	same(marks(sim), P(5) | P(8) | P(9));
	track(sim, false);
	writes(dev, 3);
	same(marks(sim), NONE);
}

TEST(sim, marks_go_with_the_mapping)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim);
	map_pages(vm, 2, 1);
	map_pages(vm, 3, 1);
	track(sim, true);
	writes(dev, 2);
	writes(dev, 3);
	unmap_pages(vm, 2, 1);
	map_pages(vm, 2, 1);
	same(marks(sim), P(3));
}

/* Two devices in one container share a domain, and what is marked in it. */
TEST(sim, groups_of_a_container_share_a_domain)
{
	struct vm *vm = vm_new();
	const char *a = sim_new(SIM_GROUP, NULL);
	const char *b = sim_new(SIM_GROUP + 1, NULL);
	struct device *x = vm_backed(vm, a), *y = vm_backed(vm, b);

	track(a, true);
	writes(x, 2);
	writes(y, 3);
	same(marks(b), P(2) | P(3));
	same(marks(a), NONE);
}

TEST(sim, a_domain_without_tracking_is_one_of_its_own)
{
	struct vm *vm = vm_new();
	const char *a = sim_new(SIM_GROUP, NULL);
	const char *b = sim_new(SIM_GROUP + 1, &untracked);
	struct device *x = vm_backed(vm, a), *y = vm_backed(vm, b);
	uint64_t pages;

	refused(try_track(b, true), EOPNOTSUPP);
	refused(try_marks(b, &pages), EOPNOTSUPP);
	track(a, true);
	writes(x, 2);
	writes(y, 3);
	same(marks(a), P(2));
}

TEST(sim, there_is_no_domain_before_and_after)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev;
	uint64_t pages;

	refused(try_track(sim, true), ENXIO);
	dev = vm_backed(vm, sim);
	track(sim, true);
	leave_vm(dev);
	refused(try_track(sim, true), ENXIO);
	refused(try_marks(sim, &pages), ENXIO);
}

#define BEYOND (1ull << 48)

TEST(sim, addresses_that_are_not_translated_are_not_reached)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	struct puppet *puppet = vm_puppet(vm, sim_new(SIM_GROUP + 1, NULL));

	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BEYOND, 64), EFAULT);
	refused(try_make(puppet, (struct puppet_call){
			.op = PUPPET_DMA_WRITE, .iova = -PAGE, .count = PAGE,
		}), EFAULT);
}

/* Or it would be mapped at an address of fewer bits. */
TEST(sim, group_does_not_join_a_mapping_that_it_cannot_translate)
{
	uint8_t *ram = small_memory(PAGE);
	struct vm *vm = vm_new();
	struct device *backed;

	vm->unmapped = true;
	vm_emulated(vm);
	map_at(vm, ram, BEYOND, PAGE);
	backed = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	check(try_attach(backed) < 0);
	locked_is(0);
	ok(try_unmap_at(vm, BEYOND, PAGE));
	attach(backed);
	open_device(backed);
	refused(try_command(backed, PINSCOPE_CMD_DMA_WRITE, 0, 64), EFAULT);
}
