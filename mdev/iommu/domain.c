// SPDX-License-Identifier: GPL-2.0-only
/* Domains of the software IOMMU: page tables that note what is written */

#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "internal.h"

/* An entry: the number of the 4K frame above the bits for the permissions */
#define ENTRY_READ	BIT(0)
#define ENTRY_WRITE	BIT(1)
#define ENTRY_SHIFT	2
#define FRAME_SHIFT	12

/* Lets others at a page table after so many pages */
#define BATCH	1024

static void *soft_entry(phys_addr_t phys, int prot)
{
	unsigned long value = (phys >> FRAME_SHIFT) << ENTRY_SHIFT;

	if (prot & IOMMU_READ)
		value |= ENTRY_READ;
	if (prot & IOMMU_WRITE)
		value |= ENTRY_WRITE;
	return xa_mk_value(value);
}

phys_addr_t soft_entry_phys(const void *entry)
{
	return (phys_addr_t)(xa_to_value(entry) >> ENTRY_SHIFT) << FRAME_SHIFT;
}

int soft_entry_prot(const void *entry)
{
	unsigned long value = xa_to_value(entry);

	return (value & ENTRY_READ ? IOMMU_READ : 0) |
	       (value & ENTRY_WRITE ? IOMMU_WRITE : 0);
}

static int soft_map(struct iommu_domain *domain, unsigned long iova,
		    phys_addr_t phys, size_t pgsize, size_t pgcount, int prot,
		    gfp_t gfp, size_t *mapped)
{
	struct soft_domain *soft = to_soft_domain(domain);
	size_t size = 1UL << soft->shift;
	size_t done;
	int ret;

	for (done = 0; done < pgsize * pgcount; done += size) {
		ret = xa_insert(&soft->pages, (iova + done) >> soft->shift,
				soft_entry(phys + done, prot), gfp);
		if (ret)
			return ret == -EBUSY ? -EEXIST : ret;
		*mapped += size;
	}
	return 0;
}

/* There is no cache of translations: what is not in the table is gone */
static size_t soft_unmap(struct iommu_domain *domain, unsigned long iova,
			 size_t pgsize, size_t pgcount,
			 struct iommu_iotlb_gather *gather)
{
	struct soft_domain *soft = to_soft_domain(domain);
	size_t size = 1UL << soft->shift;
	size_t done;

	for (done = 0; done < pgsize * pgcount; done += size)
		if (!xa_erase(&soft->pages, (iova + done) >> soft->shift))
			break;
	return done;
}

static phys_addr_t soft_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova)
{
	struct soft_domain *soft = to_soft_domain(domain);
	void *entry = xa_load(&soft->pages, iova >> soft->shift);

	if (!entry)
		return 0;
	return soft_entry_phys(entry) + (iova & ((1UL << soft->shift) - 1));
}

/* Data is moved by the CPU */
static bool soft_enforce_cache_coherency(struct iommu_domain *domain)
{
	return true;
}

void soft_domain_track(struct soft_domain *domain, bool enabled)
{
	xa_lock(&domain->pages);
	domain->tracking = enabled;
	xa_unlock(&domain->pages);
}

static int soft_set_dirty_tracking(struct iommu_domain *domain, bool enabled)
{
	struct soft_domain *soft = to_soft_domain(domain);

	if (READ_ONCE(soft->faults) & SOFT_FAULT_SET_TRACKING)
		return -EIO;
	soft_domain_track(soft, enabled);
	return 0;
}

/*
 * Calls @found, which must not sleep, for each page from @first to @last that
 * was written while the domain tracked. With @clear, each write is found once.
 */
void soft_domain_dirty(struct soft_domain *domain, unsigned long first,
		       unsigned long last, bool clear,
		       void (*found)(unsigned long index, void *data),
		       void *data)
{
	XA_STATE(xas, &domain->pages, first);
	unsigned int batch = 0;
	void *entry;

	xas_lock(&xas);
	xas_for_each_marked(&xas, entry, last, SOFT_DIRTY) {
		if (clear)
			xas_clear_mark(&xas, SOFT_DIRTY);
		found(xas.xa_index, data);
		if (++batch % BATCH)
			continue;
		xas_pause(&xas);
		xas_unlock(&xas);
		cond_resched();
		xas_lock(&xas);
	}
	xas_unlock(&xas);
}

struct soft_record {
	struct iommu_dirty_bitmap *dirty;
	unsigned int shift;
};

static void soft_record(unsigned long index, void *data)
{
	struct soft_record *record = data;

	iommu_dirty_bitmap_record(record->dirty, index << record->shift,
				  1UL << record->shift);
}

/* Without a bitmap the caller wants to forget what was before it tracks */
static int soft_read_and_clear_dirty(struct iommu_domain *domain,
				     unsigned long iova, size_t size,
				     unsigned long flags,
				     struct iommu_dirty_bitmap *dirty)
{
	struct soft_domain *soft = to_soft_domain(domain);
	struct soft_record record = { dirty, soft->shift };

	atomic64_inc(&soft->looks);
	atomic64_add(DIV_ROUND_UP(size, 1UL << soft->shift), &soft->looked_at);
	if (READ_ONCE(soft->faults) & SOFT_FAULT_READ_DIRTY)
		return -EIO;
	if (!READ_ONCE(soft->tracking) && dirty->bitmap)
		return -EINVAL;

	soft_domain_dirty(soft, iova >> soft->shift,
			  (iova + size - 1) >> soft->shift,
			  !(flags & IOMMU_DIRTY_NO_CLEAR), soft_record,
			  &record);
	return 0;
}

static const struct iommu_dirty_ops soft_dirty_ops = {
	.set_dirty_tracking = soft_set_dirty_tracking,
	.read_and_clear_dirty = soft_read_and_clear_dirty,
};

/* When this returns, no transfer goes on in the domain the device has left */
static void soft_device_set_domain(struct device *dev,
				   struct soft_domain *domain)
{
	struct soft_device *soft = to_soft_device(dev);

	guard(mutex)(&soft->lock);
	soft->domain = domain;
}

static unsigned long
soft_page_sizes(const struct pinscope_iommu_config *config)
{
	return config->page_size | (config->large_pages ? SZ_2M : 0);
}

static int soft_attach(struct iommu_domain *domain, struct device *dev)
{
	const struct pinscope_iommu_config *config;

	config = &to_soft_device(dev)->group->config;
	if (domain->pgsize_bitmap != soft_page_sizes(config))
		return -EINVAL;
	if (to_soft_domain(domain)->can_track && !config->dirty_tracking)
		return -EINVAL;

	soft_device_set_domain(dev, to_soft_domain(domain));
	return 0;
}

static void soft_free(struct iommu_domain *domain)
{
	struct soft_domain *soft = to_soft_domain(domain);

	xa_destroy(&soft->pages);
	kfree(soft);
}

const struct iommu_domain_ops soft_domain_ops = {
	.attach_dev = soft_attach,
	.map_pages = soft_map,
	.unmap_pages = soft_unmap,
	.iova_to_phys = soft_iova_to_phys,
	.enforce_cache_coherency = soft_enforce_cache_coherency,
	.free = soft_free,
};

struct iommu_domain *soft_domain_alloc(struct device *dev)
{
	const struct pinscope_iommu_config *config;
	struct soft_domain *soft;

	soft = kzalloc(sizeof(*soft), GFP_KERNEL);
	if (!soft)
		return NULL;

	config = &to_soft_device(dev)->group->config;
	xa_init(&soft->pages);
	soft->shift = __ffs(config->page_size);
	soft->can_track = config->dirty_tracking;
	/* Larger pages are mapped as many small ones */
	soft->domain.pgsize_bitmap = soft_page_sizes(config);
	soft->domain.geometry.aperture_end = DMA_BIT_MASK(48);
	soft->domain.geometry.force_aperture = true;
	return &soft->domain;
}

/*
 * As in drivers for hardware, only who asks for it gets a domain that offers to
 * track, and the IOMMU core completes no domain that was allocated here.
 */
struct iommu_domain *
soft_domain_alloc_user(struct device *dev, u32 flags,
		       struct iommu_domain *parent,
		       const struct iommu_user_data *user_data)
{
	struct iommu_domain *domain;

	if (parent || user_data || flags & ~IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		return ERR_PTR(-EOPNOTSUPP);
	if (flags && !to_soft_device(dev)->group->config.dirty_tracking)
		return ERR_PTR(-EOPNOTSUPP);

	domain = soft_domain_alloc(dev);
	if (!domain)
		return ERR_PTR(-ENOMEM);

	domain->type = IOMMU_DOMAIN_UNMANAGED;
	domain->owner = &soft_iommu_ops;
	domain->ops = &soft_domain_ops;
	if (flags)
		domain->dirty_ops = &soft_dirty_ops;
	return domain;
}

/*
 * Devices without a page table. There is no hardware that could be let at the
 * memory of the machine, so nothing passes in the identity domain either.
 */
static int soft_attach_none(struct iommu_domain *domain, struct device *dev)
{
	soft_device_set_domain(dev, NULL);
	return 0;
}

static const struct iommu_domain_ops soft_none_ops = {
	.attach_dev = soft_attach_none,
};

struct iommu_domain soft_identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &soft_none_ops,
};

struct iommu_domain soft_blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &soft_none_ops,
};
