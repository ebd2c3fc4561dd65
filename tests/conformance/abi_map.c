// SPDX-License-Identifier: GPL-2.0
/* VFIO_IOMMU_MAP_DMA: lengths, flags, sizes, overflow. */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/memory.h"

#define SHORTEST sizeof(struct vfio_iommu_type1_dma_map)

static struct vfio_iommu_type1_dma_map good(struct vm *vm)
{
	return (struct vfio_iommu_type1_dma_map){
		.argsz = SHORTEST,
		.flags = PINSCOPE_MAP_RW,
		.vaddr = (uintptr_t)vm->ram,
		.iova = RAM_IOVA,
		.size = RAM_SIZE,
	};
}

static long map(struct vm *vm, struct vfio_iommu_type1_dma_map arg)
{
	return raw(vm->fd, VFIO_IOMMU_MAP_DMA, &arg);
}

/* Nothing is mapped: a window finds no page anywhere. */
static void nothing_mapped(struct vm *vm)
{
	uint64_t unmapped;

	ok(pinscope_unmap_all(vm->container, &unmapped));
	equal(unmapped, 0);
}

static struct vm *vm_without_mapping(void)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	vm_emulated(vm);
	return vm;
}

TEST(abi, map_argsz)
{
	struct vm *vm = vm_without_mapping();
	struct vfio_iommu_type1_dma_map arg = good(vm);

	for (arg.argsz = 0; arg.argsz < SHORTEST; arg.argsz++)
		refused(map(vm, arg), EINVAL);
	nothing_mapped(vm);
	arg.argsz = SHORTEST;
	ok(map(vm, arg));
	unmap_pages(vm, 0, PAGES);
	arg.argsz = SHORTEST + 64;
	ok(map(vm, arg));
}

TEST(abi, map_flags)
{
	struct vm *vm = vm_without_mapping();
	struct vfio_iommu_type1_dma_map arg = good(vm);
	int bit;

	arg.flags = 0;
	refused(map(vm, arg), EINVAL);
	for (bit = 3; bit < 32; bit++) {
		arg.flags = PINSCOPE_MAP_RW | 1u << bit;
		refused(map(vm, arg), EINVAL);
	}
	arg.flags = PINSCOPE_MAP_RW | VFIO_DMA_MAP_FLAG_VADDR;
	refused(map(vm, arg), EINVAL);
	arg.flags = VFIO_DMA_MAP_FLAG_VADDR;
	refused(map(vm, arg), ENOENT);
	nothing_mapped(vm);
}

TEST(abi, map_zero_and_unaligned)
{
	struct vm *vm = vm_without_mapping();
	struct vfio_iommu_type1_dma_map arg = good(vm);

	arg.size = 0;
	refused(map(vm, arg), EINVAL);
	arg.size = PAGE - 1;
	refused(map(vm, arg), EINVAL);
	arg.size = PAGE + 1;
	refused(map(vm, arg), EINVAL);
	arg = good(vm);
	arg.iova += 8;
	refused(map(vm, arg), EINVAL);
	arg = good(vm);
	arg.vaddr += 8;
	refused(map(vm, arg), EINVAL);
	nothing_mapped(vm);
}

TEST(abi, map_wraparound)
{
	struct vm *vm = vm_without_mapping();
	struct vfio_iommu_type1_dma_map arg = good(vm);

	arg.iova = -PAGE;
	arg.size = 2 * PAGE;
	refused(map(vm, arg), EINVAL);
	arg = good(vm);
	arg.vaddr = -PAGE;
	arg.size = 2 * PAGE;
	refused(map(vm, arg), EINVAL);
	arg = good(vm);
	arg.size = -PAGE;
	refused(map(vm, arg), EINVAL);
	nothing_mapped(vm);
}

TEST(abi, map_overlap)
{
	struct vm *vm = vm_without_mapping();

	map_pages(vm, 4, 4);
	refused(try_map(vm, 4, 4, PINSCOPE_MAP_RW), EEXIST);
	refused(try_map(vm, 0, 5, PINSCOPE_MAP_RW), EEXIST);
	refused(try_map(vm, 7, 3, PINSCOPE_MAP_RW), EEXIST);
	refused(try_map(vm, 0, 16, PINSCOPE_MAP_RW), EEXIST);
	map_pages(vm, 0, 4);
	map_pages(vm, 8, 8);
}

TEST(abi, map_bad_address)
{
	struct vm *vm = vm_without_mapping();

	refused(raw(vm->fd, VFIO_IOMMU_MAP_DMA, NULL), EFAULT);
}

TEST(abi, map_beyond_what_the_iommu_translates)
{
	struct vm *vm = vm_new();
	struct vfio_iommu_type1_dma_map arg = good(vm);

	vm->unmapped = true;
	vm_add_pci(vm, lone_edu(1));
	arg.size = PAGE;
	arg.iova = 0xfee00000;		/* where MSI writes go */
	refused(map(vm, arg), EINVAL);
	arg.iova = 1ull << 62;
	refused(map(vm, arg), EINVAL);
	nothing_mapped(vm);
}

TEST(abi, map_update_vaddr_is_refused_beside_pinning_devices)
{
	struct vm *vm = vm_new();
	bool offered;

	vm_emulated(vm);
	ok(pinscope_container_has_extension(vm->container, VFIO_UPDATE_VADDR,
					    &offered));
	check(!offered);
	refused(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA,
		    &(struct vfio_iommu_type1_dma_unmap){
			.argsz = sizeof(struct vfio_iommu_type1_dma_unmap),
			.flags = VFIO_DMA_UNMAP_FLAG_VADDR,
			.iova = RAM_IOVA,
			.size = RAM_SIZE,
		    }), EBUSY);
}

/* A backed group may pin at any time: no page may lose its address. */
TEST(abi, map_update_vaddr_is_refused_beside_backed_devices)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	bool offered;

	ok(pinscope_container_has_extension(vm->container, VFIO_UPDATE_VADDR,
					    &offered));
	check(!offered);
	refused(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA,
		    &(struct vfio_iommu_type1_dma_unmap){
			.argsz = sizeof(struct vfio_iommu_type1_dma_unmap),
			.flags = VFIO_DMA_UNMAP_FLAG_VADDR,
			.iova = RAM_IOVA,
			.size = RAM_SIZE,
		    }), EBUSY);
	window(dev, 3);
	start(vm);
	same(dirty(vm), P(3));
}

/* Of so much memory there are a few pages. The kernel has not looked yet. */
TEST(abi, group_that_cannot_join_is_told_soon, .limit = 20)
{
	uint8_t *ram = scattered_memory();
	struct vm *vm = vm_new();
	struct device *backed;

	vm->unmapped = true;
	vm_emulated(vm);
	ok(mprotect(ram + SIZE_64K - PAGE, PAGE, PROT_NONE) ? -errno : 0);
	map_at(vm, ram, 1ull << 32, (1ull << 38) - (1ull << 32));
	backed = device_of(vm, mdev_new(BACKED, lone_edu(0)));
	refused(try_attach(backed), EFAULT);
	locked_is(0);
	ok(try_unmap_at(vm, 1ull << 32, (1ull << 38) - (1ull << 32)));
	map_at(vm, scattered_memory(), 1ull << 32, SIZE_64K);
	attach(backed);
	locked_is(SIZE_64K / 1024);
}
