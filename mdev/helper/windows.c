// SPDX-License-Identifier: GPL-2.0-only
/* Windows: the DMA buffers that the guest's driver registers with the device */

#include <linux/overflow.h>
#include <linux/slab.h>

#include "dma_logging.h"
#include "windows.h"

/**
 * pinscope_window_of() - find the window that a transfer is in
 * @pd: device
 * @t: the transfer
 *
 * Context: Lock of the device.
 * Return: the window that has all of the range in it and is for that, or NULL.
 */
struct pinscope_window *
pinscope_window_of(struct pinscope_device *pd,
		   const struct pinscope_transfer *t)
{
	int prot = t->to_memory ? IOMMU_WRITE : IOMMU_READ;
	struct pinscope_window *window;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_holds(window, t))
			return window->prot & prot ? window : NULL;
	return NULL;
}
EXPORT_SYMBOL_GPL(pinscope_window_of);

/**
 * pinscope_dma_to_windows() - for pinscope_ops.dma_begin: DMA goes to windows only
 * @pd: device
 * @t: transfer
 *
 * And while the device is opted in, to pinned ones only.
 *
 * Context: Lock of the device.
 * Return: 0 or -EFAULT.
 */
int pinscope_dma_to_windows(struct pinscope_device *pd,
			    struct pinscope_transfer *t)
{
	struct pinscope_window *window = pinscope_window_of(pd, t);

	if (!window || (pd->scope.opted_in && !window->pinned))
		return -EFAULT;
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_dma_to_windows);

/**
 * pinscope_pin_windows() - opt in: have a driver pin all windows
 * @pd: device
 *
 * Context: Process context, sleeps, with the lock of the device.
 * Return: 0 with the device opted in, or what a pin was refused with: the driver
 * gives up then, as some windows may be pinned.
 */
int pinscope_pin_windows(struct pinscope_device *pd)
{
	struct pinscope_window *window;
	int ret;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next) {
		ret = pd->ops->pin(pd, window);
		if (ret)
			return ret;
	}
	pd->scope.opted_in = true;
	pd->scope.refused = 0;
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_pin_windows);

/**
 * pinscope_unpin_windows() - have a driver return all pins
 * @pd: device, at rest; or else its driver makes its group wide before it goes on
 *
 * Context: Process context, sleeps, with the lock of the device.
 */
void pinscope_unpin_windows(struct pinscope_device *pd)
{
	struct pinscope_window *window;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next)
		pd->ops->unpin(pd, window);
	pd->scope.opted_in = false;
	pd->scope.narrow = false;
}
EXPORT_SYMBOL_GPL(pinscope_unpin_windows);

/**
 * pinscope_unpin_range() - have a driver return the pins in what the user unmaps
 * @pd: device, at rest there
 * @iova: start of the range, at a page
 * @length: bytes, whole pages
 *
 * Context: Process context, sleeps, with the lock of the device.
 */
void pinscope_unpin_range(struct pinscope_device *pd, u64 iova, u64 length)
{
	struct pinscope_window *window;

	lockdep_assert_held(&pd->lock);

	list_for_each_entry(window, &pd->windows, next)
		if (pinscope_window_overlaps(window, iova, length))
			pd->ops->unpin(pd, window);
}
EXPORT_SYMBOL_GPL(pinscope_unpin_range);

/**
 * pinscope_window_pinned() - note that a driver has pinned a window
 * @pd: device
 * @window: of which @window->pages are pinned now
 *
 * Context: Lock of the device.
 */
void pinscope_window_pinned(struct pinscope_device *pd,
			    struct pinscope_window *window)
{
	lockdep_assert_held(&pd->lock);

	window->pinned = true;
	pd->nr_pinned += window->npages;
	pd->scope.narrow = true;
}
EXPORT_SYMBOL_GPL(pinscope_window_pinned);

/**
 * pinscope_window_unpinned() - note that a driver has returned a window's pins
 * @pd: device
 * @window: of which @window->pages are not valid any more
 *
 * Context: Lock of the device.
 */
void pinscope_window_unpinned(struct pinscope_device *pd,
			      struct pinscope_window *window)
{
	lockdep_assert_held(&pd->lock);

	window->pinned = false;
	pd->nr_pinned -= window->npages;
}
EXPORT_SYMBOL_GPL(pinscope_window_unpinned);

static int window_add(struct pinscope_device *pd, u64 iova, u32 len, int prot,
		      int (*added)(struct pinscope_device *pd,
				   struct pinscope_window *window))
{
	struct pinscope_window *window;
	unsigned int npages;
	int ret;

	lockdep_assert_held(&pd->lock);
	/* One call of a driver is enough, VFIO pins up to 512 pages at a time */
	BUILD_BUG_ON(PINSCOPE_WINDOW_PAGES_MAX > VFIO_PIN_PAGES_MAX_ENTRIES);

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

	ret = added ? added(pd, window) : 0;
	if (ret) {
		kvfree(window);
		return ret;
	}

	list_add_tail(&window->next, &pd->windows);
	pd->nr_windows++;
	return 0;
}

int pinscope_window_add(struct pinscope_device *pd, u64 iova, u32 len,
			int prot)
{
	return window_add(pd, iova, len, prot, pd->ops->window_added);
}

/* One that an unmap had taken the pins of, where it came from: the driver has none */
int pinscope_window_add_lost(struct pinscope_device *pd, u64 iova, u32 len,
			     int prot)
{
	return window_add(pd, iova, len, prot, NULL);
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
