// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pinscope/region.h>

#include "info.h"

struct pinscope_region_map {
	void *data;
	size_t size;
};

/* The part of a region that is to be mapped, and whether it may be. */
struct part {
	uint64_t offset;
	uint64_t size;
	bool sparse;
	bool found;
};

/* Some regions can be mapped in areas only, since the rest is trapped. */
static int find_area(const struct vfio_info_cap_header *header, size_t room, void *context)
{
	const struct vfio_region_info_cap_sparse_mmap *cap = (const void *)header;
	struct part *part = context;
	uint32_t i;

	if (header->id != VFIO_REGION_INFO_CAP_SPARSE_MMAP || header->version != 1)
		return 0;
	if (room < sizeof(*cap) || cap->nr_areas > (room - sizeof(*cap)) / sizeof(cap->areas[0]))
		return -EPROTO;
	part->sparse = true;
	for (i = 0; i < cap->nr_areas; i++) {
		const struct vfio_region_sparse_mmap_area *area = &cap->areas[i];

		if (part->offset >= area->offset && part->size <= area->size &&
		    part->offset - area->offset <= area->size - part->size)
			part->found = true;
	}
	return 0;
}

static int check_part(const struct vfio_region_info *info, struct part *part)
{
	const uint32_t both = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	int ret = 0;

	if (!part->size || part->offset % (uint64_t)sysconf(_SC_PAGESIZE) ||
	    part->offset > info->size || part->size > info->size - part->offset)
		return -EINVAL;
	if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP))
		return -EOPNOTSUPP;
	if ((info->flags & both) != both)
		return -EACCES;
	if (info->flags & VFIO_REGION_INFO_FLAG_CAPS)
		ret = info_each_cap(info, info->cap_offset, find_area, part);
	if (!ret && part->sparse && !part->found)
		ret = -EOPNOTSUPP;
	return ret;
}

static int map_part(const struct pinscope_device *device, const struct vfio_region_info *info,
		    const struct part *part, struct pinscope_region_map **out)
{
	struct pinscope_region_map *map;
	int ret;

	map = calloc(1, sizeof(*map));
	if (!map)
		return -ENOMEM;
	map->size = part->size;
	map->data = mmap(NULL, part->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 pinscope_device_fd(device), (off_t)(info->offset + part->offset));
	if (map->data == MAP_FAILED) {
		ret = -errno;
		free(map);
		return ret;
	}
	*out = map;
	return 0;
}

int pinscope_region_map(const struct pinscope_device *device, uint32_t index, uint64_t offset,
			size_t size, struct pinscope_region_map **out)
{
	const struct vfio_region_info head = { .index = index };
	struct part part = { .offset = offset, .size = size };
	void *info;
	int ret;

	ret = info_read(pinscope_device_fd(device), VFIO_DEVICE_GET_REGION_INFO, &head,
			sizeof(head), &info);
	if (ret)
		return ret;
	ret = check_part(info, &part);
	if (!ret)
		ret = map_part(device, info, &part, out);
	free(info);
	return ret;
}

void pinscope_region_unmap(struct pinscope_region_map *map)
{
	if (!map)
		return;
	munmap(map->data, map->size);
	free(map);
}

void *pinscope_region_data(const struct pinscope_region_map *map)
{
	return map->data;
}

size_t pinscope_region_size(const struct pinscope_region_map *map)
{
	return map->size;
}
