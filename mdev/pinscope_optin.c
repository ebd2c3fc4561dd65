// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample driver: a device with IOMMU backing that opts in by pinning.
 *
 * The DMA is done by the parent, a PCI function or a device of the software
 * IOMMU, and translated by the parent's IOMMU group. It goes to the windows that
 * the guest has registered and nowhere else, so the driver can tell what the
 * device may write: while a migration saves, it pins the windows, and the dirty
 * scope of the group is what is pinned. Otherwise it pins nothing; that the
 * pages stay where they are is the IOMMU mappings' work.
 *
 * When to pin is the attribute opt_in:
 *
 *   start    in the notification that the container starts to track dirty
 *	      pages, until that it stops. Scope is narrow before the user reads
 *	      the first bitmap, so nothing is reported twice.
 *   precopy  while the device is in a state that saves. What the device wrote
 *	      between the first bitmap and PRE_COPY is in no pin, so the VFIO core
 *	      reports all that is mapped once more.
 *   stopcopy the same for a device that has no PRE_COPY: it saves only when all
 *	      has stopped, so that report comes in the downtime.
 *   never    not at all.
 *
 * The rule that makes it sound: while opted in, DMA goes to pinned windows only.
 *
 * Order of locks: the VFIO core calls start(), stop() and dma_unmap() with locks
 * of its own held, and they take the lock of the device. Under that,
 * vfio_pin_pages(), vfio_unpin_pages() and vfio_dirty_opt_out() may be called,
 * but not vfio_register_dirty_client() or vfio_unregister_dirty_client().
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

#define OPTIN_INSTANCES	4

enum optin_mode { OPTIN_START, OPTIN_PRECOPY, OPTIN_STOPCOPY, OPTIN_NEVER };

static const char * const optin_modes[] = {
	[OPTIN_START] = "start",
	[OPTIN_PRECOPY] = "precopy",
	[OPTIN_STOPCOPY] = "stopcopy",
	[OPTIN_NEVER] = "never",
};

/**
 * struct optin - a device
 * @pd: what it shares with other samples; its lock protects what follows
 * @parent: what it is on, does not change
 * @client: to hear of dirty tracking, not protected: for open and close only
 * @mode: attribute opt_in, does not change while @open
 * @open: the user has it open
 * @opted_in: all windows were pinned, and new ones are
 * @narrow: something was pinned since then
 * @refused: why opting in failed the last time it was tried, or 0
 * @warned: that was logged once
 */
struct optin {
	struct pinscope_device pd;
	struct pinscope_parent *parent;
	struct vfio_dirty_client client;
	enum optin_mode mode;
	bool open;
	bool opted_in;
	bool narrow;
	int refused;
	bool warned;
};

static struct optin *to_optin(struct pinscope_device *pd)
{
	return container_of(pd, struct optin, pd);
}

static bool optin_while_saving(const struct optin *optin)
{
	return optin->mode == OPTIN_PRECOPY || optin->mode == OPTIN_STOPCOPY;
}

/* Pinning */

static int optin_pin(struct optin *optin, struct pinscope_window *window)
{
	struct pinscope_device *pd = &optin->pd;
	int ret;

	/* One call is enough, VFIO pins up to 512 pages at a time */
	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > VFIO_PIN_PAGES_MAX_ENTRIES);

	ret = vfio_pin_pages(&pd->vdev, pinscope_window_start(window),
			     window->npages, window->prot, window->pages);
	if (ret < 0)
		return ret;

	window->pinned = true;
	pd->nr_pinned += window->npages;
	optin->narrow = true;
	return 0;
}

static void optin_unpin(struct optin *optin, struct pinscope_window *window)
{
	struct pinscope_device *pd = &optin->pd;

	if (!window->pinned)
		return;

	vfio_unpin_pages(&pd->vdev, pinscope_window_start(window),
			 window->npages);
	window->pinned = false;
	pd->nr_pinned -= window->npages;
}

static void optin_unpin_all(struct optin *optin)
{
	struct pinscope_window *window;

	list_for_each_entry(window, &optin->pd.windows, next)
		optin_unpin(optin, window);
	optin->opted_in = false;
	optin->narrow = false;
}

/* The log says so once, the attribute scope says why as long as it is so */
static void optin_set_refused(struct optin *optin, const char *what, int ret)
{
	optin->refused = ret;
	if (!optin->warned)
		dev_warn(optin->pd.vdev.dev,
			 "%s (%pe): everything mapped counts as dirty\n", what,
			 ERR_PTR(ret));
	optin->warned = true;
}

/*
 * The pins do not cover what the device may write, as one has failed, or nobody
 * knows where the device has got to. Return them and say so, in case one of them
 * has narrowed scope. The device works on, but what it writes is known no better
 * than "everything mapped".
 */
static void optin_give_up(struct optin *optin, const char *why, int ret)
{
	optin_unpin_all(optin);
	vfio_dirty_opt_out(&optin->pd.vdev);
	optin_set_refused(optin, why, ret);
}

static void optin_opt_in(struct optin *optin)
{
	struct pinscope_window *window;
	int ret;

	lockdep_assert_held(&optin->pd.lock);

	if (optin->opted_in)
		return;

	list_for_each_entry(window, &optin->pd.windows, next) {
		ret = optin_pin(optin, window);
		if (ret) {
			optin_give_up(optin, "pin refused", ret);
			return;
		}
	}
	optin->opted_in = true;
	optin->refused = 0;
}

/*
 * While the container tracks, what the device writes from here on would be in no
 * report, if it were not told.
 */
static void optin_opt_out(struct optin *optin)
{
	lockdep_assert_held(&optin->pd.lock);

	if (!optin->opted_in)
		return;

	optin_unpin_all(optin);
	vfio_dirty_opt_out(&optin->pd.vdev);
}

static int optin_window_added(struct pinscope_device *pd,
			      struct pinscope_window *window)
{
	struct optin *optin = to_optin(pd);
	int ret;

	if (!optin->opted_in)
		return 0;

	ret = optin_pin(optin, window);
	if (ret != -EXDEV)
		return ret;

	/* Not the fault of the window: the IOMMU group is not ours alone */
	optin_give_up(optin, "pin refused", ret);
	return 0;
}

static void optin_window_removed(struct pinscope_device *pd,
				 struct pinscope_window *window)
{
	optin_unpin(to_optin(pd), window);
}

/* Dirty tracking starts and stops, or has started before the device was opened */

static void optin_tracking_start(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	optin_opt_in(to_optin(pd));
	mutex_unlock(&pd->lock);
}

/* With tracking off and no pin left, the VFIO core widens scope by itself */
static void optin_tracking_stop(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	optin_unpin_all(to_optin(pd));
	mutex_unlock(&pd->lock);
}

static const struct vfio_dirty_client_ops optin_client_ops = {
	.start = optin_tracking_start,
	.stop = optin_tracking_stop,
};

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned. No
 * transfer goes on, as we hold the lock. While opted in there is no DMA to these
 * windows any more, until they are removed and registered again: the memory may
 * be mapped anew, and a write to it would be in no report.
 */
static void optin_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct pinscope_window *window;

	mutex_lock(&pd->lock);
	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, length))
			optin_unpin(to_optin(pd), window);
	mutex_unlock(&pd->lock);
}

/* What the device does */

static bool optin_may_dma(struct optin *optin, u64 iova, u32 len, int prot)
{
	struct pinscope_window *window =
		pinscope_window_of(&optin->pd, iova, len, prot);

	return window && (!optin->opted_in || window->pinned);
}

/* The engine has seen to it that no DMA goes on, so pins may be returned */
static int optin_dma_done(struct optin *optin, int ret)
{
	if (ret == -EIO && optin->opted_in)
		optin_give_up(optin, "DMA failed", ret);
	return ret;
}

static int optin_dma_write(struct pinscope_device *pd, u64 iova, u32 len,
			   u32 seed)
{
	struct optin *optin = to_optin(pd);

	if (!optin_may_dma(optin, iova, len, IOMMU_WRITE))
		return -EFAULT;
	return optin_dma_done(optin,
			      pinscope_parent_write(optin->parent, &pd->vdev,
						    iova, len, seed));
}

static int optin_dma_read(struct pinscope_device *pd, u64 iova, u32 len,
			  u32 *sum)
{
	struct optin *optin = to_optin(pd);

	if (!optin_may_dma(optin, iova, len, IOMMU_READ))
		return -EFAULT;
	return optin_dma_done(optin,
			      pinscope_parent_read(optin->parent, &pd->vdev,
						   iova, len, sum));
}

/* Reset ends a migration as well; tracking goes on, so do we if it told us */
static void optin_reset(struct pinscope_device *pd)
{
	struct optin *optin = to_optin(pd);

	optin->narrow = false;
	if (optin_while_saving(optin))
		optin_opt_out(optin);
}

static const struct pinscope_ops optin_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN,
	.dma_write = optin_dma_write,
	.dma_read = optin_dma_read,
	.window_added = optin_window_added,
	.window_removed = optin_window_removed,
	.reset = optin_reset,
};

/* Migration: a device that saves is opted in, unless the core told us before */

static struct file *optin_set_state(struct vfio_device *vdev,
				    enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct optin *optin = to_optin(pd);
	struct file *file;

	mutex_lock(&pd->lock);
	file = pinscope_set_state(pd, new_state);
	/* No DMA since the state has changed, as we hold the lock */
	if (optin_while_saving(optin)) {
		if (pinscope_is_saving(pd))
			optin_opt_in(optin);
		else
			optin_opt_out(optin);
	}
	mutex_unlock(&pd->lock);
	return file;
}

static const struct vfio_migration_ops optin_mig_ops = {
	.migration_set_state = optin_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* Open and close */

static int optin_init(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_device_init(pd, &optin_pinscope_ops);
	vdev->mig_ops = &optin_mig_ops;
	to_optin(pd)->client.ops = &optin_client_ops;
	return 0;
}

static void optin_release(struct vfio_device *vdev)
{
	pinscope_device_destroy(to_pinscope(vdev));
}

/* DMA is possible from here on: the user's domain is attached */
static int optin_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct optin *optin = to_optin(pd);
	int ret;

	ret = pinscope_engine_start(optin->parent->engine);
	if (ret)
		return ret;

	mutex_lock(&pd->lock);
	optin->open = true;
	optin->refused = 0;
	pinscope_dma_logging_open(pd);
	vdev->migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P;
	if (optin->mode != OPTIN_STOPCOPY)
		vdev->migration_flags |= VFIO_MIGRATION_PRE_COPY;
	mutex_unlock(&pd->lock);

	/* Without the lock, as this may call optin_tracking_start() */
	if (optin->mode == OPTIN_START)
		ret = vfio_register_dirty_client(vdev, &optin->client);
	if (ret) {
		/* The device works, it is only never told to pin */
		mutex_lock(&pd->lock);
		optin_set_refused(optin, "start notification refused", ret);
		mutex_unlock(&pd->lock);
	}
	return 0;
}

/*
 * No DMA may be left when pins go, and no pin when the device is closed. After
 * vfio_unregister_dirty_client() nobody pins again.
 */
static void optin_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct optin *optin = to_optin(pd);

	pinscope_engine_stop(optin->parent->engine);
	vfio_unregister_dirty_client(&optin->client);

	mutex_lock(&pd->lock);
	pinscope_device_close(pd);
	optin->opted_in = false;
	optin->open = false;
	mutex_unlock(&pd->lock);
}

static const struct vfio_device_ops optin_vfio_ops = {
	.name = "pinscope_optin",
	.init = optin_init,
	.release = optin_release,
	.open_device = optin_open,
	.close_device = optin_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = pinscope_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.dma_unmap = optin_dma_unmap,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* The mediated device */

static int optin_probe(struct mdev_device *mdev)
{
	struct optin *optin;
	int ret;

	optin = vfio_alloc_device(optin, pd.vdev, &mdev->dev, &optin_vfio_ops);
	if (IS_ERR(optin))
		return PTR_ERR(optin);

	optin->parent = to_pinscope_parent(mdev->type->parent);
	dev_set_drvdata(&mdev->dev, &optin->pd);

	ret = vfio_register_iommu_backed_dev(&optin->pd.vdev,
					     optin->parent->dev);
	if (ret) {
		if (ret == -EOPNOTSUPP)
			dev_err(&mdev->dev, "this VFIO core has no IOMMU-backed devices, see vfio-core-patches\n");
		vfio_put_device(&optin->pd.vdev);
	}
	return ret;
}

/* Waits until the user has closed the device */
static void optin_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}

/* Attributes */

static ssize_t opt_in_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct optin *optin = to_optin(dev_get_drvdata(dev));

	return sysfs_emit(buf, "%s\n", optin_modes[READ_ONCE(optin->mode)]);
}

static ssize_t opt_in_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);
	struct optin *optin = to_optin(pd);
	int mode = sysfs_match_string(optin_modes, buf);

	if (mode < 0)
		return mode;

	/* Who has it may wait for a page fault of the user */
	scoped_cond_guard(mutex_intr, return -EINTR, &pd->lock) {
		if (optin->open)
			return -EBUSY;
		WRITE_ONCE(optin->mode, mode);
	}
	return count;
}
static DEVICE_ATTR_RW(opt_in);

static ssize_t optin_show_refused(struct optin *optin, char *buf)
{
	if (optin->refused == -EOPNOTSUPP)
		return sysfs_emit(buf, "refused: %s\n",
				  "the VFIO core has no start notification; use opt_in=precopy");
	return pinscope_parent_show_refused(optin->parent, optin->refused, buf);
}

static ssize_t optin_show_scope(struct optin *optin, char *buf)
{
	lockdep_assert_held(&optin->pd.lock);

	if (!optin->open)
		return sysfs_emit(buf, "wide: the device is not open\n");
	if (optin->opted_in)
		return sysfs_emit(buf, optin->narrow ? "pinned\n" :
				  "wide: no window to pin yet\n");
	if (optin->refused)
		return optin_show_refused(optin, buf);
	if (optin->mode == OPTIN_NEVER)
		return sysfs_emit(buf, "wide: opt_in is never\n");
	if (optin_while_saving(optin))
		return sysfs_emit(buf, "wide: no migration saves the device\n");
	return sysfs_emit(buf, "wide: the container does not track dirty pages\n");
}

/* Who has the lock may wait for a page fault of the user */
static ssize_t scope_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);
	int ret;

	ret = mutex_lock_interruptible(&pd->lock);
	if (ret)
		return ret;
	ret = optin_show_scope(to_optin(pd), buf);
	mutex_unlock(&pd->lock);
	return ret;
}
static DEVICE_ATTR_RO(scope);

static struct attribute *optin_attrs[] = {
	&dev_attr_opt_in.attr,
	&dev_attr_scope.attr,
	NULL
};

static const struct attribute_group optin_group = {
	.attrs = optin_attrs,
};

static const struct attribute_group *optin_groups[] = {
	&pinscope_group,
	&pinscope_dma_logging_group,
	&optin_group,
	NULL
};

static ssize_t optin_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  "sample device with IOMMU backing, opts in by pinning its windows while saved");
}

static struct mdev_driver optin_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = OPTIN_INSTANCES,
	.driver = {
		.name = "pinscope_optin",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = optin_groups,
	},
	.probe = optin_probe,
	.remove = optin_remove,
	.show_description = optin_show_description,
};

/* The parent: an edu function, or a device of the software IOMMU */

/* Takes no function that it was not told to by driver_override */
static const struct pci_device_id optin_pci_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, optin_pci_ids);

/* The container decides who does DMA with the parent, not the kernel */
static struct pinscope_parent_driver optin_parent_driver = {
	.mdev_driver = &optin_mdev_driver,
	.pretty_name = "DMA through the IOMMU, opts in by pinning",
	.pci = {
		.name = "pinscope_optin",
		.id_table = optin_pci_ids,
		.driver_managed_dma = true,
	},
	.platform = {
		.driver.name = "pinscope_optin",
		.driver_managed_dma = true,
	},
};

static int __init optin_module_init(void)
{
	int ret;

	ret = mdev_register_driver(&optin_mdev_driver);
	if (ret)
		return ret;

	ret = pinscope_register_parent_driver(&optin_parent_driver);
	if (ret)
		mdev_unregister_driver(&optin_mdev_driver);
	return ret;
}

static void __exit optin_module_exit(void)
{
	pinscope_unregister_parent_driver(&optin_parent_driver);
	mdev_unregister_driver(&optin_mdev_driver);
}

module_init(optin_module_init);
module_exit(optin_module_exit);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, opts in by pinning");
MODULE_LICENSE("GPL");
