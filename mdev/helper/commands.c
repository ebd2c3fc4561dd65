// SPDX-License-Identifier: GPL-2.0-only
/* Registers and commands of the sample device */

#include <linux/bitfield.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "internal.h"

u32 pinscope_reg_read(struct pinscope_device *pd, u32 reg)
{
	lockdep_assert_held(&pd->lock);

	switch (reg) {
	case PINSCOPE_REG_MAGIC:
		return PINSCOPE_MAGIC;
	case PINSCOPE_REG_VERSION:
		return PINSCOPE_VERSION;
	case PINSCOPE_REG_FEATURES:
		return pd->ops->features;
	case PINSCOPE_REG_STATUS:
		return pd->status;
	case PINSCOPE_REG_IOVA:
		return lower_32_bits(pd->iova);
	case PINSCOPE_REG_IOVA + 4:
		return upper_32_bits(pd->iova);
	case PINSCOPE_REG_LEN:
		return pd->len;
	case PINSCOPE_REG_SEED:
		return pd->seed;
	case PINSCOPE_REG_RESULT:
		return pd->result;
	case PINSCOPE_REG_WINDOWS:
		return pd->nr_windows;
	case PINSCOPE_REG_PINNED:
		return pd->nr_pinned;
	default:
		return 0;
	}
}

/* A copy by the CPU; the container marks the pages dirty, nothing is pinned */
static int pinscope_cpu_write(struct pinscope_device *pd)
{
	u32 len = pd->len, i;
	u8 *data;
	int ret;

	data = kvmalloc(round_up(len, 4), GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;

	for (i = 0; i < len; i += 4)
		put_unaligned_le32(pd->seed + i / 4, data + i);

	ret = vfio_dma_rw(&pd->vdev, pd->iova, data, len, true);
	/* Also if it failed, as that may have been half-way */
	pinscope_dma_logging_written(pd, pd->iova, len);
	kvfree(data);
	return ret;
}

/* In the P2P states it cannot tell if memory or another device is meant */
static bool pinscope_may_dma(const struct pinscope_device *pd)
{
	return pd->mig_state == VFIO_DEVICE_STATE_RUNNING ||
	       pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY;
}

static int pinscope_transfer(struct pinscope_device *pd, u32 cmd)
{
	u32 sum = 0;
	int ret;

	if (!pinscope_may_dma(pd))
		return -EBUSY;

	ret = pinscope_range_check(pd->iova, pd->len);
	if (ret)
		return ret;

	switch (cmd) {
	case PINSCOPE_CMD_DMA_WRITE:
		ret = pd->ops->dma_write(pd, pd->iova, pd->len, pd->seed);
		break;
	case PINSCOPE_CMD_DMA_READ:
		ret = pd->ops->dma_read(pd, pd->iova, pd->len, &sum);
		if (!ret)
			pd->result = sum;
		break;
	default:
		return pinscope_cpu_write(pd);
	}
	if (ret == -EIO)
		pinscope_irq_error(pd);
	return ret;
}

static int pinscope_command(struct pinscope_device *pd, u32 cmd)
{
	if (!pinscope_is_running(pd))
		return -EBUSY;

	switch (cmd) {
	case PINSCOPE_CMD_DMA_WRITE:
	case PINSCOPE_CMD_DMA_READ:
	case PINSCOPE_CMD_CPU_WRITE:
		return pinscope_transfer(pd, cmd);
	case PINSCOPE_CMD_ADD_WINDOW:
		return pinscope_window_add(pd, pd->iova, pd->len,
					   IOMMU_READ | IOMMU_WRITE);
	case PINSCOPE_CMD_ADD_READ_WINDOW:
		return pinscope_window_add(pd, pd->iova, pd->len, IOMMU_READ);
	case PINSCOPE_CMD_REMOVE_WINDOW:
		return pinscope_window_remove(pd, pd->iova, pd->len);
	case PINSCOPE_CMD_RAISE_IRQ:
		pinscope_irq_raise(pd);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Read-only and reserved registers ignore writes, as hardware does */
void pinscope_reg_write(struct pinscope_device *pd, u32 reg, u32 value)
{
	int ret;

	lockdep_assert_held(&pd->lock);

	switch (reg) {
	case PINSCOPE_REG_IOVA:
		pd->iova = (pd->iova & GENMASK_ULL(63, 32)) | value;
		break;
	case PINSCOPE_REG_IOVA + 4:
		pd->iova = lower_32_bits(pd->iova) | (u64)value << 32;
		break;
	case PINSCOPE_REG_LEN:
		pd->len = value;
		break;
	case PINSCOPE_REG_SEED:
		pd->seed = value;
		break;
	case PINSCOPE_REG_CMD:
		ret = pinscope_command(pd, value);
		pd->status = PINSCOPE_STATUS_DONE;
		if (ret)
			pd->status |= PINSCOPE_STATUS_ERROR |
				      FIELD_PREP(PINSCOPE_STATUS_ERRNO, -ret);
		break;
	}
}
