// SPDX-License-Identifier: GPL-2.0-only
/* The words that go to memory, and the sum of those that come */

#include <linux/export.h>

#include "transfer.h"

/**
 * pinscope_transfer_fill() - the next bytes to write
 * @t: transfer, of which @t->done bytes have moved
 * @data: gets them
 * @count: how many
 *
 * Context: Any.
 */
void pinscope_transfer_fill(const struct pinscope_transfer *t, u8 *data,
			    u32 count)
{
	u32 i;

	for (i = t->done; i < t->done + count; i++)
		*data++ = (t->seed + i / 4) >> (8 * (i % 4));
}
EXPORT_SYMBOL_GPL(pinscope_transfer_fill);

/**
 * pinscope_transfer_sum() - add up the next bytes that were read
 * @t: transfer, of which @t->done bytes have moved before
 * @data: the bytes
 * @count: how many
 *
 * Context: Any.
 */
void pinscope_transfer_sum(struct pinscope_transfer *t, const u8 *data,
			   u32 count)
{
	u32 i;

	for (i = t->done; i < t->done + count; i++)
		t->sum += (u32)*data++ << (8 * (i % 4));
}
EXPORT_SYMBOL_GPL(pinscope_transfer_sum);
