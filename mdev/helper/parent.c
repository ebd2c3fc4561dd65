// SPDX-License-Identifier: GPL-2.0-only
/* Parents: the types of devices on them, and their DMA */

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/iommu.h>

#include "dma.h"
#include "parent.h"

/* Types of devices that log are those of a kernel that has what they need for it */
static bool pinscope_type_is_offered(const struct pinscope_type *type)
{
	return !type->dma_logging || IS_ENABLED(CONFIG_IOMMUFD_DRIVER);
}

/**
 * pinscope_parent_add() - have devices made on a parent
 * @parent: the parent, zeroed but for its engine
 * @dev: the device that it is
 * @driver: of the devices, registered
 *
 * mdev_unregister_parent() undoes it.
 *
 * Context: Process context, sleeps.
 * Return: 0 or a negative errno.
 */
int pinscope_parent_add(struct pinscope_parent *parent, struct device *dev,
			struct pinscope_driver *driver)
{
	struct pinscope_mdev_type *type = parent->types;
	unsigned int i, nr = 0;

	if (WARN_ON_ONCE(driver->nr_types > PINSCOPE_TYPES_MAX))
		return -EINVAL;

	for (i = 0; i < driver->nr_types; i++) {
		if (!pinscope_type_is_offered(&driver->types[i]))
			continue;
		type->type = &driver->types[i];
		type->driver = driver;
		snprintf(type->pretty_name, sizeof(type->pretty_name),
			 "%s%s%s", driver->pretty_name,
			 type->type->differs ? ", " : "",
			 type->type->differs ?: "");
		type->mdev.sysfs_name = type->type->name;
		type->mdev.pretty_name = type->pretty_name;
		parent->list[nr++] = &type->mdev;
		type++;
	}
	parent->dev = dev;
	return mdev_register_parent(&parent->mdev, dev, &driver->mdev,
				    parent->list, nr);
}
EXPORT_SYMBOL_GPL(pinscope_parent_add);

/*
 * No pattern: what an IOMMU stops is lost without edu being told, and yet a guest is
 * to hear of a bad address. The container knows what is mapped. Page tables must not
 * be asked: nothing keeps them while the user unmaps.
 *
 * A byte is read of each page. What that fails with does not matter if it is not that
 * nothing is mapped: a write to what may only be read is done, as far as the guest
 * can see, and the IOMMU has stopped it.
 */
int pinscope_parent_check(struct pinscope_device *pd, u64 iova, u32 len)
{
	unsigned int n = DIV_ROUND_UP(offset_in_page(iova) + len, PAGE_SIZE);
	u64 page = iova & PAGE_MASK;
	u8 byte;

	if (!pd->parent || !pd->parent->engine || !pd->parent->engine->unaware)
		return 0;
	for (; n--; page += PAGE_SIZE)
		if (vfio_dma_rw(&pd->vdev, page, &byte, sizeof(byte), false) ==
		    -EINVAL)
			return -EFAULT;
	return 0;
}

/**
 * pinscope_parent_move() - for pinscope_ops.dma_move of a backed device
 * @pd: device
 * @t: transfer, which its parent is to do
 *
 * Context: Process context, sleeps, without the lock of the device.
 * Return: 0 or -errno, see struct pinscope_engine_ops.
 */
int pinscope_parent_move(struct pinscope_device *pd,
			 struct pinscope_transfer *t)
{
	return pinscope_engine_move(pd->parent->engine, t);
}
EXPORT_SYMBOL_GPL(pinscope_parent_move);

/**
 * pinscope_dma_enable() - let a device that is opened do DMA
 * @pd: device, with a parent; the domain of the user is attached
 *
 * Context: Process context, sleeps.
 * Return: 0, or -EBUSY if the hardware has not been seen to rest since a transfer
 * that failed.
 */
int pinscope_dma_enable(struct pinscope_device *pd)
{
	return pinscope_engine_start(pd->parent->engine);
}
EXPORT_SYMBOL_GPL(pinscope_dma_enable);

/**
 * pinscope_dma_disable() - no DMA any more for a device that is closed
 * @pd: device, after pinscope_dma_enable()
 *
 * When this returns the device is at rest, or its hardware is fenced.
 *
 * Context: Process context, sleeps, takes the lock of the device.
 */
void pinscope_dma_disable(struct pinscope_device *pd)
{
	scoped_guard(mutex, &pd->lock)
		pinscope_dma_cancel(pd, -ECANCELED);
	pinscope_engine_stop(pd->parent->engine);
}
EXPORT_SYMBOL_GPL(pinscope_dma_disable);

static int pinscope_count(struct device *dev, void *data)
{
	unsigned int *count = data;

	(*count)++;
	return 0;
}

/* How many devices the IOMMU group of the parent has */
unsigned int pinscope_parent_members(struct pinscope_parent *parent)
{
	struct iommu_group *group = iommu_group_get(parent->dev);
	unsigned int count = 0;

	if (!group)
		return 0;
	iommu_group_for_each_dev(group, &count, pinscope_count);
	iommu_group_put(group);
	return count;
}
