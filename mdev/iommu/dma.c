// SPDX-License-Identifier: GPL-2.0-only
/* The DMA of devices behind the software IOMMU */

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "internal.h"

/* What there is to move between a buffer and one page of memory */
struct soft_piece {
	u64 iova;
	void *buf;
	size_t count;
};

/* Where the device may access a byte, for as long as the lock is held */
static int soft_lookup(struct soft_domain *domain, u64 iova, int prot,
		       phys_addr_t *phys)
{
	struct soft_pte pte;

	soft_pt_get(&domain->pt, iova, &pte);
	if (!pte.bits)
		return -EFAULT;
	if (!(pte.bits & (prot == IOMMU_WRITE ? SOFT_PT_WRITE : SOFT_PT_READ)))
		return -EPERM;

	*phys = pte.phys + (iova - pte.iova);
	/* The memory of another device, which has no struct page */
	return pfn_valid(PHYS_PFN(*phys)) ? 0 : -EFAULT;
}

static int soft_check(struct soft_domain *domain, struct soft_piece *piece,
		      int prot)
{
	phys_addr_t phys;
	int ret;

	spin_lock(&domain->pt.lock);
	ret = soft_lookup(domain, piece->iova, prot, &phys);
	spin_unlock(&domain->pt.lock);
	return ret;
}

/*
 * The lock is held until the data has moved and the page is marked: an unmap
 * that returns has waited for it, and nobody reads a bitmap without the mark
 * when the data is there already.
 */
static int soft_move(struct soft_domain *domain, struct soft_piece *piece,
		     int prot)
{
	phys_addr_t phys;
	void *page;
	int ret;

	spin_lock(&domain->pt.lock);
	ret = soft_lookup(domain, piece->iova, prot, &phys);
	if (ret)
		goto unlock;

	page = kmap_local_page(pfn_to_page(PHYS_PFN(phys)));
	if (prot == IOMMU_WRITE)
		memcpy(page + offset_in_page(phys), piece->buf, piece->count);
	else
		memcpy(piece->buf, page + offset_in_page(phys), piece->count);
	kunmap_local(page);
	if (prot == IOMMU_WRITE)
		soft_domain_written(domain, piece->iova);
unlock:
	spin_unlock(&domain->pt.lock);
	return ret;
}

static int soft_walk(struct soft_domain *domain, u64 iova, void *buf,
		     size_t len, int prot,
		     int (*visit)(struct soft_domain *domain,
				  struct soft_piece *piece, int prot))
{
	struct soft_piece piece;
	size_t done;
	int ret;

	for (done = 0; done < len; done += piece.count) {
		piece.iova = iova + done;
		piece.buf = buf + done;
		piece.count = min_t(size_t, len - done,
				    PAGE_SIZE - offset_in_page(piece.iova));
		ret = visit(domain, &piece, prot);
		if (ret)
			return ret;
	}
	return 0;
}

/* Without @buf it only looks */
static int soft_dma(struct device *dev, u64 iova, void *buf, size_t len,
		    int prot)
{
	struct soft_device *soft = to_soft_device(dev);
	u64 end;
	int ret;

	if (!soft)
		return -ENODEV;
	if (check_add_overflow(iova, (u64)len, &end))
		return -EFAULT;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;

	ret = soft_walk(soft->domain, iova, buf, len, prot, soft_check);
	if (ret || !buf)
		return ret;
	return soft_walk(soft->domain, iova, buf, len, prot, soft_move);
}

/**
 * pinscope_iommu_check() - may a device do DMA there?
 * @dev: device that pinscope_iommu_add_device() has made
 * @iova: where, of any alignment
 * @len: bytes
 * @write: it writes to memory, or else reads
 *
 * For now, as what is mapped may change as soon as this returns.
 *
 * Context: Process context, sleeps. The caller keeps @dev from being removed.
 * Return: 0, or as pinscope_iommu_write().
 */
int pinscope_iommu_check(struct device *dev, u64 iova, size_t len, bool write)
{
	return soft_dma(dev, iova, NULL, len, write ? IOMMU_WRITE : IOMMU_READ);
}
EXPORT_SYMBOL_GPL(pinscope_iommu_check);

/**
 * pinscope_iommu_write() - a device writes to memory
 * @dev: device that pinscope_iommu_add_device() has made
 * @iova: where to, of any alignment
 * @buf: what
 * @len: bytes
 *
 * As hardware does it: the address is translated by the domain that the device
 * is attached to, and checked, and the pages are marked dirty if the domain
 * tracks. Each page is looked up, written and marked under the lock that takes
 * it out of the page table. So once iommu_unmap() has returned, no byte of what
 * was unmapped is written, and once the device has been detached, none at all.
 *
 * Nothing is written if part of the range cannot be, but for one case: it is
 * unmapped meanwhile.
 *
 * Context: Process context, sleeps. The caller keeps @dev from being removed.
 * Return: 0, -EFAULT if part of the range is not mapped or is not memory,
 * -EPERM if it may not be written, -ENXIO if the device is attached to no domain
 * that translates, -ENODEV if @dev is not behind this IOMMU.
 */
int pinscope_iommu_write(struct device *dev, u64 iova, const void *buf,
			 size_t len)
{
	return soft_dma(dev, iova, (void *)buf, len, IOMMU_WRITE);
}
EXPORT_SYMBOL_GPL(pinscope_iommu_write);

/**
 * pinscope_iommu_read() - a device reads from memory
 * @dev: device that pinscope_iommu_add_device() has made
 * @iova: where from, of any alignment
 * @buf: where the data goes; undefined after an error
 * @len: bytes
 *
 * The counterpart of pinscope_iommu_write().
 *
 * Context: Process context, sleeps. The caller keeps @dev from being removed.
 * Return: 0, or as pinscope_iommu_write(); -EPERM if part of the range may not
 * be read.
 */
int pinscope_iommu_read(struct device *dev, u64 iova, void *buf, size_t len)
{
	return soft_dma(dev, iova, buf, len, IOMMU_READ);
}
EXPORT_SYMBOL_GPL(pinscope_iommu_read);
