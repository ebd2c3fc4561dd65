// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which slots of a function's write log watch which windows. There may be more
 * windows than slots. One without a slot counts as written whenever it is asked for.
 */

#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/export.h>

#include "dma_logging.h"
#include "write_log.h"

static bool log_has_slot(unsigned int nr)
{
	return nr < PINSCOPE_LOG_SLOTS;
}

static bool log_has_window(struct pinscope_write_log *log,
			   struct pinscope_window *window)
{
	unsigned int nr;

	lockdep_assert_held(&log->lock);

	for (nr = 0; nr < PINSCOPE_WINDOWS_MAX; nr++)
		if (log->logged[nr] == window)
			return true;
	return false;
}

/* There is a place for each window that can be registered */
static unsigned int log_find(struct pinscope_write_log *log,
			     struct pinscope_window *window)
{
	unsigned int nr = 0;

	lockdep_assert_held(&log->lock);

	while (log->logged[nr] != window)
		nr++;
	return nr;
}

static void log_watch(struct pinscope_write_log *log, unsigned int slot,
		      struct pinscope_window *window)
{
	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > PINSCOPE_LOG_PAGES_MAX);

	log->logged[slot] = window;
	if (log_has_slot(slot))
		pinscope_log_enable(log->hardware, slot,
				    pinscope_window_start(window),
				    window->npages);
}

/*
 * Those that are set in @bits; all are @npages from @iova on. For a user who asks the
 * device itself, and for the container if it has the window pinned.
 */
static int log_mark(struct pinscope_write_log *log,
		    struct pinscope_window *window, u64 iova,
		    unsigned long bits, unsigned int npages)
{
	unsigned int first, end;
	int ret;

	for_each_set_bitrange(first, end, &bits, npages) {
		pinscope_dma_logging_written(log->pd, iova + first * PAGE_SIZE,
					     (end - first) * PAGE_SIZE);
		if (!window->pinned)
			continue;
		ret = log->mark(log->pd, iova + first * PAGE_SIZE, end - first);
		/* It fails only if something is wrong here */
		if (WARN_ON_ONCE(ret))
			return ret;
	}
	return 0;
}

/* The kernel's log says when it begins, the attribute scope as long as it is so */
static void log_set_error(struct pinscope_write_log *log, int ret)
{
	if (ret && !log->error)
		dev_warn(log->pd->vdev.dev,
			 "write log cannot be read (%pe): all that is asked for counts as dirty\n",
			 ERR_PTR(ret));
	log->error = ret;
}

/*
 * Reads and clears what the log has of a window, as far as that is in a range,
 * and marks it. A word that cannot be read may be cleared as well, so all that
 * it stands for counts as written; and so does the rest, as to ask on would only
 * take time.
 */
static int log_drain(struct pinscope_write_log *log,
		     struct pinscope_window *window, u64 first, u64 last)
{
	unsigned int nr = log_find(log, window);
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
		if (log_has_slot(nr) && !err)
			err = pinscope_log_read(log->hardware, nr,
						page / PINSCOPE_LOG_WORD,
						&bits);
		if (!log_has_slot(nr) || err)
			bits = ~0;
		n = min(window->npages - page, PINSCOPE_LOG_WORD);
		ret = log_mark(log, window, start + page * PAGE_SIZE, bits, n);
		if (ret)
			return ret;
	}
	if (log_has_slot(nr))
		log_set_error(log, err);
	return err;
}

/*
 * A slot is free: a window that had none gets it. Of that it is not known what
 * was written before the slot watched it. DMA may go on: what it writes from then
 * on is in the log.
 */
static void log_pass_slot(struct pinscope_write_log *log, unsigned int slot)
{
	struct pinscope_window *window;
	unsigned int nr, page;

	for (nr = PINSCOPE_LOG_SLOTS; nr < PINSCOPE_WINDOWS_MAX; nr++) {
		window = log->logged[nr];
		if (!window)
			continue;
		log->logged[nr] = NULL;
		log_watch(log, slot, window);
		for (page = 0; page < window->npages; page += PINSCOPE_LOG_WORD)
			log_mark(log, window, pinscope_window_start(window) +
				 page * PAGE_SIZE, ~0,
				 min(window->npages - page, PINSCOPE_LOG_WORD));
		break;
	}
}

/**
 * pinscope_write_log_start() - have the log watch a window
 * @log: the log
 * @window: the window; nothing is logged of one that the device only reads
 *
 * Context: Process context, with the locks of the device and of the log.
 */
void pinscope_write_log_start(struct pinscope_write_log *log,
			      struct pinscope_window *window)
{
	if (window->prot & IOMMU_WRITE && !log_has_window(log, window))
		log_watch(log, log_find(log, NULL), window);
}
EXPORT_SYMBOL_GPL(pinscope_write_log_start);

static void log_release(struct pinscope_write_log *log,
			struct pinscope_window *window)
{
	unsigned int nr;

	if (!log_has_window(log, window))
		return;
	nr = log_find(log, window);
	log->logged[nr] = NULL;
	if (!log_has_slot(nr))
		return;
	pinscope_log_disable(log->hardware, nr);
	log_pass_slot(log, nr);
}

/**
 * pinscope_write_log_stop() - have the log not watch a window any more
 * @log: the log
 * @window: the window, which may be one that is not watched
 *
 * Unless there is somebody to ask for it: the container, if it has it pinned, or a
 * user who has the device log its DMA. What the log has is forgotten, see
 * pinscope_write_log_drain().
 *
 * Context: Process context, with the locks of the device and of the log.
 */
void pinscope_write_log_stop(struct pinscope_write_log *log,
			     struct pinscope_window *window)
{
	if (!window->pinned && !log->pd->dma_log.on)
		log_release(log, window);
}
EXPORT_SYMBOL_GPL(pinscope_write_log_stop);

/**
 * pinscope_write_log_added() - a window has been registered
 * @log: the log
 * @window: the window
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_write_log_added(struct pinscope_write_log *log,
			      struct pinscope_window *window)
{
	guard(mutex)(&log->lock);
	if (log->pd->dma_log.on)
		pinscope_write_log_start(log, window);
}
EXPORT_SYMBOL_GPL(pinscope_write_log_added);

/**
 * pinscope_write_log_removed() - a window is about to go, whoever asks for it
 * @log: the log, of which what it has of the window is told to them
 * @window: the window, not pinned
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_write_log_removed(struct pinscope_write_log *log,
				struct pinscope_window *window)
{
	guard(mutex)(&log->lock);
	pinscope_write_log_drain(log, window);
	log_release(log, window);
}
EXPORT_SYMBOL_GPL(pinscope_write_log_removed);

/**
 * pinscope_write_log_drain() - mark all that the log has of a window
 * @log: the log
 * @window: the window, which may be one that is not watched
 *
 * If the log cannot be read, all of the window is marked.
 *
 * Context: Process context, sleeps, but not long; with the lock of the log.
 */
void pinscope_write_log_drain(struct pinscope_write_log *log,
			      struct pinscope_window *window)
{
	if (log_has_window(log, window))
		log_drain(log, window, 0, U64_MAX);
}
EXPORT_SYMBOL_GPL(pinscope_write_log_drain);

/**
 * pinscope_write_log_read() - mark all that the log has of a range
 * @log: the log
 * @iova: start of the range
 * @size: bytes, at least 1; the range does not wrap
 *
 * Context: Process context, sleeps, but not long; with the lock of the log.
 * Return: 0 or a negative errno: then all of the range may have been written.
 */
int pinscope_write_log_read(struct pinscope_write_log *log, u64 iova, u64 size)
{
	unsigned int nr;
	int ret = 0;

	lockdep_assert_held(&log->lock);

	for (nr = 0; nr < PINSCOPE_WINDOWS_MAX && !ret; nr++)
		if (log->logged[nr])
			ret = log_drain(log, log->logged[nr], iova,
					iova + size - 1);
	return ret;
}
EXPORT_SYMBOL_GPL(pinscope_write_log_read);
