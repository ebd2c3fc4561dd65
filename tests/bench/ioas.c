// SPDX-License-Identifier: GPL-2.0
/* An IOAS of iommufd, and the device by its own node */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vfio.h>
#include <iommufd/fixtures/uapi.h>

#include "space.h"

/* A device is open before it is attached */
static int open_node(const char *device)
{
	char path[PATH_MAX], pattern[PATH_MAX + 16], node[64];
	glob_t found;
	int fd;

	check("no such device", pinscope_device_path(device, path, sizeof(path)));
	snprintf(pattern, sizeof(pattern), "%s/vfio-dev/vfio*", path);
	if (glob(pattern, 0, NULL, &found))
		die("%s has no node", device);
	snprintf(node, sizeof(node), "/dev/vfio/devices/%s",
		 strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", node, strerror(errno));
	return fd;
}

static void call(int fd, unsigned long request, void *arg, const char *what)
{
	if (ioctl(fd, request, arg))
		die("%s: %s", what, strerror(errno));
}

static void attach(struct space *space, const char *device)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };

	space->fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (space->fd < 0)
		die("/dev/iommu: %s", strerror(errno));
	call(space->fd, IOMMU_IOAS_ALLOC, &alloc, "cannot make an IOAS");
	space->ioas = alloc.out_ioas_id;

	space->device_fd = open_node(device);
	bind.iommufd = space->fd;
	call(space->device_fd, VFIO_DEVICE_BIND_IOMMUFD, &bind, "cannot bind the device");
	attach.pt_id = space->ioas;
	call(space->device_fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach,
	     "cannot attach the device");
}

static void open_device(struct space *space, const char *device)
{
	(void)space;
	(void)device;
}

static void close_device(struct space *space)
{
	close(space->device_fd);
}

static void close_iommufd(struct space *space)
{
	close(space->fd);
}

static bool has_scope(struct space *space)
{
	struct iommu_ioas_get_dirty_scope scope = {
		.size = sizeof(scope),
		.ioas_id = space->ioas,
	};

	return !ioctl(space->fd, IOMMU_IOAS_GET_DIRTY_SCOPE, &scope);
}

static uint64_t map(struct space *space, void *vaddr, uint64_t iova,
		    uint64_t size, int *error)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = space->ioas,
		.user_va = (uintptr_t)vaddr,
		.length = size,
		.iova = iova,
	};

	return timed(space->fd, IOMMU_IOAS_MAP, &map, error);
}

static uint64_t unmap(struct space *space, uint64_t iova, uint64_t size,
		      uint64_t *gone, int *error)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = space->ioas,
		.iova = iova,
		.length = size,
	};
	uint64_t took = timed(space->fd, IOMMU_IOAS_UNMAP, &unmap, error);

	*gone = unmap.length;
	return took;
}

static uint64_t track(struct space *space, bool on, int *error)
{
	struct iommu_ioas_set_dirty_tracking track = {
		.size = sizeof(track),
		.flags = on ? IOMMU_IOAS_DIRTY_TRACKING_ENABLE : 0,
		.ioas_id = space->ioas,
	};

	return timed(space->fd, IOMMU_IOAS_SET_DIRTY_TRACKING, &track, error);
}

static uint64_t get(struct space *space, uint64_t size, void *bitmap, int *error)
{
	struct iommu_ioas_get_dirty_bitmap get = {
		.size = sizeof(get),
		.ioas_id = space->ioas,
		.length = size,
		.page_size = PAGE,
		.data = (uintptr_t)bitmap,
	};

	return timed(space->fd, IOMMU_IOAS_GET_DIRTY_BITMAP, &get, error);
}

static uint64_t ranges(struct space *space, uint64_t size, void *ranges,
		       uint32_t *nr, uint64_t *left, int *error)
{
	struct iommu_ioas_get_dirty_ranges get = {
		.size = sizeof(get),
		.ioas_id = space->ioas,
		.nr_ranges = *nr,
		.length = size,
		.ranges = (uintptr_t)ranges,
	};
	uint64_t took = timed(space->fd, IOMMU_IOAS_GET_DIRTY_RANGES, &get, error);

	*nr = get.nr_ranges;
	*left = get.length;
	return took;
}

const struct space_calls ioas_calls = {
	.attach = attach,
	.open_device = open_device,
	.close_device = close_device,
	.close = close_iommufd,
	.has_scope = has_scope,
	.map = map,
	.unmap = unmap,
	.track = track,
	.get = get,
	.ranges = ranges,
};
