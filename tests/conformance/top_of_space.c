// SPDX-License-Identifier: GPL-2.0
/* Mappings whose last byte is the last there is, or that begin at 2^63. */
#include <errno.h>
#include <string.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"

#define TOP (-PAGE)
#define MIDDLE (1ull << 63)

static struct vm *unmapped_vm(struct device **dev)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	*dev = vm_emulated(vm);
	return vm;
}

static int try_unmap_flags(struct vm *vm, uint32_t flags, uint64_t iova,
			   uint64_t size, uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .flags = flags,
		.iova = iova, .size = size,
	};
	int ret = raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &unmap);

	*unmapped = unmap.size;
	return ret;
}

/* The sample devices do not reach the last page: their ranges may not wrap. */
TEST(abi, map_at_the_top_of_the_address_space)
{
	struct device *dev;
	struct vm *vm = unmapped_vm(&dev);
	uint8_t *ram = small_memory(PAGE);
	uint64_t size;

	map_at(vm, ram, TOP, PAGE);
	refused(try_map_at(vm, ram, TOP, PAGE), EEXIST);
	start(vm);
	same(dirty_in(vm, TOP, PAGE, PAGE), NONE);
	ok(try_unmap_flags(vm, 0, TOP, PAGE, &size));
	equal(size, PAGE);
	map_at(vm, ram, TOP, PAGE);
	same(dirty_in(vm, TOP, PAGE, PAGE), NONE);
	ok(try_unmap_flags(vm, VFIO_DMA_UNMAP_FLAG_ALL, 0, 0, &size));
	equal(size, PAGE);
	ok(try_unmap_flags(vm, VFIO_DMA_UNMAP_FLAG_ALL, 0, 0, &size));
	equal(size, 0);
	map_at(vm, ram, TOP, PAGE);
}

TEST(abi, map_in_the_middle_of_the_address_space)
{
	struct device *dev;
	struct vm *vm = unmapped_vm(&dev);
	uint8_t *ram = small_memory(PAGE);
	uint64_t size;

	map_at(vm, ram, MIDDLE, PAGE);
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, MIDDLE, 64));
	same(dirty_in(vm, MIDDLE, PAGE, PAGE), P(0));
	same(dirty_in(vm, MIDDLE, PAGE, PAGE), NONE);

	/* R17 holds here, too */
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, MIDDLE, 64));
	ok(try_unmap_flags(vm, 0, MIDDLE, PAGE, &size));
	equal(size, PAGE);
	map_at(vm, ram, MIDDLE, PAGE);
	same(dirty_in(vm, MIDDLE, PAGE, PAGE), P(0));

	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, MIDDLE, PAGE));
	equal(pins(dev), 1);
	ok(try_unmap_flags(vm, VFIO_DMA_UNMAP_FLAG_ALL, 0, 0, &size));
	equal(size, PAGE);
	equal(pins(dev), 0);
}

/* It cannot be translated there, and the group that wants it is told so. */
TEST(abi, group_with_an_iommu_does_not_join_a_mapping_at_the_top)
{
	struct device *dev, *backed;
	struct vm *vm = unmapped_vm(&dev);

	map_at(vm, small_memory(PAGE), TOP, PAGE);
	backed = device_of(vm, mdev_new(BACKED, lone_edu(0)));
	check(try_attach(backed) < 0);
	ok(try_unmap_at(vm, TOP, PAGE));
	attach(backed);
}

/* What is behind the last page is not the first one, though both are mapped */
TEST(abi, pins_do_not_go_on_behind_the_last_page)
{
	struct vm *vm = vm_new();
	struct puppet_call both = {
		.op = PUPPET_PIN, .iova = TOP, .count = 2, CALL_RW,
	};
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, NULL);
	map_at(vm, small_memory(PAGE), TOP, PAGE);
	map_at(vm, small_memory(PAGE), 0, PAGE);
	equal(try_make(dev, both), -EINVAL);
	both.op = PUPPET_PIN_TRACKED;
	equal(try_make(dev, both), -EINVAL);
	locked_is(0);
	both.count = 1;
	make(dev, both);
	locked_is(PAGE / 1024);
}

/* Nor does what the CPU writes go on at the first page */
TEST(abi, copies_do_not_go_on_behind_the_last_page)
{
	struct vm *vm = vm_new();
	uint8_t *first = small_memory(PAGE), *last = small_memory(PAGE);
	struct puppet_call both = {
		.op = PUPPET_RW_WRITE, .iova = -64, .count = 128, .seed = 0x5000,
	};
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, NULL);
	memset(first, 0, PAGE);
	memset(last, 0, PAGE);
	map_at(vm, last, TOP, PAGE);
	map_at(vm, first, 0, PAGE);
	equal(try_make(dev, both), -EINVAL);
	equal(first[0], 0);
	equal(last[PAGE - 64], 0);
	both.op = PUPPET_RW_READ;
	both.seed = 0;
	equal(try_make(dev, both), -EINVAL);
	both.count = 64;
	make(dev, both);
}

/* It is no further from there to its end, but to that of a whole page it would be */
TEST(abi, last_page_is_pinned_by_an_address_in_it)
{
	struct vm *vm = vm_new();
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, NULL);
	map_at(vm, small_memory(PAGE), TOP, PAGE);
	make(dev, PIN_IN(TOP + 0x100));
	locked_is(PAGE / 1024);
	make(dev, UNPIN_IN(TOP + 0x100));
	locked_is(0);
	equal(query(dev).pins, 0);
}
