// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample driver: a device without IOMMU backing.
 *
 * The device does no DMA of its own. The driver does it by the CPU, on pages it
 * pins while a window is registered. The container knows every page that can be
 * written, so there is nothing to opt in to: what is pinned, or written through
 * vfio_dma_rw(), is dirty, and nothing else.
 *
 * The devices hang off a virtual parent, no hardware is needed, nor a patched
 * VFIO core.
 */

#include <linux/device.h>
#include <linux/module.h>

#include "kernel_compat.h"
#include "pinscope_mdev.h"

#define EMULATED_INSTANCES	16

struct emulated {
	struct pinscope_device pd;
};

static struct class *emulated_class;
static struct device *emulated_parent_dev;
static struct mdev_parent emulated_parent;
static struct mdev_type emulated_type = {
	.sysfs_name = "dma",
	.pretty_name = "DMA by the CPU into pinned pages",
};

static struct mdev_type *emulated_types[] = { &emulated_type };

/* Pinning */

static int emulated_pin(struct pinscope_device *pd,
			struct pinscope_window *window)
{
	int ret;

	/* One call is enough, VFIO pins up to 512 pages at a time */
	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > VFIO_PIN_PAGES_MAX_ENTRIES);

	ret = vfio_pin_pages(&pd->vdev, pinscope_window_start(window),
			     window->npages, window->prot, window->pages);
	if (ret < 0)
		return ret;

	window->pinned = true;
	pd->nr_pinned += window->npages;
	return 0;
}

static void emulated_unpin(struct pinscope_device *pd,
			   struct pinscope_window *window)
{
	if (!window->pinned)
		return;

	vfio_unpin_pages(&pd->vdev, pinscope_window_start(window),
			 window->npages);
	window->pinned = false;
	pd->nr_pinned -= window->npages;
}

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned, and
 * does not want to be asked for them again. No transfer goes on, as we hold the
 * lock. The window is of no use any more, until it is registered again.
 */
static void emulated_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct pinscope_window *window;

	mutex_lock(&pd->lock);
	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, length))
			emulated_unpin(pd, window);
	mutex_unlock(&pd->lock);
}

/* What the device does */

static int emulated_dma_write(struct pinscope_device *pd, u64 iova, u32 len,
			      u32 seed)
{
	struct pinscope_window *window =
		pinscope_window_of(pd, iova, len, IOMMU_WRITE);

	if (!window || !window->pinned)
		return -EFAULT;

	pinscope_copy_to_window(window, iova, len, seed);
	return 0;
}

static int emulated_dma_read(struct pinscope_device *pd, u64 iova, u32 len,
			     u32 *sum)
{
	struct pinscope_window *window =
		pinscope_window_of(pd, iova, len, IOMMU_READ);

	if (!window || !window->pinned)
		return -EFAULT;

	*sum = pinscope_sum_window(window, iova, len);
	return 0;
}

static const struct pinscope_ops emulated_pinscope_ops = {
	.dma_write = emulated_dma_write,
	.dma_read = emulated_dma_read,
	.window_added = emulated_pin,
	.window_removed = emulated_unpin,
};

/* Migration: windows are pinned in every state, so states change nothing */

static struct file *emulated_set_state(struct vfio_device *vdev,
				       enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct file *file;

	mutex_lock(&pd->lock);
	file = pinscope_set_state(pd, new_state);
	mutex_unlock(&pd->lock);
	return file;
}

static const struct vfio_migration_ops emulated_mig_ops = {
	.migration_set_state = emulated_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* Open and close */

static int emulated_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &emulated_pinscope_ops);
	vdev->mig_ops = &emulated_mig_ops;
	return 0;
}

static void emulated_release(struct vfio_device *vdev)
{
	pinscope_device_destroy(to_pinscope(vdev));
}

static int emulated_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	pinscope_dma_logging_open(pd);
	mutex_unlock(&pd->lock);
	return 0;
}

/* Drops all windows, and with them the pins: VFIO insists */
static void emulated_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	pinscope_device_close(pd);
	mutex_unlock(&pd->lock);
}

static const struct vfio_device_ops emulated_vfio_ops = {
	.name = "pinscope_emulated",
	.init = emulated_init,
	.release = emulated_release,
	.open_device = emulated_open,
	.close_device = emulated_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = pinscope_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.dma_unmap = emulated_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

/* The mediated device */

static int emulated_probe(struct mdev_device *mdev)
{
	struct emulated *emulated;
	int ret;

	emulated = vfio_alloc_device(emulated, pd.vdev, &mdev->dev,
				     &emulated_vfio_ops);
	if (IS_ERR(emulated))
		return PTR_ERR(emulated);

	/* For the attributes, which are there as soon as this returns */
	dev_set_drvdata(&mdev->dev, &emulated->pd);

	ret = vfio_register_emulated_iommu_dev(&emulated->pd.vdev);
	if (ret)
		vfio_put_device(&emulated->pd.vdev);
	return ret;
}

/* Waits until the user has closed the device */
static void emulated_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}

static ssize_t scope_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "emulated: what is pinned is dirty, nothing else\n");
}
static DEVICE_ATTR_RO(scope);

static struct attribute *emulated_attrs[] = {
	&dev_attr_scope.attr,
	NULL
};

static const struct attribute_group emulated_group = {
	.attrs = emulated_attrs,
};

static const struct attribute_group *emulated_groups[] = {
	&pinscope_group,
	&pinscope_dma_logging_group,
	&emulated_group,
	NULL
};

static ssize_t emulated_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  "sample device without IOMMU backing, windows are pinned while registered");
}

static struct mdev_driver emulated_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = EMULATED_INSTANCES,
	.driver = {
		.name = "pinscope_emulated",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = emulated_groups,
	},
	.probe = emulated_probe,
	.remove = emulated_remove,
	.show_description = emulated_show_description,
};

static int __init emulated_module_init(void)
{
	int ret;

	ret = mdev_register_driver(&emulated_driver);
	if (ret)
		return ret;

	/* Without a driver, it is the class that types get their name from */
	emulated_class = class_create("pinscope_emulated");
	if (IS_ERR(emulated_class)) {
		ret = PTR_ERR(emulated_class);
		goto err_driver;
	}

	emulated_parent_dev = device_create(emulated_class, NULL, MKDEV(0, 0),
					    NULL, "pinscope_emulated");
	if (IS_ERR(emulated_parent_dev)) {
		ret = PTR_ERR(emulated_parent_dev);
		goto err_class;
	}

	ret = mdev_register_parent(&emulated_parent, emulated_parent_dev,
				   &emulated_driver, emulated_types,
				   ARRAY_SIZE(emulated_types));
	if (ret)
		goto err_parent_dev;
	return 0;

err_parent_dev:
	device_unregister(emulated_parent_dev);
err_class:
	class_destroy(emulated_class);
err_driver:
	mdev_unregister_driver(&emulated_driver);
	return ret;
}

static void __exit emulated_module_exit(void)
{
	mdev_unregister_parent(&emulated_parent);
	device_unregister(emulated_parent_dev);
	class_destroy(emulated_class);
	mdev_unregister_driver(&emulated_driver);
}

module_init(emulated_module_init);
module_exit(emulated_module_exit);

MODULE_DESCRIPTION("Sample mdev driver: device without IOMMU backing");
MODULE_LICENSE("GPL");
