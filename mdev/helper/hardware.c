// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parents that do DMA: edu functions, and devices of the software IOMMU, each bound
 * when its driver_override says so. They have no table of ids, as a driver is to
 * take no function that it was not told to; the engine sees what it has got.
 *
 * driver_managed_dma is part of every pattern with IOMMU backing: the container
 * decides who does DMA with the parent, not the kernel.
 */

#include <linux/err.h>
#include <linux/export.h>

#include "../kernel_compat.h"
#include "parent.h"

/* Common to both kinds; takes the engine over */
static int pinscope_hardware_probe(struct device *dev,
				   struct pinscope_driver *driver,
				   struct pinscope_engine *engine)
{
	struct pinscope_parent *parent;
	int ret = -ENOMEM;

	if (IS_ERR(engine))
		return PTR_ERR(engine);

	parent = devm_kzalloc(dev, sizeof(*parent), GFP_KERNEL);
	if (!parent)
		goto err;

	parent->engine = engine;
	dev_set_drvdata(dev, parent);
	ret = pinscope_parent_add(parent, dev, driver);
	if (ret)
		goto err;
	return 0;

err:
	pinscope_engine_destroy(engine);
	return ret;
}

/* Removes the devices first, which waits for their users */
static void pinscope_hardware_remove(struct device *dev)
{
	struct pinscope_parent *parent = dev_get_drvdata(dev);

	mdev_unregister_parent(&parent->mdev);
	pinscope_engine_destroy(parent->engine);
}

static int pinscope_pci_probe(struct pci_dev *pdev,
			      const struct pci_device_id *id)
{
	struct pinscope_driver *driver =
		container_of(to_pci_driver(pdev->dev.driver),
			     struct pinscope_driver, pci);

	return pinscope_hardware_probe(&pdev->dev, driver,
				       pinscope_edu_create(pdev));
}

static void pinscope_pci_remove(struct pci_dev *pdev)
{
	pinscope_hardware_remove(&pdev->dev);
}

static int pinscope_platform_probe(struct platform_device *pdev)
{
	struct pinscope_driver *driver =
		container_of(to_platform_driver(pdev->dev.driver),
			     struct pinscope_driver, platform);

	return pinscope_hardware_probe(&pdev->dev, driver,
				       pinscope_sim_create(&pdev->dev));
}

static void pinscope_platform_remove(struct platform_device *pdev)
{
	pinscope_hardware_remove(&pdev->dev);
}

/**
 * __pinscope_register_backed() - register a driver of devices with IOMMU backing
 * @driver: the driver
 * @owner: module of the driver
 * @mod_name: name of that module
 *
 * Parents that wait for it are bound at once. Use pinscope_register_backed().
 *
 * Context: Process context, sleeps.
 * Return: 0 or a negative errno; nothing is registered then.
 */
int __pinscope_register_backed(struct pinscope_driver *driver,
			       struct module *owner, const char *mod_name)
{
	const char *name = driver->mdev.driver.name;
	int ret;

	ret = pinscope_mdev_register(driver, owner, mod_name);
	if (ret)
		return ret;

	driver->pci.name = name;
	driver->pci.probe = pinscope_pci_probe;
	driver->pci.remove = pinscope_pci_remove;
	driver->pci.driver_managed_dma = true;
	ret = __pci_register_driver(&driver->pci, owner, mod_name);
	if (ret)
		goto err_mdev;

	driver->platform.driver.name = name;
	driver->platform.probe = pinscope_platform_probe;
	driver->platform.remove = pinscope_platform_remove;
	driver->platform.driver_managed_dma = true;
	ret = pinscope_platform_driver_register(&driver->platform, owner,
						mod_name);
	if (ret)
		goto err_pci;
	return 0;

err_pci:
	pci_unregister_driver(&driver->pci);
err_mdev:
	mdev_unregister_driver(&driver->mdev);
	return ret;
}
EXPORT_SYMBOL_GPL(__pinscope_register_backed);

/**
 * pinscope_unregister_backed() - undo pinscope_register_backed()
 * @driver: the driver
 *
 * Unbinds all parents, which waits for the users of the devices on them.
 *
 * Context: Process context, sleeps.
 */
void pinscope_unregister_backed(struct pinscope_driver *driver)
{
	platform_driver_unregister(&driver->platform);
	pci_unregister_driver(&driver->pci);
	mdev_unregister_driver(&driver->mdev);
}
EXPORT_SYMBOL_GPL(pinscope_unregister_backed);
