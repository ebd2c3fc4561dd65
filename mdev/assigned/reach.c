// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses the function can be told. edu masks those that have more bits than
 * its property dma_mask, without a word, and would write to other pages than were
 * pinned. So it has to be seen to write to the driver's own page, where that is at the
 * end of the addresses.
 */

#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vfio_pci_core.h>

#include "edu.h"
#include "hw.h"

/*
 * Where the page is for a function that has addresses of so many bits: at their end,
 * and what is left of it with fewer bits is not where it was before.
 */
dma_addr_t assigned_page_iova(unsigned int bits)
{
	u64 last = ALIGN_DOWN(DMA_BIT_MASK(bits), PAGE_SIZE);

	return last - (bits - ASSIGNED_FIRST_BITS) * PAGE_SIZE;
}

/* For the function, beside where it may be already */
int assigned_page_map(struct assigned_hw *hw, dma_addr_t iova)
{
	return iommu_map(hw->domain, iova, virt_to_phys(hw->page), PAGE_SIZE,
			 IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE, GFP_KERNEL);
}

/* Does the function write to the page, which is not what its buffer holds yet? */
static int assigned_page_prove(struct assigned_hw *hw, const u8 *held)
{
	int ret = assigned_buffer_transfer(hw, EDU_BUFFER, hw->page_iova,
					   EDU_DMA_RUN | EDU_DMA_TO_RAM);

	if (ret)
		return ret;
	if (!memcmp(hw->page, held, EDU_BUFFER_SIZE))
		return 0;
	dev_err_ratelimited(&hw->core->pdev->dev,
			    "its addresses have too few bits: set edu's property dma_mask\n");
	return -ENXIO;
}

/**
 * assigned_buffer_prove() - does the function write where it is told to?
 * @hw: the function, at rest, its buffer loaded with zeros
 *
 * Asked once, for 32 bits.
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: 0; -ENXIO if its addresses have too few bits, which the log tells; or as
 * assigned_buffer_save().
 */
int assigned_buffer_prove(struct assigned_hw *hw)
{
	static const u8 zeros[EDU_BUFFER_SIZE];
	int ret;

	if (hw->bits)
		return 0;
	memset(hw->page, 0xff, EDU_BUFFER_SIZE);
	ret = assigned_page_prove(hw, zeros);
	if (!ret)
		hw->bits = ASSIGNED_FIRST_BITS;
	return ret;
}

/* The page moves, for as long as the function reaches it there */
static int assigned_page_move(struct assigned_hw *hw, unsigned int bits, u8 *held)
{
	dma_addr_t old = hw->page_iova, new = assigned_page_iova(bits);
	int ret;

	ret = assigned_buffer_save(hw, held);
	if (!ret)
		ret = assigned_page_map(hw, new);
	if (ret)
		return ret;
	memset(hw->page, ~*held, EDU_BUFFER_SIZE);
	hw->page_iova = new;
	ret = assigned_page_prove(hw, held);
	if (ret)
		hw->page_iova = old;
	else
		hw->bits = bits;
	iommu_unmap(hw->domain, ret ? new : old, PAGE_SIZE);
	return ret;
}

/**
 * assigned_buffer_reach() - may the function be told this address?
 * @hw: the function, open and at rest
 * @last: the last address of a transfer
 *
 * As assigned_buffer_prove(), for addresses of more bits when they come up. Whether
 * the user has something mapped there is not asked: page tables may be freed
 * meanwhile. What is not mapped, the IOMMU stops.
 *
 * Context: Process context, sleeps, for some 200 ms the first time.
 * Return: 0; -EFAULT if the user has no domain that could have it mapped; -EBUSY if
 * the user attaches or detaches one; -ENOMEM; or as assigned_buffer_prove().
 */
int assigned_buffer_reach(struct assigned_hw *hw, u64 last)
{
	struct iommu_domain *user;
	unsigned int bits = fls64(last);
	u8 *held;
	int ret;

	if (bits <= hw->bits)
		return 0;
	if (hw->moving)
		return -EBUSY;
	user = iommu_get_domain_for_dev(&hw->core->pdev->dev);
	if (!user || user->type != IOMMU_DOMAIN_UNMANAGED ||
	    last > user->geometry.aperture_end)
		return -EFAULT;

	held = kmalloc(EDU_BUFFER_SIZE, GFP_KERNEL_ACCOUNT);
	if (!held)
		return -ENOMEM;
	ret = assigned_page_move(hw, bits, held);
	kfree(held);
	return ret;
}
