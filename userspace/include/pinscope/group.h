/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: groups
 *
 * A VFIO group, /dev/vfio/<number>, is what gets attached to a container. A
 * directly assigned PCI function shares it with the other functions of its
 * IOMMU group; each mediated device has one of its own, which may be backed by
 * the IOMMU group of its parent (see pinscope_group_backing()).
 */
#ifndef PINSCOPE_GROUP_H
#define PINSCOPE_GROUP_H

#include <stdbool.h>

#include <pinscope/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct pinscope_group - an open /dev/vfio/<number> */
struct pinscope_group;

/**
 * struct pinscope_group_status - what VFIO_GROUP_GET_STATUS says
 * @viable: every device of the group is with VFIO, or harmless: the group may
 *   be used
 * @attached: the group is attached to a container
 */
struct pinscope_group_status {
	bool viable;
	bool attached;
};

/**
 * pinscope_group_open() - open a group by its number
 * @number: number as in /dev/vfio/<number>
 * @out: where to store the handle; to be closed with pinscope_group_close()
 *
 * Return: 0, -ENOENT without such a group, -EBUSY if it is open already (a
 * group can be open once in the whole system), -EACCES, -ENOMEM.
 */
int pinscope_group_open(unsigned int number, struct pinscope_group **out);

/**
 * pinscope_group_open_device() - open the group that a device is in
 * @device: device name: mdev UUID, PCI address or sysfs path
 * @out: where to store the handle; to be closed with pinscope_group_close()
 *
 * Return: as pinscope_group_open(), and -ENODEV without such a device.
 */
int pinscope_group_open_device(const char *device, struct pinscope_group **out);

/**
 * pinscope_group_close() - close a group, which detaches it from its container
 * @group: handle or NULL
 *
 * While a device of the group is open the kernel keeps the group attached; it
 * detaches it when the last device is closed.
 */
void pinscope_group_close(struct pinscope_group *group);

/**
 * pinscope_group_fd() - the file descriptor, for calls this library does not
 * offer
 * @group: handle
 *
 * Return: a descriptor that stays owned by @group.
 */
int pinscope_group_fd(const struct pinscope_group *group);

/**
 * pinscope_group_number() - the group's number
 * @group: handle
 *
 * Return: the number as in /dev/vfio/<number>.
 */
unsigned int pinscope_group_number(const struct pinscope_group *group);

/**
 * pinscope_group_get_status() - ask whether a group is viable and attached
 * @group: handle
 * @out: filled on success
 *
 * Return: 0 or a negative errno.
 */
int pinscope_group_get_status(const struct pinscope_group *group,
			      struct pinscope_group_status *out);

/**
 * pinscope_group_attach() - attach a group to a container
 * @group: handle, not attached
 * @container: where to
 *
 * Return: 0, -EINVAL if the group is attached already, -EPERM if it is not
 * viable or if another container owns the IOMMU group behind it, or another
 * negative errno.
 */
int pinscope_group_attach(struct pinscope_group *group, struct pinscope_container *container);

/**
 * pinscope_group_detach() - detach a group from its container
 * @group: handle, attached, with no device open
 *
 * When the last group goes, the container loses its mappings and its IOMMU
 * type.
 *
 * Return: 0, -EBUSY while a device of the group is open, -EINVAL if it is not
 * attached.
 */
int pinscope_group_detach(struct pinscope_group *group);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_GROUP_H */
