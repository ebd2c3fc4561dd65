// SPDX-License-Identifier: GPL-2.0-only
/* Which devices are behind the software IOMMU: what all that is above goes by */

#include <linux/export.h>

#include "internal.h"

/* The IOMMU, for the IOMMU core; device.c registers it */
struct iommu_device soft_iommu;

/**
 * pinscope_iommu_has_device() - is a device behind this IOMMU?
 * @dev: any device, which is not being added or removed
 *
 * Context: Any.
 * Return: true if pinscope_iommu_add_device() has made it.
 */
bool pinscope_iommu_has_device(struct device *dev)
{
	return dev->iommu && dev->iommu->iommu_dev == &soft_iommu;
}
EXPORT_SYMBOL_GPL(pinscope_iommu_has_device);

struct soft_device *to_soft_device(struct device *dev)
{
	if (!pinscope_iommu_has_device(dev))
		return NULL;
	return dev_iommu_priv_get(dev);
}
