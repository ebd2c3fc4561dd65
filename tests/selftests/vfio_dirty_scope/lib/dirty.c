// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "dirty.h"

#define HEADER sizeof(struct vfio_iommu_type1_dirty_bitmap)
#define GET_SIZE (HEADER + sizeof(struct vfio_iommu_type1_dirty_bitmap_get))

int dirty_call(int container, uint32_t argsz, uint32_t flags,
	       const struct vfio_iommu_type1_dirty_bitmap_get *get)
{
	union {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		char room[GET_SIZE];
	} arg = { .dirty.argsz = argsz, .dirty.flags = flags };

	if (get)
		memcpy(arg.dirty.data, get, sizeof(*get));
	return ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &arg) ? -errno : 0;
}

int dirty_start(int container)
{
	return dirty_call(container, HEADER, VFIO_IOMMU_DIRTY_PAGES_FLAG_START, NULL);
}

int dirty_stop(int container)
{
	return dirty_call(container, HEADER, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP, NULL);
}

static int get(int container, uint32_t flags, uint64_t iova, uint64_t size,
	       uint64_t pgsize, void *bitmap, size_t bytes)
{
	struct vfio_iommu_type1_dirty_bitmap_get get = {
		.iova = iova,
		.size = size,
		.bitmap = { .pgsize = pgsize, .size = bytes, .data = bitmap },
	};

	return dirty_call(container, GET_SIZE,
			  VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP | flags, &get);
}

int dirty_get(int container, uint64_t iova, uint64_t size, uint64_t pgsize,
	      void *bitmap, size_t bytes)
{
	return get(container, 0, iova, size, pgsize, bitmap, bytes);
}

int dirty_peek(int container, uint64_t iova, uint64_t size, uint64_t pgsize,
	       void *bitmap, size_t bytes)
{
	return get(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR, iova, size, pgsize,
		   bitmap, bytes);
}
