/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables of the software IOMMU, see pagetable.c */
#ifndef PINSCOPE_PAGETABLE_H
#define PINSCOPE_PAGETABLE_H

#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Addresses end here, and entries may have these sizes */
#define SOFT_PT_IOVA_BITS	48
#define SOFT_PT_SIZES		(SZ_4K | SZ_64K | SZ_2M | SZ_1G)

/* What an entry says */
#define SOFT_PT_PRESENT		BIT_ULL(0)
#define SOFT_PT_READ		BIT_ULL(1)
#define SOFT_PT_WRITE		BIT_ULL(2)
#define SOFT_PT_DIRTY		BIT_ULL(3)	/* written by a device */
#define SOFT_PT_CACHED		BIT_ULL(4)	/* a TLB knows it as dirty */

/**
 * struct soft_pt - a page table
 * @lock: protects all entries; who holds it may use soft_pt_get()
 * @root: the uppermost table
 */
struct soft_pt {
	spinlock_t lock;	/* protects all entries */
	u64 *root;
};

/**
 * struct soft_pte - a copy of an entry, or of a hole
 * @iova: where it begins
 * @size: bytes; of a hole what an entry there could have at the most
 * @phys: what @iova translates to
 * @bits: SOFT_PT_*, 0 for a hole
 */
struct soft_pte {
	unsigned long iova;
	unsigned long size;
	phys_addr_t phys;
	u64 bits;
};

int soft_pt_init(struct soft_pt *pt);
void soft_pt_destroy(struct soft_pt *pt);

int soft_pt_map(struct soft_pt *pt, const struct soft_pte *pte, gfp_t gfp);
int soft_pt_unmap(struct soft_pt *pt, struct soft_pte *pte);
int soft_pt_split(struct soft_pt *pt, unsigned long iova, unsigned long size,
		  gfp_t gfp);

void soft_pt_get(struct soft_pt *pt, unsigned long iova, struct soft_pte *pte);
void soft_pt_change(struct soft_pt *pt, unsigned long iova, u64 clear, u64 set);
bool soft_pt_next(struct soft_pt *pt, unsigned long first, unsigned long last,
		  u64 want, u64 clear, struct soft_pte *pte);

#endif /* PINSCOPE_PAGETABLE_H */
