// SPDX-License-Identifier: GPL-2.0
/* VFIO_IOMMU_UNMAP_DMA, with and without the bitmap. */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/vm.h"

#define SHORTEST sizeof(struct vfio_iommu_type1_dma_unmap)

struct unmap {
	struct vfio_iommu_type1_dma_unmap head;
	struct vfio_bitmap bitmap;
};

static uint64_t word;

static struct unmap good(void)
{
	return (struct unmap){
		.head.argsz = SHORTEST,
		.head.iova = RAM_IOVA,
		.head.size = RAM_SIZE,
	};
}

static struct unmap good_bitmap(void)
{
	struct unmap arg = good();

	arg.head.argsz = sizeof(arg);
	arg.head.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	arg.bitmap = (struct vfio_bitmap){ PAGE, sizeof(word), (void *)&word };
	return arg;
}

static long unmap(struct vm *vm, struct unmap arg)
{
	return raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, &arg);
}

/* All of memory was mapped, and still is. */
static void all_mapped(struct vm *vm)
{
	refused(try_map(vm, 0, PAGES, PINSCOPE_MAP_RW), EEXIST);
	unmap_pages(vm, 0, PAGES);
}

TEST(abi, unmap_argsz)
{
	struct vm *vm = vm_new();
	struct unmap arg = good();

	vm_emulated(vm);
	for (arg.head.argsz = 0; arg.head.argsz < SHORTEST; arg.head.argsz++)
		refused(unmap(vm, arg), EINVAL);
	all_mapped(vm);
	map_pages(vm, 0, PAGES);
	arg.head.argsz = SHORTEST;
	ok(unmap(vm, arg));
	map_pages(vm, 0, PAGES);
	arg.head.argsz = SHORTEST + 64;
	ok(unmap(vm, arg));
}

TEST(abi, unmap_flags)
{
	struct vm *vm = vm_new();
	struct unmap arg = good();
	int bit;

	vm_emulated(vm);
	start(vm);
	for (bit = 3; bit < 32; bit++) {
		arg.head.flags = 1u << bit;
		refused(unmap(vm, arg), EINVAL);
	}
	arg = good_bitmap();
	arg.head.flags |= VFIO_DMA_UNMAP_FLAG_ALL;
	refused(unmap(vm, arg), EINVAL);
	arg = good_bitmap();
	arg.head.flags |= VFIO_DMA_UNMAP_FLAG_VADDR;
	refused(unmap(vm, arg), EINVAL);
	arg = good();
	arg.head.flags = VFIO_DMA_UNMAP_FLAG_ALL;
	refused(unmap(vm, arg), EINVAL);
	all_mapped(vm);
}

TEST(abi, unmap_zero_unaligned_and_wraparound)
{
	struct vm *vm = vm_new();
	struct unmap arg = good();

	vm_emulated(vm);
	/* Whoever has a log is asked before */
	start(vm);
	arg.head.size = 0;
	refused(unmap(vm, arg), EINVAL);
	arg.head.size = RAM_SIZE - 1;
	refused(unmap(vm, arg), EINVAL);
	arg = good();
	arg.head.iova += 8;
	refused(unmap(vm, arg), EINVAL);
	arg = good();
	arg.head.size = -PAGE;
	refused(unmap(vm, arg), EINVAL);
	arg.head.iova = -PAGE;
	arg.head.size = 2 * PAGE;
	refused(unmap(vm, arg), EINVAL);
	all_mapped(vm);
}

TEST(abi, unmap_must_not_cut_a_mapping)
{
	struct vm *vm = vm_new();

	vm_emulated(vm);
	refused(try_unmap(vm, 0, PAGES - 1), EINVAL);
	refused(try_unmap(vm, 1, PAGES - 1), EINVAL);
	refused(try_unmap(vm, 4, 4), EINVAL);
	all_mapped(vm);
}

TEST(abi, unmap_tells_how_much)
{
	struct vm *vm = vm_new();
	uint64_t size;

	vm->unmapped = true;
	vm_emulated(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 6, 2);
	ok(pinscope_unmap(vm->container, IOVA(0), RAM_SIZE, &size));
	equal(size, 5 * PAGE);
	ok(pinscope_unmap(vm->container, IOVA(0), RAM_SIZE, &size));
	equal(size, 0);
	map_pages(vm, 0, 3);
	map_pages(vm, 6, 2);
	ok(pinscope_unmap_all(vm->container, &size));
	equal(size, 5 * PAGE);
}

TEST(abi, unmap_bitmap_argsz)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct unmap arg = good_bitmap();

	start(vm);
	cpu_writes(dev, 4);
	for (arg.head.argsz = SHORTEST; arg.head.argsz < sizeof(arg);
	     arg.head.argsz++)
		refused(unmap(vm, arg), EINVAL);
	word = 0;
	arg.head.argsz = sizeof(arg) + 32;
	ok(unmap(vm, arg));
	same(word, P(4));
}

TEST(abi, unmap_bitmap_arguments)
{
	struct vm *vm = vm_new();
	struct unmap arg = good_bitmap();
	uint64_t pgsize;

	vm_emulated(vm);
	refused(unmap(vm, arg), EINVAL);	/* not tracking */
	start(vm);
	for (pgsize = 0; pgsize < 4 * PAGE; pgsize += PAGE / 2) {
		arg.bitmap.pgsize = pgsize;
		if (pgsize != PAGE)
			refused(unmap(vm, arg), EINVAL);
	}
	arg = good_bitmap();
	for (arg.bitmap.size = 0; arg.bitmap.size < 8; arg.bitmap.size++)
		refused(unmap(vm, arg), EINVAL);
	arg.bitmap.size = largest_bitmap(vm) + 8;
	refused(unmap(vm, arg), EINVAL);
	arg = good_bitmap();
	arg.bitmap.data = (void *)-PAGE;
	refused(unmap(vm, arg), EINVAL);
	arg = good_bitmap();
	arg.bitmap.data = NULL;
	refused(unmap(vm, arg), EFAULT);
	all_mapped(vm);
}

TEST(abi, unmap_bitmap_reports_what_was_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	window(dev, 2);
	cpu_writes(dev, 9);
	word = 0;
	ok(try_unmap_get(vm, 0, PAGES, &word, sizeof(word)));
	/* The driver had to unpin page 2 for this: it is dirty all the same. */
	same(word, P(2) | P(9));
	equal(pins(dev), 0);
}

TEST(abi, unmap_bitmap_over_several_mappings)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 6);
	map_pages(vm, 11, 5);
	start(vm);
	window(dev, 1);
	window(dev, 3);
	cpu_writes(dev, 8);
	cpu_writes(dev, 15);
	word = 0;
	ok(try_unmap_get(vm, 0, PAGES, &word, sizeof(word)));
	same(word, P(1) | P(3) | P(8) | P(15));
}

TEST(abi, unmap_bitmap_of_a_wide_container_is_full)
{
	struct vm *vm = vm_new();

	vm_add_pci(vm, lone_edu(1));
	start(vm);
	dirty(vm);
	word = 0;
	ok(try_unmap_get(vm, 0, PAGES, &word, sizeof(word)));
	same(word, ALL);
}

/* What was dirty is told, or nothing is unmapped. */
TEST(unmap, argument_that_cannot_be_written_unmaps_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct unmap *arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(arg != MAP_FAILED);
	*arg = good_bitmap();
	check(!mprotect(arg, PAGE, PROT_READ));
	start(vm);
	cpu_writes(dev, 3);
	refused(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, arg), EFAULT);
	same(dirty(vm), P(3));
	all_mapped(vm);
}

TEST(abi, unmap_bad_address)
{
	struct vm *vm = vm_new();

	vm_emulated(vm);
	refused(raw(vm->fd, VFIO_IOMMU_UNMAP_DMA, NULL), EFAULT);
	all_mapped(vm);
}
