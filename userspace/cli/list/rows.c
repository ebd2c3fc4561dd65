// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/list/list.h"
#include "cli/output/message.h"

/* Does its driver hand it to users? Variants of vfio-pci have names of their own. */
static bool is_vfio_device(const struct pinscope_pci *pci)
{
	char device[PINSCOPE_PATH_MAX], path[PINSCOPE_PATH_MAX + sizeof("/vfio-dev")];

	if (strstr(pci->driver, "vfio"))
		return true;
	if (pinscope_device_path(pci->address, device, sizeof(device)))
		return false;
	snprintf(path, sizeof(path), "%s/vfio-dev", device);
	return !access(path, F_OK);
}

/* Does VFIO have to do with this function, now or if someone bound it? */
static bool concerns_vfio(const struct list_inventory *inventory, const struct pinscope_pci *pci)
{
	char class[16];

	if (is_vfio_device(pci) || list_is_parent(inventory, pci->address))
		return true;
	if (!pci->has_group || *pci->driver)
		return false;
	/* Without a driver it is free, unless it is one of the machine's bridges. */
	return pinscope_device_attr_read(pci->address, "class", class, sizeof(class)) ||
	       strncmp(class, "0x06", 4);
}

static void set(char member[PINSCOPE_NAME_MAX], const char *text)
{
	snprintf(member, PINSCOPE_NAME_MAX, "%s", text);
}

static struct list_row *add_row(struct list_rows *rows, const char *kind, const char *name)
{
	struct list_row *row;

	rows->rows = cli_must(reallocarray(rows->rows, rows->nr + 1, sizeof(*row)));
	row = &rows->rows[rows->nr++];
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	set(row->name, name);
	return row;
}

static void add_pci(struct list_rows *rows, const struct list_inventory *inventory,
		    const struct pinscope_pci *pci)
{
	struct list_row *row = add_row(rows, "pci", pci->address);

	set(row->type, list_is_parent(inventory, pci->address) ? "PCI, parent of mdevs" : "PCI");
	set(row->driver, pci->driver);
	row->has_group = is_vfio_device(pci);
	row->group = pci->group;
	row->has_iommu = pci->has_group;
	row->iommu_group = pci->group;
	row->members = pci->members;
}

static void add_mdev(struct list_rows *rows, const struct pinscope_mdev *mdev)
{
	struct list_row *row = add_row(rows, "mdev", mdev->uuid);

	set(row->type, mdev->type);
	set(row->parent, mdev->parent);
	set(row->driver, mdev->driver);
	row->has_group = !pinscope_device_group(mdev->uuid, &row->group);
	if (!row->has_group ||
	    pinscope_group_backing(row->group, row->backing, sizeof(row->backing)))
		return;
	if (!pinscope_device_group(row->backing, &row->iommu_group)) {
		row->has_iommu = true;
		pinscope_group_members(row->iommu_group, &row->members);
	}
}

/* On another bus, such as a device of the software IOMMU. */
static void add_other(struct list_rows *rows, const struct list_inventory *inventory,
		      const char *name)
{
	struct list_row *row = add_row(rows, "other", name);

	set(row->type, list_is_parent(inventory, name) ? "parent of mdevs" : "other");
	pinscope_device_driver(name, row->driver, sizeof(row->driver));
	row->has_iommu = !pinscope_device_group(name, &row->iommu_group);
	if (row->has_iommu)
		pinscope_group_members(row->iommu_group, &row->members);
}

void list_add_all(struct list_rows *rows, const struct list_inventory *inventory, bool every)
{
	size_t i;

	for (i = 0; i < inventory->nr_pci; i++)
		if (every || concerns_vfio(inventory, &inventory->pci[i]))
			add_pci(rows, inventory, &inventory->pci[i]);
	for (i = 0; i < inventory->nr_mdevs; i++)
		add_mdev(rows, &inventory->mdevs[i]);
}

int list_add_one(struct list_rows *rows, const struct list_inventory *inventory,
		 const char *device)
{
	char name[PINSCOPE_NAME_MAX], path[PINSCOPE_PATH_MAX];
	size_t i;

	if (pinscope_device_name(device, name, sizeof(name))) {
		cli_error("there is no device '%s': 'pinscope list --all' shows what there is",
			  device);
		return CLI_MISSING;
	}
	for (i = 0; i < inventory->nr_pci; i++) {
		if (!strcmp(inventory->pci[i].address, name)) {
			add_pci(rows, inventory, &inventory->pci[i]);
			return CLI_OK;
		}
	}
	for (i = 0; i < inventory->nr_mdevs; i++) {
		if (!strcmp(inventory->mdevs[i].uuid, name)) {
			add_mdev(rows, &inventory->mdevs[i]);
			return CLI_OK;
		}
	}
	if (pinscope_device_path(name, path, sizeof(path))) {
		cli_error("'%s' is no device of a bus that has to do with VFIO", device);
		return CLI_MISSING;
	}
	add_other(rows, inventory, name);
	return CLI_OK;
}
