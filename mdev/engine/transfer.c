// SPDX-License-Identifier: GPL-2.0-only
/* The words that go to memory, and the sum of those that come */

#include <linux/export.h>
#include <linux/unaligned.h>

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
	u32 i = t->done, end = i + count;

	for (; i < end && i % 4; i++)
		*data++ = (t->seed + i / 4) >> (8 * (i % 4));
	for (; end - i >= 4; i += 4, data += 4)
		put_unaligned_le32(t->seed + i / 4, data);
	for (; i < end; i++)
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
	u32 i = t->done, end = i + count;

	for (; i < end && i % 4; i++)
		t->sum += (u32)*data++ << (8 * (i % 4));
	for (; end - i >= 4; i += 4, data += 4)
		t->sum += get_unaligned_le32(data);
	for (; i < end; i++)
		t->sum += (u32)*data++ << (8 * (i % 4));
}
EXPORT_SYMBOL_GPL(pinscope_transfer_sum);
