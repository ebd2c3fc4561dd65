/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMU groups with edu functions, and the domains they are attached to */
#ifndef PINSCOPE_EDU_GROUP_H
#define PINSCOPE_EDU_GROUP_H

#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

/**
 * struct edu_group - an IOMMU group with edu functions
 * @next: in the list of groups
 * @ref: one for each engine
 * @iommu_group: the group
 * @lock: Held for each piece of a transfer of a function of the group, so that
 *	  nobody does DMA by a domain meant for another. Protects also the
 *	  engines, and @away.
 * @away: the domain of the user, while it should be attached and is not
 */
struct edu_group {
	struct list_head next;
	struct kref ref;
	struct iommu_group *iommu_group;
	struct mutex lock;	/* one piece of a transfer at a time */
	struct iommu_domain *away;
};

/* Of these addresses each IOMMU has enough */
#define EDU_FIRST_BITS	32

/**
 * struct edu_scratch - a page that nobody but an engine and its function see
 * @domain: maps it, and nothing else
 * @page: its memory
 * @iova: where it is: at the end of the addresses of so many bits, see edu_prove()
 */
struct edu_scratch {
	struct iommu_domain *domain;
	void *page;
	dma_addr_t iova;
};

struct edu_group *edu_group_get(struct device *dev);
void edu_group_put(struct edu_group *group);

void edu_group_block(struct edu_group *group, struct iommu_domain *user);

int edu_scratch_init(struct edu_scratch *scratch, struct device *dev);
void edu_scratch_exit(struct edu_scratch *scratch);
int edu_scratch_move(struct edu_scratch *scratch, unsigned int bits);

#endif /* PINSCOPE_EDU_GROUP_H */
