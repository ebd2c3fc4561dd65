// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinscope/group.h>

#include "file.h"

struct pinscope_group {
	int fd;
	unsigned int number;
};

int pinscope_group_open(unsigned int number, struct pinscope_group **out)
{
	struct pinscope_group *group;
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/vfio/%u", pinscope_dev_root(), number);
	if (ret)
		return ret;
	group = calloc(1, sizeof(*group));
	if (!group)
		return -ENOMEM;

	group->number = number;
	group->fd = open(path, O_RDWR | O_CLOEXEC);
	if (group->fd < 0) {
		ret = -errno;
		free(group);
		return ret;
	}

	*out = group;
	return 0;
}

int pinscope_group_open_device(const char *device, struct pinscope_group **out)
{
	unsigned int number;
	int ret;

	ret = pinscope_device_group(device, &number);
	return ret ? ret : pinscope_group_open(number, out);
}

void pinscope_group_close(struct pinscope_group *group)
{
	if (!group)
		return;
	close(group->fd);
	free(group);
}

int pinscope_group_fd(const struct pinscope_group *group)
{
	return group->fd;
}

unsigned int pinscope_group_number(const struct pinscope_group *group)
{
	return group->number;
}

int pinscope_group_get_status(const struct pinscope_group *group,
			      struct pinscope_group_status *out)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int ret;

	ret = file_ioctl(group->fd, VFIO_GROUP_GET_STATUS, &status);
	if (ret)
		return ret;
	out->viable = status.flags & VFIO_GROUP_FLAGS_VIABLE;
	out->attached = status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET;
	return 0;
}

int pinscope_group_attach(struct pinscope_group *group, struct pinscope_container *container)
{
	int fd = pinscope_container_fd(container);

	return file_ioctl(group->fd, VFIO_GROUP_SET_CONTAINER, &fd);
}

int pinscope_group_detach(struct pinscope_group *group)
{
	return file_ioctl(group->fd, VFIO_GROUP_UNSET_CONTAINER, NULL);
}
