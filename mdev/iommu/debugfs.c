// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domains of devices as debugfs shows them, for tests and for the eye:
 *
 *   pinscope_iommu/<device>/mappings   what is mapped
 *   pinscope_iommu/<device>/tracking   are pages that are written marked? (rw)
 *   pinscope_iommu/<device>/dirty      the marks; those read are cleared
 *   pinscope_iommu/<device>/looks      how often the kernel read them
 *   pinscope_iommu/<device>/faults     what is to fail (rw)
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

/* One line for pages side by side with the same permissions */
struct soft_range {
	unsigned long first;
	unsigned long count;
	int prot;
};

static void soft_show_range(struct seq_file *s, struct soft_domain *domain,
			    const struct soft_range *range)
{
	if (range->count)
		seq_printf(s, "0x%lx 0x%lx %s%s\n",
			   range->first << domain->shift,
			   range->count << domain->shift,
			   range->prot & IOMMU_READ ? "r" : "-",
			   range->prot & IOMMU_WRITE ? "w" : "-");
}

static int mappings_show(struct seq_file *s, void *unused)
{
	struct soft_device *soft = s->private;
	struct soft_range range = {};
	unsigned long index;
	void *entry;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return 0;

	xa_for_each(&soft->domain->pages, index, entry) {
		if (range.count && index == range.first + range.count &&
		    soft_entry_prot(entry) == range.prot) {
			range.count++;
			continue;
		}
		soft_show_range(s, soft->domain, &range);
		range.first = index;
		range.count = 1;
		range.prot = soft_entry_prot(entry);
	}
	soft_show_range(s, soft->domain, &range);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mappings);

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

struct soft_marks {
	unsigned long *bits;
	unsigned long first;
};

static void soft_note_mark(unsigned long index, void *data)
{
	struct soft_marks *marks = data;

	__set_bit(index - marks->first, marks->bits);
}

static int soft_read_marks(struct soft_device *soft,
			   struct soft_marks *marks, size_t count)
{
	unsigned long nr = count * BITS_PER_BYTE;

	guard(mutex)(&soft->lock);
	if (!soft->domain)
		return -ENXIO;
	if (!soft->domain->can_track)
		return -EOPNOTSUPP;
	soft_domain_dirty(soft->domain, marks->first, marks->first + nr - 1,
			  true, soft_note_mark, marks);
	return 0;
}

/*
 * A bitmap over all addresses, little endian: the position in the file is the
 * number of the page, divided by eight.
 */
static ssize_t dirty_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	struct soft_marks marks = { .first = *ppos * BITS_PER_BYTE };
	ssize_t ret;

	count = min_t(size_t, count, PAGE_SIZE);
	/* What is read is cleared: see that there is a place for it first */
	if (!count || clear_user(buf, count))
		return count ? -EFAULT : 0;

	marks.bits = bitmap_zalloc(MARKS_MAX, GFP_KERNEL);
	if (!marks.bits)
		return -ENOMEM;

	ret = soft_read_marks(file->private_data, &marks, count);
	if (!ret)
		ret = copy_to_user(buf, marks.bits, count) ? -EFAULT : count;
	if (ret > 0)
		*ppos += ret;
	bitmap_free(marks.bits);
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
	debugfs_create_file("tracking", 0600, dir, soft, &tracking_fops);
	debugfs_create_file("dirty", 0400, dir, soft, &dirty_fops);
	debugfs_create_file("looks", 0400, dir, soft, &looks_fops);
	debugfs_create_file("faults", 0600, dir, soft, &faults_fops);
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
