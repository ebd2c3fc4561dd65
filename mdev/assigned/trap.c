// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways from the user to the function. The registers of BAR 0 are trapped, so
 * whatever would get at them in another way is closed: mmap(), ioeventfds, the power
 * state. The configuration space is the core's, but for bus mastering of a function
 * that must not have it.
 */

#include <linux/pci.h>
#include <linux/uaccess.h>

#include "assigned.h"

/**
 * assigned_trap_all() - leave the user no other way
 * @assigned: the device, which the core has enabled for its user
 *
 * Context: Process context, in open_device().
 */
void assigned_trap_all(struct assigned *assigned)
{
	assigned->core.bar_mmap_supported[0] = false;
	/* edu has none, but assigned_hw_reset() does what it should do */
	assigned->core.reset_works = true;
}

/**
 * assigned_trap_read() - for vfio_device_ops.read
 * @vdev: the device
 * @buf: of the user
 * @count: bytes
 * @ppos: region and offset
 *
 * Context: Process context, takes the lock of the device.
 * Return: bytes read; see assigned_hw_read() and vfio_pci_core_read() for errors.
 */
ssize_t assigned_trap_read(struct vfio_device *vdev, char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct assigned *assigned = to_assigned(vdev);
	__le64 data;
	u64 value;
	int ret;

	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) != VFIO_PCI_BAR0_REGION_INDEX)
		return vfio_pci_core_read(vdev, buf, count, ppos);

	scoped_guard(mutex, &assigned->lock)
		ret = assigned_hw_read(&assigned->hw,
				       *ppos & VFIO_PCI_OFFSET_MASK, count,
				       &value);
	if (ret)
		return ret;
	data = cpu_to_le64(value);
	if (copy_to_user(buf, &data, count))
		return -EFAULT;
	*ppos += count;
	return count;
}

/* Would it write to the command register? */
static bool assigned_trap_is_command(size_t count, loff_t pos)
{
	loff_t offset = pos & VFIO_PCI_OFFSET_MASK;

	return VFIO_PCI_OFFSET_TO_INDEX(pos) == VFIO_PCI_CONFIG_REGION_INDEX &&
	       offset < PCI_COMMAND + 2 && offset + count > PCI_COMMAND;
}

/**
 * assigned_trap_pass() - what the user writes, as far as that needs no lock
 * @vdev: the device
 * @buf: of the user
 * @count: bytes
 * @ppos: region and offset
 * @data: gets what is for BAR 0
 *
 * Context: Process context, without the lock of the device: this may wait for a page.
 * Return: 0 if assigned_trap_write() has to follow, bytes written if not; -EINVAL if
 * it is too long for a register, -EFAULT, or as vfio_pci_core_write().
 */
ssize_t assigned_trap_pass(struct vfio_device *vdev, const char __user *buf,
			   size_t count, loff_t *ppos, __le64 *data)
{
	*data = 0;
	if (assigned_trap_is_command(count, *ppos))
		return 0;
	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) != VFIO_PCI_BAR0_REGION_INDEX)
		return vfio_pci_core_write(vdev, buf, count, ppos);
	if (count > sizeof(*data))
		return -EINVAL;
	return copy_from_user(data, buf, count) ? -EFAULT : 0;
}

static ssize_t assigned_write_bar(struct assigned *assigned, __le64 data,
				  size_t count, loff_t *ppos, u64 *start)
{
	u64 offset = *ppos & VFIO_PCI_OFFSET_MASK;
	int ret;

	ret = assigned_mig_may_write(&assigned->mig) ?:
	      assigned_hw_write(&assigned->hw, offset, count,
				le64_to_cpu(data));
	if (ret)
		return ret;
	if (assigned_hw_is_start(offset, le64_to_cpu(data)))
		*start = le64_to_cpu(data);
	*ppos += count;
	return count;
}

/**
 * assigned_trap_write() - what the user writes, but for beginning DMA
 * @assigned: the device
 * @buf: of the user
 * @count: bytes
 * @ppos: region and offset
 * @data: from assigned_trap_pass()
 * @start: the command that was written if it begins a transfer, or unchanged
 *
 * Context: Process context, with the lock of the device: the command register of the
 * function does not change while others look at it.
 * Return: bytes written; -EBUSY if the device is stopped, -EIO if it has failed; see
 * assigned_hw_write() and vfio_pci_core_write() for others.
 */
ssize_t assigned_trap_write(struct assigned *assigned, const char __user *buf,
			    size_t count, loff_t *ppos, __le64 data,
			    u64 *start)
{
	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) == VFIO_PCI_BAR0_REGION_INDEX)
		return assigned_write_bar(assigned, data, count, ppos, start);
	/* Bus mastering stays off */
	if (assigned->hw.fenced && assigned_trap_is_command(count, *ppos))
		return -EIO;
	return vfio_pci_core_write(&assigned->core.vdev, buf, count, ppos);
}

/**
 * assigned_trap_ioctl() - for vfio_device_ops.ioctl, but for reset
 * @vdev: the device
 * @cmd: of the user
 * @arg: of the user
 *
 * Context: Process context.
 * Return: what vfio_pci_core_ioctl() returns, -ENOTTY for eventfds that write to the
 * BAR, and for a reset of the bus, which would go past the driver.
 */
long assigned_trap_ioctl(struct vfio_device *vdev, unsigned int cmd,
			 unsigned long arg)
{
	switch (cmd) {
	case VFIO_DEVICE_IOEVENTFD:
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
	case VFIO_DEVICE_PCI_HOT_RESET:
		return -ENOTTY;
	}
	return vfio_pci_core_ioctl(vdev, cmd, arg);
}

/**
 * assigned_trap_feature() - for vfio_device_ops.device_feature
 * @vdev: the device
 * @flags: of the user
 * @arg: of the user
 * @argsz: its size
 *
 * In low power the function could not be asked whether it rests.
 *
 * Context: Process context.
 * Return: what vfio_pci_core_ioctl_feature() returns, -ENOTTY for low power.
 */
int assigned_trap_feature(struct vfio_device *vdev, u32 flags,
			  void __user *arg, size_t argsz)
{
	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
		return -ENOTTY;
	}
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
}
