// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sample device, by its registers.
 */
#include <errno.h>
#include <string.h>

#include "cli/certify/exerciser/exerciser.h"

static int sample_said(struct exerciser *ex, int ret)
{
	if (!ret)
		return 0;
	/* That a register cannot be reached looks the same as that a command failed. */
	return exerciser_why(ex, EX_REFUSED, "%s", strerror(-ret));
}

static int sample_begin(struct exerciser *ex, struct run *run)
{
	int ret = pinscope_sample_check(run->rig.member.device);

	ex->max = 2048;
	if (ret)
		return exerciser_why(ex, ret, "is for sample devices, and this is none: name the "
				     "exerciser of your device, or a program");
	return 0;
}

static int sample_window(struct exerciser *ex, struct run *run, uint64_t iova, size_t len)
{
	return sample_said(ex, pinscope_sample_add_window(run->rig.member.device, iova,
							  (uint32_t)len));
}

static int sample_drop(struct exerciser *ex, struct run *run, uint64_t iova, size_t len)
{
	return sample_said(ex, pinscope_sample_remove_window(run->rig.member.device, iova,
							     (uint32_t)len));
}

static int sample_write(struct exerciser *ex, struct run *run, uint64_t iova, size_t len,
			uint32_t seed)
{
	return sample_said(ex, pinscope_sample_dma_write(run->rig.member.device, iova,
							 (uint32_t)len, seed));
}

const struct exerciser_ops exerciser_sample = {
	.begin = sample_begin,
	.window = sample_window,
	.drop = sample_drop,
	.write = sample_write,
};
