// SPDX-License-Identifier: GPL-2.0
/*
 * R3: of an IOMMU-backed device, mdev or direct assignment, that has pinned
 * nothing, every page of every mapping is dirty.
 */
#include "fixtures/edu.h"
#include "fixtures/vm.h"

TEST(r03, backed_mdev_makes_everything_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));

	start(vm);
	same(dirty(vm), ALL);
	writes(dev, 7);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	equal(pins(dev), 0);
}

TEST(r03, vfio_pci_makes_everything_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_add_pci(vm, lone_edu(1));

	start(vm);
	same(dirty(vm), ALL);
	edu_writes(dev, 5);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(r03, every_mapping_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_add_pci(vm, lone_edu(1));
	map_pages(vm, 0, 3);
	map_pages(vm, 5, 7);
	start(vm);
	same(dirty(vm), (P(3) - 1) | ((P(7) - 1) << 5));
	map_pages(vm, 14, 1);
	same(dirty(vm), (P(3) - 1) | ((P(7) - 1) << 5) | P(14));
	close_device(dev);
}

TEST(r03, group_counts_before_its_device_is_open)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of_pci(vm, lone_edu(1));

	attach(dev);
	start(vm);
	same(dirty(vm), ALL);
	open_device(dev);
	same(dirty(vm), ALL);
	close_device(dev);
	same(dirty(vm), ALL);
}

TEST(r03, backed_mdev_reaches_all_of_memory)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));

	equal(reg(dev, PINSCOPE_REG_FEATURES) & (PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN),
	      PINSCOPE_FEATURE_BACKED);
	writes(dev, 0);
	writes(dev, PAGES - 1);
	/* One transfer over the edge of the device's own buffer. */
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3) + 128, PAGE + 256));
	equal(*(uint32_t *)(vm->ram + 3 * PAGE + 128),
	      reg(dev, PINSCOPE_REG_SEED));
	equal(*(uint32_t *)(vm->ram + 4 * PAGE + 380),
	      reg(dev, PINSCOPE_REG_SEED) + (PAGE + 252) / 4);
}
