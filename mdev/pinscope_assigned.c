// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample driver: a variant of vfio-pci for QEMU's edu, assigned, opts in by pinning.
 *
 * BAR 0 is trapped: a transfer that the guest begins is begun by the driver, which
 * has pinned the memory before, while it has opted in. The memory stays pinned until
 * the next transfer. When to opt in is the attribute opt_in:
 *
 *   start    while the container tracks dirty pages
 *   precopy  while the device is in a state that saves: later than the first bitmap,
 *	      so the VFIO core reports all that is mapped once more
 *   never    not at all
 *
 * The rule: while opted in, no transfer goes on without its pins, which are returned
 * after its end, or that of tracking. A function that does not rest is fenced.
 *
 * The hardware is in assigned/. On a VFIO core without the patches it is never narrow.
 */

#include <linux/module.h>
#include <linux/pci.h>

#include "assigned/assigned.h"

static void assigned_unpin(struct assigned *assigned)
{
	if (assigned->pinned.npages)
		vfio_unpin_pages(&assigned->core.vdev, assigned->pinned.iova,
				 assigned->pinned.npages);
	assigned->pinned.npages = 0;
}

/* In the place of what was pinned for the last transfer, which has ended */
static int assigned_pin(struct assigned *assigned,
			const struct assigned_hw_pages *range)
{
	struct page *pages[ASSIGNED_PAGES_MAX];
	int ret = vfio_pin_pages(&assigned->core.vdev, range->iova,
				 range->npages, range->prot, pages);

	if (ret < 0)
		return ret;
	assigned_unpin(assigned);
	assigned->pinned = *range;
	assigned->narrow = true;
	return 0;
}

static void assigned_leave(struct assigned *assigned)
{
	assigned_unpin(assigned);
	assigned->opted_in = false;
	assigned->narrow = false;
}

/* While the container tracks, what is written from here on would be in no report */
static void assigned_opt_out(struct assigned *assigned, int refused)
{
	assigned_leave(assigned);
	vfio_dirty_opt_out(&assigned->core.vdev);
	if (refused)
		assigned_set_refused(assigned, "pin", refused);
}

/* A transfer may be going on. If not, the memory of the last one is as good as any */
static void assigned_opt_in(struct assigned *assigned)
{
	struct assigned_hw_pages range;
	int ret;

	if (assigned->opted_in || assigned->hw.fenced)
		return;
	assigned->opted_in = true;
	assigned->refused = 0;
	ret = assigned_hw_pages(&assigned->hw, assigned->hw.cmd, &range) ?:
	      assigned_pin(assigned, &range);
	if (ret && assigned_hw_is_busy(&assigned->hw))
		assigned_opt_out(assigned, ret);
}

/* Nobody knows where its DMA has got to, or will */
static void assigned_fail(struct assigned *assigned)
{
	if (assigned->mig.state == VFIO_DEVICE_STATE_ERROR)
		return;
	assigned_hw_fence(&assigned->hw);
	assigned_opt_out(assigned, 0);
	assigned_mig_end(&assigned->mig, VFIO_DEVICE_STATE_ERROR);
	assigned_tell_failed(assigned);
}

/* The container tracks dirty pages now, or did before the device was opened */
static void assigned_tracking_start(struct vfio_device *vdev)
{
	struct assigned *assigned = to_assigned(vdev);

	guard(mutex)(&assigned->lock);
	assigned_opt_in(assigned);
}

/* With tracking off and no pin left, the VFIO core widens scope by itself */
static void assigned_tracking_stop(struct vfio_device *vdev)
{
	struct assigned *assigned = to_assigned(vdev);

	guard(mutex)(&assigned->lock);
	assigned_leave(assigned);
}

static const struct vfio_dirty_client_ops assigned_client_ops = {
	.start = assigned_tracking_start,
	.stop = assigned_tracking_stop,
};

/* The user unmaps memory. VFIO waits for the pins there, and they for their transfer */
static void assigned_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct assigned *assigned = to_assigned(vdev);

	guard(mutex)(&assigned->lock);
	if (!assigned_has_pinned(assigned, iova, length))
		return;
	if (assigned_hw_rest(&assigned->hw))
		assigned_fail(assigned);
	assigned_unpin(assigned);
}

/* The guest begins a transfer */
static int assigned_dma(struct assigned *assigned, u64 cmd)
{
	struct assigned_hw_pages range;
	int ret;

	ret = assigned_mig_may_dma(&assigned->mig) ?:
	      assigned_hw_prepare(&assigned->hw, cmd, &range);
	if (assigned->hw.fenced)
		assigned_fail(assigned);
	if (ret)
		return ret;

	if (assigned->opted_in) {
		ret = assigned_pin(assigned, &range);
		/* Not mapped, or not for that: the IOMMU would stop it as well */
		if (ret == -EINVAL || ret == -EPERM)
			return -EFAULT;
		/* No reason to refuse the transfer, but to be wide */
		if (ret)
			assigned_opt_out(assigned, ret);
	}
	assigned_hw_start(&assigned->hw, cmd);
	return 0;
}

static ssize_t assigned_write(struct vfio_device *vdev, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct assigned *assigned = to_assigned(vdev);
	__le64 data;
	u64 cmd = 0;
	ssize_t ret = assigned_trap_pass(vdev, buf, count, ppos, &data);

	if (ret)
		return ret;
	guard(mutex)(&assigned->lock);
	ret = assigned_trap_write(assigned, buf, count, ppos, data, &cmd);
	return cmd ? assigned_dma(assigned, cmd) ?: ret : ret;
}

/* Reset ends a migration as well; tracking goes on, so do we if it told us */
static int assigned_reset(struct assigned *assigned)
{
	int ret;

	guard(mutex)(&assigned->lock);
	ret = assigned_hw_reset(&assigned->hw);
	if (ret)
		assigned_fail(assigned);
	else
		assigned_mig_end(&assigned->mig, VFIO_DEVICE_STATE_RUNNING);
	assigned_unpin(assigned);
	assigned->narrow = false;
	if (assigned->opted_in && assigned->mode == ASSIGNED_PRECOPY)
		assigned_opt_out(assigned, 0);
	return ret;
}

static long assigned_ioctl(struct vfio_device *vdev, unsigned int cmd,
			   unsigned long arg)
{
	if (cmd == VFIO_DEVICE_RESET)
		return assigned_reset(to_assigned(vdev));
	return assigned_trap_ioctl(vdev, cmd, arg);
}

/* A device that saves is opted in, unless the core told us before */
static struct file *assigned_set_state(struct vfio_device *vdev,
				       enum vfio_device_mig_state new_state)
{
	struct assigned *assigned = to_assigned(vdev);
	struct file *file;

	guard(mutex)(&assigned->lock);
	file = assigned_mig_set(assigned, new_state);
	if (assigned->hw.fenced)
		assigned_fail(assigned);
	if (assigned->mode != ASSIGNED_PRECOPY)
		return file;
	if (assigned_mig_is_saving(&assigned->mig))
		assigned_opt_in(assigned);
	else if (assigned->opted_in)
		assigned_opt_out(assigned, 0);
	return file;
}

static const struct vfio_migration_ops assigned_mig_ops = {
	.migration_set_state = assigned_set_state,
	.migration_get_state = assigned_mig_get,
	.migration_get_data_size = assigned_mig_size,
};

/* The function is as it is when power comes on, or else is not given to the user */
static int assigned_open(struct vfio_device *vdev)
{
	struct assigned *assigned = to_assigned(vdev);
	int ret;

	ret = vfio_pci_core_enable(&assigned->core);
	if (ret)
		return ret;
	ret = assigned_hw_open(&assigned->hw);
	if (ret) {
		vfio_pci_core_disable(&assigned->core);
		return ret;
	}
	vfio_pci_core_finish_enable(&assigned->core);
	assigned_trap_all(assigned);
	assigned_set_open(assigned, true);
	/* Without the lock, as this may call assigned_tracking_start() */
	if (assigned->mode == ASSIGNED_START)
		ret = vfio_register_dirty_client(vdev, &assigned->client);
	/* The device works, it is only never told to pin */
	if (ret)
		assigned_set_refused(assigned, "start notification", ret);
	return 0;
}

/* No DMA, then no callback that could pin again, then no pin; then no function */
static void assigned_close(struct vfio_device *vdev)
{
	struct assigned *assigned = to_assigned(vdev);

	scoped_guard(mutex, &assigned->lock)
		assigned_hw_close(&assigned->hw);
	vfio_unregister_dirty_client(&assigned->client);
	scoped_guard(mutex, &assigned->lock) {
		assigned_leave(assigned);
		assigned_mig_end(&assigned->mig, VFIO_DEVICE_STATE_RUNNING);
	}
	assigned_set_open(assigned, false);
	vfio_pci_core_close_device(vdev);
}

static const struct vfio_device_ops assigned_vfio_ops = {
	.name = "pinscope_assigned",
	ASSIGNED_CORE_OPS	/* as they are, for all else */
	.open_device = assigned_open,
	.close_device = assigned_close,
	.read = assigned_trap_read,
	.write = assigned_write,
	.ioctl = assigned_ioctl,
	.device_feature = assigned_trap_feature,
	.dma_unmap = assigned_dma_unmap,
};

/* A variant of vfio-pci: takes no function that it was not told to by driver_override */
static const struct pci_device_id assigned_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(EDU_VENDOR_ID, EDU_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, assigned_ids);

static int assigned_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return assigned_function_probe(pdev, &assigned_vfio_ops,
				       &assigned_mig_ops, &assigned_client_ops);
}

static struct pci_driver assigned_driver = {
	.name = "pinscope_assigned",
	.id_table = assigned_ids,
	.probe = assigned_probe,
	.remove = assigned_function_remove,
	.dev_groups = assigned_groups,
	.err_handler = &vfio_pci_core_err_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(assigned_driver);

MODULE_DESCRIPTION("Sample vfio-pci variant driver: an assigned function that opts in by pinning");
MODULE_LICENSE("GPL");
