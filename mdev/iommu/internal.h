/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the software IOMMU */
#ifndef PINSCOPE_IOMMU_INTERNAL_H
#define PINSCOPE_IOMMU_INTERNAL_H

#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "../kernel_compat.h"
#include "pagetable.h"
#include "pinscope_iommu.h"

/* What a domain fails to do, with -EIO */
#define SOFT_FAULT_SET_TRACKING	BIT(0)
#define SOFT_FAULT_READ_DIRTY	BIT(1)
#define SOFT_FAULT_ALL		(BIT(2) - 1)

/**
 * struct soft_model - how the drivers of a kind of IOMMU behave
 * @large: sizes of entries beside the smallest
 * @small_entries: every entry has the smallest size, also where a larger one was
 *		   asked for
 * @tlb: who has cleared the mark of an entry must flush it, or writes will not
 *	 mark it again
 * @always_marks: also while tracking is off
 * @strict: looking at what is not mapped is an error
 * @flush_by_size: a flush of a range leaves entries of other sizes than it names
 * @splits: unmapping a part of an entry leaves the rest; if not, all goes
 * @blind_unmap: what is not mapped counts as unmapped
 */
struct soft_model {
	unsigned long large;
	bool small_entries;
	bool tlb;
	bool always_marks;
	bool strict;
	bool flush_by_size;
	bool splits;
	bool blind_unmap;
};

/**
 * struct soft_domain - an address space
 * @domain: for the IOMMU core
 * @pt: its page table. The lock of that is held while a device moves data of a
 *	page, so after it no longer finds an entry there, it moves nothing.
 * @model: how it behaves, does not change
 * @shift: of the smallest page
 * @can_track: the device it was made for has dirty_tracking
 * @tracking: what is written is marked; protected by the lock of @pt
 * @faults: SOFT_FAULT_*, as debugfs was told
 * @looks: how often marks were read
 * @looked_at: at how many pages, all in all
 * @write_in: looks until a device is to write, 0 for never
 * @write_iova: where
 */
struct soft_domain {
	struct iommu_domain domain;
	struct soft_pt pt;
	const struct soft_model *model;
	unsigned int shift;
	bool can_track;
	bool tracking;
	u32 faults;
	atomic64_t looks;
	atomic64_t looked_at;
	atomic_t write_in;
	unsigned long write_iova;
};

/**
 * struct soft_group - an IOMMU group
 * @next: in the list of groups
 * @iommu_group: for the IOMMU core
 * @config: what all members have
 * @members: how many devices
 */
struct soft_group {
	struct list_head next;
	struct iommu_group *iommu_group;
	struct pinscope_iommu_config config;
	unsigned int members;
};

/**
 * struct soft_device - a device behind the IOMMU
 * @group: its IOMMU group
 * @lock: held for each transfer, so that none goes on in a domain that the
 *	  device has left
 * @domain: what the device is attached to, NULL if that lets nothing pass;
 *	    protected by @lock
 * @debugfs: directory
 */
struct soft_device {
	struct soft_group *group;
	struct mutex lock;	/* one transfer or change of domain at a time */
	struct soft_domain *domain;
	struct dentry *debugfs;
};

static inline struct soft_domain *to_soft_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct soft_domain, domain);
}

/*
 * From below: page tables, lookup.c, dirty.c, domain.c, dma.c, debugfs.c, device.c.
 * None calls what comes after it.
 */

/* lookup.c: NULL if the device is not behind this IOMMU */
extern struct iommu_device soft_iommu;
struct soft_device *to_soft_device(struct device *dev);

/* dirty.c */
const struct soft_model *soft_model(enum pinscope_dirty_model model);
void soft_domain_track(struct soft_domain *domain, bool enabled);
void soft_domain_written(struct soft_domain *domain, unsigned long iova);
extern const struct iommu_dirty_ops soft_dirty_ops;
void soft_iotlb_sync(struct iommu_domain *domain,
		     struct iommu_iotlb_gather *gather);
void soft_flush_iotlb_all(struct iommu_domain *domain);

/* domain.c */
extern struct iommu_domain soft_identity_domain;
extern struct iommu_domain soft_blocked_domain;
struct iommu_domain *soft_domain_alloc(struct device *dev);
struct iommu_domain *soft_domain_alloc_flags(struct device *dev, u32 flags);
extern const struct iommu_domain_ops soft_domain_ops;

/* debugfs.c */
void soft_debugfs_init(void);
void soft_debugfs_exit(void);
void soft_debugfs_add(struct soft_device *soft, const char *name);
void soft_debugfs_remove(struct soft_device *soft);

#endif /* PINSCOPE_IOMMU_INTERNAL_H */
