// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/mdev.h>

#include "file.h"

static void read_attr(const char *dir, const char *attr, char *buf, size_t size)
{
	char path[PINSCOPE_PATH_MAX];

	buf[0] = '\0';
	if (!file_path(path, sizeof(path), "%s/%s", dir, attr))
		file_read(path, buf, size);
}

/* Types that were found so far, and whose they are. */
struct types {
	struct pinscope_mdev_type *list;
	size_t nr;
	const char *parent;
};

static int add_type(const char *name, void *context)
{
	struct types *types = context;
	struct pinscope_mdev_type *type;
	char dir[PINSCOPE_PATH_MAX], number[32];

	if (file_path(dir, sizeof(dir), "%s/class/mdev_bus/%s/mdev_supported_types/%s",
		      pinscope_sysfs_root(), types->parent, name))
		return 0;
	type = array_add(&types->list, &types->nr, sizeof(*type));
	if (!type)
		return -ENOMEM;
	copy_name(type->parent, sizeof(type->parent), types->parent);
	copy_name(type->type, sizeof(type->type), name);
	read_attr(dir, "name", type->name, sizeof(type->name));
	read_attr(dir, "description", type->description, sizeof(type->description));
	read_attr(dir, "device_api", type->api, sizeof(type->api));
	read_attr(dir, "available_instances", number, sizeof(number));
	type->available = (unsigned int)strtoul(number, NULL, 10);

	if (!file_path(dir, sizeof(dir), "%s/class/mdev_bus/%s/driver", pinscope_sysfs_root(),
		       types->parent))
		file_link_base(dir, type->driver, sizeof(type->driver));
	return 0;
}

static int add_parent(const char *parent, void *context)
{
	struct types *types = context;
	char path[PINSCOPE_PATH_MAX];
	int ret;

	types->parent = parent;
	if (file_path(path, sizeof(path), "%s/class/mdev_bus/%s/mdev_supported_types",
		      pinscope_sysfs_root(), parent))
		return 0;
	ret = directory_each(path, add_type, types);
	return ret == -ENOMEM ? ret : 0;
}

static int compare_types(const void *a, const void *b)
{
	const struct pinscope_mdev_type *x = a, *y = b;
	int order = strcmp(x->parent, y->parent);

	return order ? order : strcmp(x->type, y->type);
}

int pinscope_mdev_types_find(struct pinscope_mdev_type **out, size_t *nr)
{
	struct types types = { 0 };
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/class/mdev_bus", pinscope_sysfs_root());
	if (ret)
		return ret;
	/* Without any parent there is no such directory. */
	if (directory_each(path, add_parent, &types) == -ENOMEM) {
		free(types.list);
		return -ENOMEM;
	}
	if (types.nr)
		qsort(types.list, types.nr, sizeof(*types.list), compare_types);
	*out = types.list;
	*nr = types.nr;
	return 0;
}

void pinscope_mdev_types_free(struct pinscope_mdev_type *types)
{
	free(types);
}

static int compare_mdevs(const void *a, const void *b)
{
	const struct pinscope_mdev *x = a, *y = b;

	return strcmp(x->uuid, y->uuid);
}

/* The device's directory lies within its parent's. */
static void read_parent(const char *link, char *buf, size_t size)
{
	char real[PATH_MAX], *slash;

	if (!realpath(link, real))
		return;
	slash = strrchr(real, '/');
	if (!slash)
		return;
	*slash = '\0';
	slash = strrchr(real, '/');
	if (slash)
		copy_name(buf, size, slash + 1);
}

struct mdevs {
	struct pinscope_mdev *list;
	size_t nr;
};

static int add_mdev(const char *name, void *context)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX];
	struct mdevs *mdevs = context;
	struct pinscope_mdev *mdev;

	mdev = array_add(&mdevs->list, &mdevs->nr, sizeof(*mdev));
	if (!mdev)
		return -ENOMEM;
	copy_name(mdev->uuid, sizeof(mdev->uuid), name);
	if (file_path(path, sizeof(path), "%s/bus/mdev/devices/%s", pinscope_sysfs_root(), name))
		return 0;
	read_parent(path, mdev->parent, sizeof(mdev->parent));
	if (!file_path(file, sizeof(file), "%s/mdev_type", path))
		file_link_base(file, mdev->type, sizeof(mdev->type));
	if (!file_path(file, sizeof(file), "%s/driver", path))
		file_link_base(file, mdev->driver, sizeof(mdev->driver));
	return 0;
}

int pinscope_mdev_find(struct pinscope_mdev **out, size_t *nr)
{
	struct mdevs mdevs = { 0 };
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/bus/mdev/devices", pinscope_sysfs_root());
	if (ret)
		return ret;
	/* Without the module mdev there is no such directory. */
	if (directory_each(path, add_mdev, &mdevs) == -ENOMEM) {
		free(mdevs.list);
		return -ENOMEM;
	}
	if (mdevs.nr)
		qsort(mdevs.list, mdevs.nr, sizeof(*mdevs.list), compare_mdevs);
	*out = mdevs.list;
	*nr = mdevs.nr;
	return 0;
}

void pinscope_mdev_free(struct pinscope_mdev *mdevs)
{
	free(mdevs);
}

int pinscope_mdev_create(const char *parent, const char *type, const char *uuid)
{
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/class/mdev_bus/%s/mdev_supported_types/%s/create",
			pinscope_sysfs_root(), parent, type);
	if (ret)
		return ret;
	ret = file_write(path, uuid);
	return ret == -ENOENT ? -ENODEV : ret;
}

int pinscope_mdev_remove(const char *uuid)
{
	int ret = pinscope_device_attr_write(uuid, "remove", "1");

	return ret == -ENOENT ? -ENODEV : ret;
}

int pinscope_uuid_random(char uuid[PINSCOPE_UUID_SIZE])
{
	char path[PINSCOPE_PATH_MAX];
	int ret;

	/* The kernel makes them, version and variant bits included. */
	ret = file_path(path, sizeof(path), "%s/sys/kernel/random/uuid", pinscope_proc_root());
	return ret ? ret : file_read(path, uuid, PINSCOPE_UUID_SIZE);
}
