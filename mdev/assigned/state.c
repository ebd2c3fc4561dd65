// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the function: as it is when power comes on, stopped, saved and loaded,
 * and its life from one user to the next.
 */

#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include "../kernel_compat.h"
#include "edu.h"
#include "hw.h"

/**
 * assigned_hw_reset() - make the function as it is when power comes on
 * @hw: the function, open
 *
 * edu has no reset of its own. What a user left in its buffer goes as well.
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: 0, -EBUSY if the function does not rest, -EINTR if the caller is being
 * killed, or what assigned_buffer_load() returns.
 */
int assigned_hw_reset(struct assigned_hw *hw)
{
	static const u8 zeros[EDU_BUFFER_SIZE];
	int ret;

	assigned_hw_master(hw, false);
	ret = assigned_hw_idle(hw);
	if (ret)
		return ret == -EINTR ? ret : -EBUSY;

	if (hw->filled || hw->away) {
		ret = assigned_buffer_load(hw, zeros);
		if (ret)
			return ret;
	}
	edu_write32(hw, EDU_STATUS, 0);
	edu_write32(hw, EDU_IRQ_ACK, ~0);
	edu_write32(hw, EDU_LIVE, ~0);
	hw->src = 0;
	hw->dst = 0;
	hw->count = 0;
	hw->cmd = 0;
	hw->fact = 0;
	hw->keeps_fact = true;
	hw->irq_fact = 0;
	hw->pending = 0;
	hw->computing = false;
	hw->stopped = false;
	hw->filled = false;
	hw->fenced = false;
	return 0;
}

/**
 * assigned_hw_open() - the function gets a user
 * @hw: the function, enabled by the core
 *
 * Context: Process context, sleeps.
 * Return: 0; -EBUSY if it is still at a transfer of the user before, or whatever
 * else keeps assigned_hw_reset() from making it new; -ENXIO if it does not reach all
 * of memory; -EIO if its domain was lost, until the group is attached anew.
 */
int assigned_hw_open(struct assigned_hw *hw)
{
	int ret = pinscope_setup_barmap(hw->core, 0);

	if (ret)
		return ret;
	/* Or else it is that of a container which the group has left */
	hw->away = NULL;
	if (assigned_ioas_is_lost(hw))
		return -EIO;
	/* Who knows what was before? Ask. */
	hw->busy = true;
	return assigned_hw_reset(hw) ?: assigned_buffer_prove(hw);
}

/**
 * assigned_hw_close() - the user has gone
 * @hw: the function
 *
 * Nothing gets from the function to memory after this.
 *
 * Context: Process context, sleeps. Does not wait if the user is being killed.
 */
void assigned_hw_close(struct assigned_hw *hw)
{
	assigned_hw_rest(hw);
	assigned_hw_fence(hw);
}

/**
 * assigned_hw_stop() - no interrupt comes any more
 * @hw: the function, at rest
 *
 * Context: Process context, sleeps.
 */
void assigned_hw_stop(struct assigned_hw *hw)
{
	hw->stopped = true;
	hw->computing = edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING;
	edu_write32(hw, EDU_STATUS, 0);
}

/* What would have raised an interrupt while it was stopped */
static u32 assigned_hw_missed(struct assigned_hw *hw)
{
	if (!hw->stopped || !hw->computing || !hw->irq_fact ||
	    edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING)
		return 0;
	return EDU_IRQ_FACT;
}

/**
 * assigned_hw_go() - interrupts come again, and those that were kept back
 * @hw: the function, stopped
 *
 * Context: Process context, sleeps.
 */
void assigned_hw_go(struct assigned_hw *hw)
{
	u32 irqs;

	edu_write32(hw, EDU_STATUS, hw->irq_fact);
	irqs = hw->pending | assigned_hw_missed(hw);
	hw->pending = 0;
	hw->stopped = false;
	if (irqs)
		edu_write32(hw, EDU_IRQ_RAISE, irqs);
}

/**
 * assigned_hw_save() - what the function is to be on the other side
 * @hw: the function, at rest and stopped
 * @state: filled
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: 0, or what assigned_buffer_save() returns.
 */
int assigned_hw_save(struct assigned_hw *hw, struct assigned_hw_state *state)
{
	u32 computing, fact;

	/* It holds what is computed, and then the result */
	do {
		computing = edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING;
		fact = edu_read32(hw, EDU_FACT);
	} while (computing !=
		 (edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING));

	state->src = cpu_to_le64(hw->src);
	state->dst = cpu_to_le64(hw->dst);
	state->count = cpu_to_le64(hw->count);
	state->cmd = cpu_to_le64(hw->cmd & ~EDU_DMA_RUN);
	state->live = cpu_to_le32(edu_read32(hw, EDU_LIVE));
	state->fact = cpu_to_le32(hw->keeps_fact ? hw->fact : fact);
	state->status = cpu_to_le32(computing | hw->irq_fact);
	state->irq = cpu_to_le32(edu_read32(hw, EDU_IRQ_STATUS) | hw->pending |
				 assigned_hw_missed(hw));
	return assigned_buffer_save(hw, state->buffer);
}

/**
 * assigned_hw_load() - make the function what it was on the other side
 * @hw: the function, stopped
 * @state: from assigned_hw_save(), of another function; any content will do
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: 0, or what assigned_hw_reset() or assigned_buffer_load() returns.
 */
int assigned_hw_load(struct assigned_hw *hw,
		     const struct assigned_hw_state *state)
{
	u32 status = le32_to_cpu(state->status);
	int ret;

	ret = assigned_hw_idle(hw) ?: assigned_buffer_load(hw, state->buffer);
	if (ret)
		return ret;

	hw->src = le64_to_cpu(state->src);
	hw->dst = le64_to_cpu(state->dst);
	hw->count = le64_to_cpu(state->count);
	hw->cmd = le64_to_cpu(state->cmd) & ~EDU_DMA_RUN;
	hw->fact = le32_to_cpu(state->fact);
	hw->irq_fact = status & EDU_STATUS_IRQFACT;
	hw->computing = status & EDU_STATUS_COMPUTING;
	hw->keeps_fact = !hw->computing;
	hw->pending = le32_to_cpu(state->irq);
	edu_write32(hw, EDU_IRQ_ACK, ~0);
	edu_write32(hw, EDU_LIVE, ~le32_to_cpu(state->live));
	if (hw->computing)
		edu_write32(hw, EDU_FACT, hw->fact);
	return 0;
}
