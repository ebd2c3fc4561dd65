// SPDX-License-Identifier: GPL-2.0
/* Calls on a container whose last group leaves and comes back. */
#include <errno.h>
#include <unistd.h>

#include "fixtures/race.h"
#include "fixtures/vm.h"

static int get_info(void *arg)
{
	struct vm *vm = arg;
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

	return either(raw(vm->fd, VFIO_IOMMU_GET_INFO, &info), 0, -EINVAL);
}

static int start_and_stop(void *arg)
{
	struct vm *vm = arg;
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_START,
	};
	int ret = either(raw(vm->fd, VFIO_IOMMU_DIRTY_PAGES, &dirty), 0,
			 -EINVAL);

	dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP;
	return ret ? ret : either(raw(vm->fd, VFIO_IOMMU_DIRTY_PAGES, &dirty),
				  0, -EINVAL);
}

static int map_and_unmap(void *arg)
{
	struct vm *vm = arg;
	int ret = either(try_map(vm, 0, PAGES, PINSCOPE_MAP_RW), 0, -EINVAL);

	if (ret == -EEXIST)
		ret = 0;
	return ret ? ret : either(try_unmap(vm, 0, PAGES), 0, -EINVAL);
}

struct visitor {
	struct vm *vm;
	struct device *dev;
};

static int leave_and_return(void *arg)
{
	struct visitor *visitor = arg;
	int container = visitor->vm->fd;
	int group = pinscope_group_fd(visitor->dev->group);

	if (ioctl(group, VFIO_GROUP_UNSET_CONTAINER) ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	return 0;
}

static int open_and_close(void *arg)
{
	const struct visitor *visitor = arg;
	int fd = ioctl(pinscope_group_fd(visitor->dev->group),
		       VFIO_GROUP_GET_DEVICE_FD, visitor->dev->name);

	if (fd < 0)
		return either(-errno, -EINVAL, -EINVAL);
	close(fd);
	return 0;
}

/* Not while the device is open: then the group stays where it is */
static int leave_and_return_if_closed(void *arg)
{
	return either(leave_and_return(arg), 0, -EBUSY);
}

TEST(race, open_and_set_iommu, .limit = 60)
{
	struct vm *vm = vm_new();
	struct visitor visitor = { vm, device_of(vm, mdev_new(EMULATED, NULL)) };
	struct racer racers[] = {
		RACER(leave_and_return_if_closed, &visitor),
		RACER(open_and_close, &visitor),
	};

	vm->unmapped = true;
	attach(visitor.dev);
	race(racers, 2, 3000);
}

TEST(race, container_ioctl_and_last_group, .limit = 60)
{
	struct vm *vm = vm_new();
	struct visitor visitor = { vm, device_of(vm, mdev_new(EMULATED, NULL)) };
	struct racer racers[] = {
		RACER(leave_and_return, &visitor), RACER(get_info, vm),
		RACER(start_and_stop, vm), RACER(map_and_unmap, vm),
	};

	vm->unmapped = true;
	attach(visitor.dev);
	race(racers, 4, 3000);
}
