// SPDX-License-Identifier: GPL-2.0-only
/* What a device with a write log does for those who ask, beside the container */

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/sysfs.h>

#include "parent.h"
#include "write_log.h"

/* DMA logging by the device: the user has it log, or not any more */
static void log_switch(struct pinscope_device *pd)
{
	struct pinscope_write_log *log = pd->write_log;
	struct pinscope_window *window;

	guard(mutex)(&log->lock);
	list_for_each_entry(window, &pd->windows, next)
		if (pd->dma_log.on)
			pinscope_write_log_start(log, window);
		else
			pinscope_write_log_stop(log, window);
}

static int log_report(struct pinscope_device *pd, u64 iova, u64 len)
{
	guard(mutex)(&pd->write_log->lock);
	return pinscope_write_log_read(pd->write_log, iova, len);
}

/* What the attribute scope says of a device that has opted in */
static ssize_t log_show(struct pinscope_device *pd, char *buf)
{
	struct pinscope_write_log *log = pd->write_log;
	unsigned int nr, more = 0;

	guard(mutex)(&log->lock);
	if (log->error)
		return sysfs_emit(buf, "pinned: the write log cannot be read (%pe): all is dirty\n",
				  ERR_PTR(log->error));
	for (nr = PINSCOPE_LOG_SLOTS; nr < PINSCOPE_WINDOWS_MAX; nr++)
		more += !!log->logged[nr];
	if (more)
		return sysfs_emit(buf, "pinned: the log is full, %u more window(s) are dirty\n",
				  more);
	return sysfs_emit(buf, "pinned: what the write log has is dirty\n");
}

static const struct pinscope_log_ops log_ops = {
	.log_switch = log_switch,
	.log_read = log_report,
	.show_pinned = log_show,
};

/**
 * pinscope_write_log_init() - set up the log of a device
 * @log: the log
 * @pd: the device
 * @mark: have pages reported that were written; called with the lock of the log, for
 *	  pages that are pinned
 *
 * Its parent's is the hardware.
 *
 * Context: Process context, before the device is registered.
 */
void pinscope_write_log_init(struct pinscope_write_log *log,
			     struct pinscope_device *pd,
			     int (*mark)(struct pinscope_device *pd, u64 iova,
					 unsigned int npages))
{
	mutex_init(&log->lock);
	log->pd = pd;
	log->mark = mark;
	log->hardware = pd->parent->engine->log;
	pd->write_log = log;
	pd->log_ops = &log_ops;
}
EXPORT_SYMBOL_GPL(pinscope_write_log_init);
