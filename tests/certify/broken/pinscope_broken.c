// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that break the rules, for "pinscope certify" to find: never load this but
 * in a virtual machine for tests. It shows the sample device, without IOMMU backing,
 * in one type for each fault:
 *
 *   forget  The last page of a buffer is not pinned, and the device writes it.
 *   early   A page is unpinned once it was written; the device writes on.
 *   keep    Pins are not returned when the device is closed.
 *   log     Pages are pinned as those of a device with a log, and never marked.
 *   good    No fault, to see that it is the faults that are found.
 *
 * The pages that the device goes on to write are held by a reference, so that it
 * harms nobody but its user.
 */

#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/xarray.h>

#include "pinscope_mdev.h"

#define BROKEN_INSTANCES	8

enum broken_fault { BROKEN_FORGET, BROKEN_EARLY, BROKEN_KEEP, BROKEN_LOG, BROKEN_GOOD };

static struct mdev_type broken_kinds[] = {
	[BROKEN_FORGET] = { .sysfs_name = "forget", .pretty_name = "forgets a page" },
	[BROKEN_EARLY] = { .sysfs_name = "early", .pretty_name = "unpins too early" },
	[BROKEN_KEEP] = { .sysfs_name = "keep", .pretty_name = "keeps pins over close" },
	[BROKEN_LOG] = { .sysfs_name = "log", .pretty_name = "claims a log" },
	[BROKEN_GOOD] = { .sysfs_name = "good", .pretty_name = "without fault" },
};

static struct mdev_type *broken_types[ARRAY_SIZE(broken_kinds)];
static struct mdev_parent broken_parent;
static struct class *broken_class;
static struct device *broken_dev;

/**
 * struct broken - a device
 * @pd: the sample device, whose lock protects what follows
 * @fault: what is wrong with its driver
 * @pins: an entry for each page that is pinned, by its number
 * @closing: the user is closing it
 * @target: the window that DMA goes to
 */
struct broken {
	struct pinscope_device pd;
	enum broken_fault fault;
	struct xarray pins;
	bool closing;
	struct pinscope_window *target;
};

static struct broken *to_broken(struct pinscope_device *pd)
{
	return container_of(pd, struct broken, pd);
}

static unsigned long broken_first(const struct pinscope_window *window)
{
	return pinscope_window_start(window) >> PAGE_SHIFT;
}

/* Return what pins there are from one page to another */
static void broken_unpin(struct broken *broken, unsigned long first,
			 unsigned long last)
{
	unsigned long index;
	void *entry;

	xa_for_each_range(&broken->pins, index, entry, first, last) {
		vfio_unpin_pages(&broken->pd.vdev, (dma_addr_t)index << PAGE_SHIFT,
				 1);
		xa_erase(&broken->pins, index);
		broken->pd.nr_pinned--;
	}
}

static void broken_drop_pages(struct pinscope_window *window)
{
	unsigned int i;

	for (i = 0; i < window->npages; i++)
		put_page(window->pages[i]);
}

static int broken_pin(struct broken *broken, struct pinscope_window *window)
{
	dma_addr_t start = pinscope_window_start(window);

	if (broken->fault == BROKEN_LOG)
		return vfio_pin_pages_tracked(&broken->pd.vdev, start,
					      window->npages, window->prot,
					      window->pages);
	return vfio_pin_pages(&broken->pd.vdev, start, window->npages,
			      window->prot, window->pages);
}

static int broken_window_added(struct pinscope_device *pd,
			       struct pinscope_window *window)
{
	struct broken *broken = to_broken(pd);
	unsigned long first = broken_first(window);
	unsigned int i;
	int ret;

	ret = broken_pin(broken, window);
	if (ret < 0)
		return ret;

	for (i = 0; i < window->npages; i++) {
		get_page(window->pages[i]);
		pd->nr_pinned++;
		xa_store(&broken->pins, first + i, xa_mk_value(1), GFP_KERNEL);
	}
	window->pinned = true;
	if (broken->fault == BROKEN_FORGET)
		broken_unpin(broken, first + window->npages - 1,
			     first + window->npages - 1);
	return 0;
}

static void broken_window_removed(struct pinscope_device *pd,
				  struct pinscope_window *window)
{
	struct broken *broken = to_broken(pd);
	unsigned long first = broken_first(window);

	if (broken->fault != BROKEN_KEEP || !broken->closing)
		broken_unpin(broken, first, first + window->npages - 1);
	broken_drop_pages(window);
	window->pinned = false;
}

static int broken_dma_begin(struct pinscope_device *pd,
			    struct pinscope_transfer *t)
{
	struct pinscope_window *window = pinscope_window_of(pd, t);
	struct broken *broken = to_broken(pd);

	if (!window || !window->pinned)
		return -EFAULT;

	broken->target = window;
	if (broken->fault == BROKEN_EARLY && t->to_memory)
		broken_unpin(broken, t->iova >> PAGE_SHIFT,
			     (t->iova + t->len - 1) >> PAGE_SHIFT);
	return 0;
}

static int broken_dma_move(struct pinscope_device *pd,
			   struct pinscope_transfer *t)
{
	return pinscope_window_move(to_broken(pd)->target, t);
}

static const struct pinscope_ops broken_pinscope_ops = {
	.dma_begin = broken_dma_begin,
	.dma_move = broken_dma_move,
	.window_added = broken_window_added,
	.window_removed = broken_window_removed,
};

static void broken_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct pinscope_window *window;

	mutex_lock(&pd->lock);
	pinscope_dma_unmapped(pd, iova, length);
	broken_unpin(to_broken(pd), iova >> PAGE_SHIFT,
		     (iova + length - 1) >> PAGE_SHIFT);
	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, length))
			window->pinned = false;
	mutex_unlock(&pd->lock);
}

static int broken_init(struct vfio_device *vdev)
{
	struct broken *broken = to_broken(to_pinscope(vdev));

	pinscope_device_init(&broken->pd, &broken_pinscope_ops);
	xa_init(&broken->pins);
	return 0;
}

static void broken_release(struct vfio_device *vdev)
{
	struct broken *broken = to_broken(to_pinscope(vdev));

	xa_destroy(&broken->pins);
	pinscope_release(vdev);
}

static int broken_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	to_broken(pd)->closing = false;
	mutex_unlock(&pd->lock);
	pinscope_device_open(pd);
	return 0;
}

/* What is not returned now is leaked: after this VFIO takes nothing back */
static void broken_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct broken *broken = to_broken(pd);

	mutex_lock(&pd->lock);
	broken->closing = true;
	mutex_unlock(&pd->lock);
	pinscope_device_close(pd);
	mutex_lock(&pd->lock);
	xa_destroy(&broken->pins);
	pd->nr_pinned = 0;
	mutex_unlock(&pd->lock);
}

static const struct vfio_device_ops broken_vfio_ops = {
	.name = "pinscope_broken",
	.init = broken_init,
	.release = broken_release,
	.open_device = broken_open,
	.close_device = broken_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = pinscope_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.dma_unmap = broken_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

static int broken_probe(struct mdev_device *mdev)
{
	struct broken *broken;
	int ret;

	broken = vfio_alloc_device(broken, pd.vdev, &mdev->dev, &broken_vfio_ops);
	if (IS_ERR(broken))
		return PTR_ERR(broken);
	broken->fault = mdev->type - broken_kinds;
	dev_set_drvdata(&mdev->dev, &broken->pd);

	ret = vfio_register_emulated_iommu_dev(&broken->pd.vdev);
	if (ret)
		vfio_put_device(&broken->pd.vdev);
	return ret;
}

static void broken_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}

static const struct attribute_group *broken_groups[] = {
	&pinscope_group,
	NULL
};

static struct mdev_driver broken_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = BROKEN_INSTANCES,
	.driver = {
		.name = "pinscope_broken",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = broken_groups,
	},
	.probe = broken_probe,
	.remove = broken_remove,
};

static int __init broken_module_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(broken_kinds); i++)
		broken_types[i] = &broken_kinds[i];
	ret = mdev_register_driver(&broken_driver);
	if (ret)
		return ret;

	broken_class = class_create("pinscope_broken");
	if (IS_ERR(broken_class)) {
		ret = PTR_ERR(broken_class);
		goto err_driver;
	}
	broken_dev = device_create(broken_class, NULL, MKDEV(0, 0), NULL,
				   "pinscope_broken");
	if (IS_ERR(broken_dev)) {
		ret = PTR_ERR(broken_dev);
		goto err_class;
	}
	ret = mdev_register_parent(&broken_parent, broken_dev, &broken_driver,
				   broken_types, ARRAY_SIZE(broken_types));
	if (ret)
		goto err_dev;
	return 0;

err_dev:
	device_unregister(broken_dev);
err_class:
	class_destroy(broken_class);
err_driver:
	mdev_unregister_driver(&broken_driver);
	return ret;
}

static void __exit broken_module_exit(void)
{
	mdev_unregister_parent(&broken_parent);
	device_unregister(broken_dev);
	class_destroy(broken_class);
	mdev_unregister_driver(&broken_driver);
}

module_init(broken_module_init);
module_exit(broken_module_exit);

MODULE_DESCRIPTION("Test mdev drivers that break the rules of dirty pages");
MODULE_LICENSE("GPL");
