// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu function, as vfio-pci has it: an engine that copies between memory and
 * a buffer of its own.
 */
#include <errno.h>
#include <string.h>

#include "cli/certify/exerciser/exerciser.h"

#define EDU_ID		0x00
#define EDU_SRC		0x80
#define EDU_DST		0x88
#define EDU_COUNT	0x90
#define EDU_CMD		0x98
#define EDU_RUN		1u
#define EDU_TO_MEMORY	2u
#define EDU_BUFFER	0x40000u

/* QEMU up to 9.0 stops the machine if a transfer touches the end of the buffer */
#define EDU_LEN		2048u

static int edu_failed(struct exerciser *ex, int ret)
{
	return exerciser_why(ex, ret, "cannot reach the function's registers: %s",
			     strerror(-ret));
}

/* A transfer takes 100 ms */
static int edu_rests(struct exerciser *ex, struct run *run)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	uint64_t tries = run->request->limit * 200;
	uint32_t cmd;
	int ret;

	do {
		ret = bar_read32(run, EDU_CMD, &cmd);
		if (ret)
			return edu_failed(ex, ret);
		if (!(cmd & EDU_RUN))
			return 0;
		nanosleep(&pause, NULL);
	} while (--tries);
	return exerciser_why(ex, -ETIMEDOUT, "waited %llu s for a transfer to end",
			     (unsigned long long)run->request->limit);
}

static int edu_begin(struct exerciser *ex, struct run *run)
{
	uint32_t id;
	int ret;

	ex->max = EDU_LEN;
	ret = bar_read32(run, EDU_ID, &id);
	if (ret)
		return edu_failed(ex, ret);
	if ((id & 0xff) != 0xed)
		return exerciser_why(ex, -ENXIO, "is for QEMU's edu function, and this is none");
	return edu_rests(ex, run);
}

/* All addresses are below 4 GiB: a register is written by its lower half */
static int edu_transfer(struct exerciser *ex, struct run *run, uint64_t src, uint64_t dst,
			size_t len, uint32_t direction)
{
	int ret;

	ret = bar_write32(run, EDU_SRC, (uint32_t)src);
	if (!ret)
		ret = bar_write32(run, EDU_DST, (uint32_t)dst);
	if (!ret)
		ret = bar_write32(run, EDU_COUNT, (uint32_t)len);
	if (!ret)
		ret = bar_write32(run, EDU_CMD, EDU_RUN | direction);
	return ret ? edu_failed(ex, ret) : edu_rests(ex, run);
}

static int edu_write(struct exerciser *ex, struct run *run, uint64_t iova, size_t len,
		     uint32_t seed)
{
	uint32_t *words = (uint32_t *)run->rig.scratch;
	size_t i;
	int ret;

	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = seed + (uint32_t)i;
	ret = edu_transfer(ex, run, run->rig.scratch_iova, EDU_BUFFER, len, 0);
	return ret ? ret : edu_transfer(ex, run, EDU_BUFFER, iova, len, EDU_TO_MEMORY);
}

const struct exerciser_ops exerciser_edu = {
	.begin = edu_begin,
	.write = edu_write,
	.quiesce = edu_rests,
};
