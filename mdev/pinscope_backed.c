// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample driver: a device with IOMMU backing that pins nothing.
 *
 * The DMA is done by the parent, a PCI function or a device of the software
 * IOMMU. It is translated by the parent's IOMMU group, which the container
 * attaches to the user's domain. It goes wherever that lets it, and nobody knows
 * where it went: as long as this device is in a container, every page mapped is
 * dirty.
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev().
 */

#include <linux/module.h>
#include <linux/pci.h>

#include "engine/engine.h"
#include "kernel_compat.h"
#include "pinscope_mdev.h"
#include "pinscope_parent.h"
#include "vfio_core_compat.h"

#define BACKED_INSTANCES	4

struct backed {
	struct pinscope_device pd;
	struct pinscope_parent *parent;
};

static struct backed *to_backed(struct pinscope_device *pd)
{
	return container_of(pd, struct backed, pd);
}

/* What the device does */

static int backed_dma_write(struct pinscope_device *pd, u64 iova, u32 len,
			    u32 seed)
{
	return pinscope_parent_write(to_backed(pd)->parent, &pd->vdev, iova,
				     len, seed);
}

static int backed_dma_read(struct pinscope_device *pd, u64 iova, u32 len,
			   u32 *sum)
{
	return pinscope_parent_read(to_backed(pd)->parent, &pd->vdev, iova,
				    len, sum);
}

static const struct pinscope_ops backed_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED,
	.dma_write = backed_dma_write,
	.dma_read = backed_dma_read,
};

/* Migration: nothing is pinned in any state */

static struct file *backed_set_state(struct vfio_device *vdev,
				     enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct file *file;

	mutex_lock(&pd->lock);
	file = pinscope_set_state(pd, new_state);
	mutex_unlock(&pd->lock);
	return file;
}

static const struct vfio_migration_ops backed_mig_ops = {
	.migration_set_state = backed_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* Open and close */

static int backed_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &backed_pinscope_ops);
	vdev->mig_ops = &backed_mig_ops;
	return 0;
}

static void backed_release(struct vfio_device *vdev)
{
	pinscope_device_destroy(to_pinscope(vdev));
}

/* DMA is possible from here on: the user's domain is attached */
static int backed_open(struct vfio_device *vdev)
{
	struct backed *backed = to_backed(to_pinscope(vdev));

	return pinscope_engine_start(backed->parent->engine);
}

/* No DMA may be left when the group leaves the user's domain */
static void backed_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_engine_stop(to_backed(pd)->parent->engine);

	mutex_lock(&pd->lock);
	pinscope_device_close(pd);
	mutex_unlock(&pd->lock);
}

static const struct vfio_device_ops backed_vfio_ops = {
	.name = "pinscope_backed",
	.init = backed_init,
	.release = backed_release,
	.open_device = backed_open,
	.close_device = backed_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = pinscope_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* The mediated device */

static int backed_probe(struct mdev_device *mdev)
{
	struct backed *backed;
	int ret;

	backed = vfio_alloc_device(backed, pd.vdev, &mdev->dev,
				   &backed_vfio_ops);
	if (IS_ERR(backed))
		return PTR_ERR(backed);

	backed->parent = to_pinscope_parent(mdev->type->parent);
	dev_set_drvdata(&mdev->dev, &backed->pd);

	ret = vfio_register_iommu_backed_dev(&backed->pd.vdev,
					     backed->parent->dev);
	if (ret) {
		if (ret == -EOPNOTSUPP)
			dev_err(&mdev->dev, "this VFIO core has no IOMMU-backed devices, see vfio-core-patches\n");
		vfio_put_device(&backed->pd.vdev);
	}
	return ret;
}

/* Waits until the user has closed the device */
static void backed_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}

static ssize_t scope_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "wide: this driver never pins, every page mapped is dirty\n");
}
static DEVICE_ATTR_RO(scope);

static struct attribute *backed_attrs[] = {
	&dev_attr_scope.attr,
	NULL
};

static const struct attribute_group backed_group = {
	.attrs = backed_attrs,
};

static const struct attribute_group *backed_groups[] = {
	&pinscope_group,
	&backed_group,
	NULL
};

static ssize_t backed_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "sample device with IOMMU backing, never pins\n");
}

static struct mdev_driver backed_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = BACKED_INSTANCES,
	.driver = {
		.name = "pinscope_backed",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = backed_groups,
	},
	.probe = backed_probe,
	.remove = backed_remove,
	.show_description = backed_show_description,
};

/* The parent: an edu function, or a device of the software IOMMU */

/* Takes no function that it was not told to by driver_override */
static const struct pci_device_id backed_pci_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, backed_pci_ids);

/* The container decides who does DMA with the parent, not the kernel */
static struct pinscope_parent_driver backed_parent_driver = {
	.mdev_driver = &backed_mdev_driver,
	.pretty_name = "DMA through the IOMMU, never pins",
	.pci = {
		.name = "pinscope_backed",
		.id_table = backed_pci_ids,
		.driver_managed_dma = true,
	},
	.platform = {
		.driver.name = "pinscope_backed",
		.driver_managed_dma = true,
	},
};

static int __init backed_module_init(void)
{
	int ret;

	ret = mdev_register_driver(&backed_mdev_driver);
	if (ret)
		return ret;

	ret = pinscope_register_parent_driver(&backed_parent_driver);
	if (ret)
		mdev_unregister_driver(&backed_mdev_driver);
	return ret;
}

static void __exit backed_module_exit(void)
{
	pinscope_unregister_parent_driver(&backed_parent_driver);
	mdev_unregister_driver(&backed_mdev_driver);
}

module_init(backed_module_init);
module_exit(backed_module_exit);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, never pins");
MODULE_LICENSE("GPL");
