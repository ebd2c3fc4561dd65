// SPDX-License-Identifier: GPL-2.0
/* What is measured from outside: the calls of a container's user */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <x86intrin.h>

#include <linux/vfio.h>
#include <pinscope/uapi.h>

#include "program.h"

uint64_t now(void)
{
	uint64_t tsc;

	_mm_lfence();
	tsc = __rdtsc();
	_mm_lfence();
	return tsc;
}

static uint64_t timed(int fd, unsigned long request, void *arg, int *error)
{
	uint64_t begin = now();
	int ret = ioctl(fd, request, arg);
	uint64_t took = now() - begin;

	*error = ret < 0 ? -errno : 0;
	return took;
}

void space_attach(struct space *space, const char *device)
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
	space->device = NULL;
}

void space_open(struct space *space)
{
	static const char device[] = "/sys/devices/platform/" BENCH_DEV;

	space_attach(space, device);
	check("cannot open the measured device",
	      pinscope_device_open(space->group, device, &space->device));
	space->device_fd = pinscope_device_fd(space->device);
}

/* That is what a core has that knows IOMMU-backed virtual devices */
bool space_has_scope(struct space *space)
{
	struct pinscope_container_info info;
	bool has;

	check("GET_INFO", pinscope_container_get_info(space->container, &info));
	has = info.has_scope;
	pinscope_container_info_release(&info);
	return has;
}

void space_close(struct space *space)
{
	pinscope_device_close(space->device);
	pinscope_group_close(space->group);
	pinscope_container_close(space->container);
}

uint64_t bench(struct space *space, struct bench_call call)
{
	call.argsz = sizeof(call);
	if (!call.batch)
		call.batch = 512;
	if (!call.stride)
		call.stride = 1;
	if (ioctl(space->device_fd, BENCH_CALL, &call)) {
		if (errno == EOPNOTSUPP)
			return BENCH_ABSENT;
		die("the driver's call %u fails: %s", call.op, strerror(errno));
	}
	return call.took;
}

uint64_t space_map(struct space *space, void *vaddr, uint64_t iova,
		   uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)vaddr,
		.iova = iova,
		.size = size,
	};
	uint64_t took;
	int error;

	took = timed(space->fd, VFIO_IOMMU_MAP_DMA, &map, &error);
	check("MAP_DMA", error);
	return took;
}

uint64_t space_unmap(struct space *space, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};
	uint64_t took;
	int error;

	took = timed(space->fd, VFIO_IOMMU_UNMAP_DMA, &unmap, &error);
	check("UNMAP_DMA", error);
	if (unmap.size != size)
		die("UNMAP_DMA has unmapped %llu bytes",
		    (unsigned long long)unmap.size);
	return took;
}

static uint64_t switch_to(struct space *space, uint32_t flag)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = flag,
	};
	uint64_t took;
	int error;

	took = timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &dirty, &error);
	check("START or STOP", error);
	return took;
}

uint64_t space_start(struct space *space)
{
	return switch_to(space, VFIO_IOMMU_DIRTY_PAGES_FLAG_START);
}

void space_stop(struct space *space)
{
	switch_to(space, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP);
}

uint64_t space_get(struct space *space, uint64_t size, void *bitmap)
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
	uint64_t took;
	int error;

	took = timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &arg, &error);
	check("GET_BITMAP", error);
	return took;
}

uint64_t space_ranges(struct space *space, uint64_t size, void *ranges,
		      uint32_t room, uint32_t *nr)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_ranges_get get;
	} arg = {
		.dirty.argsz = sizeof(arg),
		.dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES,
		.get.size = size,
		.get.ranges = (uintptr_t)ranges,
		.get.nr_ranges = room,
	};
	uint64_t took;
	int error;

	took = timed(space->fd, VFIO_IOMMU_DIRTY_PAGES, &arg, &error);
	/* What a core says that does not know the flag */
	if (error == -EINVAL)
		return BENCH_ABSENT;
	check("GET_RANGES", error);
	if (arg.get.size)
		die("GET_RANGES: no room for all ranges");
	*nr = arg.get.nr_ranges;
	return took;
}

uint64_t bits_set(const void *bitmap, uint64_t size)
{
	const uint64_t *word = bitmap;
	uint64_t nr = 0, i;

	for (i = 0; i < size / PAGE / 64; i++)
		nr += __builtin_popcountll(word[i]);
	return nr;
}
