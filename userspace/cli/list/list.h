/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope list" share: inventory.c reads what there is, rows.c
 * chooses what of it is listed, text.c and json.c print that.
 */
#ifndef PINSCOPE_CLI_LIST_H
#define PINSCOPE_CLI_LIST_H

#include <pinscope/pinscope.h>

/**
 * struct list_inventory - all that there is, read once
 * @pci: PCI functions
 * @nr_pci: how many
 * @mdevs: mediated devices
 * @nr_mdevs: how many
 * @types: of mediated devices that can be made
 * @nr_types: how many
 */
struct list_inventory {
	struct pinscope_pci *pci;
	size_t nr_pci;
	struct pinscope_mdev *mdevs;
	size_t nr_mdevs;
	struct pinscope_mdev_type *types;
	size_t nr_types;
};

/**
 * struct list_row - a device
 * @kind: "pci", "mdev" or "other"
 * @name: as the kernel knows it
 * @type: of an mdev its type; else what it is, for people
 * @parent: of an mdev; else ""
 * @driver: may be empty
 * @has_group: @group is set
 * @group: number in /dev/vfio
 * @has_iommu: the following are set
 * @iommu_group: the IOMMU group that translates its DMA
 * @members: how many that has
 * @backing: of an mdev with IOMMU backing: who does its DMA; else ""
 */
struct list_row {
	const char *kind;
	char name[PINSCOPE_NAME_MAX];
	char type[PINSCOPE_NAME_MAX];
	char parent[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	bool has_group;
	unsigned int group;
	bool has_iommu;
	unsigned int iommu_group;
	unsigned int members;
	char backing[PINSCOPE_NAME_MAX];
};

/**
 * struct list_rows - what is listed
 * @rows: the devices, to be freed
 * @nr: how many
 */
struct list_rows {
	struct list_row *rows;
	size_t nr;
};

/* inventory.c: 0 or a negative errno; to be released in any case */

int list_inventory_read(struct list_inventory *inventory);
void list_inventory_release(struct list_inventory *inventory);
/* Can mediated devices be made on it? */
bool list_is_parent(const struct list_inventory *inventory, const char *name);

/* rows.c */

/**
 * list_add_all() - list all devices that VFIO has to do with
 * @rows: the list
 * @inventory: what there is
 * @every: and every other PCI function
 */
void list_add_all(struct list_rows *rows, const struct list_inventory *inventory, bool every);

/**
 * list_add_one() - list a device that was named, whatever it is
 * @rows: the list
 * @inventory: what there is
 * @device: its name, or a path to it
 *
 * Says itself what fails.
 *
 * Return: an exit code.
 */
int list_add_one(struct list_rows *rows, const struct list_inventory *inventory,
		 const char *device);

/* text.c */

void list_print_devices(const struct list_rows *rows);
void list_print_types(const struct list_inventory *inventory);

/* json.c: the types only if the inventory is given */

void list_print_json(const struct list_rows *rows, const struct list_inventory *types);

#endif /* PINSCOPE_CLI_LIST_H */
