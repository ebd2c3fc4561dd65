/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: mediated devices in sysfs
 *
 * Parents, the types they offer, and the devices made of them.
 */
#ifndef PINSCOPE_MDEV_H
#define PINSCOPE_MDEV_H

#include <stddef.h>

#include <pinscope/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/** PINSCOPE_UUID_SIZE - room for a UUID in its text form, with its NUL */
#define PINSCOPE_UUID_SIZE	37

/**
 * struct pinscope_mdev_type - a type offered by a parent
 * @parent: name of the parent device
 * @driver: driver of the parent, empty if it has none (a virtual parent)
 * @type: identifier, e.g. "pinscope_optin-dma"
 * @name: its name for people, empty if it has none
 * @description: empty if it has none
 * @api: e.g. "vfio-pci"
 * @available: how many more devices can be made
 */
struct pinscope_mdev_type {
	char parent[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	char type[PINSCOPE_NAME_MAX];
	char name[PINSCOPE_NAME_MAX];
	char description[256];
	char api[32];
	unsigned int available;
};

/**
 * struct pinscope_mdev - a mediated device
 * @uuid: its name
 * @parent: name of its parent device
 * @type: identifier of its type
 * @driver: driver it is bound to, empty if none
 */
struct pinscope_mdev {
	char uuid[PINSCOPE_NAME_MAX];
	char parent[PINSCOPE_NAME_MAX];
	char type[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
};

/**
 * pinscope_mdev_types_find() - every type of every parent
 * @out: where to store an array sorted by parent and type; to be freed with
 *   pinscope_mdev_types_free()
 * @nr: where to store its length, 0 if there is no parent
 *
 * Return: 0 or -ENOMEM.
 */
int pinscope_mdev_types_find(struct pinscope_mdev_type **out, size_t *nr);

/**
 * pinscope_mdev_types_free() - free what pinscope_mdev_types_find() allocated
 * @types: the array or NULL
 */
void pinscope_mdev_types_free(struct pinscope_mdev_type *types);

/**
 * pinscope_mdev_find() - every mediated device
 * @out: where to store an array sorted by UUID; to be freed with
 *   pinscope_mdev_free()
 * @nr: where to store its length
 *
 * Return: 0 or -ENOMEM.
 */
int pinscope_mdev_find(struct pinscope_mdev **out, size_t *nr);

/**
 * pinscope_mdev_free() - free what pinscope_mdev_find() allocated
 * @mdevs: the array or NULL
 */
void pinscope_mdev_free(struct pinscope_mdev *mdevs);

/**
 * pinscope_mdev_create() - make a device
 * @parent: name of the parent device, as in struct pinscope_mdev_type
 * @type: identifier of the type
 * @uuid: name of the device
 *
 * When this returns the device is there, but udev may not have finished with
 * its /dev/vfio node.
 *
 * Return: 0, -ENODEV if there is no such parent or type, -EEXIST if the UUID is
 * taken, -EUSERS if no instance is left, or what the driver failed with.
 */
int pinscope_mdev_create(const char *parent, const char *type, const char *uuid);

/**
 * pinscope_mdev_remove() - remove a device
 * @uuid: its name
 *
 * While the device is open this waits, after asking its user to release it.
 *
 * Return: 0, -ENODEV without such a device, or another negative errno.
 */
int pinscope_mdev_remove(const char *uuid);

/**
 * pinscope_uuid_random() - make up a UUID
 * @uuid: where to store it; lower case
 *
 * Return: 0, or what asking the kernel for random bytes failed with.
 */
int pinscope_uuid_random(char uuid[PINSCOPE_UUID_SIZE]);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_MDEV_H */
