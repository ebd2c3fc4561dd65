// SPDX-License-Identifier: GPL-2.0-only
#include <linux/vfio.h>

#include <pinscope/dirty.h>

#include "file.h"

static int switch_tracking(struct pinscope_container *container, uint32_t flag)
{
	struct vfio_iommu_type1_dirty_bitmap arg = {
		.argsz = sizeof(arg),
		.flags = flag,
	};

	return file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_DIRTY_PAGES, &arg);
}

int pinscope_dirty_start(struct pinscope_container *container)
{
	return switch_tracking(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_START);
}

int pinscope_dirty_stop(struct pinscope_container *container)
{
	return switch_tracking(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP);
}

int pinscope_dirty_get(struct pinscope_container *container, uint64_t iova, uint64_t size,
		       uint64_t page_size, struct pinscope_bitmap *bitmap)
{
	/* data[] of the first is the second: nothing lies between them. */
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		},
		.get = {
			.iova = iova,
			.size = size,
			.bitmap.pgsize = page_size,
		},
	};
	int ret;

	ret = pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	if (ret)
		return ret;
	arg.get.bitmap.size = (pinscope_bitmap_pages(bitmap) + 63) / 64 * sizeof(uint64_t);
	arg.get.bitmap.data = (void *)pinscope_bitmap_words(bitmap);
	ret = file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_DIRTY_PAGES, &arg);
	if (ret) {
		/* A failed call may have copied some words: promise none. */
		pinscope_bitmap_prepare(bitmap, iova, size, page_size);
		return ret;
	}
	return 0;
}
