// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest sees of the registers. Those of DMA are kept here: the function
 * gets them when a transfer begins, from the driver, so that it does what the driver
 * has looked at. The others are the function's own.
 */

#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include "edu.h"
#include "hw.h"

/* As with every assigned device: none of its memory if the guest has that off */
static int edu_check(struct assigned_hw *hw, u64 offset, size_t size)
{
	u16 command;

	if ((size != 4 && size != 8) || offset % size ||
	    offset > pci_resource_len(hw->core->pdev, 0) - size)
		return -EINVAL;
	pci_read_config_word(hw->core->pdev, PCI_COMMAND, &command);
	return command & PCI_COMMAND_MEMORY ? 0 : -EIO;
}

/**
 * assigned_hw_read() - the guest reads a register
 * @hw: the function, open
 * @offset: in the BAR
 * @size: bytes
 * @value: what it reads, all ones where there is nothing
 *
 * Context: Process context, sleeps.
 * Return: 0, -EINVAL if it is not 4 or 8 aligned bytes in the BAR, -EIO if the guest
 * has switched memory off.
 */
int assigned_hw_read(struct assigned_hw *hw, u64 offset, size_t size,
		     u64 *value)
{
	int ret = edu_check(hw, offset, size);

	if (ret)
		return ret;
	*value = U64_MAX;
	if (offset < EDU_WIDE && size != 4)
		return 0;

	switch (offset) {
	case EDU_ID:
	case EDU_LIVE:
		*value = edu_read32(hw, offset);
		break;
	case EDU_FACT:
		*value = hw->keeps_fact ? hw->fact : edu_read32(hw, offset);
		break;
	case EDU_STATUS:
		*value = (edu_read32(hw, offset) & EDU_STATUS_COMPUTING) |
			 hw->irq_fact;
		break;
	case EDU_IRQ_STATUS:
		*value = edu_read32(hw, offset) | hw->pending;
		break;
	case EDU_DMA_SRC:
		*value = hw->src;
		break;
	case EDU_DMA_DST:
		*value = hw->dst;
		break;
	case EDU_DMA_COUNT:
		*value = hw->count;
		break;
	case EDU_DMA_CMD:
		*value = hw->cmd & ~EDU_DMA_RUN;
		if (assigned_hw_is_busy(hw))
			*value |= EDU_DMA_RUN;
		break;
	}
	return 0;
}

/**
 * assigned_hw_write() - the guest writes a register
 * @hw: the function, open and not stopped
 * @offset: in the BAR
 * @size: bytes
 * @value: what it writes
 *
 * Nothing is written that begins a transfer, see assigned_hw_is_start(). As edu does,
 * it ignores registers that are none, or are in use.
 *
 * Context: Process context, sleeps.
 * Return: as assigned_hw_read().
 */
int assigned_hw_write(struct assigned_hw *hw, u64 offset, size_t size,
		      u64 value)
{
	int ret = edu_check(hw, offset, size);

	if (ret)
		return ret;
	if (offset < EDU_WIDE && size != 4)
		return 0;
	if (offset >= EDU_WIDE && assigned_hw_is_busy(hw))
		return 0;

	switch (offset) {
	case EDU_FACT:
		if (edu_read32(hw, EDU_STATUS) & EDU_STATUS_COMPUTING)
			break;
		hw->keeps_fact = false;
		edu_write32(hw, offset, value);
		break;
	case EDU_STATUS:
		hw->irq_fact = value & EDU_STATUS_IRQFACT;
		edu_write32(hw, offset, hw->irq_fact);
		break;
	case EDU_LIVE:
	case EDU_IRQ_RAISE:
	case EDU_IRQ_ACK:
		edu_write32(hw, offset, value);
		break;
	case EDU_DMA_SRC:
		hw->src = value;
		break;
	case EDU_DMA_DST:
		hw->dst = value;
		break;
	case EDU_DMA_COUNT:
		hw->count = value;
		break;
	}
	return 0;
}

/**
 * assigned_hw_is_start() - does this write begin a transfer?
 * @offset: in the BAR
 * @value: what is written
 *
 * Context: Any.
 * Return: true if it does, unless one is going on.
 */
bool assigned_hw_is_start(u64 offset, u64 value)
{
	return offset == EDU_DMA_CMD && value & EDU_DMA_RUN;
}

/**
 * assigned_hw_pages() - which memory a transfer would touch
 * @hw: the function, with the registers that the guest has programmed
 * @cmd: what it writes to begin
 * @pages: filled
 *
 * Context: Any.
 * Return: 0, -EINVAL if the transfer is no good: it has no bytes, or too many, is not
 * from or to the buffer, or wraps around.
 */
int assigned_hw_pages(const struct assigned_hw *hw, u64 cmd,
		      struct assigned_hw_pages *pages)
{
	bool to_ram = cmd & EDU_DMA_TO_RAM;
	u64 inside = (to_ram ? hw->src : hw->dst) - EDU_BUFFER;
	u64 start = to_ram ? hw->dst : hw->src, end;

	if (!hw->count || hw->count > EDU_BUFFER_SIZE ||
	    inside > EDU_BUFFER_SIZE - hw->count ||
	    check_add_overflow(start, hw->count, &end))
		return -EINVAL;

	pages->iova = ALIGN_DOWN(start, PAGE_SIZE);
	pages->npages = DIV_ROUND_UP(end - pages->iova, PAGE_SIZE);
	pages->prot = to_ram ? IOMMU_WRITE : IOMMU_READ;
	return 0;
}

/**
 * assigned_hw_prepare() - may this transfer begin?
 * @hw: the function, with the registers that the guest has programmed
 * @cmd: what it writes to begin
 * @pages: which memory it would touch
 *
 * Context: Process context, sleeps.
 * Return: 0; -EBUSY if a transfer goes on; or as assigned_hw_pages() and
 * assigned_buffer_reach().
 */
int assigned_hw_prepare(struct assigned_hw *hw, u64 cmd,
			struct assigned_hw_pages *pages)
{
	int ret = assigned_hw_pages(hw, cmd, pages);

	if (ret || assigned_hw_is_busy(hw))
		return ret ?: -EBUSY;
	return assigned_buffer_reach(hw, pages->iova +
					 pages->npages * PAGE_SIZE - 1);
}

/**
 * assigned_hw_start() - begin the transfer that the guest has programmed
 * @hw: the function, at rest; assigned_hw_prepare() had nothing to say
 * @cmd: what the guest has written
 *
 * Context: Process context, sleeps, but not until it has ended.
 */
void assigned_hw_start(struct assigned_hw *hw, u64 cmd)
{
	u64 dst = hw->dst;

	if (cmd & EDU_DMA_TO_RAM && READ_ONCE(hw->fault.astray))
		dst += PAGE_SIZE;
	hw->cmd = cmd;
	hw->filled = true;
	assigned_hw_run(hw, hw->src, dst, hw->count, cmd);
}
