// SPDX-License-Identifier: GPL-2.0-only
/* Registers and commands of the sample device */

#include <linux/bitfield.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "command.h"
#include "dma.h"
#include "dma_logging.h"
#include "irq.h"
#include "parent.h"
#include "windows.h"

u32 pinscope_reg_read(struct pinscope_device *pd, u32 reg)
{
	lockdep_assert_held(&pd->lock);

	switch (reg) {
	case PINSCOPE_REG_MAGIC:
		return PINSCOPE_MAGIC;
	case PINSCOPE_REG_VERSION:
		return PINSCOPE_VERSION;
	case PINSCOPE_REG_FEATURES:
		return pd->ops->features | PINSCOPE_FEATURE_CTRL;
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
	case PINSCOPE_REG_CTRL:
		return pd->ctrl;
	default:
		return 0;
	}
}

/* A copy by the CPU; the container marks the pages dirty, nothing is pinned */
static int pinscope_cpu_write(struct pinscope_device *pd)
{
	struct pinscope_transfer words = { .seed = pd->seed };
	u8 *data;
	int ret;

	data = kvmalloc(pd->len, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;

	pinscope_transfer_fill(&words, data, pd->len);
	ret = vfio_dma_rw(&pd->vdev, pd->iova, data, pd->len, true);
	/* Also if it failed, as that may have been half-way */
	pinscope_dma_logging_written(pd, pd->iova, pd->len);
	kvfree(data);
	return ret;
}

static int pinscope_transfer(struct pinscope_device *pd, u32 cmd)
{
	int ret;

	if (!pinscope_may_dma(pd))
		return -EBUSY;

	ret = pinscope_range_check(pd->iova, pd->len);
	if (ret)
		return ret;

	if (cmd == PINSCOPE_CMD_CPU_WRITE)
		return pinscope_cpu_write(pd);
	ret = pinscope_parent_check(pd, pd->iova, pd->len);
	if (!ret)
		ret = pinscope_dma_submit(pd, cmd == PINSCOPE_CMD_DMA_WRITE);
	return ret ?: -EINPROGRESS;
}

/* Return: 0, an errno for STATUS, or -EINPROGRESS while DMA goes on */
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

/* Is DMA under way? STATUS stays busy then, and tells that this was refused. */
static bool pinscope_is_busy(struct pinscope_device *pd)
{
	if (!pd->dma.busy)
		return false;
	pd->status = PINSCOPE_STATUS_BUSY | PINSCOPE_STATUS_ERROR |
		     FIELD_PREP(PINSCOPE_STATUS_ERRNO, EBUSY);
	return true;
}

/*
 * One command after the other: each has its turn when those before are complete,
 * unless a user has asked for not being made to wait.
 */
static int pinscope_cmd_write(struct pinscope_device *pd, u32 cmd)
{
	int ret;

	while (pd->dma.busy && !pd->dma.async) {
		ret = pinscope_dma_wait(pd);
		if (ret)
			return ret;
	}
	if (pinscope_is_busy(pd))
		return 0;

	ret = pinscope_command(pd, cmd);
	if (ret != -EINPROGRESS) {
		pinscope_set_status(pd, ret);
		return 0;
	}
	return pd->dma.async ? 0 : pinscope_dma_wait(pd);
}

/*
 * Read-only and reserved registers ignore writes, as hardware does. Return: 0, or
 * -EINTR if the caller is being killed while a command goes on.
 */
int pinscope_reg_write(struct pinscope_device *pd, u32 reg, u32 value)
{
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
	case PINSCOPE_REG_CTRL:
		if (!pinscope_is_busy(pd))
			pd->ctrl = value & PINSCOPE_CTRL_ASYNC;
		break;
	case PINSCOPE_REG_CMD:
		return pinscope_cmd_write(pd, value);
	}
	return 0;
}
