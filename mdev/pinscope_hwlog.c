// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pattern: a device with IOMMU backing that logs its writes in hardware.
 *
 * As with pinscope_optin, DMA goes to the windows that the guest has registered, and
 * while the container tracks dirty pages they are pinned. But the function has a log:
 * a bit for each page that was written, which reading clears. So pages are pinned with
 * vfio_pin_pages_tracked(), and are clean until the driver says otherwise:
 *
 *   start   the log is switched on, then the windows are pinned
 *   sync    the user reads a bitmap: the log is read, and what it has is marked
 *   unpin   also at stop, close and unmap: what the log has is marked, then pins go
 *
 * The rules that make it sound: while opted in, DMA goes to pinned windows only,
 * and what the log had is marked before the pins go. What cannot be read was written.
 *
 * Order of locks: the VFIO core calls start(), stop(), sync() and dma_unmap(). All but
 * sync() take the lock of the device. That of the log is below, and held from reading
 * the log until what it had is marked, so that nobody returns a pin between. Under
 * both, all of VFIO may be called but what registers and unregisters the client.
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev(); to opt in also
 * vfio_pin_pages_tracked() and sync().
 */

#include <linux/module.h>

#include "helper/write_log.h"
#include "pinscope_mdev.h"

/* The log is the function's, so one device has it */
#define HWLOG_INSTANCES	1

/**
 * struct hwlog - a device
 * @pd: what it shares with other samples; its lock protects pd.scope
 * @client: to hear of dirty tracking, for open and close only
 * @log: the log of writes, with a lock of its own
 */
struct hwlog {
	struct pinscope_device pd;
	struct vfio_dirty_client client;
	struct pinscope_write_log log;
};

static struct hwlog *to_hwlog(struct pinscope_device *pd)
{
	return container_of(pd, struct hwlog, pd);
}

/* The log: what it has is marked */

static int hwlog_mark(struct pinscope_device *pd, u64 iova, unsigned int npages)
{
	return vfio_mark_pages_dirty(&pd->vdev, iova, npages);
}

/* The user reads a bitmap. An error makes the container report all of the range. */
static int hwlog_sync(struct vfio_device *vdev, dma_addr_t iova, u64 size)
{
	struct pinscope_write_log *log = &to_hwlog(to_pinscope(vdev))->log;

	guard(mutex)(&log->lock);
	return pinscope_write_log_read(log, iova, size);
}

/* Pinning */

/* The log comes first: from the pin on it is all that is known of writes */
static int hwlog_pin(struct pinscope_device *pd, struct pinscope_window *window)
{
	struct pinscope_write_log *log = &to_hwlog(pd)->log;
	int ret;

	guard(mutex)(&log->lock);
	pinscope_write_log_drain(log, window);
	pinscope_write_log_start(log, window);
	ret = vfio_pin_pages_tracked(&pd->vdev, pinscope_window_start(window),
				     window->npages, window->prot,
				     window->pages);
	if (ret < 0) {
		pinscope_write_log_stop(log, window);
		return ret;
	}
	pinscope_window_pinned(pd, window);
	return 0;
}

/* What the log has must be marked while the pages are pinned. No DMA goes on there. */
static void hwlog_unpin(struct pinscope_device *pd,
			struct pinscope_window *window)
{
	struct pinscope_write_log *log = &to_hwlog(pd)->log;

	if (!window->pinned)
		return;

	guard(mutex)(&log->lock);
	pinscope_write_log_drain(log, window);
	vfio_unpin_pages(&pd->vdev, pinscope_window_start(window),
			 window->npages);
	pinscope_window_unpinned(pd, window);
	pinscope_write_log_stop(log, window);
}

/* The pins do not cover what the device may write: see pinscope_optin */
static void hwlog_give_up(struct pinscope_device *pd, const char *why, int ret)
{
	pinscope_unpin_windows(pd);
	vfio_dirty_opt_out(&pd->vdev);
	pinscope_scope_refused(pd, why, ret);
}

static void hwlog_window_removed(struct pinscope_device *pd,
				 struct pinscope_window *window)
{
	hwlog_unpin(pd, window);
	pinscope_write_log_removed(&to_hwlog(pd)->log, window);
}

static int hwlog_window_added(struct pinscope_device *pd,
			      struct pinscope_window *window)
{
	int ret;

	pinscope_write_log_added(&to_hwlog(pd)->log, window);
	ret = pd->scope.opted_in ? hwlog_pin(pd, window) : 0;
	if (ret == -EXDEV || ret == -EOPNOTSUPP || ret == -EREMOTEIO) {
		/* Of the IOMMU group, of the core, or as it is not made of pages */
		hwlog_give_up(pd, "pin refused", ret);
		return 0;
	}
	if (ret)
		hwlog_window_removed(pd, window);
	return ret;
}

static const struct pinscope_ops hwlog_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN |
		    PINSCOPE_FEATURE_HWLOG,
	.wide = "the container does not track dirty pages",
	.dma_begin = pinscope_dma_to_windows,
	.dma_move = pinscope_parent_move,
	.pin = hwlog_pin,
	.unpin = hwlog_unpin,
	.give_up = hwlog_give_up,
	.window_added = hwlog_window_added,
	.window_removed = hwlog_window_removed,
};

/* Dirty tracking starts, or has before the device was opened. DMA may go on. */
static void hwlog_tracking_start(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	guard(mutex)(&pd->lock);
	if (pd->scope.opted_in || pd->scope.never)
		return;

	ret = pinscope_pin_windows(pd);
	if (ret)
		hwlog_give_up(pd, "pin refused", ret);
}

/* With tracking off and no pin left, the VFIO core widens scope by itself */
static void hwlog_tracking_stop(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_pause(pd);
	pinscope_unpin_windows(pd);
	pinscope_dma_resume(pd);
}

static const struct vfio_dirty_client_ops hwlog_client_ops = {
	.start = hwlog_tracking_start,
	.stop = hwlog_tracking_stop,
	PINSCOPE_DIRTY_SYNC_OP(hwlog_sync)
};

/* The device comes to rest there, then the pins go. See optin_dma_unmap(). */
static void hwlog_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_unmapped(pd, iova, length);
	pinscope_unpin_range(pd, iova, length);
}

/* Open and close. Migration states change nothing: pins come and go otherwise. */

static int hwlog_init(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_device_init(pd, &hwlog_pinscope_ops);
	to_hwlog(pd)->client.ops = &hwlog_client_ops;
	return 0;
}

/* DMA is possible from here on: the user's domain is attached */
static int hwlog_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	int ret;

	ret = pinscope_dma_enable(pd);
	if (ret)
		return ret;
	pinscope_device_open(pd);

	/* Without the lock, as this may call hwlog_tracking_start() */
	ret = vfio_register_dirty_client(vdev, &to_hwlog(pd)->client);
	if (ret) {
		/* The device works, it is only never told to pin */
		guard(mutex)(&pd->lock);
		pinscope_scope_refused(pd, "start notification refused", ret);
	}
	return 0;
}

/*
 * The user may read a bitmap at any time, and until the pins have gone that has what
 * is marked and nothing else. So: no DMA, so that the log will not have more; then
 * what it has is marked; and only then vfio_unregister_dirty_client(), after which
 * nobody pins again, nor asks what was written.
 */
static void hwlog_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct hwlog *hwlog = to_hwlog(pd);
	struct pinscope_window *window;

	pinscope_dma_disable(pd);
	scoped_guard(mutex, &pd->lock) {
		guard(mutex)(&hwlog->log.lock);
		list_for_each_entry(window, &pd->windows, next)
			pinscope_write_log_drain(&hwlog->log, window);
	}
	vfio_unregister_dirty_client(&hwlog->client);
	pinscope_device_close(pd);
}

static const struct vfio_device_ops hwlog_vfio_ops = {
	.name = "pinscope_hwlog",
	.init = hwlog_init,
	.open_device = hwlog_open,
	.close_device = hwlog_close,
	PINSCOPE_DEVICE_OPS,
	.dma_unmap = hwlog_dma_unmap,
	/* With hardware other than edu, these are vfio_iommufd_physical_*() */
	PINSCOPE_EDU_IOMMUFD_OPS,
};

/* Registration: with the parent, whose IOMMU group it is */

static int hwlog_probe(struct mdev_device *mdev)
{
	struct hwlog *hwlog;
	int ret;

	hwlog = vfio_alloc_device(hwlog, pd.vdev, &mdev->dev, &hwlog_vfio_ops);
	if (IS_ERR(hwlog))
		return PTR_ERR(hwlog);

	pinscope_device_of_type(&hwlog->pd, mdev);
	pinscope_write_log_init(&hwlog->log, &hwlog->pd, hwlog_mark);
	ret = vfio_register_iommu_backed_dev(&hwlog->pd.vdev,
					     hwlog->pd.parent->dev);
	if (ret)
		vfio_put_device(&hwlog->pd.vdev);
	return ret;
}

static const struct pinscope_type hwlog_types[] = {
	{ .name = "dma" },
	{ .name = "logging", .differs = "tells the user", .dma_logging = true },
};

static struct pinscope_driver hwlog_driver = {
	.mdev = {
		.driver.name = "pinscope_hwlog",
		.max_instances = HWLOG_INSTANCES,
		.probe = hwlog_probe,
		.remove = pinscope_remove,
	},
	.pretty_name = "DMA through the IOMMU, logs its writes",
	.description = "backed by an IOMMU, logs which pages of its windows it writes",
	.types = hwlog_types,
	.nr_types = ARRAY_SIZE(hwlog_types),
};
module_pinscope_backed(hwlog_driver);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, logs its writes");
MODULE_LICENSE("GPL");
