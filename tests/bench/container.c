// SPDX-License-Identifier: GPL-2.0
/* A container of VFIO's type1 */
#include <linux/vfio.h>
#include <pinscope/uapi.h>

#include "space.h"

static void attach(struct space *space, const char *device)
{
	check("cannot open a container",
	      pinscope_container_open(&space->container));
	check("the device has no group",
	      pinscope_group_open_device(device, &space->group));
	check("cannot attach the group",
	      pinscope_group_attach(space->group, space->container));
	check("cannot set the IOMMU type",
	      pinscope_container_set_iommu(space->container));
	space->fd = pinscope_container_fd(space->container);
}

static void open_device(struct space *space, const char *device)
{
	check("cannot open the device",
	      pinscope_device_open(space->group, device, &space->device));
	space->device_fd = pinscope_device_fd(space->device);
}

static void close_device(struct space *space)
{
	pinscope_device_close(space->device);
}

static void close_container(struct space *space)
{
	pinscope_group_close(space->group);
	pinscope_container_close(space->container);
}

/* That is what a core has that knows IOMMU-backed virtual devices */
static bool has_scope(struct space *space)
{
	struct pinscope_container_info info;
	bool has;

	check("GET_INFO", pinscope_container_get_info(space->container, &info));
	has = info.has_scope;
	pinscope_container_info_release(&info);
	return has;
}

static uint64_t map(struct space *space, void *vaddr, uint64_t iova,
		    uint64_t size, int *error)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)vaddr,
		.iova = iova,
		.size = size,
	};

	return timed(space->fd, VFIO_IOMMU_MAP_DMA, &map, error);
}

static uint64_t unmap(struct space *space, uint64_t iova, uint64_t size,
		      uint64_t *gone, int *error)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};
	uint64_t took = timed(space->fd, VFIO_IOMMU_UNMAP_DMA, &unmap, error);

	*gone = unmap.size;
	return took;
}

static uint64_t track(struct space *space, bool on, int *error)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = on ? VFIO_IOMMU_DIRTY_PAGES_FLAG_START :
			      VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
	};

	return timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &dirty, error);
}

static uint64_t get(struct space *space, uint64_t size, void *bitmap, int *error)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} arg = {
		.dirty.argsz = sizeof(arg),
		.dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get.size = size,
		.get.bitmap.pgsize = PAGE,
		.get.bitmap.size = (size / PAGE + 63) / 64 * 8,
		.get.bitmap.data = bitmap,
	};

	return timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &arg, error);
}

static uint64_t ranges(struct space *space, uint64_t size, void *ranges,
		       uint32_t *nr, uint64_t *left, int *error)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_ranges_get get;
	} arg = {
		.dirty.argsz = sizeof(arg),
		.dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES,
		.get.size = size,
		.get.ranges = (uintptr_t)ranges,
		.get.nr_ranges = *nr,
	};
	uint64_t took = timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &arg, error);

	*nr = arg.get.nr_ranges;
	*left = arg.get.size;
	return took;
}

const struct space_calls container_calls = {
	.attach = attach,
	.open_device = open_device,
	.close_device = close_device,
	.close = close_container,
	.has_scope = has_scope,
	.map = map,
	.unmap = unmap,
	.track = track,
	.get = get,
	.ranges = ranges,
};
