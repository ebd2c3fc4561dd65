// SPDX-License-Identifier: GPL-2.0-only
/* The function at work: its registers, its transfers, and their end */

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/vfio_pci_core.h>

#include "edu.h"
#include "hw.h"

/*
 * The core writes the command register as well: where it sets INTx up, with the first
 * of these locks, MSI, with both, and where it masks INTx with the spin lock. None of
 * that may bring back what was read before.
 */
static void edu_lock(struct assigned_hw *hw)
{
	mutex_lock(&hw->core->igate);
	down_write(&hw->core->memory_lock);
}

static void edu_unlock(struct assigned_hw *hw)
{
	up_write(&hw->core->memory_lock);
	mutex_unlock(&hw->core->igate);
}

/* For one access. The guest may have switched memory off. */
static u16 edu_begin(struct assigned_hw *hw)
{
	u16 command;

	edu_lock(hw);
	spin_lock_irq(&hw->core->irqlock);
	pci_read_config_word(hw->core->pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(hw->core->pdev, PCI_COMMAND,
				      command | PCI_COMMAND_MEMORY);
	spin_unlock_irq(&hw->core->irqlock);
	return command;
}

static void edu_end(struct assigned_hw *hw, u16 command)
{
	if (!(command & PCI_COMMAND_MEMORY)) {
		spin_lock_irq(&hw->core->irqlock);
		pci_read_config_word(hw->core->pdev, PCI_COMMAND, &command);
		pci_write_config_word(hw->core->pdev, PCI_COMMAND,
				      command & ~PCI_COMMAND_MEMORY);
		spin_unlock_irq(&hw->core->irqlock);
	}
	edu_unlock(hw);
}

/**
 * edu_read32() - read a register, whatever the guest has switched off
 * @hw: the function, open
 * @offset: of the register
 *
 * Context: Process context, sleeps.
 * Return: its value, all ones if the function does not answer.
 */
u32 edu_read32(struct assigned_hw *hw, u32 offset)
{
	u16 command = edu_begin(hw);
	u32 value = readl(hw->core->barmap[0] + offset);

	edu_end(hw, command);
	return value;
}

/**
 * edu_write32() - write a register, whatever the guest has switched off
 * @hw: the function, open
 * @offset: of the register
 * @value: what to write
 *
 * Context: Process context, sleeps.
 */
void edu_write32(struct assigned_hw *hw, u32 offset, u32 value)
{
	u16 command = edu_begin(hw);

	writel(value, hw->core->barmap[0] + offset);
	edu_end(hw, command);
}

/**
 * assigned_hw_run() - have the function begin a transfer
 * @hw: the function, at rest
 * @src: as in the register
 * @dst: as in the register
 * @count: bytes, checked
 * @cmd: with EDU_DMA_RUN
 *
 * Context: Process context, sleeps.
 */
void assigned_hw_run(struct assigned_hw *hw, u64 src, u64 dst, u64 count,
		     u64 cmd)
{
	void __iomem *bar = hw->core->barmap[0];
	u16 command;

	if (READ_ONCE(hw->fault.mask)) {
		src &= DMA_BIT_MASK(hw->bits ?: EDU_DMA_BITS);
		dst &= DMA_BIT_MASK(hw->bits ?: EDU_DMA_BITS);
	}
	command = edu_begin(hw);
	hw->busy = true;
	writeq(src, bar + EDU_DMA_SRC);
	writeq(dst, bar + EDU_DMA_DST);
	writeq(count, bar + EDU_DMA_COUNT);
	writeq(cmd, bar + EDU_DMA_CMD);
	edu_end(hw, command);
}

/**
 * assigned_hw_is_busy() - is a transfer going on?
 * @hw: the function, open
 *
 * When it is seen to have ended, all that it has written is in memory.
 *
 * Context: Process context, sleeps.
 * Return: true if it is, or if the function does not say.
 */
bool assigned_hw_is_busy(struct assigned_hw *hw)
{
	if (hw->busy && !READ_ONCE(hw->fault.hang) &&
	    !(edu_read32(hw, EDU_DMA_CMD) & EDU_DMA_RUN))
		hw->busy = false;
	return hw->busy;
}

/**
 * assigned_hw_master() - let the function do DMA, or not
 * @hw: the function
 * @on: bus mastering
 *
 * With the locks under which the core changes the command register, see edu_lock().
 *
 * Context: Process context, sleeps.
 */
void assigned_hw_master(struct assigned_hw *hw, bool on)
{
	struct vfio_pci_core_device *core = hw->core;

	edu_lock(hw);
	spin_lock_irq(&core->irqlock);
	if (on)
		pci_set_master(core->pdev);
	else
		pci_clear_master(core->pdev);
	spin_unlock_irq(&core->irqlock);
	edu_unlock(hw);
}

/**
 * assigned_hw_fence() - keep a function that does not rest from memory
 * @hw: the function, open
 *
 * On return it starts no write any more, and those on their way have arrived. The
 * user must not get at the command register until assigned_hw_reset().
 *
 * Context: Process context, sleeps.
 */
void assigned_hw_fence(struct assigned_hw *hw)
{
	hw->fenced = true;
	assigned_hw_master(hw, false);
	edu_read32(hw, EDU_DMA_CMD);
}

static int assigned_hw_wait(struct assigned_hw *hw, unsigned long limit,
			    bool (*is_busy)(struct assigned_hw *hw))
{
	unsigned long end = jiffies + limit;

	while (is_busy(hw)) {
		if (time_after_eq(jiffies, end))
			return -ETIMEDOUT;
		if (fatal_signal_pending(current))
			return -EINTR;
		fsleep(2000);
	}
	return 0;
}

/**
 * assigned_hw_limit() - how long to wait for the end of a transfer
 * @hw: the function
 *
 * One that hangs by the fault will not change its mind.
 *
 * Return: in jiffies.
 */
unsigned long assigned_hw_limit(struct assigned_hw *hw)
{
	return READ_ONCE(hw->fault.hang) ? ASSIGNED_HW_FAULT_LIMIT :
					   ASSIGNED_HW_LIMIT;
}

/**
 * assigned_hw_rest() - wait until the guest's transfer has ended
 * @hw: the function, open; nobody starts another one
 *
 * Context: Process context, sleeps, at most for ASSIGNED_HW_LIMIT.
 * Return: 0; -ETIMEDOUT if it does not come to rest: it is fenced then; -EINTR if the
 * caller is being killed.
 */
int assigned_hw_rest(struct assigned_hw *hw)
{
	unsigned long limit = READ_ONCE(hw->fault.slow) ? 0 : assigned_hw_limit(hw);
	int ret = assigned_hw_wait(hw, limit, assigned_hw_is_busy);

	if (ret != -ETIMEDOUT)
		return ret;
	assigned_hw_fence(hw);
	dev_err_ratelimited(&hw->core->pdev->dev,
			    "transfer has not ended in time\n");
	return ret;
}

/**
 * assigned_hw_end() - wait until a transfer has ended, that of the driver too
 * @hw: the function, open; nobody starts another one
 *
 * Context: Process context, sleeps, at most for ASSIGNED_HW_LIMIT.
 * Return: 0, -ETIMEDOUT if it does not end, -EINTR if the caller is being killed.
 */
int assigned_hw_end(struct assigned_hw *hw)
{
	return assigned_hw_wait(hw, assigned_hw_limit(hw), assigned_hw_is_busy);
}

static bool assigned_hw_computes(struct assigned_hw *hw)
{
	return edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING;
}

/**
 * assigned_hw_idle() - wait until all registers can be written
 * @hw: the function, open; nobody begins anything
 *
 * Neither a transfer nor a factorial is going on then.
 *
 * Context: Process context, sleeps, at most for twice ASSIGNED_HW_LIMIT.
 * Return: 0, -ETIMEDOUT if it does not come to that, -EINTR if the caller is being
 * killed.
 */
int assigned_hw_idle(struct assigned_hw *hw)
{
	return assigned_hw_end(hw) ?:
	       assigned_hw_wait(hw, ASSIGNED_HW_LIMIT, assigned_hw_computes);
}
