/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA that goes on while its command waits, or behind it: see dma.c */
#ifndef PINSCOPE_DMA_H
#define PINSCOPE_DMA_H

#include "device.h"

/* For drivers */
int pinscope_dma_pause(struct pinscope_device *pd);
void pinscope_dma_resume(struct pinscope_device *pd);
void pinscope_dma_unmapped(struct pinscope_device *pd, u64 iova, u64 length);

void pinscope_dma_init(struct pinscope_device *pd);
void pinscope_dma_destroy(struct pinscope_device *pd);
int pinscope_dma_submit(struct pinscope_device *pd, bool to_memory);
int pinscope_dma_wait(struct pinscope_device *pd);
int pinscope_dma_quiesce(struct pinscope_device *pd);
int pinscope_dma_cancel(struct pinscope_device *pd, int why);

int pinscope_dma_module_init(void);
void pinscope_dma_module_exit(void);

/* What the STATUS register says of a command that has ended */
void pinscope_set_status(struct pinscope_device *pd, int ret);

#endif /* PINSCOPE_DMA_H */
