// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pattern: a device with IOMMU backing that pins nothing.
 *
 * The DMA is done by the parent, a PCI function or a device of the software
 * IOMMU. It is translated by the parent's IOMMU group, which the container
 * attaches to the user's domain. It goes wherever that lets it, and nobody knows
 * where it went: as long as this device is in a container, every page mapped is
 * dirty.
 *
 * The rule that makes it sound: no DMA goes on before the user's domain is attached,
 * nor after it has been detached. What the user unmaps meanwhile the IOMMU stops.
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev().
 */

#include <linux/module.h>

#include "pinscope_mdev.h"

#define BACKED_INSTANCES	4

struct backed {
	struct pinscope_device pd;
};

/* The DMA: to wherever the IOMMU lets it */

static const struct pinscope_ops backed_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED,
	.scope = "wide: this driver never pins, every page mapped is dirty",
	.dma_move = pinscope_parent_move,
};

/* Open and close */

static int backed_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &backed_pinscope_ops);
	return 0;
}

/* DMA is possible from here on: the user's domain is attached */
static int backed_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	ret = pinscope_dma_enable(pd);
	if (ret)
		return ret;

	pinscope_device_open(pd);
	return 0;
}

/* No DMA may be left when the group leaves the user's domain */
static void backed_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_dma_disable(pd);
	pinscope_device_close(pd);
}

static const struct vfio_device_ops backed_vfio_ops = {
	.name = "pinscope_backed",
	.init = backed_init,
	.open_device = backed_open,
	.close_device = backed_close,
	PINSCOPE_DEVICE_OPS,
	/* With hardware other than edu, these are vfio_iommufd_physical_*() */
	PINSCOPE_EDU_IOMMUFD_OPS,
};

/* Registration: with the parent, whose IOMMU group it is */

static int backed_probe(struct mdev_device *mdev)
{
	struct backed *backed;
	int ret;

	backed = vfio_alloc_device(backed, pd.vdev, &mdev->dev,
				   &backed_vfio_ops);
	if (IS_ERR(backed))
		return PTR_ERR(backed);

	pinscope_device_of_type(&backed->pd, mdev);
	ret = vfio_register_iommu_backed_dev(&backed->pd.vdev,
					     backed->pd.parent->dev);
	if (ret)
		vfio_put_device(&backed->pd.vdev);
	return ret;
}

static const struct pinscope_type backed_types[] = {
	{ .name = "dma" },
};

static struct pinscope_driver backed_driver = {
	.mdev = {
		.driver.name = "pinscope_backed",
		.max_instances = BACKED_INSTANCES,
		.probe = backed_probe,
		.remove = pinscope_remove,
	},
	.pretty_name = "DMA through the IOMMU, never pins",
	.description = "backed by an IOMMU, never pins",
	.types = backed_types,
	.nr_types = ARRAY_SIZE(backed_types),
};
module_pinscope_backed(backed_driver);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, never pins");
MODULE_LICENSE("GPL");
