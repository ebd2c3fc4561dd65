// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "uapi.h"

static int group_of(const char *name, char *path, size_t size)
{
	const char *bus = strlen(name) == 36 ? "mdev" : "pci";
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/sys/bus/%s/devices/%.64s/iommu_group", bus, name);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	snprintf(path, size, "/dev/vfio/%.32s", basename(target));
	return 0;
}

int device_open_group(struct device *dev, const char *name)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];
	int ret;

	dev->name = name;
	dev->group = -1;
	dev->fd = -1;
	ret = group_of(name, path, sizeof(path));
	if (ret)
		return ret;
	dev->group = open(path, O_RDWR | O_CLOEXEC);
	if (dev->group < 0)
		return -errno;
	if (ioctl(dev->group, VFIO_GROUP_GET_STATUS, &status))
		return -errno;
	return status.flags & VFIO_GROUP_FLAGS_VIABLE ? 0 : -EPERM;
}

int device_join(struct device *dev, int container)
{
	return ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &container) ? -errno : 0;
}

int device_leave(struct device *dev)
{
	return ioctl(dev->group, VFIO_GROUP_UNSET_CONTAINER) ? -errno : 0;
}

static int region_offset(struct device *dev, unsigned int index, off_t *offset)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = index };

	if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &region))
		return -errno;
	*offset = region.offset;
	return 0;
}

static int find_driver(struct device *dev)
{
	static const struct dma_driver *const drivers[] = { &sample_driver, &edu_driver };
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	size_t i;

	dev->driver = NULL;
	if (region_offset(dev, VFIO_PCI_CONFIG_REGION_INDEX, &dev->config) ||
	    region_offset(dev, VFIO_PCI_BAR0_REGION_INDEX, &dev->bar0))
		return 0;
	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (drivers[i]->probe(dev))
			continue;
		dev->driver = drivers[i];
		return device_write(dev, dev->config + PCI_COMMAND, &command, sizeof(command));
	}
	return 0;
}

int device_open(struct device *dev)
{
	dev->fd = ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, dev->name);
	return dev->fd < 0 ? -errno : find_driver(dev);
}

void device_close(struct device *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
}

void device_close_all(struct device *dev)
{
	device_close(dev);
	if (dev->group >= 0)
		close(dev->group);
	dev->group = -1;
}

int device_read(struct device *dev, off_t offset, void *value, size_t size)
{
	ssize_t n = pread(dev->fd, value, size, offset);

	if (n < 0)
		return -errno;
	return n == (ssize_t)size ? 0 : -EIO;
}

int device_write(struct device *dev, off_t offset, const void *value, size_t size)
{
	ssize_t n = pwrite(dev->fd, value, size, offset);

	if (n < 0)
		return -errno;
	return n == (ssize_t)size ? 0 : -EIO;
}

int device_reset(struct device *dev)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (ioctl(dev->fd, VFIO_DEVICE_GET_INFO, &info))
		return -errno;
	if (!(info.flags & VFIO_DEVICE_FLAGS_RESET))
		return -ENOTTY;
	return ioctl(dev->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

/* struct vfio_device_feature has no room for what belongs to it */
union feature {
	struct vfio_device_feature head;
	char room[sizeof(struct vfio_device_feature) + 16];
};

uint64_t device_migration_flags(struct device *dev)
{
	union feature arg = {
		.head.argsz = sizeof(arg.head) + sizeof(struct vfio_device_feature_migration),
		.head.flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
	};
	struct vfio_device_feature_migration migration;

	if (ioctl(dev->fd, VFIO_DEVICE_FEATURE, &arg))
		return 0;
	memcpy(&migration, arg.head.data, sizeof(migration));
	return migration.flags;
}

int device_set_state(struct device *dev, uint32_t state, int *data)
{
	struct vfio_device_feature_mig_state mig = { .device_state = state, .data_fd = -1 };
	union feature arg = {
		.head.argsz = sizeof(arg.head) + sizeof(mig),
		.head.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
	};

	memcpy(arg.head.data, &mig, sizeof(mig));
	if (ioctl(dev->fd, VFIO_DEVICE_FEATURE, &arg))
		return -errno;
	memcpy(&mig, arg.head.data, sizeof(mig));
	*data = mig.data_fd;
	return 0;
}
