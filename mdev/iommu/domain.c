// SPDX-License-Identifier: GPL-2.0-only
/* Domains of the software IOMMU */

#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "internal.h"

static int soft_map(struct iommu_domain *domain, unsigned long iova,
		    phys_addr_t phys, size_t pgsize, size_t pgcount, int prot,
		    gfp_t gfp, size_t *mapped)
{
	struct soft_domain *soft = to_soft_domain(domain);
	size_t end = *mapped + pgsize * pgcount;
	struct soft_pte pte = {
		.iova = iova,
		.phys = phys,
		.size = soft->model->small_entries ? BIT(soft->shift) : pgsize,
		.bits = SOFT_PT_PRESENT,
	};
	int ret;

	if (prot & IOMMU_READ)
		pte.bits |= SOFT_PT_READ;
	if (prot & IOMMU_WRITE)
		pte.bits |= SOFT_PT_WRITE;

	while (*mapped < end) {
		ret = soft_pt_map(&soft->pt, &pte, gfp);
		if (ret)
			return ret;
		pte.iova += pte.size;
		pte.phys += pte.size;
		*mapped += pte.size;
		if (gfpflags_allow_blocking(gfp))
			cond_resched();
	}
	return 0;
}

/*
 * As drivers of hardware do, takes whole entries away, and says so by what it
 * returns; or splits them, for which there has to be memory. No translation is
 * cached: what is not in the page table is gone.
 */
static size_t soft_unmap(struct iommu_domain *domain, unsigned long iova,
			 size_t pgsize, size_t pgcount,
			 struct iommu_iotlb_gather *gather)
{
	struct soft_domain *soft = to_soft_domain(domain);
	struct soft_pte pte = { .iova = iova };
	size_t done;

	for (done = 0; done < pgsize * pgcount; done += pte.size) {
		if (soft->model->splits &&
		    soft_pt_split(&soft->pt, pte.iova, pgsize,
				  GFP_KERNEL_ACCOUNT))
			break;
		if (soft_pt_unmap(&soft->pt, &pte)) {
			if (!soft->model->blind_unmap)
				break;
			pte.size = BIT(soft->shift);
		}
		pte.iova += pte.size;
		cond_resched();
	}
	return done;
}

static phys_addr_t soft_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova)
{
	struct soft_domain *soft = to_soft_domain(domain);
	struct soft_pte pte;

	spin_lock(&soft->pt.lock);
	soft_pt_get(&soft->pt, iova, &pte);
	spin_unlock(&soft->pt.lock);
	return pte.bits ? pte.phys + (iova - pte.iova) : 0;
}

/* Data is moved by the CPU */
static bool soft_enforce_cache_coherency(struct iommu_domain *domain)
{
	return true;
}

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
	unsigned long large = soft_model(config->dirty_model)->large;

	large &= ~(config->page_size - 1UL);
	return config->page_size | (config->large_pages ? large : 0);
}

static int soft_attach(PINSCOPE_ATTACH_ARGS)
{
	struct soft_domain *soft = to_soft_domain(domain);
	const struct pinscope_iommu_config *config;

	/* Not all who call this look whose device it is */
	if (!to_soft_device(dev))
		return -EINVAL;

	config = &to_soft_device(dev)->group->config;
	if (domain->pgsize_bitmap != soft_page_sizes(config) ||
	    soft->model != soft_model(config->dirty_model))
		return -EINVAL;
	if (soft->can_track && !config->dirty_tracking)
		return -EINVAL;

	soft_device_set_domain(dev, soft);
	return 0;
}

static void soft_free(struct iommu_domain *domain)
{
	struct soft_domain *soft = to_soft_domain(domain);

	soft_pt_destroy(&soft->pt);
	kfree(soft);
}

const struct iommu_domain_ops soft_domain_ops = {
	.attach_dev = soft_attach,
	.map_pages = soft_map,
	.unmap_pages = soft_unmap,
	.flush_iotlb_all = soft_flush_iotlb_all,
	.iotlb_sync = soft_iotlb_sync,
	.iova_to_phys = soft_iova_to_phys,
	.enforce_cache_coherency = soft_enforce_cache_coherency,
	.free = soft_free,
};

struct iommu_domain *soft_domain_alloc(struct device *dev)
{
	const struct pinscope_iommu_config *config;
	struct soft_domain *soft;

	soft = kzalloc(sizeof(*soft), GFP_KERNEL_ACCOUNT);
	if (!soft)
		return NULL;
	if (soft_pt_init(&soft->pt)) {
		kfree(soft);
		return NULL;
	}

	config = &to_soft_device(dev)->group->config;
	soft->model = soft_model(config->dirty_model);
	soft->shift = __ffs(config->page_size);
	soft->can_track = config->dirty_tracking;
	soft->domain.pgsize_bitmap = soft_page_sizes(config);
	soft->domain.geometry.aperture_end = DMA_BIT_MASK(SOFT_PT_IOVA_BITS);
	soft->domain.geometry.force_aperture = true;
	return &soft->domain;
}

/*
 * As in drivers for hardware, only who asks for it gets a domain that offers to
 * track, and the IOMMU core completes no domain that was allocated here.
 */
struct iommu_domain *soft_domain_alloc_flags(struct device *dev, u32 flags)
{
	struct iommu_domain *domain;

	if (flags & ~IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		return ERR_PTR(-EOPNOTSUPP);
	if (flags && !to_soft_device(dev)->group->config.dirty_tracking)
		return ERR_PTR(-EOPNOTSUPP);

	domain = soft_domain_alloc(dev);
	if (!domain)
		return ERR_PTR(-ENOMEM);

	domain->type = IOMMU_DOMAIN_UNMANAGED;
	domain->owner = soft_iommu.ops;
	domain->ops = &soft_domain_ops;
	if (flags)
		domain->dirty_ops = &soft_dirty_ops;
	return domain;
}

/*
 * Devices without a page table. There is no hardware that could be let at the
 * memory of the machine, so nothing passes in the identity domain either.
 */
static int soft_attach_none(PINSCOPE_ATTACH_ARGS)
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
