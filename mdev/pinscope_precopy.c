// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pattern: a device with IOMMU backing that opts in by its migration state.
 *
 * For a VFIO core that does not tell drivers when the container starts to track dirty
 * pages. As with pinscope_optin, DMA goes to the windows that the guest has registered
 * and nowhere else. They are pinned while the device is in a state that saves. What it
 * wrote between the first bitmap and PRE_COPY is in no pin, so the VFIO core reports
 * all that is mapped once more. A device without PRE_COPY, type "stopcopy", saves only
 * when all has stopped, so that this report comes in the downtime. Prefer
 * pinscope_optin where the core has what it needs.
 *
 * The rules that make it sound: while opted in, DMA goes to pinned windows only; and
 * who returns the pins while tracking goes on says so.
 *
 * Order of locks: the VFIO core calls dma_unmap() with locks of its own held, and it
 * takes the lock of the device. Under that, vfio_pin_pages(), vfio_unpin_pages() and
 * vfio_dirty_opt_out() may be called. DMA goes on without it, and whoever has it can
 * have that rest.
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev().
 */

#include <linux/module.h>

#include "pinscope_mdev.h"

#define PRECOPY_INSTANCES	4

struct precopy {
	struct pinscope_device pd;
};

/* Pinning */

static int precopy_pin(struct pinscope_device *pd,
		       struct pinscope_window *window)
{
	int ret;

	ret = vfio_pin_pages(&pd->vdev, pinscope_window_start(window),
			     window->npages, window->prot, window->pages);
	if (ret < 0)
		return ret;

	pinscope_window_pinned(pd, window);
	return 0;
}

static void precopy_unpin(struct pinscope_device *pd,
			  struct pinscope_window *window)
{
	if (!window->pinned)
		return;

	vfio_unpin_pages(&pd->vdev, pinscope_window_start(window),
			 window->npages);
	pinscope_window_unpinned(pd, window);
}

/*
 * The pins do not cover what the device may write, as one has failed, or nobody knows
 * where it has got to. Return them and say so, in case one has narrowed scope. The
 * device works on; what it writes is known no better than "everything mapped".
 */
static void precopy_give_up(struct pinscope_device *pd, const char *why, int ret)
{
	pinscope_unpin_windows(pd);
	vfio_dirty_opt_out(&pd->vdev);
	pinscope_scope_refused(pd, why, ret);
}

static int precopy_window_added(struct pinscope_device *pd,
				struct pinscope_window *window)
{
	int ret = pd->scope.opted_in ? precopy_pin(pd, window) : 0;

	if (ret != -EXDEV && ret != -EREMOTEIO)
		return ret;

	/* The IOMMU group is not ours alone, or what is mapped is not made of pages */
	precopy_give_up(pd, "pin refused", ret);
	return 0;
}

static void precopy_opt_in(struct pinscope_device *pd)
{
	int ret;

	if (pd->scope.opted_in || pd->scope.never)
		return;

	ret = pinscope_pin_windows(pd);
	if (ret)
		precopy_give_up(pd, "pin refused", ret);
}

/*
 * While the container tracks, what the device writes from here on would be in no
 * report, if it were not told.
 */
static void precopy_opt_out(struct pinscope_device *pd)
{
	if (!pd->scope.opted_in)
		return;

	pinscope_dma_pause(pd);
	pinscope_unpin_windows(pd);
	vfio_dirty_opt_out(&pd->vdev);
	pinscope_dma_resume(pd);
}

static const struct pinscope_ops precopy_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN,
	.wide = "no migration saves the device",
	.dma_begin = pinscope_dma_to_windows,
	.dma_move = pinscope_parent_move,
	.pin = precopy_pin,
	.unpin = precopy_unpin,
	.give_up = precopy_give_up,
	.window_added = precopy_window_added,
	.window_removed = precopy_unpin,
	/* Ends a migration as well */
	.reset = precopy_opt_out,
};

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned. First the
 * device comes to rest there. While opted in there is no DMA to these windows any
 * more, until they are removed and registered again: the memory may be mapped anew,
 * and a write to it would be in no report.
 */
static void precopy_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_unmapped(pd, iova, length);
	pinscope_unpin_range(pd, iova, length);
}

/* Migration: a device that saves is opted in; DMA may go on while it is pinned for */

static struct file *precopy_set_state(struct vfio_device *vdev,
				      enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct file *file;

	guard(mutex)(&pd->lock);
	file = pinscope_set_state(pd, new_state);
	if (pinscope_is_saving(pd))
		precopy_opt_in(pd);
	else
		precopy_opt_out(pd);
	return file;
}

static const struct vfio_migration_ops precopy_mig_ops = {
	.migration_set_state = precopy_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* Open and close */

static int precopy_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &precopy_pinscope_ops);
	vdev->mig_ops = &precopy_mig_ops;
	return 0;
}

/* DMA is possible from here on: the user's domain is attached */
static int precopy_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	ret = pinscope_dma_enable(pd);
	if (ret)
		return ret;

	pinscope_device_open(pd);
	return 0;
}

/* No DMA may be left when pins go, and no pin when the device is closed */
static void precopy_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_dma_disable(pd);
	pinscope_device_close(pd);
}

static const struct vfio_device_ops precopy_vfio_ops = {
	.name = "pinscope_precopy",
	.init = precopy_init,
	.open_device = precopy_open,
	.close_device = precopy_close,
	PINSCOPE_DEVICE_OPS,
	.dma_unmap = precopy_dma_unmap,
	/* With hardware other than edu, these are vfio_iommufd_physical_*() */
	PINSCOPE_EDU_IOMMUFD_OPS,
};

/* Registration: with the parent, whose IOMMU group it is */

static int precopy_probe(struct mdev_device *mdev)
{
	struct precopy *precopy;
	int ret;

	precopy = vfio_alloc_device(precopy, pd.vdev, &mdev->dev, &precopy_vfio_ops);
	if (IS_ERR(precopy))
		return PTR_ERR(precopy);

	pinscope_device_of_type(&precopy->pd, mdev);
	ret = vfio_register_iommu_backed_dev(&precopy->pd.vdev,
					     precopy->pd.parent->dev);
	if (ret)
		vfio_put_device(&precopy->pd.vdev);
	return ret;
}

/* What a device can do, VFIO must know when it is registered: so it is a type */
static const struct pinscope_type precopy_types[] = {
	{ .name = "dma", .opt_in = "precopy" },
	{ .name = "stopcopy", .opt_in = "stopcopy", .differs = "no PRE_COPY",
	  .migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P },
};

static struct pinscope_driver precopy_driver = {
	.mdev = {
		.driver.name = "pinscope_precopy",
		.max_instances = PRECOPY_INSTANCES,
		.probe = precopy_probe,
		.remove = pinscope_remove,
	},
	.pretty_name = "DMA through the IOMMU, opts in while saved",
	.description = "backed by an IOMMU, opts in by pinning its windows while saved",
	.types = precopy_types,
	.nr_types = ARRAY_SIZE(precopy_types),
};
module_pinscope_backed(precopy_driver);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, opts in while it is saved");
MODULE_LICENSE("GPL");
