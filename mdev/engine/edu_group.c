// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU groups with edu functions. A container attaches its domain to the group
 * and owns its DMA, so only engines drive the functions. They take the domain away
 * for a moment to talk to edu, see edu_buffer.c, or for longer to keep a function from
 * memory that does not come to rest.
 *
 * A container keeps its domain as long as a device is open. A user of iommufd has it
 * replaced and freed when it likes, for each device of the group: the engines are told
 * before, and after.
 */

#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "edu_group.h"

/* Protects edu_groups and how many engines its members have */
static DEFINE_MUTEX(edu_groups_lock);
static LIST_HEAD(edu_groups);

struct edu_group *edu_group_get(struct device *dev)
{
	struct iommu_group *iommu_group = iommu_group_get(dev);
	struct edu_group *group;

	if (!iommu_group)
		return ERR_PTR(-ENODEV);

	guard(mutex)(&edu_groups_lock);
	list_for_each_entry(group, &edu_groups, next) {
		if (group->iommu_group == iommu_group) {
			scoped_guard(mutex, &group->lock)
				group->engines++;
			iommu_group_put(iommu_group);
			return group;
		}
	}

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group) {
		iommu_group_put(iommu_group);
		return ERR_PTR(-ENOMEM);
	}
	group->iommu_group = iommu_group;
	group->engines = 1;
	mutex_init(&group->lock);
	list_add(&group->next, &edu_groups);
	return group;
}

/* Waits for a piece of a transfer, which may rely on how many there are */
void edu_group_put(struct edu_group *group)
{
	unsigned int left;

	guard(mutex)(&edu_groups_lock);
	scoped_guard(mutex, &group->lock)
		left = --group->engines;
	if (left)
		return;

	list_del(&group->next);
	iommu_group_put(group->iommu_group);
	mutex_destroy(&group->lock);
	kfree(group);
}

static int edu_group_count(struct device *dev, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

/*
 * Takes the domain of the user away until it is attached again. As the container
 * owns the group, the IOMMU core attaches one then that lets nothing pass. Other
 * functions of the group would come to a halt as well, so it is left at that the
 * function cannot master the bus if there are any.
 */
void edu_group_block(struct edu_group *group, struct iommu_domain *user)
{
	unsigned int members = 0;

	lockdep_assert_held(&group->lock);

	iommu_group_for_each_dev(group->iommu_group, &members, edu_group_count);
	if (!user || members > 1)
		return;
	iommu_detach_group(user, group->iommu_group);
	group->away = user;
}

/* A bridge is in a group with what is behind it, and is given to nobody */
static int edu_group_count_functions(struct device *dev, void *data)
{
	if (!dev_is_pci(dev) ||
	    to_pci_dev(dev)->hdr_type == PCI_HEADER_TYPE_NORMAL)
		++*(unsigned int *)data;
	return 0;
}

/*
 * Do the engines hear of all that iommufd does with the domain of the group? Not if it
 * has functions that other drivers may give to a user.
 */
bool edu_group_is_told(struct edu_group *group)
{
	unsigned int functions = 0;

	lockdep_assert_held(&group->lock);

	if (!group->bound)
		return true;
	iommu_group_for_each_dev(group->iommu_group, &functions,
				 edu_group_count_functions);
	if (functions == group->engines)
		return true;
	group->away = NULL;
	return false;
}

/* From here on nobody takes the domain away, nor attaches it again */
void edu_group_ioas_begin(struct edu_group *group)
{
	guard(mutex)(&group->lock);
	group->changing++;
}

/*
 * How many devices are bound and attached now that were not before. A domain that was
 * taken away is still to be attached, unless it was replaced, which edu_ready() sees, or
 * detached from the last device, with which it may have gone.
 */
void edu_group_ioas_end(struct edu_group *group, int bound, int attached)
{
	guard(mutex)(&group->lock);
	group->changing--;
	group->bound += bound;
	group->attached += attached;
	if (!group->attached)
		group->away = NULL;
}

static int edu_scratch_map(struct edu_scratch *scratch, unsigned int bits)
{
	dma_addr_t iova = ALIGN_DOWN(DMA_BIT_MASK(bits), PAGE_SIZE);
	int ret;

	ret = iommu_map(scratch->domain, iova, virt_to_phys(scratch->page),
			PAGE_SIZE, IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE,
			GFP_KERNEL);
	if (!ret)
		scratch->iova = iova;
	return ret;
}

int edu_scratch_init(struct edu_scratch *scratch, struct device *dev)
{
	int ret = -ENOMEM;

	scratch->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!scratch->page)
		return ret;

	scratch->domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(scratch->domain)) {
		ret = PTR_ERR(scratch->domain);
		goto err_page;
	}
	ret = edu_scratch_map(scratch, EDU_FIRST_BITS);
	if (!ret)
		return 0;

	iommu_domain_free(scratch->domain);
err_page:
	free_page((unsigned long)scratch->page);
	return ret;
}

/* To the end of the addresses of so many bits */
int edu_scratch_move(struct edu_scratch *scratch, unsigned int bits)
{
	dma_addr_t old = scratch->iova;
	int ret;

	if (old == ALIGN_DOWN(DMA_BIT_MASK(bits), PAGE_SIZE))
		return 0;
	ret = edu_scratch_map(scratch, bits);
	if (!ret)
		iommu_unmap(scratch->domain, old, PAGE_SIZE);
	return ret;
}

void edu_scratch_exit(struct edu_scratch *scratch)
{
	iommu_unmap(scratch->domain, scratch->iova, PAGE_SIZE);
	iommu_domain_free(scratch->domain);
	free_page((unsigned long)scratch->page);
}
