// SPDX-License-Identifier: GPL-2.0-only
/* What is the same in the mdev drivers of all samples */

#include <linux/sysfs.h>

#include "parent.h"
#include "scope.h"

static ssize_t pinscope_show_description(struct mdev_type *mdev, char *buf)
{
	struct pinscope_mdev_type *type = to_pinscope_type(mdev);

	return sysfs_emit(buf, "%s%s%s\n", type->driver->description,
			  type->type->differs ? ", " : "",
			  type->type->differs ?: "");
}

/* Return: 0 or -errno; mdev_unregister_driver() undoes it */
int pinscope_mdev_register(struct pinscope_driver *driver, struct module *owner,
			   const char *mod_name)
{
	struct mdev_driver *mdev = &driver->mdev;

	mdev->device_api = VFIO_DEVICE_API_PCI_STRING;
	mdev->driver.owner = owner;
	mdev->driver.mod_name = mod_name;
	mdev->driver.dev_groups = pinscope_groups;
	mdev->show_description = pinscope_show_description;
	return mdev_register_driver(mdev);
}
