/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device is to move, and how far it has got */
#ifndef PINSCOPE_TRANSFER_H
#define PINSCOPE_TRANSFER_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * struct pinscope_transfer - data that goes to memory or comes from there
 * @iova: where in memory
 * @len: bytes; the range does not wrap
 * @seed: the first of the 32-bit words to write, which count up
 * @to_memory: the device writes, or else it reads
 * @done: bytes that have moved
 * @sum: of the words that were read; what is missing of the last is zero
 * @stop: the device is to come to rest: who moves the data looks at this
 *	  between pieces of it
 * @held_up: it waits for somebody else, and not for the hardware
 */
struct pinscope_transfer {
	u64 iova;
	u32 len;
	u32 seed;
	bool to_memory;
	u32 done;
	u32 sum;
	bool stop;
	bool held_up;
};

static inline bool pinscope_transfer_stops(const struct pinscope_transfer *t)
{
	return READ_ONCE(t->stop);
}

void pinscope_transfer_fill(const struct pinscope_transfer *t, u8 *data,
			    u32 count);
void pinscope_transfer_sum(struct pinscope_transfer *t, const u8 *data,
			   u32 count);

#endif /* PINSCOPE_TRANSFER_H */
