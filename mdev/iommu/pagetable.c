// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of the software IOMMU: four levels of 512 entries, as in hardware.
 * An entry has the size that it was made with: 4K, 64K, 2M or 1G. One of 64K
 * stands in 16 places of the lowest table, and the first of them is the entry.
 *
 * A table that has become empty is freed, and each knows how many of its
 * entries are dirty: the place that refers to it is dirty if any is. So what
 * looks for dirty entries steps over all that is clean.
 *
 * Nothing sleeps under the lock of a table, and what may take long lets go of it
 * in between.
 */

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "pagetable.h"

/* This place refers to a table of the level below */
#define PT_TABLE	BIT_ULL(5)
/* This place is one of those of an entry of 64K */
#define PT_SIXTEENTH	BIT_ULL(6)

#define PT_ADDR_MASK	GENMASK_ULL(51, 12)

#define PT_PLACES	512
#define PT_TOP		3

/* Places of an entry of 64K */
#define PT_RUN		(SZ_64K / SZ_4K)

/* How many entries are passed before others get their turn */
#define PT_BATCH	1024

/* The places that lead to an address, one of each level from the last one on */
struct pt_path {
	u64 *place[PT_TOP + 1];
	unsigned int level;
};

static unsigned int pt_shift(unsigned int level)
{
	return 12 + 9 * level;
}

static unsigned int pt_level(unsigned long size)
{
	return size >= SZ_1G ? 2 : size >= SZ_2M ? 1 : 0;
}

static u64 *pt_table_of(u64 value)
{
	return phys_to_virt(value & PT_ADDR_MASK);
}

static u64 *pt_table_alloc(gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);

	if (!page)
		return NULL;
	set_page_private(page, 0);
	return page_address(page);
}

static void pt_table_free(u64 *table)
{
	free_page((unsigned long)table);
}

/* The page of a table counts what is in it: used places, and dirty ones */
static void pt_count(u64 *place, int used, int dirty)
{
	struct page *page = virt_to_page(place);

	set_page_private(page, page_private(page) + used + dirty * 0x10000l);
}

static unsigned int pt_used(u64 *place)
{
	return page_private(virt_to_page(place)) & 0xffff;
}

static bool pt_any_dirty(u64 *place)
{
	return page_private(virt_to_page(place)) >> 16;
}

/* Ends at an entry, or at a place that is empty */
static void pt_walk(struct soft_pt *pt, unsigned long iova,
		    struct pt_path *path)
{
	unsigned int level = PT_TOP;
	u64 *table = pt->root, *place;

	lockdep_assert_held(&pt->lock);

	for (;; level--) {
		place = &table[iova >> pt_shift(level) & (PT_PLACES - 1)];
		path->place[level] = place;
		if (!(*place & PT_TABLE))
			break;
		table = pt_table_of(*place);
	}
	path->level = level;
	if (*place & PT_SIXTEENTH)
		path->place[0] = PTR_ALIGN_DOWN(place, PT_RUN * sizeof(*place));
}

static unsigned long pt_size(const struct pt_path *path)
{
	if (*path->place[path->level] & PT_SIXTEENTH)
		return SZ_64K;
	return 1UL << pt_shift(path->level);
}

static void pt_copy(const struct pt_path *path, unsigned long iova,
		    struct soft_pte *pte)
{
	u64 value = *path->place[path->level];

	pte->size = pt_size(path);
	pte->iova = round_down(iova, pte->size);
	pte->phys = value & PT_ADDR_MASK;
	pte->bits = value & ~(PT_ADDR_MASK | PT_SIXTEENTH);
}

/* Writes a place, and what the places above it say about it */
static void pt_write(struct pt_path *path, unsigned int level, u64 value)
{
	u64 *place, old;

	for (;; level++) {
		place = path->place[level];
		old = *place;
		if (old == value)
			break;
		*place = value;
		pt_count(place, !!value - !!old,
			 !!(value & SOFT_PT_DIRTY) - !!(old & SOFT_PT_DIRTY));
		if (level == PT_TOP)
			break;

		value = *path->place[level + 1] & ~SOFT_PT_DIRTY;
		if (pt_any_dirty(place))
			value |= SOFT_PT_DIRTY;
		if (!pt_used(place)) {
			pt_table_free(pt_table_of(value));
			value = 0;
		}
	}
}

/* Writes an entry, of 64K if it says so, or makes a hole */
static void pt_write_entry(struct pt_path *path, unsigned int nr, u64 value)
{
	u64 *first = path->place[path->level];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		path->place[path->level] = first + i;
		pt_write(path, path->level, value);
		if (value)
			value = (value & ~SOFT_PT_DIRTY) + SZ_4K;
	}
	path->place[path->level] = first;
}

static unsigned int pt_places(unsigned long size)
{
	return size == SZ_64K ? PT_RUN : 1;
}

static u64 pt_value(phys_addr_t phys, unsigned long size, u64 bits)
{
	return phys | bits | (size == SZ_64K ? PT_SIXTEENTH : 0);
}

static bool pt_is_empty(const u64 *place, unsigned int nr)
{
	while (nr--)
		if (place[nr])
			return false;
	return true;
}

/*
 * Makes tables down to @level. Returns 1 if there is need of another table than
 * @spare, which is taken.
 */
static int pt_descend(struct soft_pt *pt, unsigned long iova,
		      unsigned int level, u64 **spare, struct pt_path *path)
{
	for (pt_walk(pt, iova, path); path->level > level;
	     pt_walk(pt, iova, path)) {
		if (*path->place[path->level])
			return -EEXIST;
		if (!*spare)
			return 1;
		pt_write(path, path->level, SOFT_PT_PRESENT | PT_TABLE |
			 virt_to_phys(*spare));
		*spare = NULL;
	}
	return path->level < level ? -EEXIST : 0;
}

/* A table that was made and has nothing in it is not to stay */
static void pt_drop_empty(struct soft_pt *pt, unsigned long iova)
{
	struct pt_path path;

	spin_lock(&pt->lock);
	pt_walk(pt, iova, &path);
	if (path.level < PT_TOP && !pt_used(path.place[path.level])) {
		pt_table_free(pt_table_of(*path.place[path.level + 1]));
		pt_write(&path, path.level + 1, 0);
	}
	spin_unlock(&pt->lock);
}

/**
 * soft_pt_init() - make a page table with nothing in it
 * @pt: page table
 *
 * Context: Process context, sleeps.
 * Return: 0 or -ENOMEM.
 */
int soft_pt_init(struct soft_pt *pt)
{
	spin_lock_init(&pt->lock);
	pt->root = pt_table_alloc(GFP_KERNEL_ACCOUNT);
	return pt->root ? 0 : -ENOMEM;
}

/**
 * soft_pt_destroy() - free a page table with all that is in it
 * @pt: page table, which nobody uses any more
 *
 * Context: Process context, sleeps.
 */
void soft_pt_destroy(struct soft_pt *pt)
{
	u64 *tables[PT_TOP + 1] = { [PT_TOP] = pt->root };
	unsigned int next[PT_TOP + 1] = {}, level = PT_TOP;
	u64 value;

	while (level <= PT_TOP) {
		if (next[level] == PT_PLACES) {
			pt_table_free(tables[level++]);
			cond_resched();
			continue;
		}
		value = tables[level][next[level]++];
		if (!(value & PT_TABLE))
			continue;
		level--;
		tables[level] = pt_table_of(value);
		next[level] = 0;
	}
}

/**
 * soft_pt_map() - make an entry
 * @pt: page table
 * @pte: where, to what, of which of SOFT_PT_SIZES, and with which bits; address
 *	 and memory are aligned to the size
 * @gfp: to allocate tables with
 *
 * Context: Process context, sleeps if @gfp does.
 * Return: 0, -ERANGE if the table has no such address, -EEXIST if part of that has an
 * entry, or -ENOMEM.
 */
int soft_pt_map(struct soft_pt *pt, const struct soft_pte *pte, gfp_t gfp)
{
	unsigned int nr = pt_places(pte->size);
	struct pt_path path;
	u64 *spare = NULL;
	int ret;

	/* The walk would take it for the address without these bits */
	if (pte->iova >> SOFT_PT_IOVA_BITS)
		return -ERANGE;

	for (;;) {
		spin_lock(&pt->lock);
		ret = pt_descend(pt, pte->iova, pt_level(pte->size), &spare,
				 &path);
		if (!ret && !pt_is_empty(path.place[path.level], nr))
			ret = -EEXIST;
		if (!ret)
			pt_write_entry(&path, nr,
				       pt_value(pte->phys, pte->size,
						pte->bits));
		spin_unlock(&pt->lock);
		if (ret <= 0)
			break;
		spare = pt_table_alloc(gfp);
		if (!spare) {
			pt_drop_empty(pt, pte->iova);
			return -ENOMEM;
		}
	}
	if (spare)
		pt_table_free(spare);
	return ret;
}

/**
 * soft_pt_unmap() - take the entry away that an address is in
 * @pt: page table
 * @pte: @iova tells where; is made a copy of what was there
 *
 * Context: Any but interrupts.
 * Return: 0, or -ENOENT if there is no entry.
 */
int soft_pt_unmap(struct soft_pt *pt, struct soft_pte *pte)
{
	struct pt_path path;

	if (pte->iova >> SOFT_PT_IOVA_BITS)
		return -ENOENT;

	spin_lock(&pt->lock);
	pt_walk(pt, pte->iova, &path);
	pt_copy(&path, pte->iova, pte);
	if (pte->bits)
		pt_write_entry(&path, pt_places(pte->size), 0);
	spin_unlock(&pt->lock);
	return pte->bits ? 0 : -ENOENT;
}

/* Fills a table with what an entry of the level above has said, in parts */
static void pt_fill(u64 *table, u64 value, unsigned long size)
{
	bool dirty = value & SOFT_PT_DIRTY;
	unsigned int i;

	for (i = 0; i < PT_PLACES; i++)
		table[i] = value + i * size;
	pt_count(table, PT_PLACES, dirty ? PT_PLACES : 0);
}

/*
 * The entry that @iova is in becomes entries of the next smaller size there is,
 * until they are small enough. Returns 1 if there is need of a table for that,
 * @spare.
 */
static int pt_split(struct soft_pt *pt, unsigned long iova, unsigned long size,
		    u64 **spare)
{
	struct pt_path path;
	struct soft_pte pte;
	unsigned int i;
	u64 *first;

	for (;;) {
		pt_walk(pt, iova, &path);
		pt_copy(&path, iova, &pte);
		if (!pte.bits || pte.size <= size)
			return 0;
		if (pte.size == SZ_64K)
			break;
		if (!*spare)
			return 1;
		pt_fill(*spare, pt_value(pte.phys, SZ_4K, pte.bits),
			1UL << pt_shift(path.level - 1));
		pt_write(&path, path.level, SOFT_PT_PRESENT | PT_TABLE |
			 (pte.bits & SOFT_PT_DIRTY) | virt_to_phys(*spare));
		*spare = NULL;
	}

	first = path.place[0];
	for (i = 0; i < PT_RUN; i++) {
		path.place[0] = first + i;
		pt_write(&path, 0, pt_value(pte.phys + i * SZ_4K, SZ_4K,
					    pte.bits));
	}
	return 0;
}

/**
 * soft_pt_split() - see that an address is in an entry of a size at the most
 * @pt: page table
 * @iova: the address
 * @size: SZ_4K, SZ_2M or SZ_1G
 * @gfp: to allocate tables with
 *
 * A larger entry becomes many small ones that say the same. Does nothing if there
 * is none.
 *
 * Context: Process context, sleeps if @gfp does.
 * Return: 0, or -ENOMEM; the entry may be split in part then.
 */
int soft_pt_split(struct soft_pt *pt, unsigned long iova, unsigned long size,
		  gfp_t gfp)
{
	u64 *spare = NULL;
	int ret;

	if (iova >> SOFT_PT_IOVA_BITS)
		return 0;

	for (;;) {
		spin_lock(&pt->lock);
		ret = pt_split(pt, iova, size, &spare);
		spin_unlock(&pt->lock);
		if (!ret)
			break;
		spare = pt_table_alloc(gfp);
		if (!spare)
			return -ENOMEM;
	}
	if (spare)
		pt_table_free(spare);
	return ret;
}

/**
 * soft_pt_get() - look at the entry, or the hole, that an address is in
 * @pt: page table
 * @iova: the address
 * @pte: is made a copy of it
 *
 * Context: Any but interrupts, with @pt->lock held.
 */
void soft_pt_get(struct soft_pt *pt, unsigned long iova, struct soft_pte *pte)
{
	struct pt_path path;

	if (iova >> SOFT_PT_IOVA_BITS) {
		*pte = (struct soft_pte){ .iova = iova, .size = SZ_4K };
		return;
	}
	pt_walk(pt, iova, &path);
	pt_copy(&path, iova, pte);
}

/**
 * soft_pt_change() - change bits of the entry that an address is in
 * @pt: page table
 * @iova: the address, at which there is an entry
 * @clear: SOFT_PT_DIRTY, SOFT_PT_CACHED, or both
 * @set: the same, set after @clear is cleared
 *
 * Context: Any but interrupts, with @pt->lock held.
 */
void soft_pt_change(struct soft_pt *pt, unsigned long iova, u64 clear, u64 set)
{
	struct pt_path path;

	pt_walk(pt, iova, &path);
	pt_write(&path, path.level,
		 (*path.place[path.level] & ~clear) | set);
}

/*
 * A place without any of @want has nothing below it that has one: what is empty
 * has none, and a table is present, and dirty if something in it is.
 */
static bool pt_step(struct soft_pt *pt, unsigned long *iova, u64 want,
		    struct pt_path *path)
{
	unsigned int level = PT_TOP;
	u64 *table = pt->root, value;

	for (;; level--) {
		path->place[level] =
			&table[*iova >> pt_shift(level) & (PT_PLACES - 1)];
		value = *path->place[level];
		if (!(value & want) || !(value & PT_TABLE))
			break;
		table = pt_table_of(value);
	}
	path->level = level;

	if (value & PT_SIXTEENTH) {
		path->place[0] = PTR_ALIGN_DOWN(path->place[0],
						PT_RUN * sizeof(u64));
		value = *path->place[0];
	}
	if (value & want)
		return true;
	*iova = round_down(*iova, pt_size(path)) + pt_size(path);
	return false;
}

/* Goes one step on, and copies the entry if that has found one */
static bool pt_take(struct soft_pt *pt, unsigned long *iova, u64 want,
		    u64 clear, struct soft_pte *pte)
{
	struct pt_path path;

	if (!pt_step(pt, iova, want, &path))
		return false;
	pt_copy(&path, *iova, pte);
	pt_write(&path, path.level, *path.place[path.level] & ~clear);
	return true;
}

/**
 * soft_pt_next() - find the next entry that has a bit
 * @pt: page table
 * @first: where to begin, in the entry or before it
 * @last: where to end
 * @want: SOFT_PT_PRESENT or SOFT_PT_DIRTY
 * @clear: what to clear in the entry that is found, 0 or more of SOFT_PT_DIRTY
 *	   and SOFT_PT_CACHED
 * @pte: is made a copy of it, as it was before
 *
 * Context: Process context, sleeps.
 * Return: true if there is one.
 */
bool soft_pt_next(struct soft_pt *pt, unsigned long first, unsigned long last,
		  u64 want, u64 clear, struct soft_pte *pte)
{
	unsigned long iova = first;
	bool found = false;
	unsigned int n;

	last = min(last, (1UL << SOFT_PT_IOVA_BITS) - 1);
	while (!found && iova <= last) {
		cond_resched();
		spin_lock(&pt->lock);
		for (n = 0; n < PT_BATCH && iova <= last && !found; n++)
			found = pt_take(pt, &iova, want, clear, pte);
		spin_unlock(&pt->lock);
	}
	return found;
}
