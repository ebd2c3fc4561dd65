// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer of edu, which nothing but its DMA can reach. While a user owns the IOMMU
 * group the kernel has no mapping there. So for a transfer of the driver's own the
 * group is attached to a domain that maps one page, and then to the user's again. A
 * container keeps the group, and with it the domain, as long as the device is open; how
 * a user of iommufd is kept from taking it away meanwhile is in ioas.c.
 * Hardware that gets its state out in another way needs none of this.
 */

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/vfio_pci_core.h>

#include "edu.h"
#include "hw.h"

static int assigned_count(struct device *dev, void *data)
{
	unsigned int *count = data;

	(*count)++;
	return 0;
}

/* Another function of the group would do DMA in a domain that is not meant for it */
static int assigned_is_alone(struct assigned_hw *hw)
{
	unsigned int count = 0;

	iommu_group_for_each_dev(hw->group, &count, assigned_count);
	return count == 1 ? 0 : -EXDEV;
}

static int assigned_attach_user(struct assigned_hw *hw,
				struct iommu_domain *user)
{
	int ret = -ENOMEM;

	if (!READ_ONCE(hw->fault.attach))
		ret = iommu_attach_group(user, hw->group);
	hw->away = ret ? user : NULL;
	if (ret) {
		assigned_hw_fence(hw);
		dev_err_ratelimited(&hw->core->pdev->dev,
				    "domain of the user cannot be attached (%pe)\n",
				    ERR_PTR(ret));
	}
	return ret;
}

/* Takes the domain of the user away, if there is one */
static struct iommu_domain *assigned_detach_user(struct assigned_hw *hw)
{
	struct iommu_domain *user;

	user = iommu_get_domain_for_dev(&hw->core->pdev->dev);
	if (!user || user->type != IOMMU_DOMAIN_UNMANAGED)
		return hw->away;
	iommu_detach_group(user, hw->group);
	return user;
}

static int assigned_page_transfer(struct assigned_hw *hw, u64 src, u64 dst,
				  u64 cmd)
{
	struct pci_dev *pdev = hw->core->pdev;
	u16 command;
	int ret;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	assigned_hw_master(hw, true);
	assigned_hw_run(hw, src, dst, EDU_BUFFER_SIZE, cmd);
	ret = assigned_hw_end(hw);
	if (ret)
		assigned_hw_fence(hw);
	else if (!(command & PCI_COMMAND_MASTER))
		assigned_hw_master(hw, false);
	return ret;
}

/* Between the page and the buffer, as their addresses say */
int assigned_buffer_transfer(struct assigned_hw *hw, u64 src, u64 dst, u64 cmd)
{
	struct iommu_domain *user;
	int ret;

	if (hw->moving)
		return -EBUSY;
	ret = assigned_is_alone(hw);
	if (ret)
		return ret;

	user = assigned_detach_user(hw);
	ret = iommu_attach_group(hw->domain, hw->group);
	if (!ret) {
		ret = assigned_page_transfer(hw, src, dst, cmd);
		iommu_detach_group(hw->domain, hw->group);
	}
	if (user)
		ret = assigned_attach_user(hw, user) ?: ret;
	return ret;
}

/**
 * assigned_buffer_save() - read the buffer
 * @hw: the function, at rest; fenced if it does not end that, or its domain is lost
 * @buffer: gets EDU_BUFFER_SIZE bytes
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: 0; -EXDEV if another function has come to the IOMMU group; -EBUSY if the
 * user attaches or detaches a domain; what assigned_hw_end() or iommu_attach_group()
 * return.
 */
int assigned_buffer_save(struct assigned_hw *hw, void *buffer)
{
	int ret = assigned_buffer_transfer(hw, EDU_BUFFER, hw->page_iova,
					   EDU_DMA_RUN | EDU_DMA_TO_RAM);

	if (!ret)
		memcpy(buffer, hw->page, EDU_BUFFER_SIZE);
	return ret;
}

/**
 * assigned_buffer_load() - write the buffer
 * @hw: the function, at rest; fenced if it does not end that, or its domain is lost
 * @buffer: EDU_BUFFER_SIZE bytes
 *
 * Context: Process context, sleeps, for some 100 ms.
 * Return: as assigned_buffer_save().
 */
int assigned_buffer_load(struct assigned_hw *hw, const void *buffer)
{
	memcpy(hw->page, buffer, EDU_BUFFER_SIZE);
	hw->filled = true;
	return assigned_buffer_transfer(hw, hw->page_iova, EDU_BUFFER,
					EDU_DMA_RUN);
}

/**
 * assigned_buffer_create() - prepare to save and load the buffer
 * @hw: the function, not open
 *
 * Context: Process context, sleeps.
 * Return: 0, for assigned_buffer_destroy(); -ENODEV if no IOMMU translates the DMA of
 * the function, -EXDEV if its IOMMU group has others, -ENOMEM.
 */
int assigned_buffer_create(struct assigned_hw *hw)
{
	struct pci_dev *pdev = hw->core->pdev;
	int ret;

	hw->group = iommu_group_get(&pdev->dev);
	if (!hw->group) {
		pci_err(pdev, "no IOMMU translates its DMA\n");
		return -ENODEV;
	}

	ret = assigned_is_alone(hw);
	if (ret) {
		pci_err(pdev, "its IOMMU group has other functions, which its state cannot be saved beside: use vfio-pci\n");
		goto err_group;
	}

	ret = -ENOMEM;
	hw->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!hw->page)
		goto err_group;

	hw->domain = iommu_paging_domain_alloc(&pdev->dev);
	if (IS_ERR(hw->domain)) {
		ret = PTR_ERR(hw->domain);
		goto err_page;
	}
	hw->page_iova = assigned_page_iova(ASSIGNED_FIRST_BITS);
	ret = assigned_page_map(hw, hw->page_iova);
	if (ret)
		goto err_domain;
	return 0;

err_domain:
	iommu_domain_free(hw->domain);
err_page:
	free_page((unsigned long)hw->page);
err_group:
	iommu_group_put(hw->group);
	hw->domain = NULL;
	return ret;
}

/**
 * assigned_buffer_destroy() - undo assigned_buffer_create()
 * @hw: the function, not open
 *
 * Context: Process context, sleeps.
 */
void assigned_buffer_destroy(struct assigned_hw *hw)
{
	iommu_unmap(hw->domain, hw->page_iova, PAGE_SIZE);
	iommu_domain_free(hw->domain);
	free_page((unsigned long)hw->page);
	iommu_group_put(hw->group);
}
