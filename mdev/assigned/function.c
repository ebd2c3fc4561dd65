// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding: is it the function that the driver is for, and can its state be saved? Then
 * it is registered as by any driver that is built on vfio-pci-core.
 *
 * Files in pinscope_assigned-<function> in debugfs make things go wrong, see struct
 * assigned_hw_fault.
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/sizes.h>

#include "assigned.h"
#include "edu.h"

#define EDU_BAR_SIZE	SZ_1M
#define EDU_ID_MASK	0xffff
#define EDU_ID_IS	0x00ed

/* The registers, before and after they are the core's */
static void __iomem *assigned_map(struct pci_dev *pdev)
{
	void __iomem *bar;
	int ret;

	ret = pci_enable_device_mem(pdev);
	if (ret)
		return IOMEM_ERR_PTR(ret);
	ret = pci_request_region(pdev, 0, "pinscope_assigned");
	if (ret)
		goto err_disable;

	ret = -ENOMEM;
	bar = pci_iomap(pdev, 0, 0);
	if (bar)
		return bar;

	pci_release_region(pdev, 0);
err_disable:
	pci_disable_device(pdev);
	return IOMEM_ERR_PTR(ret);
}

static void assigned_unmap(struct pci_dev *pdev, void __iomem *bar)
{
	pci_iounmap(pdev, bar);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
}

/* Is it what the driver is for? */
static int assigned_identify(struct pci_dev *pdev)
{
	void __iomem *bar;
	u32 id;

	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) != EDU_BAR_SIZE) {
		pci_err(pdev, "not an edu function: BAR 0 is not memory of 1 MiB\n");
		return -ENODEV;
	}

	bar = assigned_map(pdev);
	if (IS_ERR(bar))
		return PTR_ERR(bar);
	id = readl(bar + EDU_ID);
	assigned_unmap(pdev, bar);
	if ((id & EDU_ID_MASK) == EDU_ID_IS)
		return 0;
	pci_err(pdev, "not an edu function: it says that it is %#x\n", id);
	return -ENODEV;
}

/* Bus mastering is off, but whoever drives the function next will switch it on */
static void assigned_settle(struct assigned_hw *hw)
{
	unsigned long end = jiffies + assigned_hw_limit(hw);
	struct pci_dev *pdev = hw->core->pdev;
	void __iomem *bar = assigned_map(pdev);
	bool busy = true;

	while (!IS_ERR(bar) && time_before(jiffies, end)) {
		busy = hw->fault.hang || readl(bar + EDU_DMA_CMD) & EDU_DMA_RUN;
		if (!busy)
			break;
		fsleep(2000);
	}
	if (!IS_ERR(bar))
		assigned_unmap(pdev, bar);
	if (busy)
		pci_err(pdev, "still at a transfer, which the next driver will let pass\n");
}

static void assigned_create_faults(struct assigned_hw *hw)
{
	char name[40];

	snprintf(name, sizeof(name), "pinscope_assigned-%s",
		 pci_name(hw->core->pdev));
	hw->dir = debugfs_create_dir(name, NULL);
	debugfs_create_bool("slow", 0600, hw->dir, &hw->fault.slow);
	debugfs_create_bool("hang", 0600, hw->dir, &hw->fault.hang);
	debugfs_create_bool("astray", 0600, hw->dir, &hw->fault.astray);
	debugfs_create_bool("attach", 0600, hw->dir, &hw->fault.attach);
	debugfs_create_bool("mask", 0600, hw->dir, &hw->fault.mask);
}

/**
 * assigned_function_probe() - for the probe() of a driver
 * @pdev: the function
 * @ops: of the driver
 * @mig_ops: the same, for devices that stop, save before they do, and know P2P
 * @client_ops: of the driver
 *
 * Context: Process context, sleeps.
 * Return: 0, for assigned_function_remove(); -ENODEV if it is not edu, -EXDEV if its
 * IOMMU group has others, or what vfio_pci_core_register_device() returns. The log
 * says what is wrong with the function.
 */
int assigned_function_probe(struct pci_dev *pdev,
			    const struct vfio_device_ops *ops,
			    const struct vfio_migration_ops *mig_ops,
			    const struct vfio_dirty_client_ops *client_ops)
{
	struct assigned *assigned;
	int ret;

	ret = assigned_identify(pdev);
	if (ret)
		return ret;

	assigned = vfio_alloc_device(assigned, core.vdev, &pdev->dev, ops);
	if (IS_ERR(assigned))
		return PTR_ERR(assigned);
	mutex_init(&assigned->lock);
	assigned->client.ops = client_ops;
	assigned->core.vdev.mig_ops = mig_ops;
	assigned->core.vdev.migration_flags = VFIO_MIGRATION_STOP_COPY |
					      VFIO_MIGRATION_P2P |
					      VFIO_MIGRATION_PRE_COPY;
	assigned->mig.state = VFIO_DEVICE_STATE_RUNNING;
	assigned->hw.core = &assigned->core;
	/* With what a driver before this one has left there */
	assigned->hw.filled = true;
	ret = assigned_buffer_create(&assigned->hw);
	if (ret)
		goto err_put;

	dev_set_drvdata(&pdev->dev, &assigned->core);
	assigned_init_opt_in(assigned);
	ret = vfio_pci_core_register_device(&assigned->core);
	if (ret)
		goto err_buffer;
	assigned_create_faults(&assigned->hw);
	return 0;

err_buffer:
	assigned_buffer_destroy(&assigned->hw);
err_put:
	vfio_put_device(&assigned->core.vdev);
	return ret;
}

/**
 * assigned_function_remove() - for the remove() of a driver
 * @pdev: the function
 *
 * Context: Process context, waits until the user has closed the device, and the
 * function has ended what it had to be fenced for.
 */
void assigned_function_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);
	struct assigned *assigned = to_assigned(&core->vdev);

	vfio_pci_core_unregister_device(core);
	debugfs_remove_recursive(assigned->hw.dir);
	if (assigned->hw.busy)
		assigned_settle(&assigned->hw);
	assigned_buffer_destroy(&assigned->hw);
	vfio_put_device(&core->vdev);
}
