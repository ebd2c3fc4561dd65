/* SPDX-License-Identifier: GPL-2.0-only */
/* The windows of a device: see windows.c */
#ifndef PINSCOPE_WINDOWS_H
#define PINSCOPE_WINDOWS_H

#include "device.h"

/* For drivers */
struct pinscope_window *
pinscope_window_of(struct pinscope_device *pd,
		   const struct pinscope_transfer *t);
int pinscope_dma_to_windows(struct pinscope_device *pd,
			    struct pinscope_transfer *t);
int pinscope_pin_windows(struct pinscope_device *pd);
void pinscope_unpin_windows(struct pinscope_device *pd);
void pinscope_unpin_range(struct pinscope_device *pd, u64 iova, u64 length);
void pinscope_window_pinned(struct pinscope_device *pd,
			    struct pinscope_window *window);
void pinscope_window_unpinned(struct pinscope_device *pd,
			      struct pinscope_window *window);

int pinscope_window_add(struct pinscope_device *pd, u64 iova, u32 len,
			int prot);
int pinscope_window_add_lost(struct pinscope_device *pd, u64 iova, u32 len,
			     int prot);
int pinscope_window_remove(struct pinscope_device *pd, u64 iova, u32 len);
void pinscope_windows_drop(struct pinscope_device *pd);

#endif /* PINSCOPE_WINDOWS_H */
