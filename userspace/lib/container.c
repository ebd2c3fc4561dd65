// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinscope/container.h>
#include <pinscope/uapi.h>

#include "file.h"
#include "info.h"

struct pinscope_container {
	int fd;
};

int pinscope_container_from_fd(int fd, struct pinscope_container **out)
{
	struct pinscope_container *container;
	int ret;

	ret = file_ioctl(fd, VFIO_GET_API_VERSION, NULL);
	if (ret != VFIO_API_VERSION)
		return ret < 0 ? ret : -EPROTONOSUPPORT;
	container = calloc(1, sizeof(*container));
	if (!container)
		return -ENOMEM;
	container->fd = fd;
	*out = container;
	return 0;
}

int pinscope_container_open(struct pinscope_container **out)
{
	char path[PINSCOPE_PATH_MAX];
	int fd, ret;

	ret = file_path(path, sizeof(path), "%s/vfio/vfio", pinscope_dev_root());
	if (ret)
		return ret;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = pinscope_container_from_fd(fd, out);
	if (ret)
		close(fd);
	return ret;
}

void pinscope_container_close(struct pinscope_container *container)
{
	if (!container)
		return;
	close(container->fd);
	free(container);
}

int pinscope_container_fd(const struct pinscope_container *container)
{
	return container->fd;
}

int pinscope_container_has_extension(const struct pinscope_container *container,
				     unsigned int extension, bool *out)
{
	int ret;

	ret = file_ioctl(container->fd, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)extension);
	if (ret < 0)
		return ret;
	*out = ret > 0;
	return 0;
}

int pinscope_container_set_iommu(struct pinscope_container *container)
{
	return file_ioctl(container->fd, VFIO_SET_IOMMU, (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
}

static int copy_ranges(const struct vfio_iommu_type1_info_cap_iova_range *cap, size_t room,
		       struct pinscope_container_info *out)
{
	size_t nr = cap->nr_iovas, i;

	if (nr > (room - sizeof(*cap)) / sizeof(cap->iova_ranges[0]))
		return -EPROTO;
	free(out->ranges);
	out->nr_ranges = 0;
	out->ranges = calloc(nr ? nr : 1, sizeof(*out->ranges));
	if (!out->ranges)
		return -ENOMEM;

	for (i = 0; i < nr; i++) {
		out->ranges[i].first = cap->iova_ranges[i].start;
		out->ranges[i].last = cap->iova_ranges[i].end;
	}
	out->nr_ranges = nr;
	return 0;
}

static void copy_scope(const struct vfio_iommu_type1_info_cap_dirty_scope *cap,
		       struct pinscope_container_info *out)
{
	struct pinscope_scope_counts *scope = &out->scope;

	scope->scope = cap->flags & VFIO_IOMMU_DIRTY_SCOPE_PINNED ?
		       PINSCOPE_SCOPE_PINNED : PINSCOPE_SCOPE_WIDE;
	scope->tracking = cap->flags & VFIO_IOMMU_DIRTY_SCOPE_TRACKING;
	scope->iommu = cap->flags & VFIO_IOMMU_DIRTY_SCOPE_IOMMU;
	scope->nr_groups = cap->nr_groups;
	scope->nr_groups_wide = cap->nr_groups_wide;
	scope->nr_devices = cap->nr_devices;
	scope->nr_devices_wide = cap->nr_devices_wide;
	scope->pinned_pages = cap->pinned_pages;
	out->has_scope = true;
}

static int copy_cap(const struct vfio_info_cap_header *header, size_t room, void *context)
{
	struct pinscope_container_info *out = context;
	const struct vfio_iommu_type1_info_cap_migration *migration;
	const struct vfio_iommu_type1_info_dma_avail *avail;

	/* All that are known are of version 1; another one may mean anything. */
	if (header->version != 1)
		return 0;

	switch (header->id) {
	case VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE:
		if (room < sizeof(struct vfio_iommu_type1_info_cap_iova_range))
			return -EPROTO;
		return copy_ranges((const void *)header, room, out);
	case VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION:
		migration = (const void *)header;
		if (room < sizeof(*migration))
			return -EPROTO;
		out->has_dirty = true;
		out->dirty_pgsizes = migration->pgsize_bitmap;
		out->dirty_bitmap_max = migration->max_dirty_bitmap_size;
		return 0;
	case VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL:
		avail = (const void *)header;
		if (room < sizeof(*avail))
			return -EPROTO;
		out->has_dma_avail = true;
		out->dma_avail = avail->avail;
		return 0;
	case VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE:
		if (room < sizeof(struct vfio_iommu_type1_info_cap_dirty_scope))
			return -EPROTO;
		copy_scope((const void *)header, out);
		return 0;
	default:
		return 0;
	}
}

int pinscope_container_get_info(const struct pinscope_container *container,
				struct pinscope_container_info *out)
{
	struct pinscope_container_info result = { 0 };
	const struct vfio_iommu_type1_info head = { 0 };
	struct vfio_iommu_type1_info *info;
	void *answer;
	int ret;

	ret = info_read(container->fd, VFIO_IOMMU_GET_INFO, &head, sizeof(head), &answer);
	if (ret)
		return ret;
	info = answer;
	if (info->flags & VFIO_IOMMU_INFO_PGSIZES)
		result.pgsizes = info->iova_pgsizes;
	if (info->flags & VFIO_IOMMU_INFO_CAPS)
		ret = info_each_cap(info, info->cap_offset, copy_cap, &result);
	free(info);

	if (ret) {
		pinscope_container_info_release(&result);
		return ret;
	}
	*out = result;
	return 0;
}

void pinscope_container_info_release(struct pinscope_container_info *info)
{
	if (!info)
		return;
	free(info->ranges);
	info->ranges = NULL;
	info->nr_ranges = 0;
}

int pinscope_container_scope(const struct pinscope_container *container,
			     struct pinscope_scope_counts *out)
{
	struct pinscope_container_info info;
	int ret;

	ret = pinscope_container_get_info(container, &info);
	if (ret)
		return ret;
	if (info.has_scope)
		*out = info.scope;
	else
		ret = -EOPNOTSUPP;
	pinscope_container_info_release(&info);
	return ret;
}
