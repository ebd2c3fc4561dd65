// SPDX-License-Identifier: GPL-2.0-only
/*
 * A migration stream has two or three records:
 *
 *   HELLO  name of the driver, so that a device of another kind refuses early;
 *          can be read in PRE_COPY
 *   DMA    the CTRL register, and the transfer that it has going on; only if there
 *          is something to tell, so that all other streams are as ever
 *   STATE  registers, config space and windows; there once the device stopped
 *
 * Nothing of a stream is applied before all of it has been checked.
 */

#include <linux/err.h>
#include <linux/string.h>

#include "image.h"
#include "window.h"

static int image_check_hello(const u8 *data, size_t size, size_t *pos,
			     const struct pinscope_hello *want)
{
	const struct pinscope_hello *hello;
	size_t length;

	hello = pinscope_record_open(data, size, pos, PINSCOPE_RECORD_HELLO,
				     &length);
	if (IS_ERR(hello))
		return PTR_ERR(hello);
	if (length != sizeof(*hello))
		return -EBADMSG;
	/* A device of another driver, or another kind */
	if (memcmp(hello, want, sizeof(*hello)))
		return -ENODEV;
	return 0;
}

static bool image_dma_is_valid(const struct pinscope_dma_state *dma)
{
	switch (le32_to_cpu(dma->cmd)) {
	case 0:
		break;
	case PINSCOPE_CMD_DMA_WRITE:
	case PINSCOPE_CMD_DMA_READ:
		if (pinscope_range_check(le64_to_cpu(dma->iova),
					 le32_to_cpu(dma->len)) ||
		    le32_to_cpu(dma->done) > le32_to_cpu(dma->len))
			return false;
		break;
	default:
		return false;
	}
	return !(le32_to_cpu(dma->ctrl) & ~PINSCOPE_CTRL_ASYNC);
}

static int image_check_dma(const u8 *data, size_t size, size_t *pos,
			   struct pinscope_image *image)
{
	size_t length;

	image->dma = pinscope_record_open(data, size, pos, PINSCOPE_RECORD_DMA,
					  &length);
	if (IS_ERR(image->dma))
		return PTR_ERR(image->dma);
	if (length != sizeof(*image->dma) || !image_dma_is_valid(image->dma))
		return -EBADMSG;
	return 0;
}

static bool image_windows_overlap(const struct pinscope_state *state, u32 i,
				  u64 iova, u32 len)
{
	u64 start = le64_to_cpu(state->windows[i].iova);

	return iova < start + le32_to_cpu(state->windows[i].len) &&
	       start < iova + len;
}

static int image_check_windows(const struct pinscope_state *state)
{
	u32 i, j, len;
	u64 iova;

	for (i = 0; i < le32_to_cpu(state->nr_windows); i++) {
		iova = le64_to_cpu(state->windows[i].iova);
		len = le32_to_cpu(state->windows[i].len);
		if (le32_to_cpu(state->windows[i].flags) &
		    ~PINSCOPE_STATE_FLAGS ||
		    pinscope_range_check(iova, len))
			return -EBADMSG;
		for (j = 0; j < i; j++)
			if (image_windows_overlap(state, j, iova, len))
				return -EBADMSG;
	}
	return 0;
}

static int image_check_state(const struct pinscope_state *state, size_t length)
{
	u32 valid = PINSCOPE_STATUS_DONE | PINSCOPE_STATUS_ERROR |
		    PINSCOPE_STATUS_ERRNO;
	u32 nr;

	if (length < sizeof(*state))
		return -EBADMSG;
	nr = le32_to_cpu(state->nr_windows);
	if (nr > PINSCOPE_WINDOWS_MAX ||
	    length != struct_size(state, windows, nr))
		return -EBADMSG;
	if (le32_to_cpu(state->status) & ~valid ||
	    le32_to_cpu(state->pending) & ~PINSCOPE_PENDING)
		return -EBADMSG;
	if (!pinscope_config_valid(state->config))
		return -EBADMSG;
	return image_check_windows(state);
}

/*
 * Looks at what has come of a stream, up to the last record that is complete. Return:
 * 0, also if there is more to come; -EPROTO if it is not a stream of this version,
 * -ENODEV if it is of another kind of device, -EBADMSG if it is damaged.
 */
int pinscope_image_check(const u8 *data, size_t size,
			 const struct pinscope_hello *hello,
			 struct pinscope_image *image)
{
	const struct pinscope_state *state;
	size_t pos = 0, length;
	int ret;

	if (!pinscope_record_is_there(data, size, pos, PINSCOPE_STREAM_MAX))
		return 0;
	ret = image_check_hello(data, size, &pos, hello);
	if (ret)
		return ret;

	if (!pinscope_record_is_there(data, size, pos, PINSCOPE_STREAM_MAX))
		return 0;
	if (pinscope_record_is(data, size, pos, PINSCOPE_RECORD_DMA)) {
		ret = image_check_dma(data, size, &pos, image);
		if (ret)
			return ret;
	}

	if (!pinscope_record_is_there(data, size, pos, PINSCOPE_STREAM_MAX))
		return 0;
	state = pinscope_record_open(data, size, &pos, PINSCOPE_RECORD_STATE,
				     &length);
	if (IS_ERR(state))
		return PTR_ERR(state);
	if (pos != size)
		return -EBADMSG;
	ret = image_check_state(state, length);
	if (!ret)
		image->state = state;
	return ret;
}
