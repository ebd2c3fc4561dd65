// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pattern: a device with IOMMU backing that opts in by pinning.
 *
 * The parent does the DMA, translated by its IOMMU group. It goes to the windows that
 * the guest has registered and nowhere else, so the driver can tell what the device
 * may write: from the notification that the container starts to track dirty pages
 * until that it stops, the windows are pinned, and the dirty scope of the group is
 * what is pinned. It is narrow before the user reads the first bitmap, so nothing is
 * reported twice. Otherwise nothing is pinned; mappings keep the pages in place.
 *
 * The rule that makes it sound: while opted in, DMA goes to pinned windows only.
 *
 * Order of locks: the VFIO core calls start(), stop() and dma_unmap() with locks
 * of its own held, and they take the lock of the device. Under that,
 * vfio_pin_pages(), vfio_unpin_pages() and vfio_dirty_opt_out() may be called,
 * but not vfio_register_dirty_client() or vfio_unregister_dirty_client(). DMA goes on
 * without it, and whoever has it can have that rest.
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev().
 */

#include <linux/module.h>

#include "pinscope_mdev.h"

#define OPTIN_INSTANCES	4

/**
 * struct optin - a device
 * @pd: what it shares with other samples; its lock protects pd.scope
 * @client: to hear of dirty tracking, not protected: for open and close only
 */
struct optin {
	struct pinscope_device pd;
	struct vfio_dirty_client client;
};

static struct optin *to_optin(struct pinscope_device *pd)
{
	return container_of(pd, struct optin, pd);
}

/* Pinning */

static int optin_pin(struct pinscope_device *pd, struct pinscope_window *window)
{
	int ret;

	ret = vfio_pin_pages(&pd->vdev, pinscope_window_start(window),
			     window->npages, window->prot, window->pages);
	if (ret < 0)
		return ret;

	pinscope_window_pinned(pd, window);
	return 0;
}

static void optin_unpin(struct pinscope_device *pd,
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
static void optin_give_up(struct pinscope_device *pd, const char *why, int ret)
{
	pinscope_unpin_windows(pd);
	vfio_dirty_opt_out(&pd->vdev);
	pinscope_scope_refused(pd, why, ret);
}

static int optin_window_added(struct pinscope_device *pd,
			      struct pinscope_window *window)
{
	int ret = pd->scope.opted_in ? optin_pin(pd, window) : 0;

	if (ret != -EXDEV && ret != -EREMOTEIO)
		return ret;

	/* The IOMMU group is not ours alone, or what is mapped is not made of pages */
	optin_give_up(pd, "pin refused", ret);
	return 0;
}

static const struct pinscope_ops optin_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN,
	.wide = "the container does not track dirty pages",
	.dma_begin = pinscope_dma_to_windows,
	.dma_move = pinscope_parent_move,
	.pin = optin_pin,
	.unpin = optin_unpin,
	.give_up = optin_give_up,
	.window_added = optin_window_added,
	.window_removed = optin_unpin,
};

/*
 * Dirty tracking starts, or has before the device was opened. DMA may go on: where it
 * goes to is pinned before this returns.
 */
static void optin_tracking_start(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	guard(mutex)(&pd->lock);
	if (pd->scope.opted_in || pd->scope.never)
		return;

	ret = pinscope_pin_windows(pd);
	if (ret)
		optin_give_up(pd, "pin refused", ret);
}

/* With tracking off and no pin left, the VFIO core widens scope by itself */
static void optin_tracking_stop(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_pause(pd);
	pinscope_unpin_windows(pd);
	pinscope_dma_resume(pd);
}

static const struct vfio_dirty_client_ops optin_client_ops = {
	.start = optin_tracking_start,
	.stop = optin_tracking_stop,
};

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned. First the
 * device comes to rest there. While opted in there is no DMA to these windows any
 * more, until they are removed and registered again: the memory may be mapped anew,
 * and a write to it would be in no report.
 */
static void optin_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_unmapped(pd, iova, length);
	pinscope_unpin_range(pd, iova, length);
}

/* Open and close. Migration states change nothing: pins come and go otherwise. */

static int optin_init(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_device_init(pd, &optin_pinscope_ops);
	to_optin(pd)->client.ops = &optin_client_ops;
	return 0;
}

/* DMA is possible from here on: the user's domain is attached */
static int optin_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	ret = pinscope_dma_enable(pd);
	if (ret)
		return ret;
	pinscope_device_open(pd);

	/* Without the lock, as this may call optin_tracking_start() */
	ret = vfio_register_dirty_client(vdev, &to_optin(pd)->client);
	if (ret) {
		/* The device works, it is only never told to pin */
		guard(mutex)(&pd->lock);
		pinscope_scope_refused(pd, "start notification refused", ret);
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

	pinscope_dma_disable(pd);
	vfio_unregister_dirty_client(&to_optin(pd)->client);
	pinscope_device_close(pd);
}

static const struct vfio_device_ops optin_vfio_ops = {
	.name = "pinscope_optin",
	.init = optin_init,
	.open_device = optin_open,
	.close_device = optin_close,
	PINSCOPE_DEVICE_OPS,
	.dma_unmap = optin_dma_unmap,
	/* With hardware other than edu, these are vfio_iommufd_physical_*() */
	PINSCOPE_EDU_IOMMUFD_OPS,
};

/* Registration: with the parent, whose IOMMU group it is */

static int optin_probe(struct mdev_device *mdev)
{
	struct optin *optin;
	int ret;

	optin = vfio_alloc_device(optin, pd.vdev, &mdev->dev, &optin_vfio_ops);
	if (IS_ERR(optin))
		return PTR_ERR(optin);

	pinscope_device_of_type(&optin->pd, mdev);
	ret = vfio_register_iommu_backed_dev(&optin->pd.vdev,
					     optin->pd.parent->dev);
	if (ret)
		vfio_put_device(&optin->pd.vdev);
	return ret;
}

static const struct pinscope_type optin_types[] = {
	{ .name = "dma", .opt_in = "start" },
	{ .name = "logging", .opt_in = "start", .differs = "logs its DMA",
	  .dma_logging = true },
};

static struct pinscope_driver optin_driver = {
	.mdev = {
		.driver.name = "pinscope_optin",
		.max_instances = OPTIN_INSTANCES,
		.probe = optin_probe,
		.remove = pinscope_remove,
	},
	.pretty_name = "DMA through the IOMMU, opts in by pinning",
	.description = "backed by an IOMMU, opts in by pinning its windows while tracked",
	.types = optin_types,
	.nr_types = ARRAY_SIZE(optin_types),
};
module_pinscope_backed(optin_driver);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, opts in by pinning");
MODULE_LICENSE("GPL");
