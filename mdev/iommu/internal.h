/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the software IOMMU */
#ifndef PINSCOPE_IOMMU_INTERNAL_H
#define PINSCOPE_IOMMU_INTERNAL_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "pinscope_iommu.h"

/* The mark of a page that a device has written */
#define SOFT_DIRTY	XA_MARK_0

/* What a domain fails to do, with -EIO */
#define SOFT_FAULT_SET_TRACKING	BIT(0)
#define SOFT_FAULT_READ_DIRTY	BIT(1)
#define SOFT_FAULT_ALL		(BIT(2) - 1)

/**
 * struct soft_domain - a page table
 * @domain: for the IOMMU core
 * @pages: for each page that is mapped the frame and what is permitted, with a
 *	   mark if a device has written it. Its lock is held while a device
 *	   moves data of a page, so after it no longer finds a page there, it
 *	   moves nothing.
 * @shift: of the page size
 * @can_track: the device it was made for has dirty_tracking
 * @tracking: pages that are written are marked; protected by the lock of @pages
 * @faults: SOFT_FAULT_*, as debugfs was told
 * @looks: how often marks were read
 * @looked_at: at how many pages, all in all
 */
struct soft_domain {
	struct iommu_domain domain;
	struct xarray pages;
	unsigned int shift;
	bool can_track;
	bool tracking;
	u32 faults;
	atomic64_t looks;
	atomic64_t looked_at;
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

extern const struct iommu_ops soft_iommu_ops;

static inline struct soft_domain *to_soft_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct soft_domain, domain);
}

/* device.c: NULL if the device is not behind this IOMMU */
struct soft_device *to_soft_device(struct device *dev);

/* domain.c: what an entry of soft_domain.pages holds */
phys_addr_t soft_entry_phys(const void *entry);
int soft_entry_prot(const void *entry);

/* domain.c */
extern struct iommu_domain soft_identity_domain;
extern struct iommu_domain soft_blocked_domain;
struct iommu_domain *soft_domain_alloc(struct device *dev);
struct iommu_domain *
soft_domain_alloc_user(struct device *dev, u32 flags,
		       struct iommu_domain *parent,
		       const struct iommu_user_data *user_data);
void soft_domain_track(struct soft_domain *domain, bool enabled);
void soft_domain_dirty(struct soft_domain *domain, unsigned long first,
		       unsigned long last, bool clear,
		       void (*found)(unsigned long index, void *data),
		       void *data);
extern const struct iommu_domain_ops soft_domain_ops;

/* debugfs.c */
void soft_debugfs_init(void);
void soft_debugfs_exit(void);
void soft_debugfs_add(struct soft_device *soft, const char *name);
void soft_debugfs_remove(struct soft_device *soft);

#endif /* PINSCOPE_IOMMU_INTERNAL_H */
