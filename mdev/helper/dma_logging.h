/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA logging by the device: see dma_logging.c */
#ifndef PINSCOPE_DMA_LOGGING_H
#define PINSCOPE_DMA_LOGGING_H

#include "device.h"

/* For drivers */
void pinscope_dma_logging_written(struct pinscope_device *pd, u64 iova,
				  u64 len);

extern const struct vfio_log_ops pinscope_log_ops;

void pinscope_dma_logging_init(struct pinscope_device *pd);
void pinscope_dma_logging_destroy(struct pinscope_device *pd);
void pinscope_dma_logging_close(struct pinscope_device *pd);
void pinscope_dma_logging_window_removed(struct pinscope_device *pd,
					 struct pinscope_window *window);

#endif /* PINSCOPE_DMA_LOGGING_H */
