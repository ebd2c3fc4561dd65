// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/pci.h>

#include "file.h"

static uint16_t read_id(const char *address, const char *attr)
{
	char text[16];

	if (pinscope_device_attr_read(address, attr, text, sizeof(text)))
		return 0;
	return (uint16_t)strtoul(text, NULL, 16);
}

static int compare(const void *a, const void *b)
{
	const struct pinscope_pci *x = a, *y = b;

	return strcmp(x->address, y->address);
}

int pinscope_pci_find(struct pinscope_pci **out, size_t *nr)
{
	struct pinscope_pci *functions = NULL, *pci;
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	size_t count = 0;
	int ret = 0;
	DIR *dir;

	ret = file_path(path, sizeof(path), "%s/bus/pci/devices", pinscope_sysfs_root());
	if (ret)
		return ret;

	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		pci = array_add(&functions, &count, sizeof(*pci));
		if (!pci) {
			ret = -ENOMEM;
			break;
		}
		copy_name(pci->address, sizeof(pci->address), entry->d_name);
		pci->vendor = read_id(pci->address, "vendor");
		pci->device = read_id(pci->address, "device");
		pinscope_device_driver(pci->address, pci->driver, sizeof(pci->driver));
		pci->has_group = !pinscope_device_group(pci->address, &pci->group);
		if (pci->has_group)
			pinscope_group_members(pci->group, &pci->members);
	}
	if (dir)
		closedir(dir);
	if (ret) {
		free(functions);
		return ret;
	}

	if (count)
		qsort(functions, count, sizeof(*functions), compare);
	*out = functions;
	*nr = count;
	return 0;
}

void pinscope_pci_free(struct pinscope_pci *functions)
{
	free(functions);
}

/* A path of the bus that a device is on, which need not be PCI. */
static int bus_path(char *buf, size_t size, const char *name, const char *file)
{
	char path[PINSCOPE_PATH_MAX], link[PINSCOPE_PATH_MAX], bus[PINSCOPE_NAME_MAX];
	int ret;

	ret = pinscope_device_path(name, path, sizeof(path));
	if (!ret)
		ret = file_path(link, sizeof(link), "%s/subsystem", path);
	if (!ret)
		ret = file_link_base(link, bus, sizeof(bus));
	return ret ? ret : file_path(buf, size, "%s/bus/%s/%s", pinscope_sysfs_root(), bus, file);
}

int pinscope_pci_bind(const char *address, const char *driver)
{
	char path[PINSCOPE_PATH_MAX], name[PINSCOPE_NAME_MAX], now[PINSCOPE_NAME_MAX];
	char file[PINSCOPE_NAME_MAX + sizeof("drivers/")];
	int ret;

	ret = pinscope_device_name(address, name, sizeof(name));
	if (ret)
		return ret;
	snprintf(file, sizeof(file), "drivers/%s", driver);
	ret = bus_path(path, sizeof(path), name, file);
	if (ret)
		return ret;
	if (access(path, F_OK))
		return -ENOENT;

	if (!pinscope_device_driver(name, now, sizeof(now)) && strcmp(now, driver)) {
		ret = pinscope_device_attr_write(name, "driver/unbind", name);
		if (ret)
			return ret;
	}

	ret = pinscope_device_attr_write(name, "driver_override", driver);
	if (ret)
		return ret;
	ret = bus_path(path, sizeof(path), name, "drivers_probe");
	if (!ret)
		ret = file_write(path, name);
	/* A probe that failed is no error of the file: look at the outcome. */
	if (!ret && (pinscope_device_driver(name, now, sizeof(now)) || strcmp(now, driver)))
		ret = -EIO;
	if (ret)
		pinscope_device_attr_write(name, "driver_override", "\n");
	return ret;
}

int pinscope_pci_unbind(const char *address)
{
	char name[PINSCOPE_NAME_MAX];
	int ret;

	ret = pinscope_device_name(address, name, sizeof(name));
	if (ret)
		return ret;
	ret = pinscope_device_attr_write(name, "driver/unbind", name);
	if (ret && ret != -ENOENT)
		return ret;
	return pinscope_device_attr_write(name, "driver_override", "\n");
}
