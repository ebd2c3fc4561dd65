// SPDX-License-Identifier: GPL-2.0-only
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

struct functions {
	struct pinscope_pci *list;
	size_t nr;
};

static int add_function(const char *name, void *context)
{
	struct functions *functions = context;
	struct pinscope_pci *pci;

	pci = array_add(&functions->list, &functions->nr, sizeof(*pci));
	if (!pci)
		return -ENOMEM;
	copy_name(pci->address, sizeof(pci->address), name);
	pci->vendor = read_id(pci->address, "vendor");
	pci->device = read_id(pci->address, "device");
	pinscope_device_driver(pci->address, pci->driver, sizeof(pci->driver));
	pci->has_group = !pinscope_device_group(pci->address, &pci->group);
	if (pci->has_group)
		pinscope_group_members(pci->group, &pci->members);
	return 0;
}

int pinscope_pci_find(struct pinscope_pci **out, size_t *nr)
{
	struct functions functions = { 0 };
	char path[PINSCOPE_PATH_MAX];
	int ret;

	ret = file_path(path, sizeof(path), "%s/bus/pci/devices", pinscope_sysfs_root());
	if (ret)
		return ret;
	/* A machine without PCI has no such directory. */
	if (directory_each(path, add_function, &functions) == -ENOMEM) {
		free(functions.list);
		return -ENOMEM;
	}
	if (functions.nr)
		qsort(functions.list, functions.nr, sizeof(*functions.list), compare);
	*out = functions.list;
	*nr = functions.nr;
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

/* What a function is bound to, and what driver_override it has; "" for none. */
struct binding {
	char driver[PINSCOPE_NAME_MAX];
	char override[PINSCOPE_NAME_MAX];
};

static void read_binding(const char *name, struct binding *now)
{
	if (pinscope_device_driver(name, now->driver, sizeof(now->driver)))
		now->driver[0] = '\0';
	if (pinscope_device_attr_read(name, "driver_override", now->override,
				      sizeof(now->override)) ||
	    !strcmp(now->override, "(null)"))
		now->override[0] = '\0';
}

static int set_override(const char *name, const char *driver)
{
	return pinscope_device_attr_write(name, "driver_override", *driver ? driver : "\n");
}

/* Put back what another driver could not take. */
static void restore_binding(const char *name, const struct binding *old)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_NAME_MAX + sizeof("drivers//bind")];

	set_override(name, old->override);
	if (!*old->driver)
		return;
	snprintf(file, sizeof(file), "drivers/%s/bind", old->driver);
	if (!bus_path(path, sizeof(path), name, file))
		file_write(path, name);
}

static int probe(const char *name, const char *driver)
{
	char path[PINSCOPE_PATH_MAX], now[PINSCOPE_NAME_MAX];
	int ret;

	ret = set_override(name, driver);
	if (!ret)
		ret = bus_path(path, sizeof(path), name, "drivers_probe");
	if (!ret)
		ret = file_write(path, name);
	/* A probe that failed is no error of the file: look at the outcome. */
	if (!ret && (pinscope_device_driver(name, now, sizeof(now)) || strcmp(now, driver)))
		ret = -EIO;
	return ret;
}

int pinscope_pci_bind(const char *address, const char *driver)
{
	char path[PINSCOPE_PATH_MAX], name[PINSCOPE_NAME_MAX];
	char file[PINSCOPE_NAME_MAX + sizeof("drivers/")];
	struct binding old;
	int ret;

	ret = pinscope_device_name(address, name, sizeof(name));
	if (ret)
		return ret;
	if (strlen(driver) >= PINSCOPE_NAME_MAX)
		return -ENOENT;
	snprintf(file, sizeof(file), "drivers/%s", driver);
	ret = bus_path(path, sizeof(path), name, file);
	if (ret)
		return ret;
	if (access(path, F_OK))
		return -ENOENT;

	read_binding(name, &old);
	if (*old.driver && strcmp(old.driver, driver)) {
		ret = pinscope_device_attr_write(name, "driver/unbind", name);
		if (ret)
			return ret;
	}
	ret = probe(name, driver);
	if (ret)
		restore_binding(name, &old);
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
