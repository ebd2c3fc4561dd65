/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a device is in its migration stream: see image.c */
#ifndef PINSCOPE_IMAGE_H
#define PINSCOPE_IMAGE_H

#include <linux/bits.h>
#include <linux/overflow.h>
#include <linux/types.h>

#include "../registers.h"
#include "config.h"
#include "record.h"

/* Payload of HELLO: what the device must be to load the rest */
struct pinscope_hello {
	char driver[32];
} __packed;

/* Payload of DMA: CTRL, and the transfer that is to go on */
struct pinscope_dma_state {
	__le64 iova;
	__le32 ctrl;
	__le32 cmd;		/* PINSCOPE_CMD_DMA_*, or 0 if there is none */
	__le32 len;
	__le32 seed;
	__le32 done;		/* bytes */
	__le32 sum;
} __packed;

/* Interrupts that were raised, and not signalled yet */
#define PINSCOPE_PENDING_INTX	BIT(0)
#define PINSCOPE_PENDING_MSI	BIT(1)
#define PINSCOPE_PENDING	(PINSCOPE_PENDING_INTX | PINSCOPE_PENDING_MSI)

/* Payload of STATE */
struct pinscope_state {
	__le64 iova;
	__le32 len;
	__le32 seed;
	__le32 status;
	__le32 result;
	__le32 nr_windows;
	__le32 pending;		/* PINSCOPE_PENDING_* */
	u8 config[PINSCOPE_CONFIG_SIZE];
	struct {
		__le64 iova;
		__le32 len;
		__le32 flags;	/* PINSCOPE_STATE_* */
	} __packed windows[];
} __packed;

/* The device does not write there */
#define PINSCOPE_STATE_READ_ONLY	BIT(0)
/*
 * An unmap has taken its pins: it is of no use until it is registered anew. Before there
 * was a flag for that, such a window came as any other.
 */
#define PINSCOPE_STATE_LOST		BIT(1)
#define PINSCOPE_STATE_FLAGS		(PINSCOPE_STATE_READ_ONLY | PINSCOPE_STATE_LOST)

#define PINSCOPE_STREAM_MAX						\
	(3 * sizeof(struct pinscope_record) +				\
	 sizeof(struct pinscope_hello) + sizeof(struct pinscope_dma_state) + \
	 struct_size_t(struct pinscope_state, windows, PINSCOPE_WINDOWS_MAX))

/**
 * struct pinscope_image - a stream that was checked
 * @dma: what DMA goes on, or NULL
 * @state: all else; NULL if not all of the stream is there
 */
struct pinscope_image {
	const struct pinscope_dma_state *dma;
	const struct pinscope_state *state;
};

int pinscope_image_check(const u8 *data, size_t size,
			 const struct pinscope_hello *hello,
			 struct pinscope_image *image);

#endif /* PINSCOPE_IMAGE_H */
