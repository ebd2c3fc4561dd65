// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include <pinscope/sample.h>

int pinscope_sample_read32(const struct pinscope_device *device, uint32_t reg, uint32_t *value)
{
	uint32_t raw;
	int ret;

	ret = pinscope_device_read(device, VFIO_PCI_BAR0_REGION_INDEX, reg, &raw, sizeof(raw));
	if (!ret)
		*value = le32toh(raw);
	return ret;
}

int pinscope_sample_write32(struct pinscope_device *device, uint32_t reg, uint32_t value)
{
	uint32_t raw = htole32(value);

	return pinscope_device_write(device, VFIO_PCI_BAR0_REGION_INDEX, reg, &raw, sizeof(raw));
}

int pinscope_sample_check(const struct pinscope_device *device)
{
	struct pinscope_region bar;
	uint32_t value;
	int ret;

	ret = pinscope_device_get_region(device, VFIO_PCI_BAR0_REGION_INDEX, &bar);
	if (ret)
		return ret;
	if (bar.size < PINSCOPE_SAMPLE_BAR_SIZE)
		return -ENXIO;

	/*
	 * The id comes first: the registers of a stranger may have effects even
	 * when they are read.
	 */
	ret = pinscope_device_config_read(device, 0, &value, sizeof(value));
	if (ret)
		return ret;
	if (le32toh(value) != (PINSCOPE_SAMPLE_VENDOR | (uint32_t)PINSCOPE_SAMPLE_DEVICE << 16))
		return -ENXIO;

	ret = pinscope_sample_read32(device, PINSCOPE_REG_MAGIC, &value);
	if (ret)
		return ret;
	if (value != PINSCOPE_SAMPLE_MAGIC)
		return -ENXIO;
	ret = pinscope_sample_read32(device, PINSCOPE_REG_VERSION, &value);
	if (ret)
		return ret;
	return value == PINSCOPE_SAMPLE_VERSION ? 0 : -EPROTO;
}

int pinscope_sample_command(struct pinscope_device *device, uint32_t cmd, uint64_t iova,
			    uint32_t len, uint32_t seed)
{
	uint32_t status;
	int ret;

	ret = pinscope_sample_write32(device, PINSCOPE_REG_IOVA, (uint32_t)iova);
	if (!ret)
		ret = pinscope_sample_write32(device, PINSCOPE_REG_IOVA + 4,
					      (uint32_t)(iova >> 32));
	if (!ret)
		ret = pinscope_sample_write32(device, PINSCOPE_REG_LEN, len);
	if (!ret)
		ret = pinscope_sample_write32(device, PINSCOPE_REG_SEED, seed);
	if (!ret)
		ret = pinscope_sample_write32(device, PINSCOPE_REG_CMD, cmd);
	if (!ret)
		ret = pinscope_sample_read32(device, PINSCOPE_REG_STATUS, &status);
	if (ret)
		return ret;

	if (!(status & PINSCOPE_STATUS_ERROR))
		return 0;
	/* An error without an errno breaks the contract, but is an error. */
	return PINSCOPE_STATUS_ERRNO(status) ? -PINSCOPE_STATUS_ERRNO(status) : -EIO;
}

int pinscope_sample_dma_write(struct pinscope_device *device, uint64_t iova, uint32_t len,
			      uint32_t seed)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_DMA_WRITE, iova, len, seed);
}

int pinscope_sample_dma_read(struct pinscope_device *device, uint64_t iova, uint32_t len,
			     uint32_t *sum)
{
	int ret;

	ret = pinscope_sample_command(device, PINSCOPE_CMD_DMA_READ, iova, len, 0);
	if (!ret && sum)
		ret = pinscope_sample_read32(device, PINSCOPE_REG_RESULT, sum);
	return ret;
}

int pinscope_sample_cpu_write(struct pinscope_device *device, uint64_t iova, uint32_t len,
			      uint32_t seed)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_CPU_WRITE, iova, len, seed);
}

int pinscope_sample_add_window(struct pinscope_device *device, uint64_t iova, uint32_t len)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_ADD_WINDOW, iova, len, 0);
}

int pinscope_sample_add_read_window(struct pinscope_device *device, uint64_t iova, uint32_t len)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_ADD_READ_WINDOW, iova, len, 0);
}

int pinscope_sample_remove_window(struct pinscope_device *device, uint64_t iova, uint32_t len)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_REMOVE_WINDOW, iova, len, 0);
}

int pinscope_sample_raise_irq(struct pinscope_device *device)
{
	return pinscope_sample_command(device, PINSCOPE_CMD_RAISE_IRQ, 0, 0, 0);
}

int pinscope_sample_verify(const void *memory, uint32_t len, uint32_t seed)
{
	const char *next = memory;
	uint32_t word, i;

	for (i = 0; i < len / sizeof(word); i++) {
		memcpy(&word, next + i * sizeof(word), sizeof(word));
		if (le32toh(word) != seed + i)
			return -EILSEQ;
	}
	return 0;
}
