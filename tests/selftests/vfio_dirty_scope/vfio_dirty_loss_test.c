// SPDX-License-Identifier: GPL-2.0-only
/*
 * No page gets lost: one that a device has written while dirty pages are tracked is
 * in the first bitmap that covers it afterwards, whatever comes between.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../kselftest_harness.h"

#include "vm.h"

#define PAGE_A 3
#define PAGE_B 40

FIXTURE(loss)
{
	struct vm vm;
};

FIXTURE_VARIANT(loss)
{
	enum device_kind kind;
	const char *mode;
};

FIXTURE_VARIANTS_OF_KINDS(loss);

/* In two mappings, a page of each the device is prepared to write; tracking is on */
FIXTURE_SETUP(loss)
{
	struct vm *vm = &self->vm;
	int ret = vm_open(vm, variant->mode, variant->kind, VM_NO_MEMORY);

	if (ret > 0)
		SKIP(return, "%s", vm->why);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, vm_map(vm, 0, 32));
	ASSERT_EQ(0, vm_map(vm, 32, VM_PAGES - 32));
	ret = vm_prepare(vm, PAGE_A) ?: vm_prepare(vm, PAGE_B);
	if (ret == -EOPNOTSUPP)
		SKIP(return, "nothing is known that makes %s do DMA", vm->dev.name);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, dirty_start(vm->container));
}

FIXTURE_TEARDOWN(loss)
{
	vm_close(&self->vm);
}

#define EXPECT_REPORTED(pages, bits) EXPECT_EQ(pages, (pages) & (bits))

TEST_F(loss, what_is_written_is_reported)
{
	struct vm *vm = &self->vm;
	uint64_t bits;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, vm_write(vm, PAGE_B, 1000 + i));
		ASSERT_EQ(0, vm_get(vm, &bits));
		EXPECT_REPORTED(P(PAGE_B), bits);
	}
	ASSERT_EQ(0, vm_write(vm, PAGE_A, 2000));
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 3000));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_A) | P(PAGE_B), bits);
}

TEST_F(loss, another_part_is_asked_for_first)
{
	struct vm *vm = &self->vm;
	uint64_t bits = 0;

	ASSERT_EQ(0, vm_write(vm, PAGE_A, 1));
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 2));
	ASSERT_EQ(0, dirty_get(vm->container, vm_iova(vm, 32), 32 * vm->page_size,
			       vm->page_size, &bits, sizeof(bits)));
	EXPECT_REPORTED(P(PAGE_B - 32), bits);
	bits = 0;
	ASSERT_EQ(0, dirty_get(vm->container, vm_iova(vm, 0), 32 * vm->page_size,
			       vm->page_size, &bits, sizeof(bits)));
	EXPECT_REPORTED(P(PAGE_A), bits);
}

TEST_F(loss, a_bitmap_that_cannot_be_written)
{
	struct vm *vm = &self->vm;
	uint64_t bits;
	void *nowhere;

	nowhere = mmap(NULL, vm->page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, nowhere);
	ASSERT_EQ(0, vm_write(vm, PAGE_A, 1));
	ASSERT_EQ(-EFAULT, dirty_get(vm->container, VM_IOVA, VM_PAGES * vm->page_size,
				     vm->page_size, nowhere, sizeof(bits)));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_A), bits);
}

/*
 * The bits of the first mapping go into a page of the bitmap that can be written,
 * those of the second into one that cannot.
 */
TEST_F(loss, a_bitmap_that_can_be_written_in_part)
{
	struct vm *vm = &self->vm;
	uint64_t far = 1ull << 32, nr = vm->page_size * 8, *bitmap;
	uint64_t size = (nr + VM_PAGES) * vm->page_size;
	uint64_t bytes = vm->page_size + VM_PAGES / 8;
	void *memory;

	if (!vm->kind->narrow_before)
		SKIP(return, "it would pin %llu MiB", (unsigned long long)size >> 20);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bitmap = mmap(NULL, 2 * vm->page_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_NE(MAP_FAILED, (void *)bitmap);
	ASSERT_EQ(0, container_map(vm->container, memory, far, nr * vm->page_size,
				   VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE));
	ASSERT_EQ(0, container_map(vm->container, (char *)memory + nr * vm->page_size,
				   far + nr * vm->page_size, VM_PAGES * vm->page_size,
				   VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE));
	ASSERT_EQ(0, vm->dev.driver->prepare(&vm->dev, far, vm->page_size));
	ASSERT_EQ(0, vm->dev.driver->write(&vm->dev, far, 64, 7));
	/* Dirty once: what is pinned would be reported again anyway */
	ASSERT_EQ(0, vm->dev.driver->forget(&vm->dev, far, vm->page_size));

	ASSERT_EQ(0, mprotect((char *)bitmap + vm->page_size, vm->page_size, PROT_NONE));
	ASSERT_EQ(-EFAULT, dirty_get(vm->container, far, size, vm->page_size, bitmap,
				     bytes));
	ASSERT_EQ(0, mprotect((char *)bitmap + vm->page_size, vm->page_size,
			      PROT_READ | PROT_WRITE));
	memset(bitmap, 0, bytes);
	ASSERT_EQ(0, dirty_get(vm->container, far, size, vm->page_size, bitmap, bytes));
	EXPECT_REPORTED(P(0), bitmap[0]);
}

TEST_F(loss, unmap_with_a_bitmap)
{
	struct vm *vm = &self->vm;
	uint64_t bits = 0;

	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	ASSERT_EQ(0, container_unmap_dirty(vm->container, vm_iova(vm, 32),
					   32 * vm->page_size, vm->page_size, &bits,
					   sizeof(bits)));
	EXPECT_REPORTED(P(PAGE_B - 32), bits);
}

TEST_F(loss, unmap_with_a_bitmap_that_cannot_be_written)
{
	struct vm *vm = &self->vm;
	uint64_t bits;
	void *nowhere;

	nowhere = mmap(NULL, vm->page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, nowhere);
	ASSERT_EQ(0, vm_write(vm, PAGE_A, 1));
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 2));
	EXPECT_EQ(-EFAULT, container_unmap_dirty(vm->container, VM_IOVA,
						 VM_PAGES * vm->page_size, vm->page_size,
						 nowhere, sizeof(bits)));
	/* Nothing was told, so everything is still there to be told */
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_A) | P(PAGE_B), bits);
}

/* A user whose memory layout changes unmaps memory and maps it again */
TEST_F(loss, memory_is_mapped_again)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	ASSERT_EQ(0, vm_unmap(vm, 32, 32));
	ASSERT_EQ(0, vm_map(vm, 32, 32));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

TEST_F(loss, buffer_is_given_back)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	ASSERT_EQ(0, vm_forget(vm, PAGE_B));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

TEST_F(loss, device_is_closed)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	device_close(&vm->dev);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

TEST_F(loss, device_is_reset)
{
	struct vm *vm = &self->vm;
	uint64_t bits;
	int ret;

	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	ret = device_reset(&vm->dev);
	if (ret == -ENOTTY)
		SKIP(return, "%s has no reset", vm->dev.name);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

TEST_F(loss, a_look_that_does_not_clear)
{
	struct vm *vm = &self->vm;
	struct container_info info;
	uint64_t bits = 0;

	ASSERT_EQ(0, container_get_info(vm->container, &info));
	if (!(info.migration.flags & VFIO_IOMMU_MIGRATION_NO_CLEAR))
		SKIP(return, "the kernel has no way to look at the bitmap only");
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 1));
	ASSERT_EQ(0, dirty_peek(vm->container, VM_IOVA, VM_PAGES * vm->page_size,
				vm->page_size, &bits, sizeof(bits)));
	EXPECT_REPORTED(P(PAGE_B), bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

/* By the CPU, in the driver: what gets through before a fault has been written */
TEST_F(loss, copy_that_fails_half_way)
{
	struct vm *vm = &self->vm;
	uint64_t bits, page = 10;

	if (!vm->dev.driver->copy)
		SKIP(return, "%s writes by DMA only", vm->dev.name);
	if (!vm->kind->narrow_before)
		SKIP(return, "everything that is mapped is dirty anyway");
	ASSERT_EQ(0, mprotect(vm->memory + (page + 1) * vm->page_size, vm->page_size,
			      PROT_NONE));
	ASSERT_EQ(-EFAULT, vm->dev.driver->copy(&vm->dev, vm_iova(vm, page + 1) - 64, 128,
						0x5eed));
	ASSERT_EQ(0x5eed, *(uint32_t *)(vm->memory + (page + 1) * vm->page_size - 64));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(page), bits);
}

int main(int argc, char **argv)
{
	kinds_from_arguments(&argc, argv);
	return test_harness_run(argc, argv);
}
