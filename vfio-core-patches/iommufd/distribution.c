// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOMMU drivers can tell what is dirty
 *
 * Where an IOMMU keeps dirty bits its driver reads and clears them, and hands what it
 * has found to iova_bitmap_set(). Without CONFIG_IOMMUFD_DRIVER that is an empty
 * function, compiled into the driver: all bits are cleared, none is reported, and a
 * migration loses every page. So the drivers of such a kernel, be they built in or
 * modules of its own, are not believed when they say that they can track. Modules
 * from elsewhere are: they are built with the same flags as this one.
 */

#include <linux/module.h>

#include "../iommu-priv.h"

#include "distribution.h"

/* Shown to who asks why: pinscope doctor does */
static bool kernel_tracks_dirty;
module_param(kernel_tracks_dirty, bool, 0444);
MODULE_PARM_DESC(kernel_tracks_dirty,
		 "Whether the kernel's own IOMMU drivers can tell what is dirty; read-only.");

static bool iommufd_driver_records(struct device *dev)
{
	const struct module *owner = dev_iommu_ops(dev)->owner;

	return owner && test_bit(TAINT_OOT_MODULE, &owner->taints);
}

/**
 * iommufd_iommu_capable - check for a capability of a device's IOMMU
 * @dev: the device
 * @cap: the capability
 *
 * Return: as device_iommu_capable(), but no dirty tracking by drivers whose findings
 * would be lost
 */
bool iommufd_iommu_capable(struct device *dev, enum iommu_cap cap)
{
	if (!device_iommu_capable(dev, cap))
		return false;
	if (cap != IOMMU_CAP_DIRTY_TRACKING || iommufd_driver_records(dev))
		return true;

	pr_notice_once("iommufd: the IOMMU of %s is not used to track dirty pages: this kernel was built without CONFIG_IOMMUFD_DRIVER, and its IOMMU drivers record them nowhere\n",
		       dev_name(dev));
	return false;
}
