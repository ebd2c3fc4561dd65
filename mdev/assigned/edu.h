/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of edu, and how the files of this folder get at them */
#ifndef PINSCOPE_ASSIGNED_EDU_H
#define PINSCOPE_ASSIGNED_EDU_H

#include <linux/bits.h>
#include <linux/types.h>

struct assigned_hw;

#define EDU_ID		0x00
#define EDU_LIVE	0x04
#define EDU_FACT	0x08
#define EDU_STATUS	0x20
#define EDU_IRQ_STATUS	0x24
#define EDU_IRQ_RAISE	0x60
#define EDU_IRQ_ACK	0x64
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98

#define EDU_STATUS_COMPUTING	BIT(0)
#define EDU_STATUS_IRQFACT	BIT(7)
#define EDU_IRQ_FACT		BIT(0)
#define EDU_DMA_RUN		BIT(0)
#define EDU_DMA_TO_RAM		BIT(1)

/* Registers from here on may be read and written by 8 bytes */
#define EDU_WIDE	0x80

/* Where the buffer is, in a register that is not an address of memory */
#define EDU_BUFFER	0x40000

u32 edu_read32(struct assigned_hw *hw, u32 offset);
void edu_write32(struct assigned_hw *hw, u32 offset, u32 value);

#endif /* PINSCOPE_ASSIGNED_EDU_H */
