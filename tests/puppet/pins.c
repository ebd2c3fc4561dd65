// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pins that a puppet holds. It may leave none behind when its device is
 * closed, whatever its user had it do.
 */

#include <linux/highmem.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "internal.h"

/**
 * struct puppet_page - a page that is pinned
 * @page: the page
 * @pins: how often; 0 while the record is made before the pin
 * @writable: one of the pins was for writing
 */
struct puppet_page {
	struct page *page;
	u32 pins;
	bool writable;
};

/* Records without a pin go; those with one stay */
static void puppet_trim(struct puppet *puppet, unsigned long first, u32 count)
{
	struct puppet_page *record;
	u32 i;

	for (i = 0; i < count; i++) {
		record = xa_load(&puppet->pins, first + i);
		if (record && !record->pins) {
			xa_erase(&puppet->pins, first + i);
			kfree(record);
		}
	}
}

/* After a pin it is too late to find out that there is no memory */
static int puppet_prepare(struct puppet *puppet, unsigned long first, u32 count)
{
	struct puppet_page *record;
	int ret;
	u32 i;

	for (i = 0; i < count; i++) {
		if (xa_load(&puppet->pins, first + i))
			continue;
		record = kzalloc(sizeof(*record), GFP_KERNEL_ACCOUNT);
		ret = record ? xa_err(xa_store(&puppet->pins, first + i, record,
					       GFP_KERNEL_ACCOUNT)) : -ENOMEM;
		if (ret) {
			kfree(record);
			puppet_trim(puppet, first, i);
			return ret;
		}
	}
	return 0;
}

static void puppet_record(struct puppet *puppet, unsigned long index,
			  struct page *page, u32 prot)
{
	struct puppet_page *record = xa_load(&puppet->pins, index);

	if (!record->pins++)
		WRITE_ONCE(puppet->nr_pages, puppet->nr_pages + 1);
	record->page = page;
	record->writable |= prot & IOMMU_WRITE;
	WRITE_ONCE(puppet->nr_pins, puppet->nr_pins + 1);
}

/* One pin of a page that is held */
static void puppet_forget(struct puppet *puppet, unsigned long index)
{
	struct puppet_page *record = xa_load(&puppet->pins, index);

	WRITE_ONCE(puppet->nr_pins, puppet->nr_pins - 1);
	if (--record->pins)
		return;
	WRITE_ONCE(puppet->nr_pages, puppet->nr_pages - 1);
	xa_erase(&puppet->pins, index);
	kfree(record);
}

static bool puppet_holds(struct puppet *puppet, unsigned long first, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!xa_load(&puppet->pins, first + i))
			return false;
	return true;
}

static int puppet_core_pin(struct puppet *puppet,
			   const struct puppet_call *call, struct page **pages)
{
	if (call->op == PUPPET_PIN_TRACKED)
		return vfio_pin_pages_tracked(puppet->vdev, call->iova,
					      call->count, call->prot, pages);
	return vfio_pin_pages(puppet->vdev, call->iova, call->count, call->prot,
			      pages);
}

/*
 * A pin that nobody would return, because it came too late, or because the core
 * should have refused it and has not, goes at once.
 */
static void puppet_pin_unheld(struct puppet *puppet,
			      const struct puppet_call *call,
			      struct puppet_result *result, struct page **pages)
{
	result->ret = puppet_core_pin(puppet, call, pages);
	if (result->ret > 0)
		vfio_unpin_pages(puppet->vdev, call->iova, result->ret);
}

static void puppet_pin_held(struct puppet *puppet,
			    const struct puppet_call *call,
			    struct puppet_result *result, struct page **pages)
{
	unsigned long first = call->iova >> PAGE_SHIFT;
	int i;

	if (call->count > PUPPET_PINS_MAX - puppet->nr_pins) {
		puppet_refuse(result, PUPPET_WHY_LIMIT, -ENOSPC);
		return;
	}
	if (puppet_prepare(puppet, first, call->count)) {
		puppet_refuse(result, PUPPET_WHY_MEMORY, -ENOMEM);
		return;
	}

	result->ret = puppet_core_pin(puppet, call, pages);
	for (i = 0; i < result->ret; i++)
		puppet_record(puppet, first + i, pages[i], call->prot);
	puppet_trim(puppet, first, call->count);
}

/* PIN and PIN_TRACKED */
void puppet_pin(struct puppet *puppet, const struct puppet_call *call,
		struct puppet_result *result)
{
	struct page *few[8] = {}, **pages = few;

	if (call->count > ARRAY_SIZE(few))
		pages = kvcalloc(call->count, sizeof(*pages),
				 GFP_KERNEL_ACCOUNT);
	if (!pages) {
		puppet_refuse(result, PUPPET_WHY_MEMORY, -ENOMEM);
		return;
	}

	if (mutex_lock_killable(&puppet->pin_lock)) {
		puppet_refuse(result, PUPPET_WHY_BUSY, -EINTR);
	} else {
		if (call->flags & PUPPET_CALL_LATE ||
		    !(call->flags & PUPPET_CALL_OFFSET ||
		      PAGE_ALIGNED(call->iova)))
			puppet_pin_unheld(puppet, call, result, pages);
		else
			puppet_pin_held(puppet, call, result, pages);
		mutex_unlock(&puppet->pin_lock);
	}
	if (pages != few)
		kvfree(pages);
}

/* The core trusts drivers to return what they have, and warns if they do not */
void puppet_unpin(struct puppet *puppet, const struct puppet_call *call,
		  struct puppet_result *result)
{
	unsigned long first = call->iova >> PAGE_SHIFT;
	u32 i;

	if (mutex_lock_killable(&puppet->pin_lock)) {
		puppet_refuse(result, PUPPET_WHY_BUSY, -EINTR);
		return;
	}
	if (call->flags & PUPPET_CALL_LATE) {
		vfio_unpin_pages(puppet->vdev, call->iova, call->count);
	} else if (puppet_holds(puppet, first, call->count)) {
		vfio_unpin_pages(puppet->vdev, call->iova, call->count);
		for (i = 0; i < call->count; i++)
			puppet_forget(puppet, first + i);
	} else {
		puppet_refuse(result, PUPPET_WHY_NOT_HELD, -ENOENT);
	}
	mutex_unlock(&puppet->pin_lock);
}

/* Return all pins from one address to another, which is the last byte */
void puppet_unpin_range(struct puppet *puppet, u64 iova, u64 last)
{
	struct puppet_page *record;
	unsigned long index;

	mutex_lock(&puppet->pin_lock);
	xa_for_each_range(&puppet->pins, index, record, iova >> PAGE_SHIFT,
			  last >> PAGE_SHIFT) {
		u32 pins = record->pins;

		for (; pins; pins--) {
			vfio_unpin_pages(puppet->vdev,
					 (dma_addr_t)index << PAGE_SHIFT, 1);
			puppet_forget(puppet, index);
		}
		cond_resched();
	}
	mutex_unlock(&puppet->pin_lock);
}

/* DMA of a device without IOMMU: the CPU, on what it holds */

static int puppet_may_access(struct puppet *puppet, u64 iova, u32 len,
			     bool write)
{
	struct puppet_page *record;
	u64 page;

	for (page = iova & PAGE_MASK; page < iova + len; page += PAGE_SIZE) {
		record = xa_load(&puppet->pins, page >> PAGE_SHIFT);
		if (!record)
			return -ENOENT;
		if (write && !record->writable)
			return -EPERM;
	}
	return 0;
}

/* 32-bit words from @done on; they need not be aligned in memory */
static void puppet_fill(u8 *p, u32 done, u32 count, u32 seed)
{
	u32 i;

	for (i = done; i < done + count; i++)
		*p++ = (seed + i / 4) >> (8 * (i % 4));
}

static u32 puppet_sum(const u8 *p, u32 done, u32 count)
{
	u32 sum = 0, i;

	for (i = done; i < done + count; i++)
		sum += (u32)*p++ << (8 * (i % 4));
	return sum;
}

static int puppet_cpu_access(struct puppet *puppet, u64 iova, u32 len,
			     u32 seed, u32 *sum)
{
	struct puppet_page *record;
	u32 done, count;
	u8 *page;
	int ret;

	if (mutex_lock_killable(&puppet->pin_lock))
		return -EINTR;

	ret = puppet_may_access(puppet, iova, len, !sum);
	for (done = 0; !ret && done < len; done += count) {
		count = min_t(u32, len - done,
			      PAGE_SIZE - offset_in_page(iova + done));
		record = xa_load(&puppet->pins, (iova + done) >> PAGE_SHIFT);
		page = kmap_local_page(record->page);
		if (sum)
			*sum += puppet_sum(page + offset_in_page(iova + done),
					   done, count);
		else
			puppet_fill(page + offset_in_page(iova + done), done,
				    count, seed);
		kunmap_local(page);
	}
	mutex_unlock(&puppet->pin_lock);
	return ret;
}

/* Return: 0, -ENOENT or -EPERM if it holds no such pin, or -EINTR */
int puppet_cpu_write(struct puppet *puppet, u64 iova, u32 len, u32 seed)
{
	return puppet_cpu_access(puppet, iova, len, seed, NULL);
}

int puppet_cpu_read(struct puppet *puppet, u64 iova, u32 len, u32 *sum)
{
	*sum = 0;
	return puppet_cpu_access(puppet, iova, len, 0, sum);
}
