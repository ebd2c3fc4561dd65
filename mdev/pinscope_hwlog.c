// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample driver: a device with IOMMU backing that logs its writes in hardware.
 *
 * As with pinscope_optin, the DMA goes to the windows that the guest has
 * registered, and while the container tracks dirty pages they are pinned, which
 * limits the scope of the group to them. But the function has a log: a bit for
 * each page that was written, which reading clears. So the pages are pinned with
 * vfio_pin_pages_tracked(). They are clean until the driver says otherwise, and
 * it says so when it is asked, or when it is about to return the pins:
 *
 *   start   the log is switched on, then the windows are pinned
 *   sync    the user reads a bitmap: the log of that range is read, and what it
 *	     has is marked by vfio_mark_pages_dirty()
 *   unpin   a window is removed, unmapped, or the device is closed: first what
 *	     the log still has is marked, then the pins go
 *   stop    as unpin; the log is switched off
 *
 * The rules that make it sound: while opted in, DMA goes to pinned windows only,
 * and what the log had is marked before the pins go. What cannot be read was
 * written.
 *
 * The log has fewer slots than there may be windows. One without a slot counts
 * as written whenever the driver is asked, as if it was pinned with
 * vfio_pin_pages().
 *
 * Order of locks: the VFIO core calls start(), stop(), sync() and dma_unmap().
 * All but sync() take the lock of the device, which is held while DMA goes on.
 * sync() takes log_lock only, so reading a bitmap does not wait for that. Under
 * both, vfio_pin_pages_tracked(), vfio_mark_pages_dirty(), vfio_unpin_pages()
 * and vfio_dirty_opt_out() may be called, but not vfio_register_dirty_client()
 * or vfio_unregister_dirty_client().
 *
 * Needs a VFIO core with vfio_register_iommu_backed_dev(), and to opt in also
 * vfio_pin_pages_tracked() and sync().
 */

#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "engine/engine.h"
#include "engine/log.h"
#include "kernel_compat.h"
#include "pinscope_mdev.h"
#include "pinscope_parent.h"
#include "vfio_core_compat.h"

/* The log is the function's, so one device has it */
#define HWLOG_INSTANCES	1

/**
 * struct hwlog - a device
 * @pd: what it shares with other samples; its lock protects what follows, up to
 *	@warned
 * @parent: what it is on, does not change
 * @client: to hear of dirty tracking, not protected: for open and close only
 * @open: the user has it open
 * @opted_in: all windows were pinned, and new ones are
 * @narrow: something was pinned since then
 * @refused: why opting in failed the last time it was tried, or 0
 * @warned: that was logged once
 * @log_lock: Protects what follows. Taken after the lock of the device. Held
 *	      from reading the log until what it had is marked, so nobody returns
 *	      a pin between.
 * @logged: the windows that are for writing, while they are pinned or the user
 *	    has the device log its DMA: the n-th is watched by the n-th slot of
 *	    the log, if it has so many
 * @log_error: why the log could not be read the last time, or 0
 */
struct hwlog {
	struct pinscope_device pd;
	struct pinscope_parent *parent;
	struct vfio_dirty_client client;
	bool open;
	bool opted_in;
	bool narrow;
	int refused;
	bool warned;

	struct mutex log_lock;	/* protects all that follows */
	struct pinscope_window *logged[PINSCOPE_WINDOWS_MAX];
	int log_error;
};

static struct hwlog *to_hwlog(struct pinscope_device *pd)
{
	return container_of(pd, struct hwlog, pd);
}

static struct pinscope_log *hwlog_log(struct hwlog *hwlog)
{
	return hwlog->parent->engine->log;
}

/* The log */

static bool hwlog_has_slot(unsigned int nr)
{
	return nr < PINSCOPE_LOG_SLOTS;
}

static bool hwlog_is_logged(struct hwlog *hwlog, struct pinscope_window *window)
{
	unsigned int nr;

	lockdep_assert_held(&hwlog->log_lock);

	for (nr = 0; nr < PINSCOPE_WINDOWS_MAX; nr++)
		if (hwlog->logged[nr] == window)
			return true;
	return false;
}

/* There is a place for each window that can be registered */
static unsigned int hwlog_find(struct hwlog *hwlog,
			       struct pinscope_window *window)
{
	unsigned int nr = 0;

	lockdep_assert_held(&hwlog->log_lock);

	while (hwlog->logged[nr] != window)
		nr++;
	return nr;
}

static void hwlog_log_start(struct hwlog *hwlog, struct pinscope_window *window)
{
	unsigned int nr;

	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > PINSCOPE_LOG_PAGES_MAX);

	if (!(window->prot & IOMMU_WRITE) || hwlog_is_logged(hwlog, window))
		return;

	nr = hwlog_find(hwlog, NULL);
	hwlog->logged[nr] = window;
	if (hwlog_has_slot(nr))
		pinscope_log_enable(hwlog_log(hwlog), nr,
				    pinscope_window_start(window),
				    window->npages);
}

/*
 * For the container, if it has the window pinned, and for a user who asks the
 * device itself. The first fails only if something is wrong here.
 */
static int hwlog_mark(struct hwlog *hwlog, struct pinscope_window *window,
		      u64 iova, unsigned long bits, unsigned int npages)
{
	unsigned int first, end;
	int ret;

	for_each_set_bitrange(first, end, &bits, npages) {
		pinscope_dma_logging_written(&hwlog->pd,
					     iova + first * PAGE_SIZE,
					     (end - first) * PAGE_SIZE);
		if (!window->pinned)
			continue;
		ret = vfio_mark_pages_dirty(&hwlog->pd.vdev,
					    iova + first * PAGE_SIZE,
					    end - first);
		if (WARN_ON_ONCE(ret))
			return ret;
	}
	return 0;
}

static void hwlog_mark_all(struct hwlog *hwlog, struct pinscope_window *window)
{
	unsigned int page;

	for (page = 0; page < window->npages; page += PINSCOPE_LOG_WORD)
		hwlog_mark(hwlog, window,
			   pinscope_window_start(window) + page * PAGE_SIZE, ~0,
			   min(window->npages - page, PINSCOPE_LOG_WORD));
}

/*
 * A slot is free: a window that had none gets it. Of that it is not known what
 * was written up to now. No DMA goes on, as we hold the lock of the device.
 */
static void hwlog_pass_slot(struct hwlog *hwlog, unsigned int slot)
{
	struct pinscope_window *window;
	unsigned int nr;

	for (nr = PINSCOPE_LOG_SLOTS; nr < PINSCOPE_WINDOWS_MAX; nr++) {
		window = hwlog->logged[nr];
		if (!window)
			continue;
		hwlog_mark_all(hwlog, window);
		hwlog->logged[nr] = NULL;
		hwlog->logged[slot] = window;
		pinscope_log_enable(hwlog_log(hwlog), slot,
				    pinscope_window_start(window),
				    window->npages);
		break;
	}
}

static void hwlog_log_release(struct hwlog *hwlog,
			      struct pinscope_window *window)
{
	unsigned int nr = hwlog_find(hwlog, window);

	hwlog->logged[nr] = NULL;
	if (!hwlog_has_slot(nr))
		return;
	pinscope_log_disable(hwlog_log(hwlog), nr);
	hwlog_pass_slot(hwlog, nr);
}

/* Unless there is still somebody to ask for it */
static void hwlog_log_stop(struct hwlog *hwlog, struct pinscope_window *window)
{
	if (!window->pinned && !hwlog->pd.dma_log.on &&
	    hwlog_is_logged(hwlog, window))
		hwlog_log_release(hwlog, window);
}

/* The kernel's log says when it begins, the attribute scope as long as it is so */
static void hwlog_set_error(struct hwlog *hwlog, int ret)
{
	if (ret && !hwlog->log_error)
		dev_warn(hwlog->pd.vdev.dev,
			 "write log cannot be read (%pe): all that is asked for counts as dirty\n",
			 ERR_PTR(ret));
	hwlog->log_error = ret;
}

/*
 * Reads and clears what the log has of a window, as far as that is in a range,
 * and marks it. A word that cannot be read may be cleared as well, so all that
 * it stands for counts as written; and so does the rest, as to ask on would only
 * take time.
 */
static int hwlog_drain(struct hwlog *hwlog, struct pinscope_window *window,
		       u64 first, u64 last)
{
	unsigned int nr = hwlog_find(hwlog, window);
	u64 start = pinscope_window_start(window);
	unsigned int page, end, n;
	int err = 0, ret;
	u32 bits;

	first = max(first, start);
	last = min(last, start + window->npages * PAGE_SIZE - 1);
	if (first > last)
		return 0;

	page = round_down((first - start) >> PAGE_SHIFT, PINSCOPE_LOG_WORD);
	end = ((last - start) >> PAGE_SHIFT) + 1;
	for (; page < end; page += PINSCOPE_LOG_WORD) {
		if (hwlog_has_slot(nr) && !err)
			err = pinscope_log_read(hwlog_log(hwlog), nr,
						page / PINSCOPE_LOG_WORD,
						&bits);
		if (!hwlog_has_slot(nr) || err)
			bits = ~0;
		n = min(window->npages - page, PINSCOPE_LOG_WORD);
		ret = hwlog_mark(hwlog, window, start + page * PAGE_SIZE, bits,
				 n);
		if (ret)
			return ret;
	}
	if (hwlog_has_slot(nr))
		hwlog_set_error(hwlog, err);
	return err;
}

/*
 * The user reads the bitmap of a range. An error makes the container report all
 * of it. The lock of the device is not ours, so DMA goes on meanwhile: what it
 * writes now is in this bitmap or in the next.
 */
static int hwlog_sync(struct vfio_device *vdev, dma_addr_t iova, u64 size)
{
	struct hwlog *hwlog = to_hwlog(to_pinscope(vdev));
	unsigned int nr;
	int ret = 0;

	guard(mutex)(&hwlog->log_lock);
	for (nr = 0; nr < PINSCOPE_WINDOWS_MAX && !ret; nr++)
		if (hwlog->logged[nr])
			ret = hwlog_drain(hwlog, hwlog->logged[nr], iova,
					  iova + size - 1);
	return ret;
}

/* Pinning */

/*
 * The log comes first: from the pin on it is all that is known of writes. Nothing
 * is to be logged of a window that the device only reads. If the user has the device
 * log its DMA, there is a log already: what is in it is nothing to the container.
 */
static int hwlog_pin(struct hwlog *hwlog, struct pinscope_window *window)
{
	int ret;

	/* One call is enough, VFIO pins up to 512 pages at a time */
	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > VFIO_PIN_PAGES_MAX_ENTRIES);

	guard(mutex)(&hwlog->log_lock);
	if (hwlog_is_logged(hwlog, window))
		hwlog_drain(hwlog, window, 0, U64_MAX);
	hwlog_log_start(hwlog, window);

	ret = vfio_pin_pages_tracked(&hwlog->pd.vdev,
				     pinscope_window_start(window),
				     window->npages, window->prot,
				     window->pages);
	if (ret < 0) {
		hwlog_log_stop(hwlog, window);
		return ret;
	}

	window->pinned = true;
	hwlog->pd.nr_pinned += window->npages;
	hwlog->narrow = true;
	return 0;
}

/*
 * What the log has must be marked while the pages are pinned. No DMA goes on, as
 * we hold the lock of the device, so it will not have more.
 */
static void hwlog_unpin(struct hwlog *hwlog, struct pinscope_window *window)
{
	if (!window->pinned)
		return;

	guard(mutex)(&hwlog->log_lock);
	if (hwlog_is_logged(hwlog, window))
		hwlog_drain(hwlog, window, 0, U64_MAX);

	vfio_unpin_pages(&hwlog->pd.vdev, pinscope_window_start(window),
			 window->npages);
	window->pinned = false;
	hwlog->pd.nr_pinned -= window->npages;
	hwlog_log_stop(hwlog, window);
}

/* A window goes away; what the log has of it is not to go with it */
static void hwlog_log_forget(struct hwlog *hwlog, struct pinscope_window *window)
{
	guard(mutex)(&hwlog->log_lock);
	if (!hwlog_is_logged(hwlog, window))
		return;

	hwlog_drain(hwlog, window, 0, U64_MAX);
	hwlog_log_release(hwlog, window);
}

static void hwlog_unpin_all(struct hwlog *hwlog)
{
	struct pinscope_window *window;

	list_for_each_entry(window, &hwlog->pd.windows, next)
		hwlog_unpin(hwlog, window);
	hwlog->opted_in = false;
	hwlog->narrow = false;
}

/* The kernel's log says so once, the attribute scope as long as it is so */
static void hwlog_set_refused(struct hwlog *hwlog, const char *what, int ret)
{
	hwlog->refused = ret;
	if (!hwlog->warned)
		dev_warn(hwlog->pd.vdev.dev,
			 "%s (%pe): everything mapped counts as dirty\n", what,
			 ERR_PTR(ret));
	hwlog->warned = true;
}

/*
 * The pins do not cover what the device may write, as one has failed, or nobody
 * knows where the device has got to. Return them and say so, in case one of them
 * has narrowed scope. The device works on, but what it writes is known no better
 * than "everything mapped".
 */
static void hwlog_give_up(struct hwlog *hwlog, const char *why, int ret)
{
	hwlog_unpin_all(hwlog);
	vfio_dirty_opt_out(&hwlog->pd.vdev);
	hwlog_set_refused(hwlog, why, ret);
}

static int hwlog_window_added(struct pinscope_device *pd,
			      struct pinscope_window *window)
{
	struct hwlog *hwlog = to_hwlog(pd);
	int ret;

	if (pd->dma_log.on) {
		guard(mutex)(&hwlog->log_lock);
		hwlog_log_start(hwlog, window);
	}
	if (!hwlog->opted_in)
		return 0;

	ret = hwlog_pin(hwlog, window);
	if (ret != -EXDEV && ret != -EOPNOTSUPP) {
		/* If it is refused it goes away, whoever asks for its writes */
		if (ret)
			hwlog_log_forget(hwlog, window);
		return ret;
	}

	/* Not the fault of the window: of the IOMMU group, or the VFIO core */
	hwlog_give_up(hwlog, "pin refused", ret);
	return 0;
}

static void hwlog_window_removed(struct pinscope_device *pd,
				 struct pinscope_window *window)
{
	struct hwlog *hwlog = to_hwlog(pd);

	hwlog_unpin(hwlog, window);
	hwlog_log_forget(hwlog, window);
}

/* The user has the device log its DMA, with or without the container */

static void hwlog_log_switch(struct pinscope_device *pd)
{
	struct hwlog *hwlog = to_hwlog(pd);
	struct pinscope_window *window;

	guard(mutex)(&hwlog->log_lock);
	list_for_each_entry(window, &pd->windows, next) {
		if (pd->dma_log.on)
			hwlog_log_start(hwlog, window);
		else
			hwlog_log_stop(hwlog, window);
	}
}

static int hwlog_log_read(struct pinscope_device *pd, u64 iova, u64 len)
{
	return hwlog_sync(&pd->vdev, iova, len);
}

/* Dirty tracking starts and stops, or has started before the device was opened */

static void hwlog_tracking_start(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct hwlog *hwlog = to_hwlog(pd);
	struct pinscope_window *window;
	int ret;

	guard(mutex)(&pd->lock);
	if (hwlog->opted_in)
		return;

	list_for_each_entry(window, &pd->windows, next) {
		ret = hwlog_pin(hwlog, window);
		if (ret) {
			hwlog_give_up(hwlog, "pin refused", ret);
			return;
		}
	}
	hwlog->opted_in = true;
	hwlog->refused = 0;
}

/* With tracking off and no pin left, the VFIO core widens scope by itself */
static void hwlog_tracking_stop(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_lock(&pd->lock);
	hwlog_unpin_all(to_hwlog(pd));
	mutex_unlock(&pd->lock);
}

static const struct vfio_dirty_client_ops hwlog_client_ops = {
	.start = hwlog_tracking_start,
	.stop = hwlog_tracking_stop,
#ifdef HAVE_VFIO_DIRTY_SYNC
	.sync = hwlog_sync,
#endif
};

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned. No
 * transfer goes on, as we hold the lock. While opted in there is no DMA to these
 * windows any more, until they are removed and registered again: the memory may
 * be mapped anew, and a write to it would be in no report.
 */
static void hwlog_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct pinscope_window *window;

	mutex_lock(&pd->lock);
	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, length))
			hwlog_unpin(to_hwlog(pd), window);
	mutex_unlock(&pd->lock);
}

/* What the device does */

static bool hwlog_may_dma(struct hwlog *hwlog, u64 iova, u32 len, int prot)
{
	struct pinscope_window *window =
		pinscope_window_of(&hwlog->pd, iova, len, prot);

	return window && (!hwlog->opted_in || window->pinned);
}

/* The engine has seen to it that no DMA goes on, so pins may be returned */
static int hwlog_dma_done(struct hwlog *hwlog, int ret)
{
	if (ret == -EIO && hwlog->opted_in)
		hwlog_give_up(hwlog, "DMA failed", ret);
	return ret;
}

static int hwlog_dma_write(struct pinscope_device *pd, u64 iova, u32 len,
			   u32 seed)
{
	struct hwlog *hwlog = to_hwlog(pd);

	if (!hwlog_may_dma(hwlog, iova, len, IOMMU_WRITE))
		return -EFAULT;
	return hwlog_dma_done(hwlog,
			      pinscope_parent_write(hwlog->parent, &pd->vdev,
						    iova, len, seed));
}

static int hwlog_dma_read(struct pinscope_device *pd, u64 iova, u32 len,
			  u32 *sum)
{
	struct hwlog *hwlog = to_hwlog(pd);

	if (!hwlog_may_dma(hwlog, iova, len, IOMMU_READ))
		return -EFAULT;
	return hwlog_dma_done(hwlog,
			      pinscope_parent_read(hwlog->parent, &pd->vdev,
						   iova, len, sum));
}

/* Tracking goes on, and so do we; but no pin is left, and scope is wide */
static void hwlog_reset(struct pinscope_device *pd)
{
	to_hwlog(pd)->narrow = false;
}

static const struct pinscope_ops hwlog_pinscope_ops = {
	.features = PINSCOPE_FEATURE_BACKED | PINSCOPE_FEATURE_OPTIN |
		    PINSCOPE_FEATURE_HWLOG,
	.dma_write = hwlog_dma_write,
	.dma_read = hwlog_dma_read,
	.window_added = hwlog_window_added,
	.window_removed = hwlog_window_removed,
	.reset = hwlog_reset,
	.log_switch = hwlog_log_switch,
	.log_read = hwlog_log_read,
};

/* Migration: states change nothing, pins come and go with tracking */

static struct file *hwlog_set_state(struct vfio_device *vdev,
				    enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct file *file;

	mutex_lock(&pd->lock);
	file = pinscope_set_state(pd, new_state);
	mutex_unlock(&pd->lock);
	return file;
}

static const struct vfio_migration_ops hwlog_mig_ops = {
	.migration_set_state = hwlog_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* Open and close */

static int hwlog_init(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct hwlog *hwlog = to_hwlog(pd);

	pinscope_device_init(pd, &hwlog_pinscope_ops);
	vdev->mig_ops = &hwlog_mig_ops;
	hwlog->client.ops = &hwlog_client_ops;
	mutex_init(&hwlog->log_lock);
	return 0;
}

static void hwlog_release(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	mutex_destroy(&to_hwlog(pd)->log_lock);
	pinscope_device_destroy(pd);
}

/* DMA is possible from here on: the user's domain is attached */
static int hwlog_open(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct hwlog *hwlog = to_hwlog(pd);
	int ret;

	ret = pinscope_engine_start(hwlog->parent->engine);
	if (ret)
		return ret;

	mutex_lock(&pd->lock);
	hwlog->open = true;
	hwlog->refused = 0;
	pinscope_dma_logging_open(pd);
	mutex_unlock(&pd->lock);

	/* Without the lock, as this may call hwlog_tracking_start() */
	ret = vfio_register_dirty_client(vdev, &hwlog->client);
	if (ret) {
		/* The device works, it is only never told to pin */
		mutex_lock(&pd->lock);
		hwlog_set_refused(hwlog, "start notification refused", ret);
		mutex_unlock(&pd->lock);
	}
	return 0;
}

/* What the log has is marked; nobody is told when it has more */
static void hwlog_drain_all(struct hwlog *hwlog)
{
	unsigned int nr;

	guard(mutex)(&hwlog->pd.lock);
	guard(mutex)(&hwlog->log_lock);
	for (nr = 0; nr < PINSCOPE_WINDOWS_MAX; nr++)
		if (hwlog->logged[nr])
			hwlog_drain(hwlog, hwlog->logged[nr], 0, U64_MAX);
}

/*
 * No DMA may be left when pins go, and no pin when the device is closed. The
 * user may read a bitmap at any time, and until the pins have gone that has what
 * is marked and nothing else. So the order is: no DMA, so that the log will not
 * have more; then what it has is marked; and only then
 * vfio_unregister_dirty_client(), after which nobody pins again, nor asks what
 * was written.
 */
static void hwlog_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct hwlog *hwlog = to_hwlog(pd);

	pinscope_engine_stop(hwlog->parent->engine);
	hwlog_drain_all(hwlog);
	vfio_unregister_dirty_client(&hwlog->client);

	mutex_lock(&pd->lock);
	pinscope_device_close(pd);
	hwlog->opted_in = false;
	hwlog->open = false;
	mutex_unlock(&pd->lock);
}

static const struct vfio_device_ops hwlog_vfio_ops = {
	.name = "pinscope_hwlog",
	.init = hwlog_init,
	.release = hwlog_release,
	.open_device = hwlog_open,
	.close_device = hwlog_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = pinscope_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.dma_unmap = hwlog_dma_unmap,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* The mediated device */

static int hwlog_probe(struct mdev_device *mdev)
{
	struct hwlog *hwlog;
	int ret;

	hwlog = vfio_alloc_device(hwlog, pd.vdev, &mdev->dev, &hwlog_vfio_ops);
	if (IS_ERR(hwlog))
		return PTR_ERR(hwlog);

	hwlog->parent = to_pinscope_parent(mdev->type->parent);
	dev_set_drvdata(&mdev->dev, &hwlog->pd);

	ret = vfio_register_iommu_backed_dev(&hwlog->pd.vdev,
					     hwlog->parent->dev);
	if (ret) {
		if (ret == -EOPNOTSUPP)
			dev_err(&mdev->dev, "this VFIO core has no IOMMU-backed devices, see vfio-core-patches\n");
		vfio_put_device(&hwlog->pd.vdev);
	}
	return ret;
}

/* Waits until the user has closed the device */
static void hwlog_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}

/* Attributes */

static ssize_t hwlog_show_pinned(struct hwlog *hwlog, char *buf)
{
	unsigned int nr, more = 0;

	guard(mutex)(&hwlog->log_lock);
	if (hwlog->log_error)
		return sysfs_emit(buf, "pinned: the write log cannot be read (%pe): all is dirty\n",
				  ERR_PTR(hwlog->log_error));
	for (nr = PINSCOPE_LOG_SLOTS; nr < PINSCOPE_WINDOWS_MAX; nr++)
		more += !!hwlog->logged[nr];
	if (more)
		return sysfs_emit(buf, "pinned: the log is full, %u more window(s) are dirty\n",
				  more);
	return sysfs_emit(buf, "pinned: what the write log has is dirty\n");
}

static ssize_t hwlog_show_scope(struct hwlog *hwlog, char *buf)
{
	lockdep_assert_held(&hwlog->pd.lock);

	if (!hwlog->open)
		return sysfs_emit(buf, "wide: the device is not open\n");
	if (hwlog->opted_in && hwlog->narrow)
		return hwlog_show_pinned(hwlog, buf);
	if (hwlog->opted_in)
		return sysfs_emit(buf, "wide: no window to pin yet\n");
	if (hwlog->refused == -EOPNOTSUPP)
		return sysfs_emit(buf, "refused: %s\n",
				  "the VFIO core does not ask write logs");
	if (hwlog->refused)
		return pinscope_parent_show_refused(hwlog->parent,
						    hwlog->refused, buf);
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
	ret = hwlog_show_scope(to_hwlog(pd), buf);
	mutex_unlock(&pd->lock);
	return ret;
}
static DEVICE_ATTR_RO(scope);

static struct attribute *hwlog_attrs[] = {
	&dev_attr_scope.attr,
	NULL
};

static const struct attribute_group hwlog_group = {
	.attrs = hwlog_attrs,
};

static const struct attribute_group *hwlog_groups[] = {
	&pinscope_group,
	&pinscope_dma_logging_group,
	&hwlog_group,
	NULL
};

static ssize_t hwlog_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  "sample device with IOMMU backing, logs which pages of its windows it writes");
}

static struct mdev_driver hwlog_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = HWLOG_INSTANCES,
	.driver = {
		.name = "pinscope_hwlog",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = hwlog_groups,
	},
	.probe = hwlog_probe,
	.remove = hwlog_remove,
	.show_description = hwlog_show_description,
};

/* The parent: an edu function, or a device of the software IOMMU */

/* Takes no function that it was not told to by driver_override */
static const struct pci_device_id hwlog_pci_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, hwlog_pci_ids);

/* The container decides who does DMA with the parent, not the kernel */
static struct pinscope_parent_driver hwlog_parent_driver = {
	.mdev_driver = &hwlog_mdev_driver,
	.pretty_name = "DMA through the IOMMU, logs its writes",
	.pci = {
		.name = "pinscope_hwlog",
		.id_table = hwlog_pci_ids,
		.driver_managed_dma = true,
	},
	.platform = {
		.driver.name = "pinscope_hwlog",
		.driver_managed_dma = true,
	},
};

static int __init hwlog_module_init(void)
{
	int ret;

	ret = mdev_register_driver(&hwlog_mdev_driver);
	if (ret)
		return ret;

	ret = pinscope_register_parent_driver(&hwlog_parent_driver);
	if (ret)
		mdev_unregister_driver(&hwlog_mdev_driver);
	return ret;
}

static void __exit hwlog_module_exit(void)
{
	pinscope_unregister_parent_driver(&hwlog_parent_driver);
	mdev_unregister_driver(&hwlog_mdev_driver);
}

module_init(hwlog_module_init);
module_exit(hwlog_module_exit);

MODULE_DESCRIPTION("Sample mdev driver: device with IOMMU backing, logs its writes");
MODULE_LICENSE("GPL");
