// SPDX-License-Identifier: GPL-2.0-only
/* Windows: the DMA buffers that the guest's driver registers with the device */

#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "internal.h"

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
 * Context: Lock of the device.
 * Return: IOVA of the page that @window starts in.
 */
u64 pinscope_window_start(const struct pinscope_window *window)
{
	return window->iova & PAGE_MASK;
}
EXPORT_SYMBOL_GPL(pinscope_window_start);

/**
 * pinscope_window_of() - find the window that a transfer is in
 * @pd: device
 * @iova: start of the transfer
 * @len: bytes
 * @prot: IOMMU_READ or IOMMU_WRITE, what the transfer does
 *
 * Context: Lock of the device.
 * Return: the window that has all of the range in it and is for that, or NULL.
 */
struct pinscope_window *pinscope_window_of(struct pinscope_device *pd, u64 iova,
					   u32 len, int prot)
{
	struct pinscope_window *window;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next)
		if (iova >= window->iova &&
		    iova + len <= window->iova + window->len)
			return window->prot & prot ? window : NULL;
	return NULL;
}
EXPORT_SYMBOL_GPL(pinscope_window_of);

/**
 * pinscope_window_overlaps() - does a window touch a page of a range?
 * @window: the window
 * @iova: start of the range, at a page
 * @len: bytes, whole pages
 *
 * For dma_unmap(): what a mapping that goes away was pinned for.
 *
 * Context: Lock of the device.
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

/*
 * Calls @copy for each piece of a range in a pinned window that lies in one
 * page.
 */
static void pinscope_window_walk(struct pinscope_window *window, u64 iova,
				 u32 len,
				 void (*copy)(void *to, u32 done, u32 count,
					      void *data),
				 void *data)
{
	u64 offset = iova - pinscope_window_start(window);
	u32 done, count;
	void *page;

	for (done = 0; done < len; done += count, offset += count) {
		count = min_t(u32, len - done,
			      PAGE_SIZE - offset_in_page(offset));
		page = kmap_local_page(window->pages[offset >> PAGE_SHIFT]);
		copy(page + offset_in_page(offset), done, count, data);
		kunmap_local(page);
	}
}

/* Bytes of words that count up, from the @done'th byte on */
static void pinscope_fill(void *to, u32 done, u32 count, void *data)
{
	u32 seed = *(u32 *)data;
	u8 *p = to;
	u32 i;

	for (i = done; i < done + count; i++)
		*p++ = (seed + i / 4) >> (8 * (i % 4));
}

static void pinscope_sum(void *from, u32 done, u32 count, void *data)
{
	u32 *sum = data;
	u8 *p = from;
	u32 i;

	for (i = done; i < done + count; i++)
		*sum += (u32)*p++ << (8 * (i % 4));
}

/**
 * pinscope_copy_to_window() - DMA write of a device without IOMMU backing
 * @window: a window that is pinned
 * @iova: where to, in @window
 * @len: bytes, in @window
 * @seed: first word to write, the next is one more
 *
 * Context: Lock of the device.
 */
void pinscope_copy_to_window(struct pinscope_window *window, u64 iova, u32 len,
			     u32 seed)
{
	pinscope_window_walk(window, iova, len, pinscope_fill, &seed);
}
EXPORT_SYMBOL_GPL(pinscope_copy_to_window);

/**
 * pinscope_sum_window() - DMA read of a device without IOMMU backing
 * @window: a window that is pinned
 * @iova: where from, in @window
 * @len: bytes, in @window
 *
 * Context: Lock of the device.
 * Return: sum of the 32-bit words read; what is missing of the last is zero.
 */
u32 pinscope_sum_window(struct pinscope_window *window, u64 iova, u32 len)
{
	u32 sum = 0;

	pinscope_window_walk(window, iova, len, pinscope_sum, &sum);
	return sum;
}
EXPORT_SYMBOL_GPL(pinscope_sum_window);

int pinscope_window_add(struct pinscope_device *pd, u64 iova, u32 len,
			int prot)
{
	struct pinscope_window *window;
	unsigned int npages;
	int ret;

	lockdep_assert_held(&pd->lock);

	ret = pinscope_range_check(iova, len);
	if (ret)
		return ret;

	list_for_each_entry(window, &pd->windows, next)
		if (iova < window->iova + window->len &&
		    window->iova < iova + len)
			return -EEXIST;

	if (pd->nr_windows == PINSCOPE_WINDOWS_MAX)
		return -ENOSPC;

	npages = DIV_ROUND_UP(offset_in_page(iova) + len, PAGE_SIZE);
	window = kvzalloc(struct_size(window, pages, npages),
			  GFP_KERNEL_ACCOUNT);
	if (!window)
		return -ENOMEM;

	window->iova = iova;
	window->len = len;
	window->npages = npages;
	window->prot = prot;

	if (pd->ops->window_added) {
		ret = pd->ops->window_added(pd, window);
		if (ret) {
			kvfree(window);
			return ret;
		}
	}

	list_add_tail(&window->next, &pd->windows);
	pd->nr_windows++;
	return 0;
}

static void pinscope_window_free(struct pinscope_device *pd,
				 struct pinscope_window *window)
{
	if (pd->ops->window_removed)
		pd->ops->window_removed(pd, window);
	pinscope_dma_logging_window_removed(pd, window);
	list_del(&window->next);
	pd->nr_windows--;
	kvfree(window);
}

int pinscope_window_remove(struct pinscope_device *pd, u64 iova, u32 len)
{
	struct pinscope_window *window;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next) {
		if (window->iova == iova && window->len == len) {
			pinscope_window_free(pd, window);
			return 0;
		}
	}
	return -ENOENT;
}

void pinscope_windows_drop(struct pinscope_device *pd)
{
	struct pinscope_window *window, *tmp;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry_safe(window, tmp, &pd->windows, next)
		pinscope_window_free(pd, window);
}
