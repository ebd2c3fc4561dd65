// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
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

static int add_types(const char *parent, struct pinscope_mdev_type **types, size_t *nr)
{
	char path[PINSCOPE_PATH_MAX], dir[PINSCOPE_PATH_MAX], number[32];
	struct pinscope_mdev_type *type;
	struct dirent *entry;
	DIR *stream;
	int ret;

	ret = file_path(path, sizeof(path), "%s/class/mdev_bus/%s/mdev_supported_types",
			pinscope_sysfs_root(), parent);
	if (ret)
		return 0;
	stream = opendir(path);
	if (!stream)
		return 0;

	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		if (file_path(dir, sizeof(dir), "%s/%s", path, entry->d_name))
			continue;
		type = array_add(types, nr, sizeof(*type));
		if (!type) {
			ret = -ENOMEM;
			break;
		}
		copy_name(type->parent, sizeof(type->parent), parent);
		copy_name(type->type, sizeof(type->type), entry->d_name);
		read_attr(dir, "name", type->name, sizeof(type->name));
		read_attr(dir, "description", type->description, sizeof(type->description));
		read_attr(dir, "device_api", type->api, sizeof(type->api));
		read_attr(dir, "available_instances", number, sizeof(number));
		type->available = (unsigned int)strtoul(number, NULL, 10);

		if (!file_path(dir, sizeof(dir), "%s/class/mdev_bus/%s/driver",
			       pinscope_sysfs_root(), parent))
			file_link_base(dir, type->driver, sizeof(type->driver));
	}
	closedir(stream);
	return ret;
}

static int compare_types(const void *a, const void *b)
{
	const struct pinscope_mdev_type *x = a, *y = b;
	int order = strcmp(x->parent, y->parent);

	return order ? order : strcmp(x->type, y->type);
}

int pinscope_mdev_types_find(struct pinscope_mdev_type **out, size_t *nr)
{
	struct pinscope_mdev_type *types = NULL;
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	size_t count = 0;
	int ret = 0;
	DIR *dir;

	ret = file_path(path, sizeof(path), "%s/class/mdev_bus", pinscope_sysfs_root());
	if (ret)
		return ret;

	dir = opendir(path);
	while (dir && !ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = add_types(entry->d_name, &types, &count);
	if (dir)
		closedir(dir);
	if (ret) {
		free(types);
		return ret;
	}

	if (count)
		qsort(types, count, sizeof(*types), compare_types);
	*out = types;
	*nr = count;
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

int pinscope_mdev_find(struct pinscope_mdev **out, size_t *nr)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX];
	struct pinscope_mdev *mdevs = NULL, *mdev;
	struct dirent *entry;
	size_t count = 0;
	int ret = 0;
	DIR *dir;

	ret = file_path(path, sizeof(path), "%s/bus/mdev/devices", pinscope_sysfs_root());
	if (ret)
		return ret;

	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		mdev = array_add(&mdevs, &count, sizeof(*mdev));
		if (!mdev) {
			ret = -ENOMEM;
			break;
		}
		copy_name(mdev->uuid, sizeof(mdev->uuid), entry->d_name);
		if (!file_path(file, sizeof(file), "%s/%s", path, entry->d_name))
			read_parent(file, mdev->parent, sizeof(mdev->parent));
		if (!file_path(file, sizeof(file), "%s/%s/mdev_type", path, entry->d_name))
			file_link_base(file, mdev->type, sizeof(mdev->type));
		if (!file_path(file, sizeof(file), "%s/%s/driver", path, entry->d_name))
			file_link_base(file, mdev->driver, sizeof(mdev->driver));
	}
	if (dir)
		closedir(dir);
	if (ret) {
		free(mdevs);
		return ret;
	}

	if (count)
		qsort(mdevs, count, sizeof(*mdevs), compare_mdevs);
	*out = mdevs;
	*nr = count;
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
