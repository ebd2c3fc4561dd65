// SPDX-License-Identifier: GPL-2.0-only
/*
 * An NVMe controller, as vfio-pci has it: its admin queue, without interrupts. The
 * command Identify writes 4 KiB where it is told to, and changes nothing on the disk.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/exerciser/exerciser.h"

#define NVME_CAP	0x00
#define NVME_INTMS	0x0c
#define NVME_CC		0x14
#define NVME_CSTS	0x1c
#define NVME_AQA	0x24
#define NVME_ASQ	0x28
#define NVME_ACQ	0x30
#define NVME_DOORBELL	0x1000

#define NVME_CC_EN	(1u << 0)
/* Entries of 64 and 16 bytes, pages of 4 KiB */
#define NVME_CC_SIZES	(6u << 16 | 4u << 20)
#define NVME_CSTS_RDY	(1u << 0)
#define NVME_CSTS_CFS	(1u << 1)

#define NVME_CLASS	0x010802u
#define NVME_IDENTIFY	0x06u
#define NVME_CONTROLLER	1u
#define NVME_ENTRIES	16u
#define NVME_PAGE	4096u

struct nvme_command {
	uint32_t opcode_id;
	uint32_t nsid;
	uint32_t unused[4];
	uint64_t prp1;
	uint64_t prp2;
	uint32_t cdw10;
	uint32_t rest[5];
};

struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint32_t head;
	uint32_t id_status;
};

/* The queues are the first two pages of the scratch memory. */
struct nvme {
	struct nvme_command *commands;
	struct nvme_completion *completions;
	unsigned int stride;
	unsigned int tail;
	unsigned int head;
	unsigned int phase;
	uint16_t id;
	bool up;
};

static int nvme_failed(struct exerciser *ex, int ret)
{
	return exerciser_why(ex, ret, "cannot reach the controller's registers: %s",
			     strerror(-ret));
}

static void nvme_pause(void)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };

	nanosleep(&pause, NULL);
}

static int nvme_wait_ready(struct exerciser *ex, struct run *run, bool ready)
{
	uint64_t tries = run->request->limit * 1000;
	uint32_t status;
	int ret;

	do {
		ret = bar_read32(run, NVME_CSTS, &status);
		if (ret)
			return nvme_failed(ex, ret);
		if (status != ~0u && status & NVME_CSTS_CFS && ready)
			return exerciser_why(ex, -EIO, "finds the controller in a fatal state");
		if (!!(status & NVME_CSTS_RDY) == ready)
			return 0;
		nvme_pause();
	} while (--tries);
	return exerciser_why(ex, -ETIMEDOUT, "waited %llu s for the controller to %s",
			     (unsigned long long)run->request->limit, ready ? "start" : "stop");
}

static int nvme_write64(struct run *run, uint64_t reg, uint64_t value)
{
	int ret = bar_write32(run, reg, (uint32_t)value);

	return ret ? ret : bar_write32(run, reg + 4, (uint32_t)(value >> 32));
}

static int nvme_check(struct exerciser *ex, struct run *run)
{
	uint32_t class;

	if (pinscope_device_config_read(run->rig.member.device, 0x08, &class, sizeof(class)) ||
	    le32toh(class) >> 8 != NVME_CLASS)
		return exerciser_why(ex, -ENXIO, "is for NVMe controllers, and this is none");
	return 0;
}

static int nvme_start(struct exerciser *ex, struct run *run, struct nvme *nvme)
{
	uint64_t iova = run->rig.scratch_iova;
	uint32_t cap;
	int ret;

	ret = bar_read32(run, NVME_CAP + 4, &cap);
	if (!ret)
		ret = bar_write32(run, NVME_CC, 0);
	if (ret)
		return nvme_failed(ex, ret);
	ret = nvme_wait_ready(ex, run, false);
	if (ret)
		return ret;

	nvme->stride = 4u << (cap & 0xf);
	memset(run->rig.scratch, 0, 2 * run->rig.memory.page);
	ret = bar_write32(run, NVME_INTMS, ~0u);
	if (!ret)
		ret = bar_write32(run, NVME_AQA, (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1));
	if (!ret)
		ret = nvme_write64(run, NVME_ASQ, iova);
	if (!ret)
		ret = nvme_write64(run, NVME_ACQ, iova + run->rig.memory.page);
	if (!ret)
		ret = bar_write32(run, NVME_CC, NVME_CC_SIZES | NVME_CC_EN);
	return ret ? nvme_failed(ex, ret) : nvme_wait_ready(ex, run, true);
}

static int nvme_begin(struct exerciser *ex, struct run *run)
{
	struct nvme *nvme = ex->data;
	int ret = nvme_check(ex, run);

	if (ret)
		return ret;
	if (!nvme)
		nvme = cli_must(calloc(1, sizeof(*nvme)));
	ex->data = nvme;
	*nvme = (struct nvme) {
		.commands = (void *)run->rig.scratch,
		.completions = (void *)(run->rig.scratch + run->rig.memory.page),
		.phase = 1,
	};
	ex->align = NVME_PAGE;
	ex->max = NVME_PAGE;
	/* It writes what it has to say of itself. */
	ex->exact = false;
	ret = nvme_start(ex, run, nvme);
	nvme->up = !ret;
	return ret;
}

static void nvme_end(struct exerciser *ex, struct run *run)
{
	struct nvme *nvme = ex->data;

	if (!nvme || !nvme->up)
		return;
	nvme->up = false;
	if (!bar_write32(run, NVME_CC, 0))
		nvme_wait_ready(ex, run, false);
}

/* The controller writes it at any time. */
static uint32_t nvme_status(struct nvme_completion *entry)
{
	return le32toh(__atomic_load_n(&entry->id_status, __ATOMIC_ACQUIRE)) >> 16;
}

static int nvme_completed(struct exerciser *ex, struct run *run, struct nvme *nvme)
{
	struct nvme_completion *entry = &nvme->completions[nvme->head];
	uint64_t tries = run->request->limit * 1000;
	uint32_t status;
	int ret;

	while ((nvme_status(entry) & 1) != nvme->phase) {
		if (!tries--)
			return exerciser_why(ex, -ETIMEDOUT, "waited %llu s for a completion",
					     (unsigned long long)run->request->limit);
		nvme_pause();
	}
	status = nvme_status(entry) >> 1;
	nvme->head = (nvme->head + 1) % NVME_ENTRIES;
	if (!nvme->head)
		nvme->phase ^= 1;
	ret = bar_write32(run, NVME_DOORBELL + nvme->stride, nvme->head);
	if (ret)
		return nvme_failed(ex, ret);
	if (status & 0x7ff)
		return exerciser_why(ex, EX_REFUSED, "Identify ends with status 0x%x",
				     status & 0x7ff);
	return 0;
}

static int nvme_write(struct exerciser *ex, struct run *run, uint64_t iova, size_t len,
		      uint32_t seed)
{
	struct nvme *nvme = ex->data;
	struct nvme_command command = {
		.opcode_id = htole32(NVME_IDENTIFY | (uint32_t)nvme->id << 16),
		.prp1 = htole64(iova),
		.cdw10 = htole32(NVME_CONTROLLER),
	};
	int ret;

	(void)len;
	(void)seed;
	nvme->id++;
	nvme->commands[nvme->tail] = command;
	nvme->tail = (nvme->tail + 1) % NVME_ENTRIES;
	__sync_synchronize();
	ret = bar_write32(run, NVME_DOORBELL, nvme->tail);
	return ret ? nvme_failed(ex, ret) : nvme_completed(ex, run, nvme);
}

const struct exerciser_ops exerciser_nvme = {
	.begin = nvme_begin,
	.end = nvme_end,
	.write = nvme_write,
};
