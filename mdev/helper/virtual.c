// SPDX-License-Identifier: GPL-2.0-only
/* A parent that does no DMA, and is there for devices to hang off */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>

#include "parent.h"

/**
 * __pinscope_register_virtual() - register a driver of devices without hardware
 * @driver: the driver
 * @owner: module of the driver
 * @mod_name: name of that module
 *
 * Makes the parent, which has the name of the driver. Use
 * pinscope_register_virtual().
 *
 * Context: Process context, sleeps.
 * Return: 0 or a negative errno; nothing is registered then.
 */
int __pinscope_register_virtual(struct pinscope_driver *driver,
				struct module *owner, const char *mod_name)
{
	const char *name = driver->mdev.driver.name;
	struct device *dev;
	int ret;

	ret = pinscope_mdev_register(driver, owner, mod_name);
	if (ret)
		return ret;

	/* Without a driver, it is the class that types get their name from */
	driver->class = class_create(name);
	if (IS_ERR(driver->class)) {
		ret = PTR_ERR(driver->class);
		goto err_driver;
	}

	dev = device_create(driver->class, NULL, MKDEV(0, 0), NULL, "%s", name);
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto err_class;
	}

	ret = pinscope_parent_add(&driver->virtual, dev, driver);
	if (ret)
		goto err_dev;
	return 0;

err_dev:
	device_unregister(dev);
err_class:
	class_destroy(driver->class);
err_driver:
	mdev_unregister_driver(&driver->mdev);
	return ret;
}
EXPORT_SYMBOL_GPL(__pinscope_register_virtual);

/**
 * pinscope_unregister_virtual() - undo pinscope_register_virtual()
 * @driver: the driver
 *
 * Removes all devices, which waits for their users.
 *
 * Context: Process context, sleeps.
 */
void pinscope_unregister_virtual(struct pinscope_driver *driver)
{
	mdev_unregister_parent(&driver->virtual.mdev);
	device_unregister(driver->virtual.dev);
	class_destroy(driver->class);
	mdev_unregister_driver(&driver->mdev);
}
EXPORT_SYMBOL_GPL(pinscope_unregister_virtual);
