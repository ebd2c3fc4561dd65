/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: where the system's trees are, and what they say about a device
 *
 * The roots can be moved by the environment, so that a test can put a prepared
 * tree in their place. They are read at each call, and ignored in a set-user-ID
 * program.
 *
 * ===================== ========================
 * Variable              Default
 * ===================== ========================
 * ``PINSCOPE_SYSFS``    ``/sys``
 * ``PINSCOPE_DEBUGFS``  ``/sys/kernel/debug``
 * ``PINSCOPE_DEV``      ``/dev``
 * ``PINSCOPE_PROC``     ``/proc``
 * ===================== ========================
 *
 * A *device name* is what this library accepts wherever it wants a device: the
 * UUID of a mediated device, the address of a PCI function ("0000:00:06.0"; the
 * domain may be left out), the name of a platform device ("pinscope_sim.a"), or a
 * path to the device's directory in sysfs.
 */
#ifndef PINSCOPE_SYSTEM_H
#define PINSCOPE_SYSTEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** PINSCOPE_NAME_MAX - room for a device, driver or type name, with its NUL */
#define PINSCOPE_NAME_MAX	64

/** PINSCOPE_PATH_MAX - room for a path, with its NUL */
#define PINSCOPE_PATH_MAX	512

/** pinscope_sysfs_root() - Return: where sysfs is */
const char *pinscope_sysfs_root(void);

/** pinscope_debugfs_root() - Return: where debugfs is */
const char *pinscope_debugfs_root(void);

/** pinscope_dev_root() - Return: where the device nodes are */
const char *pinscope_dev_root(void);

/** pinscope_proc_root() - Return: where procfs is */
const char *pinscope_proc_root(void);

/**
 * pinscope_device_path() - find a device's directory in sysfs
 * @device: device name
 * @buf: where to store the path, %PINSCOPE_PATH_MAX bytes are enough
 * @size: size of @buf
 *
 * Return: 0, or -ENODEV if there is no such device, -ENAMETOOLONG if @buf is
 * too small.
 */
int pinscope_device_path(const char *device, char *buf, size_t size);

/**
 * pinscope_device_name() - the name by which the kernel knows a device
 * @device: device name in any of the accepted forms
 * @buf: where to store the name, %PINSCOPE_NAME_MAX bytes are enough
 * @size: size of @buf
 *
 * Return: 0, or as pinscope_device_path().
 */
int pinscope_device_name(const char *device, char *buf, size_t size);

/**
 * pinscope_device_driver() - the driver a device is bound to
 * @device: device name
 * @buf: where to store the driver's name, %PINSCOPE_NAME_MAX bytes are enough
 * @size: size of @buf
 *
 * Return: 0, -ENODEV without such a device, -ENOENT if it has no driver.
 */
int pinscope_device_driver(const char *device, char *buf, size_t size);

/**
 * pinscope_device_group() - the group number of a device, as in
 * /dev/vfio/<number>
 * @device: device name
 * @number: where to store it
 *
 * Return: 0, -ENODEV without such a device, -ENOENT if it is in no IOMMU group.
 */
int pinscope_device_group(const char *device, unsigned int *number);

/**
 * pinscope_device_attr_read() - read an attribute of a device
 * @device: device name
 * @attr: file name below the device's directory, e.g. "pinned_pages"
 * @buf: where to store the value, NUL-terminated and without the trailing
 *   newline
 * @size: size of @buf
 *
 * Return: 0, or -ENODEV, -ENOENT or what reading the file failed with.
 */
int pinscope_device_attr_read(const char *device, const char *attr, char *buf, size_t size);

/**
 * pinscope_device_attr_write() - write an attribute of a device
 * @device: device name
 * @attr: file name below the device's directory, e.g. "opt_in"
 * @value: what to write
 *
 * Return: 0, or -ENODEV, -ENOENT or what writing the file failed with: the
 * driver's own errno.
 */
int pinscope_device_attr_write(const char *device, const char *attr, const char *value);

/**
 * pinscope_group_members() - how many devices an IOMMU group has
 * @number: the group's number in /sys/kernel/iommu_groups
 * @members: where to store the count
 *
 * Return: 0, or -ENOENT without such a group.
 */
int pinscope_group_members(unsigned int number, unsigned int *members);

/**
 * pinscope_group_backing() - the physical device whose IOMMU group translates
 * the DMA of a group
 * @number: group number, as in /dev/vfio/<number>
 * @buf: where to store the device's name, %PINSCOPE_NAME_MAX bytes are enough
 * @size: size of @buf
 *
 * Return: 0, or -ENOENT if the group stands for itself: a directly assigned
 * device, an mdev without IOMMU backing, or any group on a core that does not
 * know IOMMU-backed mdevs.
 */
int pinscope_group_backing(unsigned int number, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_SYSTEM_H */
