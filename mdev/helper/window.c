// SPDX-License-Identifier: GPL-2.0-only
/* One window: where it is, and DMA to it by the CPU */

#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "window.h"

/* Length and end of a transfer or window are sane */
int pinscope_range_check(u64 iova, u32 len)
{
	u64 end;

	if (!len || len > PINSCOPE_LEN_MAX)
		return -EINVAL;
	/* The last page must not wrap either, a window pins all of it */
	if (check_add_overflow(iova, (u64)len + PAGE_SIZE - 1, &end))
		return -EINVAL;
	return 0;
}

/**
 * pinscope_window_start() - address of the first page of a window
 * @window: the window
 *
 * Context: Any.
 * Return: IOVA of the page that @window starts in.
 */
u64 pinscope_window_start(const struct pinscope_window *window)
{
	return window->iova & PAGE_MASK;
}
EXPORT_SYMBOL_GPL(pinscope_window_start);

/* Is all of a transfer in a window? */
bool pinscope_window_holds(const struct pinscope_window *window,
			   const struct pinscope_transfer *t)
{
	return t->iova >= window->iova &&
	       t->iova + t->len <= window->iova + window->len;
}

/**
 * pinscope_window_overlaps() - does a window touch a page of a range?
 * @window: the window
 * @iova: start of the range, at a page
 * @len: bytes, whole pages
 *
 * For dma_unmap(): what a mapping that goes away was pinned for.
 *
 * Context: Any.
 * Return: true if they share a page.
 */
bool pinscope_window_overlaps(const struct pinscope_window *window, u64 iova,
			      u64 len)
{
	u64 start = pinscope_window_start(window);
	u64 last = start + ((u64)window->npages << PAGE_SHIFT) - 1;

	return start <= iova + len - 1 && iova <= last;
}
EXPORT_SYMBOL_GPL(pinscope_window_overlaps);

/* What lies in one page, with @t->done bytes before it */
static void pinscope_window_move_piece(struct pinscope_window *window,
				       struct pinscope_transfer *t)
{
	u64 offset = t->iova - pinscope_window_start(window) + t->done;
	u32 count = min_t(u32, t->len - t->done,
			  PAGE_SIZE - offset_in_page(offset));
	u8 *page = kmap_local_page(window->pages[offset >> PAGE_SHIFT]);

	if (t->to_memory)
		pinscope_transfer_fill(t, page + offset_in_page(offset), count);
	else
		pinscope_transfer_sum(t, page + offset_in_page(offset), count);
	kunmap_local(page);
	t->done += count;
}

/**
 * pinscope_window_move() - DMA of a device without IOMMU backing
 * @window: a window that is pinned, and stays so
 * @t: transfer, all of which is in @window
 *
 * Context: Process context, sleeps.
 * Return: 0, or -ECANCELED if it was told to stop before all had moved.
 */
int pinscope_window_move(struct pinscope_window *window,
			 struct pinscope_transfer *t)
{
	while (t->done < t->len) {
		if (pinscope_transfer_stops(t))
			return -ECANCELED;
		pinscope_window_move_piece(window, t);
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_window_move);
