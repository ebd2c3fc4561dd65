// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page table beside an array that says the same, both changed at random: after
 * each step they have to agree. Loading the module runs it and fails if they do
 * not; the kernel's log has the step then.
 */

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "pagetable.c"

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the random steps");

static unsigned int steps = 20000;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "how many");

/* Where the array begins, at a boundary of 1G, and how many pages it has */
#define BASE	(7UL * SZ_1G)
#define NPAGES	(4 * SZ_2M / SZ_4K)

static const unsigned long sizes[] = { SZ_4K, SZ_64K, SZ_2M };

/* What the array has of a page: size of its entry, 0 for none, and bits */
struct ref {
	unsigned long size;
	u64 bits;
};

static struct ref *refs;
static struct soft_pt table;
static struct rnd_state rnd;

static u32 below(u32 n)
{
	return prandom_u32_state(&rnd) % n;
}

static unsigned long at(unsigned int page)
{
	return BASE + (unsigned long)page * SZ_4K;
}

static phys_addr_t phys_at(unsigned long iova)
{
	return iova + 0x100 * (phys_addr_t)SZ_1G;
}

/* First page of the entry that a page is in */
static unsigned int first_of(unsigned int page)
{
	return round_down(page, refs[page].size / SZ_4K);
}

static void ref_set(unsigned int page, unsigned long size,
		    unsigned long of_size, u64 bits)
{
	unsigned int i;

	for (i = 0; i < size / SZ_4K; i++)
		refs[page + i] = (struct ref){ of_size, bits };
}

static int wrong(const char *what, unsigned long iova, u64 got, u64 want)
{
	pr_err("%s at 0x%lx: 0x%llx, expected 0x%llx\n", what, iova, got, want);
	return -EINVAL;
}

static int check_page(unsigned int page)
{
	struct soft_pte pte;

	spin_lock(&table.lock);
	soft_pt_get(&table, at(page), &pte);
	spin_unlock(&table.lock);

	if (pte.bits != refs[page].bits)
		return wrong("bits", at(page), pte.bits, refs[page].bits);
	if (!pte.bits)
		return 0;
	if (pte.size != refs[page].size)
		return wrong("size", at(page), pte.size, refs[page].size);
	if (pte.iova != at(first_of(page)))
		return wrong("start", at(page), pte.iova, at(first_of(page)));
	if (pte.phys != phys_at(pte.iova))
		return wrong("memory", at(page), pte.phys, phys_at(pte.iova));
	return 0;
}

/* The next entry with a bit, as the array has it; NPAGES if there is none */
static unsigned int ref_next(unsigned int page, u64 want)
{
	while (page < NPAGES && !(refs[page].bits & want))
		page++;
	return page < NPAGES ? first_of(page) : NPAGES;
}

static int check_walk(u64 want)
{
	unsigned int page = 0, next;
	struct soft_pte pte;
	bool found, want_it;

	for (;; page = next + pte.size / SZ_4K) {
		next = ref_next(page, want);
		want_it = next < NPAGES;
		found = soft_pt_next(&table, at(page), at(NPAGES) - 1, want, 0,
				     &pte);
		if (found != want_it)
			return wrong("found", at(page), found, want_it);
		if (!found)
			return 0;
		if (pte.iova != at(next))
			return wrong("next", at(page), pte.iova, at(next));
	}
}

static int check_all(void)
{
	unsigned int page;
	int ret;

	for (page = 0; page < NPAGES; page++) {
		ret = check_page(page);
		if (ret)
			return ret;
	}
	ret = check_walk(SOFT_PT_PRESENT);
	return ret ? ret : check_walk(SOFT_PT_DIRTY);
}

static int try_to_map(unsigned int page)
{
	unsigned long size = sizes[below(ARRAY_SIZE(sizes))];
	struct soft_pte pte = { .size = size };
	unsigned int i;
	int ret, want = 0;

	page = round_down(page, size / SZ_4K);
	pte.iova = at(page);
	pte.phys = phys_at(pte.iova);
	pte.bits = SOFT_PT_PRESENT | (below(2) ? SOFT_PT_READ : SOFT_PT_WRITE);
	for (i = 0; i < size / SZ_4K; i++)
		if (refs[page + i].bits)
			want = -EEXIST;

	ret = soft_pt_map(&table, &pte, GFP_KERNEL);
	if (ret != want)
		return wrong("map", at(page), ret, want);
	if (!ret)
		ref_set(page, size, size, pte.bits);
	return 0;
}

static int unmap_entry(unsigned int page)
{
	struct soft_pte pte = { .iova = at(page) };
	int ret, want = refs[page].bits ? 0 : -ENOENT;

	ret = soft_pt_unmap(&table, &pte);
	if (ret != want)
		return wrong("unmap", at(page), ret, want);
	if (!ret)
		ref_set(first_of(page), refs[page].size, 0, 0);
	return 0;
}

/* 2M and 64K become entries of 4K */
static int split_entry(unsigned int page)
{
	int ret = soft_pt_split(&table, at(page), SZ_4K, GFP_KERNEL);

	if (ret)
		return wrong("split", at(page), ret, 0);
	if (refs[page].bits)
		ref_set(first_of(page), refs[page].size, SZ_4K,
			refs[page].bits);
	return 0;
}

static int change_entry(unsigned int page)
{
	u64 bits = below(2) ? SOFT_PT_DIRTY : SOFT_PT_CACHED;
	bool set = below(3);
	u64 now = refs[page].bits;

	if (!now)
		return 0;
	now = set ? now | bits : now & ~bits;
	spin_lock(&table.lock);
	soft_pt_change(&table, at(page), set ? 0 : bits, set ? bits : 0);
	spin_unlock(&table.lock);
	ref_set(first_of(page), refs[page].size, refs[page].size, now);
	return 0;
}

static int clear_next(unsigned int page)
{
	unsigned int next = ref_next(page, SOFT_PT_DIRTY);
	bool found, want = next < NPAGES;
	struct soft_pte pte;

	found = soft_pt_next(&table, at(page), at(NPAGES) - 1, SOFT_PT_DIRTY,
			     SOFT_PT_DIRTY | SOFT_PT_CACHED, &pte);
	if (found != want)
		return wrong("clear", at(page), found, want);
	if (!found)
		return 0;
	if (pte.iova != at(next))
		return wrong("cleared", at(page), pte.iova, at(next));
	ref_set(next, pte.size, pte.size,
		refs[next].bits & ~(SOFT_PT_DIRTY | SOFT_PT_CACHED));
	return 0;
}

static int one_step(void)
{
	unsigned int page = below(NPAGES);

	switch (below(8)) {
	case 0 ... 2:
		return try_to_map(page);
	case 3:
		return unmap_entry(page);
	case 4:
		return below(8) ? 0 : split_entry(page);
	case 5 ... 6:
		return change_entry(page);
	default:
		return clear_next(page);
	}
}

static int run_steps(void)
{
	unsigned int step, page;
	int ret = 0;

	for (step = 0; step < steps && !ret; step++) {
		ret = one_step();
		if (!ret && !(step % 64))
			ret = check_all();
		cond_resched();
	}
	if (ret) {
		pr_err("seed %u, step %u\n", seed, step);
		return ret;
	}

	for (page = 0; page < NPAGES; page++) {
		ret = unmap_entry(page);
		if (ret)
			return ret;
	}
	return check_all();
}

/* All levels of one address: an entry of 1G, split down to 4K, and taken away */
static int run_large(void)
{
	struct soft_pte pte = {
		.iova = SZ_1G,
		.size = SZ_1G,
		.phys = SZ_1G,
		.bits = SOFT_PT_PRESENT | SOFT_PT_READ | SOFT_PT_DIRTY,
	};
	struct soft_pte small = { .iova = SZ_1G + SZ_2M + SZ_4K };
	unsigned long iova = 0, nr = 0;
	int ret;

	ret = soft_pt_map(&table, &pte, GFP_KERNEL);
	if (ret)
		return wrong("map", pte.iova, ret, 0);
	small.size = SZ_4K;
	small.bits = SOFT_PT_PRESENT;
	ret = soft_pt_map(&table, &small, GFP_KERNEL);
	if (ret != -EEXIST)
		return wrong("map", small.iova, ret, -EEXIST);

	ret = soft_pt_split(&table, small.iova, SZ_4K, GFP_KERNEL);
	if (ret)
		return wrong("split", small.iova, ret, 0);
	for (; soft_pt_next(&table, iova, ULONG_MAX, SOFT_PT_DIRTY,
			    SOFT_PT_DIRTY, &pte); nr++)
		iova = pte.iova + pte.size;
	if (iova != 2 * (unsigned long)SZ_1G || nr != 511 + 512)
		return wrong("entries", iova, nr, 511 + 512);

	while (soft_pt_next(&table, 0, ULONG_MAX, SOFT_PT_PRESENT, 0, &pte))
		soft_pt_unmap(&table, &pte);
	return 0;
}

static int __init pagetable_test_init(void)
{
	int ret;

	prandom_seed_state(&rnd, seed);
	refs = kvcalloc(NPAGES, sizeof(*refs), GFP_KERNEL);
	if (!refs)
		return -ENOMEM;
	ret = soft_pt_init(&table);
	if (ret)
		goto free;

	ret = run_steps();
	if (!ret)
		ret = run_large();
	/* What is empty has no tables but one */
	if (!ret && pt_used(table.root))
		ret = wrong("tables", 0, pt_used(table.root), 0);
	soft_pt_destroy(&table);
free:
	kvfree(refs);
	return ret;
}

static void __exit pagetable_test_exit(void)
{
}

module_init(pagetable_test_init);
module_exit(pagetable_test_exit);

MODULE_DESCRIPTION("Test of the software IOMMU's page tables");
MODULE_LICENSE("GPL");
