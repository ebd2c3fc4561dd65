// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/system.h>

#include "file.h"
#include "number.h"

static const char *root(const char *variable, const char *standard)
{
	const char *value = secure_getenv(variable);

	return value && *value ? value : standard;
}

const char *pinscope_sysfs_root(void)
{
	return root("PINSCOPE_SYSFS", "/sys");
}

const char *pinscope_debugfs_root(void)
{
	return root("PINSCOPE_DEBUGFS", "/sys/kernel/debug");
}

const char *pinscope_dev_root(void)
{
	return root("PINSCOPE_DEV", "/dev");
}

const char *pinscope_proc_root(void)
{
	return root("PINSCOPE_PROC", "/proc");
}

/* A name that is put into a path must not lead out of its directory. */
static int is_plain_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

int pinscope_device_path(const char *device, char *buf, size_t size)
{
	static const char *const forms[] = {
		"%s/bus/mdev/devices/%s",
		"%s/bus/pci/devices/%s",
		"%s/bus/pci/devices/0000:%s",
		"%s/bus/platform/devices/%s",
	};
	char lower[PINSCOPE_NAME_MAX];
	size_t i;
	int ret;

	if (device[0] == '/') {
		if (access(device, F_OK))
			return -ENODEV;
		return file_path(buf, size, "%s", device);
	}
	if (!is_plain_name(device) || strlen(device) >= sizeof(lower))
		return -ENODEV;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		ret = file_path(buf, size, forms[i], pinscope_sysfs_root(), device);
		if (ret)
			return ret;
		if (!access(buf, F_OK))
			return 0;
	}

	/* UUIDs and addresses are lower case in sysfs; people paste either. */
	for (i = 0; device[i]; i++)
		lower[i] = device[i] >= 'A' && device[i] <= 'Z' ?
			   (char)(device[i] - 'A' + 'a') : device[i];
	lower[i] = '\0';
	return strcmp(lower, device) ? pinscope_device_path(lower, buf, size) : -ENODEV;
}

int pinscope_device_name(const char *device, char *buf, size_t size)
{
	char path[PINSCOPE_PATH_MAX], real[PATH_MAX];
	const char *base;
	int ret;

	ret = pinscope_device_path(device, path, sizeof(path));
	if (ret)
		return ret;

	/*
	 * An entry below bus/ is a link to the device, named as the device. Any
	 * other path may be a link of any name.
	 */
	if (!realpath(path, real))
		return -ENODEV;
	base = strrchr(real, '/') + 1;
	if (strlen(base) >= size)
		return -ENAMETOOLONG;
	copy_name(buf, size, base);
	return 0;
}

static int device_link(const char *device, const char *link, char *buf, size_t size)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX];
	int ret;

	ret = pinscope_device_path(device, path, sizeof(path));
	if (!ret)
		ret = file_path(file, sizeof(file), "%s/%s", path, link);
	return ret ? ret : file_link_base(file, buf, size);
}

int pinscope_device_driver(const char *device, char *buf, size_t size)
{
	return device_link(device, "driver", buf, size);
}

int pinscope_device_group(const char *device, unsigned int *number)
{
	char base[PINSCOPE_NAME_MAX];
	uint64_t value;
	int ret;

	ret = device_link(device, "iommu_group", base, sizeof(base));
	if (ret)
		return ret;
	if (!number_parse(base, 10, UINT_MAX, &value))
		return -ENOENT;
	*number = (unsigned int)value;
	return 0;
}

int pinscope_device_attr_read(const char *device, const char *attr, char *buf, size_t size)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX];
	int ret;

	ret = pinscope_device_path(device, path, sizeof(path));
	if (!ret)
		ret = file_path(file, sizeof(file), "%s/%s", path, attr);
	return ret ? ret : file_read(file, buf, size);
}

int pinscope_device_attr_write(const char *device, const char *attr, const char *value)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX];
	int ret;

	ret = pinscope_device_path(device, path, sizeof(path));
	if (!ret)
		ret = file_path(file, sizeof(file), "%s/%s", path, attr);
	return ret ? ret : file_write(file, value);
}

static int count_member(const char *name, void *context)
{
	unsigned int *count = context;

	(void)name;
	++*count;
	return 0;
}

int pinscope_group_members(unsigned int number, unsigned int *members)
{
	char path[PINSCOPE_PATH_MAX];
	unsigned int count = 0;
	int ret;

	ret = file_path(path, sizeof(path), "%s/kernel/iommu_groups/%u/devices",
			pinscope_sysfs_root(), number);
	if (!ret)
		ret = directory_each(path, count_member, &count);
	if (!ret)
		*members = count;
	return ret;
}

int pinscope_group_backing(unsigned int number, char *buf, size_t size)
{
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/class/vfio/%u/backing",
			pinscope_sysfs_root(), number);
	return ret ? ret : file_link_base(path, buf, size);
}
