// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "container.h"

struct mode {
	const char *name;
	const char *path;
	unsigned long type;
};

static const struct mode modes[] = {
	{ "vfio_type1_iommu", "/dev/vfio/vfio", VFIO_TYPE1_IOMMU },
	{ "vfio_type1v2_iommu", "/dev/vfio/vfio", VFIO_TYPE1v2_IOMMU },
	{ "iommufd_compat_type1", "/dev/iommu", VFIO_TYPE1_IOMMU },
	{ "iommufd_compat_type1v2", "/dev/iommu", VFIO_TYPE1v2_IOMMU },
};

static const struct mode *find_mode(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	return NULL;
}

int container_open(const char *name)
{
	const struct mode *mode = find_mode(name);
	int fd;

	if (!mode)
		return -EINVAL;
	fd = open(mode->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, VFIO_CHECK_EXTENSION, mode->type) != 1) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int container_set_iommu(int fd, const char *name)
{
	const struct mode *mode = find_mode(name);

	if (!mode)
		return -EINVAL;
	return ioctl(fd, VFIO_SET_IOMMU, mode->type) ? -errno : 0;
}

static void copy_capability(const struct vfio_info_cap_header *header,
			    struct container_info *info)
{
	if (header->version != 1)
		return;
	switch (header->id) {
	case VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION:
		info->has_dirty_tracking = true;
		memcpy(&info->migration, header, sizeof(info->migration));
		break;
	case VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE:
		info->has_scope = true;
		memcpy(&info->scope, header, sizeof(info->scope));
		break;
	}
}

int container_get_info(int fd, struct container_info *info)
{
	/* All that is known has room in a page */
	union {
		struct vfio_iommu_type1_info info;
		char room[4096];
	} arg = { .info.argsz = sizeof(arg) };
	const struct vfio_info_cap_header *header;
	uint32_t offset;

	memset(info, 0, sizeof(*info));
	if (ioctl(fd, VFIO_IOMMU_GET_INFO, &arg))
		return -errno;
	if (!(arg.info.flags & VFIO_IOMMU_INFO_CAPS) || arg.info.argsz > sizeof(arg))
		return 0;
	for (offset = arg.info.cap_offset; offset; offset = header->next) {
		header = (const void *)(arg.room + offset);
		copy_capability(header, info);
	}
	return 0;
}

int container_map(int fd, void *memory, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	return ioctl(fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

int container_unmap(int fd, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	if (ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == size ? 0 : -ENOENT;
}

int container_unmap_dirty(int fd, uint64_t iova, uint64_t size, uint64_t pgsize,
			  void *bitmap, uint64_t bytes)
{
	union {
		struct vfio_iommu_type1_dma_unmap unmap;
		char room[sizeof(struct vfio_iommu_type1_dma_unmap) +
			  sizeof(struct vfio_bitmap)];
	} arg = {
		.unmap.argsz = sizeof(arg),
		.unmap.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
		.unmap.iova = iova,
		.unmap.size = size,
	};
	struct vfio_bitmap *out = (struct vfio_bitmap *)arg.unmap.data;

	out->pgsize = pgsize;
	out->size = bytes;
	out->data = bitmap;
	if (ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &arg))
		return -errno;
	return arg.unmap.size == size ? 0 : -ENOENT;
}
