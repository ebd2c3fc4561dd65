/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOMMUFD_DISTRIBUTION_H
#define IOMMUFD_DISTRIBUTION_H

#include <linux/iommu.h>

/* What the other files of the module call by the name of device_iommu_capable() */
bool iommufd_iommu_capable(struct device *dev, enum iommu_cap cap);

#endif /* IOMMUFD_DISTRIBUTION_H */
