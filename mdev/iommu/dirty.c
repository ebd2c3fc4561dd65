// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices have written, as different IOMMUs tell it.
 *
 * Each entry of a page table has one mark, whatever its size. The drivers of
 * Intel, AMD and SMMUv3 differ in what they do with it, and those who ask them
 * have to cope with all of them:
 *
 * - They go from the address that was asked for in steps of the entries they
 *   find. Asked for an address in the middle of an entry, they report what is
 *   from there on as long as the entry, so not its beginning, but a part of the
 *   next; and have cleared the mark. The next step begins in the middle of an
 *   entry, too.
 * - The IOMMU need not look at an entry that it has in its cache. So who clears
 *   a mark has to flush, or later writes are not marked. To SMMUv3 a flush of a
 *   range names the level of the entries, and those of other levels stay.
 *
 * "exact" is not like any of them: it has no entries but small ones, and finds
 * each of them at its beginning.
 */

#include <linux/sched.h>

#include "internal.h"

/* How many entries are looked at before others get at the page table */
#define BATCH	1024

static const struct soft_model soft_models[] = {
	[PINSCOPE_DIRTY_EXACT] = {
		.large = SZ_2M,
		.small_entries = true,
	},
	[PINSCOPE_DIRTY_INTEL] = {
		.large = SZ_2M | SZ_1G,
		.tlb = true,
		.blind_unmap = true,
	},
	[PINSCOPE_DIRTY_AMD] = {
		.large = SZ_64K | SZ_2M | SZ_1G,
		.tlb = true,
	},
	[PINSCOPE_DIRTY_SMMU] = {
		.large = SZ_2M | SZ_1G,
		.tlb = true,
		.always_marks = true,
		.strict = true,
		.flush_by_size = true,
		.splits = true,
	},
};

const struct soft_model *soft_model(enum pinscope_dirty_model model)
{
	return &soft_models[model];
}

/* Marks */

static void soft_flush(struct soft_domain *domain, unsigned long first,
		       unsigned long last)
{
	struct soft_pte pte;

	for (; soft_pt_next(&domain->pt, first, last, SOFT_PT_PRESENT,
			    SOFT_PT_CACHED, &pte);
	     first = pte.iova + pte.size)
		;
}

/* Entries of one size only */
static void soft_flush_size(struct soft_domain *domain, unsigned long first,
			    unsigned long last, unsigned long size)
{
	struct soft_pte pte;

	for (; soft_pt_next(&domain->pt, first, last, SOFT_PT_CACHED, 0, &pte);
	     first = pte.iova + pte.size) {
		spin_lock(&domain->pt.lock);
		soft_pt_get(&domain->pt, pte.iova, &pte);
		if (pte.bits & SOFT_PT_CACHED && pte.size == size)
			soft_pt_change(&domain->pt, pte.iova, SOFT_PT_CACHED, 0);
		spin_unlock(&domain->pt.lock);
	}
}

void soft_iotlb_sync(struct iommu_domain *domain,
		     struct iommu_iotlb_gather *gather)
{
	struct soft_domain *soft = to_soft_domain(domain);

	if (!soft->model->tlb || gather->start > gather->end)
		return;
	if (soft->model->flush_by_size)
		soft_flush_size(soft, gather->start, gather->end,
				gather->pgsize);
	else
		soft_flush(soft, gather->start, gather->end);
}

void soft_flush_iotlb_all(struct iommu_domain *domain)
{
	struct soft_domain *soft = to_soft_domain(domain);

	if (soft->model->tlb)
		soft_flush(soft, 0, ULONG_MAX);
}

/* An IOMMU whose marks are always on has nothing to switch */
void soft_domain_track(struct soft_domain *domain, bool enabled)
{
	spin_lock(&domain->pt.lock);
	domain->tracking = enabled;
	spin_unlock(&domain->pt.lock);
	if (!domain->model->always_marks)
		soft_flush_iotlb_all(&domain->domain);
}

static int soft_set_dirty_tracking(struct iommu_domain *domain, bool enabled)
{
	struct soft_domain *soft = to_soft_domain(domain);

	if (READ_ONCE(soft->faults) & SOFT_FAULT_SET_TRACKING)
		return -EIO;
	soft_domain_track(soft, enabled);
	return 0;
}

/* A device has written to an entry. The lock of the page table is held. */
void soft_domain_written(struct soft_domain *domain, unsigned long iova)
{
	const struct soft_model *model = domain->model;
	struct soft_pte pte;

	if (!domain->tracking && !model->always_marks)
		return;

	soft_pt_get(&domain->pt, iova, &pte);
	if (pte.bits & SOFT_PT_WRITE && !(pte.bits & SOFT_PT_CACHED))
		soft_pt_change(&domain->pt, iova, 0, SOFT_PT_DIRTY |
			       (model->tlb ? SOFT_PT_CACHED : 0));
}

/* Reading them */

/* What was found under the lock, to be recorded without: that may sleep */
struct soft_found {
	struct {
		unsigned long iova;
		unsigned long size;
	} range[16];
	unsigned int nr;
};

static bool soft_found_add(struct soft_found *found, unsigned long iova,
			   unsigned long size)
{
	unsigned int nr = found->nr;

	if (nr && iova == found->range[nr - 1].iova + found->range[nr - 1].size) {
		found->range[nr - 1].size += size;
		return true;
	}
	if (nr == ARRAY_SIZE(found->range))
		return false;
	found->range[nr].iova = iova;
	found->range[nr].size = size;
	found->nr++;
	return true;
}

static void soft_record(const struct soft_found *found,
			struct iommu_dirty_bitmap *dirty)
{
	unsigned int i;

	for (i = 0; i < found->nr; i++)
		iommu_dirty_bitmap_record(dirty, found->range[i].iova,
					  found->range[i].size);
}

/* Goes on from *@iova as long as there is place for what is found */
static int soft_look_on(struct soft_domain *domain, unsigned long *iova,
			unsigned long last, bool clear,
			struct soft_found *found)
{
	struct soft_pte pte;
	unsigned int n;
	int ret = 0;

	spin_lock(&domain->pt.lock);
	for (n = 0; n < BATCH && *iova <= last; n++, *iova += pte.size) {
		soft_pt_get(&domain->pt, *iova, &pte);
		if (!pte.bits && domain->model->strict) {
			ret = -EINVAL;
			break;
		}
		if (!(pte.bits & SOFT_PT_DIRTY))
			continue;
		if (!soft_found_add(found, *iova, pte.size))
			break;
		if (clear)
			soft_pt_change(&domain->pt, *iova, SOFT_PT_DIRTY, 0);
	}
	spin_unlock(&domain->pt.lock);
	return ret;
}

/* As drivers of hardware do it, from the address asked for */
static int soft_look_by_steps(struct soft_domain *domain, unsigned long iova,
			      unsigned long last, bool clear,
			      struct iommu_dirty_bitmap *dirty)
{
	struct soft_found found;
	int ret;

	last = min(last, (1UL << SOFT_PT_IOVA_BITS) - 1);
	do {
		found.nr = 0;
		ret = soft_look_on(domain, &iova, last, clear, &found);
		soft_record(&found, dirty);
		cond_resched();
	} while (!ret && iova <= last);
	return ret;
}

/* Entry by entry, each from its beginning */
static void soft_look_exactly(struct soft_domain *domain, unsigned long iova,
			      unsigned long last, bool clear,
			      struct iommu_dirty_bitmap *dirty)
{
	struct soft_pte pte;

	for (; soft_pt_next(&domain->pt, iova, last, SOFT_PT_DIRTY,
			    clear ? SOFT_PT_DIRTY : 0, &pte);
	     iova = pte.iova + pte.size)
		iommu_dirty_bitmap_record(dirty, pte.iova, pte.size);
}

/* For tests: a device writes between this look and the one before */
static void soft_write_at_look(struct soft_domain *domain)
{
	if (atomic_dec_if_positive(&domain->write_in))
		return;

	spin_lock(&domain->pt.lock);
	soft_domain_written(domain, READ_ONCE(domain->write_iova));
	spin_unlock(&domain->pt.lock);
}

/* Without a bitmap the caller wants to forget what was before it tracks */
static int soft_read_and_clear_dirty(struct iommu_domain *domain,
				     unsigned long iova, size_t size,
				     unsigned long flags,
				     struct iommu_dirty_bitmap *dirty)
{
	struct soft_domain *soft = to_soft_domain(domain);
	bool clear = !(flags & IOMMU_DIRTY_NO_CLEAR);

	atomic64_inc(&soft->looks);
	atomic64_add(DIV_ROUND_UP(size, 1UL << soft->shift), &soft->looked_at);
	soft_write_at_look(soft);

	if (READ_ONCE(soft->faults) & SOFT_FAULT_READ_DIRTY)
		return -EIO;
	if (!READ_ONCE(soft->tracking) && !soft->model->always_marks &&
	    dirty->bitmap)
		return -EINVAL;

	if (!soft->model->small_entries)
		return soft_look_by_steps(soft, iova, iova + size - 1, clear,
					  dirty);
	soft_look_exactly(soft, iova, iova + size - 1, clear, dirty);
	return 0;
}

const struct iommu_dirty_ops soft_dirty_ops = {
	.set_dirty_tracking = soft_set_dirty_tracking,
	.read_and_clear_dirty = soft_read_and_clear_dirty,
};
