// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_DIRTY_PAGES: what it refuses, and with which error. Any device will do.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../kselftest_harness.h"

#include "vm.h"

FIXTURE(abi)
{
	struct vm vm;
	uint64_t size;
	uint64_t bits;
};

FIXTURE_VARIANT(abi)
{
	const char *mode;
};

#define FIXTURE_VARIANT_MODE(mode_name)						\
FIXTURE_VARIANT_ADD(abi, mode_name) { .mode = #mode_name }

FIXTURE_VARIANT_MODE(vfio_type1_iommu);
FIXTURE_VARIANT_MODE(vfio_type1v2_iommu);
FIXTURE_VARIANT_MODE(iommufd_compat_type1);
FIXTURE_VARIANT_MODE(iommufd_compat_type1v2);

FIXTURE_SETUP(abi)
{
	int ret = vm_open(&self->vm, variant->mode, ANY, 0);

	if (ret > 0)
		SKIP(return, "%s", self->vm.why);
	ASSERT_EQ(0, ret);
	self->size = VM_PAGES * self->vm.page_size;
}

FIXTURE_TEARDOWN(abi)
{
	vm_close(&self->vm);
}

#define V2_OR_SKIP()								\
do {										\
	if (!strstr(variant->mode, "v2"))					\
		SKIP(return, "no dirty page tracking in version 1");		\
} while (0)

#define START	VFIO_IOMMU_DIRTY_PAGES_FLAG_START
#define STOP	VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP
#define GET	VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP

#define GET_IN(iova, size, pgsize, bytes)					\
	dirty_get(self->vm.container, iova, size, pgsize, &self->bits, bytes)

TEST_F(abi, version_1_has_no_tracking)
{
	if (strstr(variant->mode, "v2"))
		SKIP(return, "version 2 has");
	EXPECT_EQ(-EACCES, dirty_start(self->vm.container));
	EXPECT_EQ(-EACCES, dirty_stop(self->vm.container));
	EXPECT_EQ(-EACCES, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
}

TEST_F(abi, start_and_stop_may_come_twice)
{
	V2_OR_SKIP();
	EXPECT_EQ(0, dirty_stop(self->vm.container));
	EXPECT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(0, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
	EXPECT_EQ(0, dirty_stop(self->vm.container));
	EXPECT_EQ(0, dirty_stop(self->vm.container));
}

TEST_F(abi, no_bitmap_without_tracking)
{
	V2_OR_SKIP();
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
	ASSERT_EQ(0, dirty_start(self->vm.container));
	ASSERT_EQ(0, dirty_stop(self->vm.container));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
	EXPECT_EQ(-EINVAL, container_unmap_dirty(self->vm.container, VM_IOVA, self->size,
						 self->vm.page_size, &self->bits, 8));
}

TEST_F(abi, one_operation_at_a_time)
{
	int fd = self->vm.container;

	V2_OR_SKIP();
	EXPECT_EQ(-EINVAL, dirty_call(fd, 8, 0, NULL));
	EXPECT_EQ(-EINVAL, dirty_call(fd, 8, START | STOP, NULL));
	EXPECT_EQ(-EINVAL, dirty_call(fd, 8, 1u << 31, NULL));
	EXPECT_EQ(-EINVAL, dirty_call(fd, 8, START | 1u << 31, NULL));
	EXPECT_EQ(-EINVAL, dirty_call(fd, 7, START, NULL));
	/* None of them has started to track */
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
}

TEST_F(abi, page_size_of_a_bitmap)
{
	V2_OR_SKIP();
	ASSERT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, 0, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, 1, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size / 2, 16));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size + 1, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, 1ull << 63, 8));
}

TEST_F(abi, range_of_a_bitmap)
{
	const uint64_t page = self->vm.page_size;

	V2_OR_SKIP();
	ASSERT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, 0, page, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA + 1, self->size, page, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size - 1, page, 8));
	EXPECT_EQ(-EINVAL, GET_IN(-page, 2 * page, page, 8));
	/* In the middle of a mapping */
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA + page, self->size - page, page, 8));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size - page, page, 8));
}

TEST_F(abi, size_of_a_bitmap)
{
	V2_OR_SKIP();
	ASSERT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, 0));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, 7));
	EXPECT_EQ(-EINVAL, GET_IN(VM_IOVA, self->size, self->vm.page_size, ~0ull));
	EXPECT_EQ(0, GET_IN(VM_IOVA, self->size, self->vm.page_size, 8));
}

TEST_F(abi, argument_of_a_bitmap)
{
	struct vfio_iommu_type1_dirty_bitmap_get get = {
		.iova = VM_IOVA, .size = self->size,
		.bitmap = { .pgsize = self->vm.page_size, .size = 8 },
	};

	V2_OR_SKIP();
	get.bitmap.data = (void *)&self->bits;
	ASSERT_EQ(0, dirty_start(self->vm.container));
	EXPECT_EQ(-EINVAL, dirty_call(self->vm.container, 47, GET, &get));
	EXPECT_EQ(0, dirty_call(self->vm.container, 48, GET, &get));
	get.bitmap.data = NULL;
	EXPECT_EQ(-EFAULT, dirty_call(self->vm.container, 48, GET, &get));
}

/* Its end is 2^64: a mapping that can be made has to be one that can go */
TEST_F(abi, mapping_at_the_top_of_the_address_space)
{
	const uint64_t page = self->vm.page_size;
	int ret;

	V2_OR_SKIP();
	ret = container_map(self->vm.container, self->vm.memory, -page, page,
			    VFIO_DMA_MAP_FLAG_READ);
	if (ret)
		SKIP(return, "refused with %d: there is nothing to unmap", ret);
	EXPECT_EQ(-EEXIST, container_map(self->vm.container, self->vm.memory, -page, page,
					 VFIO_DMA_MAP_FLAG_READ));
	EXPECT_EQ(0, container_unmap(self->vm.container, -page, page));
}

/* That all is unmapped is told by the argument, so it must be possible to tell */
TEST_F(abi, unmap_whose_result_cannot_be_returned)
{
	struct vfio_iommu_type1_dma_unmap *unmap;

	unmap = mmap(NULL, self->vm.page_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)unmap);
	unmap->argsz = sizeof(*unmap);
	unmap->iova = VM_IOVA;
	unmap->size = self->size;
	ASSERT_EQ(0, mprotect(unmap, self->vm.page_size, PROT_READ));
	ASSERT_EQ(-1, ioctl(self->vm.container, VFIO_IOMMU_UNMAP_DMA, unmap));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, container_unmap(self->vm.container, VM_IOVA, self->size));
}

int main(int argc, char **argv)
{
	kinds_from_arguments(&argc, argv);
	return test_harness_run(argc, argv);
}
