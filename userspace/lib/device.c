// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/device.h>

#include "file.h"

struct pinscope_device {
	int fd;
};

int pinscope_device_open(struct pinscope_group *group, const char *device,
			 struct pinscope_device **out)
{
	struct pinscope_device *handle;
	char name[PINSCOPE_NAME_MAX];
	int ret;

	ret = pinscope_device_name(device, name, sizeof(name));
	if (ret)
		return ret;
	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return -ENOMEM;

	ret = file_ioctl(pinscope_group_fd(group), VFIO_GROUP_GET_DEVICE_FD, name);
	if (ret < 0) {
		free(handle);
		return ret;
	}
	handle->fd = ret;
	*out = handle;
	return 0;
}

void pinscope_device_close(struct pinscope_device *device)
{
	if (!device)
		return;
	close(device->fd);
	free(device);
}

int pinscope_device_fd(const struct pinscope_device *device)
{
	return device->fd;
}

int pinscope_device_get_info(const struct pinscope_device *device,
			     struct pinscope_device_info *out)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int ret;

	ret = file_ioctl(device->fd, VFIO_DEVICE_GET_INFO, &info);
	if (ret)
		return ret;
	out->flags = info.flags;
	out->nr_regions = info.num_regions;
	out->nr_irqs = info.num_irqs;
	return 0;
}

int pinscope_device_get_region(const struct pinscope_device *device, uint32_t index,
			       struct pinscope_region *out)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	int ret;

	ret = file_ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info);
	if (ret)
		return ret;
	out->flags = info.flags;
	out->size = info.size;
	out->offset = info.offset;
	return 0;
}

static int region_position(const struct pinscope_device *device, uint32_t index, uint64_t offset,
			   size_t len, off_t *position)
{
	struct pinscope_region region;
	int ret;

	ret = pinscope_device_get_region(device, index, &region);
	if (ret)
		return ret;
	/* Beyond its end is the next region: the kernel would not object. */
	if (offset > region.size || len > region.size - offset)
		return -EINVAL;
	*position = (off_t)(region.offset + offset);
	return 0;
}

/* A register that was read or written in part is broken. */
static int transferred(ssize_t done, size_t len)
{
	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -EIO;
}

int pinscope_device_read(const struct pinscope_device *device, uint32_t index, uint64_t offset,
			 void *buf, size_t len)
{
	off_t position;
	int ret;

	ret = region_position(device, index, offset, len, &position);
	return ret ? ret : transferred(pread(device->fd, buf, len, position), len);
}

int pinscope_device_write(struct pinscope_device *device, uint32_t index, uint64_t offset,
			  const void *buf, size_t len)
{
	off_t position;
	int ret;

	ret = region_position(device, index, offset, len, &position);
	return ret ? ret : transferred(pwrite(device->fd, buf, len, position), len);
}

int pinscope_device_config_read(const struct pinscope_device *device, uint64_t offset, void *buf,
				size_t len)
{
	return pinscope_device_read(device, VFIO_PCI_CONFIG_REGION_INDEX, offset, buf, len);
}

int pinscope_device_config_write(struct pinscope_device *device, uint64_t offset, const void *buf,
				 size_t len)
{
	return pinscope_device_write(device, VFIO_PCI_CONFIG_REGION_INDEX, offset, buf, len);
}

int pinscope_device_enable(struct pinscope_device *device)
{
	uint16_t command;
	int ret;

	ret = pinscope_device_config_read(device, PCI_COMMAND, &command, sizeof(command));
	if (ret)
		return ret;
	command |= htole16(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return pinscope_device_config_write(device, PCI_COMMAND, &command, sizeof(command));
}

int pinscope_device_get_irq(const struct pinscope_device *device, uint32_t index,
			    struct pinscope_irq *out)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	int ret;

	ret = file_ioctl(device->fd, VFIO_DEVICE_GET_IRQ_INFO, &info);
	if (ret)
		return ret;
	out->flags = info.flags;
	out->count = info.count;
	return 0;
}

int pinscope_device_irq_enable(struct pinscope_device *device, uint32_t index, uint32_t vector,
			       int eventfd)
{
	const int32_t fd = eventfd;
	union {
		struct vfio_irq_set set;
		char room[sizeof(struct vfio_irq_set) + sizeof(fd)];
	} arg = {
		.set = {
			.argsz = sizeof(arg),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = index,
			.start = vector,
			.count = 1,
		},
	};

	memcpy(arg.room + sizeof(arg.set), &fd, sizeof(fd));
	return file_ioctl(device->fd, VFIO_DEVICE_SET_IRQS, &arg);
}

static int irq_action(struct pinscope_device *device, uint32_t index, uint32_t start,
		      uint32_t count, uint32_t action)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | action,
		.index = index,
		.start = start,
		.count = count,
	};

	return file_ioctl(device->fd, VFIO_DEVICE_SET_IRQS, &set);
}

int pinscope_device_irq_disable(struct pinscope_device *device, uint32_t index)
{
	return irq_action(device, index, 0, 0, VFIO_IRQ_SET_ACTION_TRIGGER);
}

int pinscope_device_irq_trigger(struct pinscope_device *device, uint32_t index, uint32_t vector)
{
	return irq_action(device, index, vector, 1, VFIO_IRQ_SET_ACTION_TRIGGER);
}

int pinscope_device_irq_unmask(struct pinscope_device *device, uint32_t index, uint32_t vector)
{
	return irq_action(device, index, vector, 1, VFIO_IRQ_SET_ACTION_UNMASK);
}

int pinscope_device_reset(struct pinscope_device *device)
{
	return file_ioctl(device->fd, VFIO_DEVICE_RESET, NULL);
}

int pinscope_device_feature_probe(const struct pinscope_device *device, uint16_t feature,
				  uint32_t access)
{
	struct vfio_device_feature arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DEVICE_FEATURE_PROBE | access | feature,
	};

	return file_ioctl(device->fd, VFIO_DEVICE_FEATURE, &arg);
}

static int feature_call(int fd, uint32_t flags, void *data, size_t size)
{
	struct vfio_device_feature *arg;
	int ret;

	arg = calloc(1, sizeof(*arg) + size);
	if (!arg)
		return -ENOMEM;
	arg->argsz = (uint32_t)(sizeof(*arg) + size);
	arg->flags = flags;
	if (size)
		memcpy(arg->data, data, size);

	ret = file_ioctl(fd, VFIO_DEVICE_FEATURE, arg);
	if (!ret && size)
		memcpy(data, arg->data, size);
	free(arg);
	return ret;
}

int pinscope_device_feature_get(const struct pinscope_device *device, uint16_t feature, void *data,
				size_t size)
{
	return feature_call(device->fd, VFIO_DEVICE_FEATURE_GET | feature, data, size);
}

int pinscope_device_feature_set(struct pinscope_device *device, uint16_t feature, void *data,
				size_t size)
{
	return feature_call(device->fd, VFIO_DEVICE_FEATURE_SET | feature, data, size);
}
