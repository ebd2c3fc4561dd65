// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sites: calls that can be made to fail, and what was allocated by them.
 *
 * debugfs has
 *
 *   sites   one line each: module, file:line, function, call, ways to fail, how
 *	     often it was reached, how often it failed, allocations that live
 *   nth     written by a task: its n-th call from now on fails, where a call
 *	     that can fail in two ways counts as two; 0 takes that back. Read: what
 *	     is left of n, and when that is 0, which call it was and in what way.
 *	     "except FUNCTION CALL" has a call not count for this open file, "workers"
 *	     has those count that work items make, whoever they work for.
 *
 * What is known about a site is kept when its module goes, and found again when
 * it comes back.
 */
#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "instrument.h"
#include "site.h"

struct pinscope_record {
	struct list_head next;
	char module[MODULE_NAME_LEN];
	const char *file;
	const char *function;
	const char *call;
	unsigned int line;
	unsigned int ways;
	int error;
	int last_error;
	atomic_t reached;
	atomic_t failed;
	atomic_t live;
};

#define MAX_EXCEPTED 8

/* Who has armed a fault; one for each open file */
struct armed {
	struct list_head next;
	struct task_struct *task;
	bool workers;
	unsigned long left;
	struct pinscope_record *record;
	unsigned int way;
	unsigned int nr_excepted;
	char excepted[MAX_EXCEPTED][2][48];	/* function, call */
};

struct allocation {
	struct hlist_node node;
	const void *p;
	struct pinscope_record *record;
};

static LIST_HEAD(records);
static DEFINE_MUTEX(records_lock);

static LIST_HEAD(all_armed);
static DEFINE_SPINLOCK(armed_lock);

static DEFINE_HASHTABLE(allocations, 12);
static DEFINE_SPINLOCK(allocations_lock);
static atomic_t unnoted;

static bool counts(struct armed *armed, struct pinscope_record *record)
{
	unsigned int i;

	for (i = 0; i < armed->nr_excepted; i++)
		if (!strcmp(armed->excepted[i][0], record->function) &&
		    !strcmp(armed->excepted[i][1], record->call))
			return false;
	return true;
}

static int fail(struct armed *armed, struct pinscope_record *record)
{
	if (!armed->left || !counts(armed, record))
		return 0;
	if (armed->left > record->ways) {
		armed->left -= record->ways;
		return 0;
	}
	armed->way = armed->left;
	armed->left = 0;
	armed->record = record;
	atomic_inc(&record->failed);
	return armed->way;
}

static bool is_of(const struct armed *armed, struct task_struct *task)
{
	return armed->task == task ||
	       (armed->workers && task->flags & PF_WQ_WORKER);
}

int pinscope_fault(struct pinscope_site *site)
{
	struct pinscope_record *record = READ_ONCE(site->record);
	struct armed *armed;
	unsigned long flags;
	int way = 0;

	if (!record)
		return 0;
	atomic_inc(&record->reached);
	if (list_empty(&all_armed) || !in_task())
		return 0;

	spin_lock_irqsave(&armed_lock, flags);
	list_for_each_entry(armed, &all_armed, next)
		if (is_of(armed, current)) {
			way = fail(armed, record);
			break;
		}
	spin_unlock_irqrestore(&armed_lock, flags);
	return way;
}
EXPORT_SYMBOL_GPL(pinscope_fault);

static struct allocation *find_allocation(const void *p)
{
	struct allocation *a;

	lockdep_assert_held(&allocations_lock);
	hash_for_each_possible(allocations, a, node, (unsigned long)p)
		if (a->p == p)
			return a;
	return NULL;
}

void *pinscope_made(struct pinscope_site *site, void *p)
{
	struct pinscope_record *record = READ_ONCE(site->record);
	struct allocation *a, *old;
	unsigned long flags;

	if (IS_ERR_OR_NULL(p) || !record)
		return p;
	a = kmalloc(sizeof(*a), GFP_ATOMIC | __GFP_NOWARN);
	if (!a) {
		atomic_inc(&unnoted);
		return p;
	}
	a->p = p;
	a->record = record;
	atomic_inc(&record->live);

	spin_lock_irqsave(&allocations_lock, flags);
	/* Freed by a module that is not instrumented, and allocated again */
	old = find_allocation(p);
	if (old) {
		hash_del(&old->node);
		atomic_dec(&old->record->live);
	}
	hash_add(allocations, &a->node, (unsigned long)p);
	spin_unlock_irqrestore(&allocations_lock, flags);
	kfree(old);
	return p;
}
EXPORT_SYMBOL_GPL(pinscope_made);

void pinscope_gone(const void *p)
{
	struct allocation *a;
	unsigned long flags;

	if (IS_ERR_OR_NULL(p))
		return;
	spin_lock_irqsave(&allocations_lock, flags);
	a = find_allocation(p);
	if (a) {
		hash_del(&a->node);
		atomic_dec(&a->record->live);
	}
	spin_unlock_irqrestore(&allocations_lock, flags);
	kfree(a);
}
EXPORT_SYMBOL_GPL(pinscope_gone);

static struct pinscope_record *find_record(struct module *mod,
					   struct pinscope_site *site)
{
	struct pinscope_record *record;

	list_for_each_entry(record, &records, next)
		if (record->line == site->line &&
		    !strcmp(record->module, mod->name) &&
		    !strcmp(record->file, kbasename(site->file)) &&
		    !strcmp(record->function, site->function) &&
		    !strcmp(record->call, site->call))
			return record;
	return NULL;
}

static void drop_record(struct pinscope_record *record)
{
	kfree(record->file);
	kfree(record->function);
	kfree(record->call);
	kfree(record);
}

static struct pinscope_record *new_record(struct module *mod,
					  struct pinscope_site *site)
{
	struct pinscope_record *record = kzalloc(sizeof(*record), GFP_ATOMIC);

	if (!record)
		return NULL;
	strscpy(record->module, mod->name);
	record->file = kstrdup(kbasename(site->file), GFP_ATOMIC);
	record->function = kstrdup(site->function, GFP_ATOMIC);
	record->call = kstrdup(site->call, GFP_ATOMIC);
	record->line = site->line;
	record->ways = site->ways;
	record->error = site->error;
	record->last_error = site->last_error;
	if (!record->file || !record->function || !record->call) {
		drop_record(record);
		return NULL;
	}
	list_add_tail(&record->next, &records);
	return record;
}

static void add_site(struct module *mod, void *address)
{
	struct pinscope_site *site = address;

	site->record = find_record(mod, site);
	if (!site->record)
		site->record = new_record(mod, site);
	if (!site->record)
		pr_err("no memory for the site at %s:%u\n", site->file,
		       site->line);
}

void sites_coming(struct module *mod)
{
	mutex_lock(&records_lock);
	visit_symbols(mod, "pinscope_site.", add_site);
	mutex_unlock(&records_lock);
}

static int sites_show(struct seq_file *s, void *unused)
{
	struct pinscope_record *record;

	mutex_lock(&records_lock);
	list_for_each_entry(record, &records, next)
		seq_printf(s, "%s %s:%u %s %s %u %d %d %d\n", record->module,
			   record->file, record->line, record->function,
			   record->call, record->ways,
			   atomic_read(&record->reached),
			   atomic_read(&record->failed),
			   atomic_read(&record->live));
	mutex_unlock(&records_lock);
	if (atomic_read(&unnoted))
		seq_printf(s, "# %d allocations are not noted\n",
			   atomic_read(&unnoted));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sites);

static int nth_open(struct inode *inode, struct file *file)
{
	struct armed *armed = kzalloc(sizeof(*armed), GFP_KERNEL);

	if (!armed)
		return -ENOMEM;
	file->private_data = armed;
	spin_lock_irq(&armed_lock);
	list_add_tail(&armed->next, &all_armed);
	spin_unlock_irq(&armed_lock);
	return 0;
}

static int nth_release(struct inode *inode, struct file *file)
{
	struct armed *armed = file->private_data;

	spin_lock_irq(&armed_lock);
	list_del(&armed->next);
	spin_unlock_irq(&armed_lock);
	kfree(armed);
	return 0;
}

static int except(struct armed *armed, char *line)
{
	char which[8], function[48], call[48];
	int ret = 0;

	if (sscanf(line, "%7s %47s %47s", which, function, call) != 3 ||
	    strcmp(which, "except"))
		return -EINVAL;
	spin_lock_irq(&armed_lock);
	if (armed->nr_excepted == MAX_EXCEPTED) {
		ret = -ENOSPC;
	} else {
		strscpy(armed->excepted[armed->nr_excepted][0], function);
		strscpy(armed->excepted[armed->nr_excepted][1], call);
		armed->nr_excepted++;
	}
	spin_unlock_irq(&armed_lock);
	return ret;
}

static ssize_t nth_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *pos)
{
	struct armed *armed = file->private_data;
	char line[128];
	unsigned long n;
	int ret;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	line[count] = '\0';
	if (sysfs_streq(line, "workers")) {
		WRITE_ONCE(armed->workers, true);
		return count;
	}
	if (kstrtoul(line, 0, &n)) {
		ret = except(armed, line);
		return ret ? ret : count;
	}
	/* The task is only compared with, so no reference is held */
	spin_lock_irq(&armed_lock);
	armed->task = current;
	armed->left = n;
	armed->record = NULL;
	armed->way = 0;
	spin_unlock_irq(&armed_lock);
	return count;
}

static int error_of(struct pinscope_record *record, unsigned int way)
{
	if (way == record->ways && record->last_error)
		return record->last_error;
	return record->error;
}

static ssize_t nth_read(struct file *file, char __user *buf, size_t count,
			loff_t *pos)
{
	struct armed *armed = file->private_data;
	struct pinscope_record *record;
	char line[256];
	unsigned long left;
	unsigned int way;
	int len;

	spin_lock_irq(&armed_lock);
	left = armed->left;
	record = armed->record;
	way = armed->way;
	spin_unlock_irq(&armed_lock);

	if (record)
		len = scnprintf(line, sizeof(line), "%lu %s %s:%u %s %s %u %d\n",
				left, record->module, record->file,
				record->line, record->function, record->call,
				way, error_of(record, way));
	else
		len = scnprintf(line, sizeof(line), "%lu\n", left);
	return simple_read_from_buffer(buf, count, pos, line, len);
}

static const struct file_operations nth_fops = {
	.owner = THIS_MODULE,
	.open = nth_open,
	.release = nth_release,
	.read = nth_read,
	.write = nth_write,
};

void sites_init(struct dentry *dir)
{
	debugfs_create_file("sites", 0400, dir, NULL, &sites_fops);
	debugfs_create_file("nth", 0600, dir, NULL, &nth_fops);
}

void sites_exit(void)
{
	struct pinscope_record *record, *next;
	struct hlist_node *tmp;
	struct allocation *a;
	int i;

	hash_for_each_safe(allocations, i, tmp, a, node)
		kfree(a);
	list_for_each_entry_safe(record, next, &records, next)
		drop_record(record);
}
