// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu device: DMA between memory and a buffer of 4 KiB in the device. What
 * is to be written gets into that buffer by DMA, too.
 */
#include <errno.h>
#include <unistd.h>

#include "device.h"

#define EDU_ID		0x11e81234u

#define REG_DMA_FROM	0x80
#define REG_DMA_TO	0x88
#define REG_DMA_SIZE	0x90
#define REG_DMA_CMD	0x98
#define DMA_RUN		1
#define DMA_TO_MEMORY	2
#define BUFFER		0x40000
#define BUFFER_SIZE	4096

static int transfer(struct device *dev, uint64_t from, uint64_t to, uint64_t size,
		    uint64_t cmd)
{
	int ret, tries;

	cmd |= DMA_RUN;
	ret = device_write(dev, dev->bar0 + REG_DMA_FROM, &from, sizeof(from)) ?:
	      device_write(dev, dev->bar0 + REG_DMA_TO, &to, sizeof(to)) ?:
	      device_write(dev, dev->bar0 + REG_DMA_SIZE, &size, sizeof(size)) ?:
	      device_write(dev, dev->bar0 + REG_DMA_CMD, &cmd, sizeof(cmd));
	/* It takes a tenth of a second of its own, and more on a busy host */
	for (tries = 0; !ret && cmd & DMA_RUN; tries++) {
		if (tries == 2000)
			return -ETIMEDOUT;
		usleep(5000);
		ret = device_read(dev, dev->bar0 + REG_DMA_CMD, &cmd, sizeof(cmd));
	}
	return ret;
}

static int edu_probe(struct device *dev)
{
	uint32_t id;

	if (device_read(dev, dev->config, &id, sizeof(id)) || id != EDU_ID)
		return -ENODEV;
	return 0;
}

static int edu_write(struct device *dev, uint64_t iova, uint32_t size, uint32_t seed)
{
	uint32_t i;

	if (size > BUFFER_SIZE)
		return -EINVAL;
	for (i = 0; i < size / sizeof(seed); i++)
		dev->scratch[i] = seed + i;
	return transfer(dev, dev->scratch_iova, BUFFER, size, 0) ?:
	       transfer(dev, BUFFER, iova, size, DMA_TO_MEMORY);
}

const struct dma_driver edu_driver = {
	.name = "edu",
	.probe = edu_probe,
	.write = edu_write,
};
