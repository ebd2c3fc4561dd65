/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The software IOMMU, for devices that exist only in software: it gives them
 * IOMMU groups, and domains that translate, protect and note what is written.
 * See Documentation/software-iommu.rst.
 */
#ifndef PINSCOPE_IOMMU_H
#define PINSCOPE_IOMMU_H

#include <linux/types.h>

struct device;
struct platform_device;

/**
 * struct pinscope_iommu_config - what a device gets
 * @group: number of its IOMMU group; devices with the same number share it
 * @page_size: smallest page of its domains, SZ_4K or SZ_64K
 * @large_pages: its domains have pages of SZ_2M as well
 * @dirty_tracking: its domains can note which pages it has written
 *
 * All devices of a group agree in all of this.
 */
struct pinscope_iommu_config {
	u32 group;
	u32 page_size;
	bool large_pages;
	bool dirty_tracking;
};

struct platform_device *
pinscope_iommu_add_device(const char *name,
			  const struct pinscope_iommu_config *config);
void pinscope_iommu_remove_device(struct platform_device *pdev);
bool pinscope_iommu_has_device(struct device *dev);

int pinscope_iommu_write(struct device *dev, u64 iova, const void *buf,
			 size_t len);
int pinscope_iommu_read(struct device *dev, u64 iova, void *buf, size_t len);

#endif /* PINSCOPE_IOMMU_H */
