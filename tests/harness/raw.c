// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "raw.h"

long raw(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int get(int container, uint32_t flags, uint64_t iova, uint64_t size,
	       struct vfio_bitmap bitmap)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP | flags,
		},
		.get = {
			.iova = iova,
			.size = size,
			.bitmap = bitmap,
		},
	};

	return raw(container, VFIO_IOMMU_DIRTY_PAGES, &arg);
}

int raw_get(int container, uint64_t iova, uint64_t size,
	    struct vfio_bitmap bitmap)
{
	return get(container, 0, iova, size, bitmap);
}

int raw_look(int container, uint64_t iova, uint64_t size,
	     struct vfio_bitmap bitmap)
{
	return get(container, VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR, iova, size,
		   bitmap);
}

int raw_ranges(int container, struct vfio_iommu_type1_dirty_ranges_get *get)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_ranges_get get;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES,
		},
		.get = *get,
	};
	int ret = raw(container, VFIO_IOMMU_DIRTY_PAGES, &arg);

	*get = arg.get;
	return ret;
}

int raw_unmap_get(int container, uint64_t iova, uint64_t size,
		  struct vfio_bitmap bitmap, uint64_t *unmapped)
{
	struct {
		struct vfio_iommu_type1_dma_unmap head;
		struct vfio_bitmap bitmap;
	} arg = {
		.head = {
			.argsz = sizeof(arg),
			.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
			.iova = iova,
			.size = size,
		},
		.bitmap = bitmap,
	};
	int ret = raw(container, VFIO_IOMMU_UNMAP_DMA, &arg);

	if (unmapped)
		*unmapped = ret ? 0 : arg.head.size;
	return ret;
}

const char *page_list(uint64_t pages, char *buf, size_t size)
{
	int first, last;
	size_t n = 0;

	if (!pages)
		return "none";
	for (first = 0; first < 64; first = last + 1) {
		last = first;
		if (!(pages >> first & 1))
			continue;
		while (last < 63 && pages >> (last + 1) & 1)
			last++;
		n += snprintf(buf + n, size - n, first == last ? "%s%d" :
			      "%s%d-%d", n ? "," : "", first, last);
		if (n >= size)
			break;
	}
	return buf;
}

int put_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
