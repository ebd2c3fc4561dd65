/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMU groups with edu functions, and the domains they are attached to */
#ifndef PINSCOPE_EDU_GROUP_H
#define PINSCOPE_EDU_GROUP_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

/**
 * struct edu_group - an IOMMU group with edu functions
 * @next: in the list of groups
 * @iommu_group: the group
 * @lock: Held for each piece of a transfer of a function of the group, so that
 *	  nobody does DMA by a domain meant for another. Protects also the
 *	  engines, and what follows.
 * @engines: how many; changes with the lock of the list as well
 * @changing: who is about to have iommufd change the domain; nobody else takes that
 *	      away meanwhile
 * @bound: devices that iommufd knows
 * @attached: those of them that it has attached
 * @away: the domain of the user, while it should be attached and is not; if another
 *	  one is attached it may be gone
 */
struct edu_group {
	struct list_head next;
	struct iommu_group *iommu_group;
	struct mutex lock;	/* one piece of a transfer at a time */
	unsigned int engines;
	unsigned int changing;
	unsigned int bound;
	unsigned int attached;
	struct iommu_domain *away;
};

/* Of these addresses each IOMMU has enough */
#define EDU_FIRST_BITS	32

/**
 * struct edu_scratch - a page that nobody but an engine and its function see
 * @domain: maps it, and nothing else
 * @page: its memory
 * @iova: where it is: at the end of the addresses of so many bits, see edu_buffer_prove()
 */
struct edu_scratch {
	struct iommu_domain *domain;
	void *page;
	dma_addr_t iova;
};

struct edu_group *edu_group_get(struct device *dev);
void edu_group_put(struct edu_group *group);

void edu_group_block(struct edu_group *group, struct iommu_domain *user);

bool edu_group_is_told(struct edu_group *group);
void edu_group_ioas_begin(struct edu_group *group);
void edu_group_ioas_end(struct edu_group *group, int bound, int attached);

int edu_scratch_init(struct edu_scratch *scratch, struct device *dev);
void edu_scratch_exit(struct edu_scratch *scratch);
int edu_scratch_move(struct edu_scratch *scratch, unsigned int bits);

#endif /* PINSCOPE_EDU_GROUP_H */
