// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domains of devices as debugfs shows them, for tests and for the eye:
 *
 *   pinscope_iommu/<device>/mappings   what is mapped
 *   pinscope_iommu/<device>/entries    by which entries of the page table
 *   pinscope_iommu/<device>/tracking   are pages that are written marked? (rw)
 *   pinscope_iommu/<device>/dirty      the marks; those read are cleared
 *   pinscope_iommu/<device>/looks      how often the kernel read them
 *   pinscope_iommu/<device>/faults     what is to fail (rw)
 *   pinscope_iommu/<device>/write_at_look   when a device is to write (rw)
 */

#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

/* How many marks one read gets at the most */
#define MARKS_MAX	(BITS_PER_BYTE * PAGE_SIZE)

static struct dentry *soft_debugfs_root;

/* Entries side by side with the same permissions, and maybe of one size */
struct soft_range {
	unsigned long iova;
	unsigned long length;
	unsigned long size;
	u64 prot;
};

static bool soft_range_add(struct soft_range *range,
			   const struct soft_pte *pte, bool of_one_size)
{
	if (!range->length || pte->iova != range->iova + range->length ||
	    (pte->bits & (SOFT_PT_READ | SOFT_PT_WRITE)) != range->prot ||
	    (of_one_size && pte->size != range->size))
		return false;
	range->length += pte->size;
	return true;
}

static void soft_show_range(struct seq_file *s, const struct soft_range *range,
			    bool of_one_size)
{
	if (!range->length)
		return;
	seq_printf(s, "0x%lx 0x%lx %s%s", range->iova, range->length,
		   range->prot & SOFT_PT_READ ? "r" : "-",
		   range->prot & SOFT_PT_WRITE ? "w" : "-");
	if (of_one_size)
		seq_printf(s, " 0x%lx", range->size);
	seq_putc(s, '\n');
}

static void soft_show_mapped(struct seq_file *s, bool of_one_size)
{
	struct soft_device *soft = s->private;
	struct soft_range range = {};
	unsigned long iova = 0;
	struct soft_pte pte;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return;

	for (; soft_pt_next(&soft->domain->pt, iova, ULONG_MAX,
			    SOFT_PT_PRESENT, 0, &pte);
	     iova = pte.iova + pte.size) {
		if (soft_range_add(&range, &pte, of_one_size))
			continue;
		soft_show_range(s, &range, of_one_size);
		range.iova = pte.iova;
		range.length = pte.size;
		range.size = pte.size;
		range.prot = pte.bits & (SOFT_PT_READ | SOFT_PT_WRITE);
	}
	soft_show_range(s, &range, of_one_size);
}

static int mappings_show(struct seq_file *s, void *unused)
{
	soft_show_mapped(s, false);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mappings);

static int entries_show(struct seq_file *s, void *unused)
{
	soft_show_mapped(s, true);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(entries);

static int tracking_get(void *data, u64 *value)
{
	struct soft_device *soft = data;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	*value = soft->domain->tracking;
	return 0;
}

static int tracking_set(void *data, u64 value)
{
	struct soft_device *soft = data;

	if (value > 1)
		return -EINVAL;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	if (!soft->domain->can_track)
		return -EOPNOTSUPP;
	soft_domain_track(soft->domain, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(tracking_fops, tracking_get, tracking_set, "%llu\n");

static int faults_get(void *data, u64 *value)
{
	struct soft_device *soft = data;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	*value = soft->domain->faults;
	return 0;
}

static int faults_set(void *data, u64 value)
{
	struct soft_device *soft = data;

	if (value & ~SOFT_FAULT_ALL)
		return -EINVAL;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	WRITE_ONCE(soft->domain->faults, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(faults_fops, faults_get, faults_set, "%llu\n");

static int looks_show(struct seq_file *s, void *unused)
{
	struct soft_device *soft = s->private;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	seq_printf(s, "%lld %lld\n", atomic64_read(&soft->domain->looks),
		   atomic64_read(&soft->domain->looked_at));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(looks);

static int write_at_look_show(struct seq_file *s, void *unused)
{
	struct soft_device *soft = s->private;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	seq_printf(s, "%d 0x%lx\n", atomic_read(&soft->domain->write_in),
		   soft->domain->write_iova);
	return 0;
}

static ssize_t write_at_look_write(struct file *file, const char __user *buf,
				   size_t count, loff_t *ppos)
{
	struct soft_device *soft = file_inode(file)->i_private;
	unsigned long iova;
	char text[48] = "";
	unsigned int in;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	if (sscanf(text, "%u %li", &in, &iova) != 2 || in > INT_MAX)
		return -EINVAL;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	WRITE_ONCE(soft->domain->write_iova, iova);
	atomic_set(&soft->domain->write_in, in);
	return count;
}
DEFINE_SHOW_STORE_ATTRIBUTE(write_at_look);

/* Of larger entries all pages are marked, and what is read of them clears them */
static int soft_read_marks(struct soft_device *soft, unsigned long first,
			   unsigned long *bits, size_t count)
{
	unsigned long last = first + count * BITS_PER_BYTE - 1, iova;
	struct soft_pte pte;
	unsigned int shift;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	if (!soft->domain->can_track)
		return -EOPNOTSUPP;

	shift = soft->domain->shift;
	if (first > ULONG_MAX >> shift)
		return 0;
	last = min(last, ULONG_MAX >> shift);
	for (iova = first << shift;
	     soft_pt_next(&soft->domain->pt, iova, last << shift,
			  SOFT_PT_DIRTY, SOFT_PT_DIRTY | SOFT_PT_CACHED, &pte);
	     iova = pte.iova + pte.size) {
		unsigned long from = max(pte.iova >> shift, first);
		unsigned long to = min((pte.iova + pte.size - 1) >> shift,
				       last);

		bitmap_set(bits, from - first, to - from + 1);
	}
	return 0;
}

/*
 * A bitmap over all addresses, little endian: the position in the file is the
 * number of the page, divided by eight.
 */
static ssize_t dirty_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	unsigned long *bits;
	ssize_t ret;

	count = min_t(size_t, count, PAGE_SIZE);
	/* What is read is cleared: see that there is a place for it first */
	if (!count || clear_user(buf, count))
		return count ? -EFAULT : 0;

	bits = bitmap_zalloc(MARKS_MAX, GFP_KERNEL);
	if (!bits)
		return -ENOMEM;

	ret = soft_read_marks(file->private_data, *ppos * BITS_PER_BYTE, bits,
			      count);
	if (!ret)
		ret = copy_to_user(buf, bits, count) ? -EFAULT : count;
	if (ret > 0)
		*ppos += ret;
	bitmap_free(bits);
	return ret;
}

static const struct file_operations dirty_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = dirty_read,
	.llseek = default_llseek,
};

void soft_debugfs_add(struct soft_device *soft, const char *name)
{
	struct dentry *dir = debugfs_create_dir(name, soft_debugfs_root);

	debugfs_create_file("mappings", 0400, dir, soft, &mappings_fops);
	debugfs_create_file("entries", 0400, dir, soft, &entries_fops);
	debugfs_create_file("tracking", 0600, dir, soft, &tracking_fops);
	debugfs_create_file("dirty", 0400, dir, soft, &dirty_fops);
	debugfs_create_file("looks", 0400, dir, soft, &looks_fops);
	debugfs_create_file("faults", 0600, dir, soft, &faults_fops);
	debugfs_create_file("write_at_look", 0600, dir, soft,
			    &write_at_look_fops);
	soft->debugfs = dir;
}

/* Waits for those who are reading */
void soft_debugfs_remove(struct soft_device *soft)
{
	debugfs_remove(soft->debugfs);
}

void soft_debugfs_init(void)
{
	soft_debugfs_root = debugfs_create_dir("pinscope_iommu", NULL);
}

void soft_debugfs_exit(void)
{
	debugfs_remove(soft_debugfs_root);
}
