// SPDX-License-Identifier: GPL-2.0-only
/* Parents: binding hardware, or what stands for it, that devices hang off */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "../kernel_compat.h"
#include "../pinscope_parent.h"

/*
 * What an IOMMU stops is lost without some functions being told, but a guest is to
 * hear of a bad address. The container knows what is mapped. Page tables must not be
 * asked: nothing keeps them while the user unmaps.
 *
 * A byte is read of each page. What that fails with does not matter if it is not that
 * nothing is mapped: a write to what may only be read is done, as far as the guest
 * can see, and the IOMMU has stopped it.
 */
static int pinscope_parent_check(struct pinscope_parent *parent,
				 struct vfio_device *vdev, u64 iova, u32 len)
{
	u64 page = iova & PAGE_MASK;
	u8 byte;

	if (!parent->engine->unaware)
		return 0;
	for (; page < iova + len; page += PAGE_SIZE)
		if (vfio_dma_rw(vdev, page, &byte, sizeof(byte), false) ==
		    -EINVAL)
			return -EFAULT;
	return 0;
}

/**
 * pinscope_parent_write() - have a parent write to memory
 * @parent: the parent
 * @vdev: the device that it does so for, open
 * @iova: where
 * @len: bytes, checked with pinscope_range_check()
 * @seed: the first of the words, which count up
 *
 * Context: Process context, sleeps.
 * Return: 0 or -errno, see struct pinscope_engine_ops.
 */
int pinscope_parent_write(struct pinscope_parent *parent,
			  struct vfio_device *vdev, u64 iova, u32 len,
			  u32 seed)
{
	int ret = pinscope_parent_check(parent, vdev, iova, len);

	return ret ?: pinscope_engine_write(parent->engine, iova, len, seed);
}
EXPORT_SYMBOL_GPL(pinscope_parent_write);

/**
 * pinscope_parent_read() - have a parent read from memory
 * @parent: the parent
 * @vdev: the device that it does so for, open
 * @iova: where
 * @len: bytes, checked with pinscope_range_check()
 * @sum: of the words
 *
 * Context: Process context, sleeps.
 * Return: 0 or -errno, see struct pinscope_engine_ops.
 */
int pinscope_parent_read(struct pinscope_parent *parent,
			 struct vfio_device *vdev, u64 iova, u32 len,
			 u32 *sum)
{
	int ret = pinscope_parent_check(parent, vdev, iova, len);

	return ret ?: pinscope_engine_read(parent->engine, iova, len, sum);
}
EXPORT_SYMBOL_GPL(pinscope_parent_read);

/* Common to all kinds of parents; takes the engine over */
static int pinscope_parent_probe(struct device *dev,
				 struct pinscope_parent_driver *driver,
				 struct pinscope_engine *engine)
{
	struct pinscope_parent *parent;
	int ret = -ENOMEM;

	if (IS_ERR(engine))
		return PTR_ERR(engine);

	parent = devm_kzalloc(dev, sizeof(*parent), GFP_KERNEL);
	if (!parent)
		goto err;

	parent->dev = dev;
	parent->engine = engine;
	parent->type.sysfs_name = "dma";
	parent->type.pretty_name = driver->pretty_name;
	parent->types[0] = &parent->type;
	dev_set_drvdata(dev, parent);

	ret = mdev_register_parent(&parent->mdev, dev, driver->mdev_driver,
				   parent->types, ARRAY_SIZE(parent->types));
	if (ret)
		goto err;
	return 0;

err:
	pinscope_engine_destroy(engine);
	return ret;
}

/* Removes the devices first, which waits for their users */
static void pinscope_parent_remove(struct device *dev)
{
	struct pinscope_parent *parent = dev_get_drvdata(dev);

	mdev_unregister_parent(&parent->mdev);
	pinscope_engine_destroy(parent->engine);
}

static int pinscope_pci_probe(struct pci_dev *pdev,
			      const struct pci_device_id *id)
{
	struct pinscope_parent_driver *driver;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;

	driver = container_of(to_pci_driver(pdev->dev.driver),
			      struct pinscope_parent_driver, pci);
	return pinscope_parent_probe(&pdev->dev, driver,
				     pinscope_edu_create(pdev));
}

static void pinscope_pci_remove(struct pci_dev *pdev)
{
	pinscope_parent_remove(&pdev->dev);
}

static int pinscope_platform_probe(struct platform_device *pdev)
{
	struct pinscope_parent_driver *driver;

	driver = container_of(to_platform_driver(pdev->dev.driver),
			      struct pinscope_parent_driver, platform);
	return pinscope_parent_probe(&pdev->dev, driver,
				     pinscope_sim_create(&pdev->dev));
}

static void pinscope_platform_remove(struct platform_device *pdev)
{
	pinscope_parent_remove(&pdev->dev);
}

/**
 * __pinscope_register_parent_driver() - register a driver of parents
 * @driver: the driver, filled as struct pinscope_parent_driver says
 * @owner: module of the driver
 * @mod_name: name of that module
 *
 * Parents that wait for it are bound at once. Use
 * pinscope_register_parent_driver().
 *
 * Context: Process context, sleeps.
 * Return: 0 or a negative errno; nothing is registered then.
 */
int __pinscope_register_parent_driver(struct pinscope_parent_driver *driver,
				      struct module *owner,
				      const char *mod_name)
{
	int ret;

	driver->pci.probe = pinscope_pci_probe;
	driver->pci.remove = pinscope_pci_remove;
	ret = __pci_register_driver(&driver->pci, owner, mod_name);
	if (ret)
		return ret;

	driver->platform.probe = pinscope_platform_probe;
	driver->platform.remove = pinscope_platform_remove;
	ret = pinscope_platform_driver_register(&driver->platform, owner,
						mod_name);
	if (ret)
		pci_unregister_driver(&driver->pci);
	return ret;
}
EXPORT_SYMBOL_GPL(__pinscope_register_parent_driver);

/**
 * pinscope_unregister_parent_driver() - undo pinscope_register_parent_driver()
 * @driver: the driver
 *
 * Unbinds all parents, which waits for the users of the devices on them.
 *
 * Context: Process context, sleeps.
 */
void pinscope_unregister_parent_driver(struct pinscope_parent_driver *driver)
{
	platform_driver_unregister(&driver->platform);
	pci_unregister_driver(&driver->pci);
}
EXPORT_SYMBOL_GPL(pinscope_unregister_parent_driver);

static int pinscope_count(struct device *dev, void *data)
{
	unsigned int *count = data;

	(*count)++;
	return 0;
}

/* How many devices the IOMMU group of the parent has */
static unsigned int pinscope_parent_members(struct pinscope_parent *parent)
{
	struct iommu_group *group = iommu_group_get(parent->dev);
	unsigned int count = 0;

	if (!group)
		return 0;
	iommu_group_for_each_dev(group, &count, pinscope_count);
	iommu_group_put(group);
	return count;
}

/**
 * pinscope_parent_show_refused() - say in an attribute why a device has not
 * opted in
 * @parent: what the device is on
 * @refused: what vfio_pin_pages(), vfio_register_dirty_client() or the engine has
 *	     returned
 * @buf: of the attribute
 *
 * Context: Process context.
 * Return: the length of what is in @buf.
 */
ssize_t pinscope_parent_show_refused(struct pinscope_parent *parent,
				     int refused, char *buf)
{
	unsigned int members;

	switch (refused) {
	case -EXDEV:
		members = pinscope_parent_members(parent);
		if (members > 1)
			return sysfs_emit(buf, "refused: the IOMMU group has %u devices, %s\n",
					  members,
					  "only a group of one may pin (EXDEV)");
		return sysfs_emit(buf, "refused: %s\n",
				  "another device is on the same parent, only one alone may pin (EXDEV)");
	case -EIO:
		return sysfs_emit(buf, "failed: %s\n",
				  "the function has not ended a transfer in time (EIO)");
	case -ENOTTY:
		return sysfs_emit(buf, "refused: %s\n",
				  "the IOMMU driver of the container does not track dirty pages");
	default:
		return sysfs_emit(buf, "refused: a window could not be pinned (%pe)\n",
				  ERR_PTR(refused));
	}
}
EXPORT_SYMBOL_GPL(pinscope_parent_show_refused);
