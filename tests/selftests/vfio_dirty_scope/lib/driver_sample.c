// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device of the sample drivers: a DMA engine that is told where to write. It
 * writes to windows only, which stand for the buffers that a guest's driver
 * registers.
 */
#include <errno.h>
#include <stddef.h>

#include "device.h"

#define SAMPLE_ID	0x50531234u

#define REG_MAGIC	0x00
#define REG_STATUS	0x0c
#define REG_IOVA	0x10
#define REG_LEN		0x18
#define REG_SEED	0x1c
#define REG_CMD		0x20

#define MAGIC		0x4e495053u
#define STATUS_ERROR	(1u << 2)

#define CMD_DMA_WRITE		1
#define CMD_ADD_WINDOW		3
#define CMD_REMOVE_WINDOW	4
#define CMD_CPU_WRITE		6

static int command(struct device *dev, uint32_t cmd, uint64_t iova, uint32_t size,
		   uint32_t seed)
{
	uint32_t status = 0;
	int ret;

	ret = device_write(dev, dev->bar0 + REG_IOVA, &iova, sizeof(iova)) ?:
	      device_write(dev, dev->bar0 + REG_LEN, &size, sizeof(size)) ?:
	      device_write(dev, dev->bar0 + REG_SEED, &seed, sizeof(seed)) ?:
	      device_write(dev, dev->bar0 + REG_CMD, &cmd, sizeof(cmd)) ?:
	      device_read(dev, dev->bar0 + REG_STATUS, &status, sizeof(status));
	if (ret)
		return ret;
	return status & STATUS_ERROR ? -(int)(status >> 16) : 0;
}

static int sample_probe(struct device *dev)
{
	uint32_t id, magic;

	if (device_read(dev, dev->config, &id, sizeof(id)) || id != SAMPLE_ID ||
	    device_read(dev, dev->bar0 + REG_MAGIC, &magic, sizeof(magic)) ||
	    magic != MAGIC)
		return -ENODEV;
	return 0;
}

static int sample_prepare(struct device *dev, uint64_t iova, uint32_t size)
{
	return command(dev, CMD_ADD_WINDOW, iova, size, 0);
}

static int sample_forget(struct device *dev, uint64_t iova, uint32_t size)
{
	return command(dev, CMD_REMOVE_WINDOW, iova, size, 0);
}

static int sample_write(struct device *dev, uint64_t iova, uint32_t size, uint32_t seed)
{
	return command(dev, CMD_DMA_WRITE, iova, size, seed);
}

static int sample_copy(struct device *dev, uint64_t iova, uint32_t size, uint32_t seed)
{
	return command(dev, CMD_CPU_WRITE, iova, size, seed);
}

const struct dma_driver sample_driver = {
	.name = "sample",
	.probe = sample_probe,
	.prepare = sample_prepare,
	.forget = sample_forget,
	.write = sample_write,
	.copy = sample_copy,
};
