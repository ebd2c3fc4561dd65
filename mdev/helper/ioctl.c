// SPDX-License-Identifier: GPL-2.0-only
/* What VFIO_DEVICE_* ioctls answer, the same for all patterns */

#include <linux/cleanup.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "irq.h"
#include "lifecycle.h"
#include "regions.h"

static long pinscope_get_info(struct vfio_device_info __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/**
 * pinscope_region_info() - tell the user what a region is like
 * @vdev: device
 * @info: has the index of the region, and gets the rest
 * @caps: left as they are
 *
 * For get_region_info_caps() of vfio_device_ops, in kernels that have it.
 *
 * Return: 0, or -EINVAL if there is no such region.
 */
int pinscope_region_info(struct vfio_device *vdev,
			 struct vfio_region_info *info,
			 struct vfio_info_cap *caps)
{
	if (info->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;

	info->cap_offset = 0;
	info->offset = PINSCOPE_INDEX_TO_OFFSET(info->index);
	switch (info->index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		info->size = PINSCOPE_BAR0_SIZE;
		break;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		info->size = PINSCOPE_CONFIG_SIZE;
		break;
	default:
		info->size = 0;
	}
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_region_info);

static long pinscope_get_region_info(struct vfio_device *vdev,
				     struct vfio_region_info __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	ret = pinscope_region_info(vdev, &info, NULL);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long pinscope_get_irq_info(struct vfio_irq_info __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	ret = pinscope_irq_info(&info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long pinscope_ioctl_set_irqs(struct pinscope_device *pd,
				    struct vfio_irq_set __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	size_t size = 0;
	void *data = NULL;
	long ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;

	ret = vfio_set_irqs_validate_and_prepare(&set,
						 pinscope_irq_count(set.index),
						 VFIO_PCI_NUM_IRQS, &size);
	if (ret)
		return ret;

	if (size) {
		data = memdup_user(&arg->data, size);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}

	ret = pinscope_set_irqs(pd, &set, data);
	kfree(data);
	return ret;
}

static long pinscope_ioctl_reset(struct pinscope_device *pd)
{
	guard(mutex)(&pd->lock);
	return pinscope_device_reset(pd);
}

/**
 * pinscope_ioctl() - ioctl() of a sample device
 * @vdev: device
 * @cmd: VFIO_DEVICE_*; VFIO_DEVICE_FEATURE is answered by the VFIO core
 * @arg: as of the user
 *
 * Context: Process context, takes the lock of the device.
 * Return: as linux/vfio.h says, -ENOTTY for what a device does not have, -EIO from a
 * reset if the device did not come to rest.
 */
long pinscope_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return pinscope_get_info(uarg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return pinscope_get_region_info(vdev, uarg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return pinscope_get_irq_info(uarg);
	case VFIO_DEVICE_SET_IRQS:
		return pinscope_ioctl_set_irqs(pd, uarg);
	case VFIO_DEVICE_RESET:
		return pinscope_ioctl_reset(pd);
	default:
		return -ENOTTY;
	}
}
EXPORT_SYMBOL_GPL(pinscope_ioctl);

/**
 * pinscope_request() - ask the user to let go of a device being removed
 * @vdev: device
 * @count: how often that was asked before
 *
 * Does not wait for what the device is at.
 *
 * Context: Process context, sleeps for moments.
 */
void pinscope_request(struct vfio_device *vdev, unsigned int count)
{
	if (!pinscope_irq_request(to_pinscope(vdev)) && !count)
		dev_notice(vdev->dev,
			   "in use, and the user has not set up to be asked to close it\n");
}
EXPORT_SYMBOL_GPL(pinscope_request);
