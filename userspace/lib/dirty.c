// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <string.h>

#include <pinscope/dirty.h>
#include <pinscope/uapi.h>

#include "bitmap.h"
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

static int get_bitmap(struct pinscope_container *container, uint32_t flags, uint64_t iova,
		      uint64_t size, uint64_t page_size, struct pinscope_bitmap *bitmap)
{
	struct vfio_iommu_type1_dirty_bitmap_get get = { .iova = iova, .size = size };
	union {
		struct vfio_iommu_type1_dirty_bitmap head;
		char room[sizeof(struct vfio_iommu_type1_dirty_bitmap) + sizeof(get)];
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP | flags,
		},
	};
	int ret;

	ret = pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	if (ret)
		return ret;
	get.bitmap = bitmap_for_kernel(bitmap);
	memcpy(arg.room + sizeof(arg.head), &get, sizeof(get));
	ret = file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_DIRTY_PAGES, &arg);
	/* A failed call may have copied some words: promise none. */
	if (ret)
		pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	return ret;
}

int pinscope_dirty_get(struct pinscope_container *container, uint64_t iova, uint64_t size,
		       uint64_t page_size, struct pinscope_bitmap *bitmap)
{
	return get_bitmap(container, 0, iova, size, page_size, bitmap);
}

int pinscope_dirty_look(struct pinscope_container *container, uint64_t iova, uint64_t size,
			uint64_t page_size, struct pinscope_bitmap *bitmap)
{
	return get_bitmap(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR, iova, size,
			  page_size, bitmap);
}

static_assert(sizeof(struct pinscope_dirty_range) ==
	      sizeof(struct vfio_iommu_type1_dirty_range), "the kernel fills them");

int pinscope_dirty_ranges(struct pinscope_container *container, uint64_t *iova,
			  uint64_t *size, bool look, struct pinscope_dirty_range *ranges,
			  size_t *nr)
{
	struct vfio_iommu_type1_dirty_ranges_get get = {
		.iova = *iova,
		.size = *size,
		.ranges = (uintptr_t)ranges,
		.nr_ranges = *nr < UINT32_MAX ? *nr : UINT32_MAX,
	};
	union {
		struct vfio_iommu_type1_dirty_bitmap head;
		char room[sizeof(struct vfio_iommu_type1_dirty_bitmap) + sizeof(get)];
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES,
		},
	};
	int ret;

	if (look)
		arg.head.flags |= VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR;
	memcpy(arg.room + sizeof(arg.head), &get, sizeof(get));
	*nr = 0;
	ret = file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_DIRTY_PAGES, &arg);
	if (ret)
		return ret;
	memcpy(&get, arg.room + sizeof(arg.head), sizeof(get));
	*iova = get.iova;
	*size = get.size;
	*nr = get.nr_ranges;
	return 0;
}
