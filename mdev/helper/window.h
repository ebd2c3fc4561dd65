/* SPDX-License-Identifier: GPL-2.0-only */
/* A window, where it is, and DMA to it by the CPU: see window.c */
#ifndef PINSCOPE_WINDOW_H
#define PINSCOPE_WINDOW_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mm_types.h>

#include "../engine/transfer.h"
#include "../registers.h"

/* An unaligned window of the largest size touches one page more */
#define PINSCOPE_WINDOW_PAGES_MAX	(PINSCOPE_LEN_MAX / PAGE_SIZE + 1)

/**
 * struct pinscope_window - a DMA buffer that the guest's driver registered
 * @next: in the windows of a device
 * @iova: start, of any alignment
 * @len: bytes
 * @npages: pages it touches
 * @prot: what the device does there, IOMMU_READ, or with IOMMU_WRITE
 * @pinned: the driver holds its pins on @pages
 * @pages: the pages, valid while @pinned
 *
 * Protected by the lock of the device. While a transfer goes on to a window it does
 * not change.
 */
struct pinscope_window {
	struct list_head next;
	u64 iova;
	u32 len;
	unsigned int npages;
	int prot;
	bool pinned;
	struct page *pages[];
};

int pinscope_range_check(u64 iova, u32 len);
u64 pinscope_window_start(const struct pinscope_window *window);
bool pinscope_window_holds(const struct pinscope_window *window,
			   const struct pinscope_transfer *t);
bool pinscope_window_overlaps(const struct pinscope_window *window, u64 iova,
			      u64 len);
int pinscope_window_move(struct pinscope_window *window,
			 struct pinscope_transfer *t);

#endif /* PINSCOPE_WINDOW_H */
