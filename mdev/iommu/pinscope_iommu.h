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
 * enum pinscope_dirty_model - how pages that were written are told
 * @PINSCOPE_DIRTY_EXACT: each page of the smallest size for itself
 * @PINSCOPE_DIRTY_INTEL: as the driver of VT-d does it
 * @PINSCOPE_DIRTY_AMD: as that of AMD-Vi, with page tables of version 1
 * @PINSCOPE_DIRTY_SMMU: as that of SMMUv3
 */
enum pinscope_dirty_model {
	PINSCOPE_DIRTY_EXACT,
	PINSCOPE_DIRTY_INTEL,
	PINSCOPE_DIRTY_AMD,
	PINSCOPE_DIRTY_SMMU,
};

/**
 * struct pinscope_iommu_config - what a device gets
 * @group: number of its IOMMU group; devices with the same number share it
 * @page_size: smallest page of its domains, SZ_4K or SZ_64K
 * @large_pages: its domains have larger pages as well, see @dirty_model
 * @dirty_tracking: its domains can note which pages it has written
 * @dirty_model: how they tell, and which large pages they have: SZ_2M, unless
 *		 it is PINSCOPE_DIRTY_EXACT also SZ_1G, and for
 *		 PINSCOPE_DIRTY_AMD also SZ_64K
 *
 * All devices of a group agree in all of this.
 */
struct pinscope_iommu_config {
	u32 group;
	u32 page_size;
	bool large_pages;
	bool dirty_tracking;
	enum pinscope_dirty_model dirty_model;
};

struct platform_device *
pinscope_iommu_add_device(const char *name,
			  const struct pinscope_iommu_config *config);
void pinscope_iommu_remove_device(struct platform_device *pdev);
bool pinscope_iommu_has_device(struct device *dev);

int pinscope_iommu_check(struct device *dev, u64 iova, size_t len, bool write);
int pinscope_iommu_write(struct device *dev, u64 iova, const void *buf,
			 size_t len);
int pinscope_iommu_read(struct device *dev, u64 iova, void *buf, size_t len);

#endif /* PINSCOPE_IOMMU_H */
