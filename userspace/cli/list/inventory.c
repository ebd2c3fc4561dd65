// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/list/list.h"

int list_inventory_read(struct list_inventory *inventory)
{
	int ret;

	memset(inventory, 0, sizeof(*inventory));
	ret = pinscope_pci_find(&inventory->pci, &inventory->nr_pci);
	if (!ret)
		ret = pinscope_mdev_find(&inventory->mdevs, &inventory->nr_mdevs);
	if (!ret)
		ret = pinscope_mdev_types_find(&inventory->types, &inventory->nr_types);
	return ret;
}

void list_inventory_release(struct list_inventory *inventory)
{
	pinscope_pci_free(inventory->pci);
	pinscope_mdev_free(inventory->mdevs);
	pinscope_mdev_types_free(inventory->types);
}

bool list_is_parent(const struct list_inventory *inventory, const char *name)
{
	size_t i;

	for (i = 0; i < inventory->nr_types; i++)
		if (!strcmp(inventory->types[i].parent, name))
			return true;
	return false;
}
