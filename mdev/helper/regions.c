// SPDX-License-Identifier: GPL-2.0-only
/* Access to the regions: BAR 0 and config space */

#include <linux/pci_regs.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>

#include "command.h"
#include "irq.h"
#include "regions.h"

/* Config space takes any size, user programs read it in one go */
static bool pinscope_config_range(u64 offset, size_t count)
{
	return offset < PINSCOPE_CONFIG_SIZE &&
	       count <= PINSCOPE_CONFIG_SIZE - offset;
}

static void pinscope_config_read(struct pinscope_device *pd, u64 offset,
				 u8 *buf, size_t count)
{
	u8 config[PINSCOPE_CONFIG_SIZE];

	mutex_lock(&pd->lock);
	memcpy(config, pd->config, sizeof(config));
	mutex_unlock(&pd->lock);
	if (pinscope_irq_pending(pd) & PINSCOPE_PENDING_INTX)
		config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
	memcpy(buf, config + offset, count);
}

/* Registers take a word, IOVA also two at once */
static bool pinscope_bar0_range(u64 offset, size_t count)
{
	if (count == 8)
		return offset == PINSCOPE_REG_IOVA;
	return count == 4 && IS_ALIGNED(offset, count) &&
	       offset < PINSCOPE_BAR0_SIZE;
}

/**
 * pinscope_read() - read() of a sample device
 * @vdev: device
 * @buf: where the user wants it
 * @count: bytes; 4 for registers, or 8 for IOVA
 * @ppos: index and offset of the region, advanced
 *
 * Context: Process context, takes the lock of the device.
 * Return: @count, -EINVAL for a region that is not there or a size or alignment
 * that registers do not have, -EFAULT for a bad buffer.
 */
ssize_t pinscope_read(struct vfio_device *vdev, char __user *buf, size_t count,
		      loff_t *ppos)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	u64 offset = *ppos & PINSCOPE_OFFSET_MASK;
	u8 data[PINSCOPE_CONFIG_SIZE];
	unsigned int i;

	switch (PINSCOPE_OFFSET_TO_INDEX((u64)*ppos)) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		if (!pinscope_bar0_range(offset, count))
			return -EINVAL;
		mutex_lock(&pd->lock);
		for (i = 0; i < count; i += 4)
			put_unaligned_le32(pinscope_reg_read(pd, offset + i),
					   data + i);
		mutex_unlock(&pd->lock);
		break;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		if (!pinscope_config_range(offset, count))
			return -EINVAL;
		pinscope_config_read(pd, offset, data, count);
		break;
	default:
		return -EINVAL;
	}

	if (copy_to_user(buf, data, count))
		return -EFAULT;
	*ppos += count;
	return count;
}
EXPORT_SYMBOL_GPL(pinscope_read);

/**
 * pinscope_write() - write() of a sample device
 * @vdev: device
 * @buf: what the user writes
 * @count: bytes; 4 for registers, or 8 for IOVA
 * @ppos: index and offset of the region, advanced
 *
 * A write to the CMD register returns when the command is complete, unless the CTRL
 * register says otherwise; how that went is in the STATUS register.
 *
 * Context: Process context, takes the lock of the device.
 * Return: @count, -EINVAL for a region that is not there or a size or alignment
 * that registers do not have, -EFAULT for a bad buffer, -EINTR if the caller is
 * being killed before a command is complete.
 */
ssize_t pinscope_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	u64 offset = *ppos & PINSCOPE_OFFSET_MASK;
	u8 data[PINSCOPE_CONFIG_SIZE];
	unsigned int i;
	int ret = 0;

	switch (PINSCOPE_OFFSET_TO_INDEX((u64)*ppos)) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		if (!pinscope_bar0_range(offset, count))
			return -EINVAL;
		if (copy_from_user(data, buf, count))
			return -EFAULT;
		mutex_lock(&pd->lock);
		for (i = 0; i < count && !ret; i += 4)
			ret = pinscope_reg_write(pd, offset + i,
						 get_unaligned_le32(data + i));
		mutex_unlock(&pd->lock);
		if (ret)
			return ret;
		break;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		if (!pinscope_config_range(offset, count))
			return -EINVAL;
		if (copy_from_user(data, buf, count))
			return -EFAULT;
		mutex_lock(&pd->lock);
		pinscope_config_write(pd->config, offset, data, count);
		pinscope_irq_update(pd);
		mutex_unlock(&pd->lock);
		break;
	default:
		return -EINVAL;
	}

	*ppos += count;
	return count;
}
EXPORT_SYMBOL_GPL(pinscope_write);
