// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA logging by the device: the user asks the device, not the container, which
 * pages it has written. VFIO has the ioctls, a driver the answers; and these are
 * much the same for all devices that know which memory they work on:
 *
 * - The windows may be written at any time, so those that the device does not
 *   only read are in every report. Unless the driver has a log of writes: then
 *   what that had.
 * - A window that was removed is in the next report.
 * - What the CPU wrote for the device is in the next report.
 *
 * VFIO puts the answer into a struct iova_bitmap. Where the kernel has none,
 * because none of its own drivers needs it, nothing is offered.
 */

#include <linux/cleanup.h>
#include <linux/iommu.h>
#include <linux/iova_bitmap.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "../kernel_compat.h"
#include "dma_logging.h"

/* Enough for what a device works on, and no burden for the kernel */
#define LOG_PAGES_MAX	SZ_32K

/**
 * pinscope_dma_logging_written() - have pages reported that were written
 * @pd: device
 * @iova: start of the range
 * @len: bytes, at least 1; the range does not wrap
 *
 * Every page that the range touches is in the next report that covers it. Does
 * nothing while the user does not have the device log its DMA.
 *
 * Context: Process context, sleeps.
 */
void pinscope_dma_logging_written(struct pinscope_device *pd, u64 iova, u64 len)
{
	struct pinscope_dma_log *log = &pd->dma_log;
	unsigned long page = iova >> PAGE_SHIFT;
	unsigned long last = (iova + len - 1) >> PAGE_SHIFT;

	guard(mutex)(&log->lock);
	if (!log->on)
		return;

	for (; page <= last && !log->overflow; page++) {
		if (xa_load(&log->written, page))
			continue;
		if (log->nr_written == LOG_PAGES_MAX ||
		    xa_err(xa_store(&log->written, page, xa_mk_value(1),
				    GFP_KERNEL_ACCOUNT)))
			log->overflow = true;
		else
			log->nr_written++;
	}
}
EXPORT_SYMBOL_GPL(pinscope_dma_logging_written);

static void pinscope_log_window(struct pinscope_device *pd,
				struct pinscope_window *window)
{
	if (window->prot & IOMMU_WRITE)
		pinscope_dma_logging_written(pd, window->iova, window->len);
}

/* A device with a log of writes has had its driver look before this */
void pinscope_dma_logging_window_removed(struct pinscope_device *pd,
					 struct pinscope_window *window)
{
	if (!pd->log_ops)
		pinscope_log_window(pd, window);
}

/* What may have been written in a range since it was reported last */
static int pinscope_log_collect(struct pinscope_device *pd, u64 iova, u64 len)
{
	struct pinscope_window *window;

	if (pd->log_ops)
		return pd->log_ops->log_read(pd, iova, len);

	guard(mutex)(&pd->lock);
	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, len))
			pinscope_log_window(pd, window);
	return 0;
}

/* Takes pages of a range from what is to be reported. Returns how many. */
static unsigned int pinscope_log_take(struct pinscope_dma_log *log,
				      unsigned long first, unsigned long last,
				      unsigned long *pages, unsigned int max)
{
	unsigned int nr = 0;
	unsigned long page;
	void *entry;

	guard(mutex)(&log->lock);
	xa_for_each_range(&log->written, page, entry, first, last) {
		xa_erase(&log->written, page);
		log->nr_written--;
		pages[nr++] = page;
		if (nr == max)
			break;
	}
	return nr;
}

/*
 * All of a range was written, for what is known. The user's bitmap may be larger than
 * any memory, as addresses cost nothing.
 */
static int pinscope_log_report_all(struct iova_bitmap *dirty,
				   unsigned long iova, unsigned long length)
{
	unsigned long step;

	for (; length; length -= step, iova += step) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		step = min_t(unsigned long, length, SZ_1G);
		iova_bitmap_set(dirty, iova, step);
	}
	return 0;
}

/* No lock is held while bits are set: the user's memory may keep us waiting */
static int pinscope_log_report(struct vfio_device *vdev, unsigned long iova,
			       unsigned long length, struct iova_bitmap *dirty)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct pinscope_dma_log *log = &pd->dma_log;
	unsigned long last = iova + length - 1, from, to;
	unsigned long pages[32];
	unsigned int nr, i;
	int ret;

	if (!length || !READ_ONCE(log->on))
		return -EINVAL;

	/* What is not known was written, and on overflow that is so to the end */
	ret = pinscope_log_collect(pd, iova, length);
	if (ret || READ_ONCE(log->overflow)) {
		ret = pinscope_log_report_all(dirty, iova, length);
		if (ret)
			return ret;
	}

	do {
		nr = pinscope_log_take(log, iova >> PAGE_SHIFT,
				       last >> PAGE_SHIFT, pages,
				       ARRAY_SIZE(pages));
		for (i = 0; i < nr; i++) {
			from = max(pages[i] << PAGE_SHIFT, iova);
			to = min((pages[i] << PAGE_SHIFT) + PAGE_SIZE - 1,
				 last);
			iova_bitmap_set(dirty, from, to - from + 1);
		}
	} while (nr == ARRAY_SIZE(pages));
	return 0;
}

/* The ranges tell what the user will ask for. There is nothing to save by that. */
static int pinscope_log_start(struct vfio_device *vdev,
			      struct rb_root_cached *ranges, u32 nr_ranges,
			      u64 *page_size)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	if (*page_size < SZ_4K || !is_power_of_2(*page_size))
		return -EINVAL;

	guard(mutex)(&pd->lock);
	if (READ_ONCE(pd->dma_log.on))
		return -EBUSY;
	/* What was written before is for the container, if that asks as well */
	if (pd->log_ops)
		pd->log_ops->log_read(pd, 0, U64_MAX);

	scoped_guard(mutex, &pd->dma_log.lock)
		pd->dma_log.on = true;

	*page_size = PAGE_SIZE;
	if (pd->log_ops)
		pd->log_ops->log_switch(pd);
	return 0;
}

static void pinscope_log_end(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	scoped_guard(mutex, &pd->dma_log.lock) {
		pd->dma_log.on = false;
		pd->dma_log.overflow = false;
		pd->dma_log.nr_written = 0;
		xa_destroy(&pd->dma_log.written);
	}
	if (pd->log_ops)
		pd->log_ops->log_switch(pd);
}

static int pinscope_log_stop(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_log_end(pd);
	return 0;
}

const struct vfio_log_ops pinscope_log_ops = {
	.log_start = pinscope_log_start,
	.log_stop = pinscope_log_stop,
	.log_read_and_clear = pinscope_log_report,
};

void pinscope_dma_logging_init(struct pinscope_device *pd)
{
	mutex_init(&pd->dma_log.lock);
	xa_init_flags(&pd->dma_log.written, XA_FLAGS_ACCOUNT);
}

void pinscope_dma_logging_destroy(struct pinscope_device *pd)
{
	xa_destroy(&pd->dma_log.written);
	mutex_destroy(&pd->dma_log.lock);
}

void pinscope_dma_logging_close(struct pinscope_device *pd)
{
	pinscope_log_end(pd);
}

PINSCOPE_IMPORT_NS(IOMMUFD);
