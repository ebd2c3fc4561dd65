// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coverage: how often each part of the instrumented modules' code has run.
 *
 * They are compiled with -fprofile-arcs: each of their objects has counters, and a
 * constructor that hands these to __gcov_init(). The kernel calls constructors of
 * modules only if it is built for that, so they are called from here. What a module
 * has counted is kept when it goes, and added to when it comes back.
 *
 * debugfs "cover" has what has been counted since something was written to it; all
 * numbers but counts are hexadecimal:
 *
 *   unit MODULE VERSION STAMP CHECKSUM FILE
 *   fn IDENT LINES CFG SIZE INDEX:COUNT...
 *
 * A unit is an object, FILE the name that gcov would look for. Functions in which
 * nothing has run, and counters that are 0, are left out.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "instrument.h"

/* What the compiler makes: its version says how many kinds of counters it knows */
#if __GNUC__ >= 15
#define NR_COUNTERS 10
#elif __GNUC__ >= 14
#define NR_COUNTERS 9
#else
#define NR_COUNTERS 8
#endif

struct gcov_counters {
	unsigned int nr;
	s64 *count;
};

struct gcov_function {
	const struct gcov_info *unit;
	unsigned int ident;
	unsigned int lines;
	unsigned int cfg;
	struct gcov_counters arcs;
};

struct gcov_info {
	unsigned int version;
	struct gcov_info *next;
	unsigned int stamp;
	unsigned int checksum;
	const char *file;
	const void *merge[NR_COUNTERS];	/* functions */
	unsigned int nr_functions;
	const struct gcov_function * const *functions;
};

/* What is kept of a function while its module is away */
struct function {
	unsigned int ident;
	unsigned int lines;
	unsigned int cfg;
	unsigned int nr;
	s64 *past;
	s64 *now;		/* NULL while the module is away */
};

struct unit {
	struct list_head next;
	char module[MODULE_NAME_LEN];
	char *file;
	unsigned int version;
	unsigned int stamp;
	unsigned int checksum;
	unsigned int nr_functions;
	struct function functions[] __counted_by(nr_functions);
};

static LIST_HEAD(units);
static DEFINE_MUTEX(units_lock);

/* Those whose constructors have run and that are not noted yet */
static struct gcov_info *arrived;

void __gcov_init(struct gcov_info *info)
{
	info->next = arrived;
	arrived = info;
}
EXPORT_SYMBOL_GPL(__gcov_init);

/* Called when a program ends, and to add what another run of it has counted */
void __gcov_exit(void)
{
}
EXPORT_SYMBOL_GPL(__gcov_exit);

void __gcov_merge_add(s64 *counts, unsigned int nr)
{
}
EXPORT_SYMBOL_GPL(__gcov_merge_add);

static void call_constructor(struct module *mod, void *address)
{
	void (*constructor)(void) = address;

	constructor();
}

static bool is_unit(struct unit *unit, struct module *mod,
		    struct gcov_info *info)
{
	return unit->stamp == info->stamp &&
	       unit->nr_functions == info->nr_functions &&
	       !strcmp(unit->module, mod->name) &&
	       !strcmp(unit->file, info->file);
}

static struct unit *find_unit(struct module *mod, struct gcov_info *info)
{
	struct unit *unit;

	list_for_each_entry(unit, &units, next)
		if (is_unit(unit, mod, info))
			return unit;
	return NULL;
}

static void free_unit(struct unit *unit)
{
	unsigned int i;

	for (i = 0; i < unit->nr_functions; i++)
		kvfree(unit->functions[i].past);
	kfree(unit->file);
	kvfree(unit);
}

static bool fill_unit(struct unit *unit, struct gcov_info *info)
{
	unsigned int i;

	unit->file = kstrdup(info->file, GFP_KERNEL);
	if (!unit->file)
		return false;
	unit->version = info->version;
	unit->stamp = info->stamp;
	unit->checksum = info->checksum;
	for (i = 0; i < info->nr_functions; i++) {
		const struct gcov_function *from = info->functions[i];
		struct function *fn = &unit->functions[i];

		/* A copy of it in another unit was kept by the linker */
		if (!from || from->unit != info)
			continue;
		fn->ident = from->ident;
		fn->lines = from->lines;
		fn->cfg = from->cfg;
		fn->nr = from->arcs.nr;
		fn->past = kvcalloc(fn->nr, sizeof(*fn->past), GFP_KERNEL);
		if (!fn->past)
			return false;
	}
	return true;
}

static struct unit *new_unit(struct module *mod, struct gcov_info *info)
{
	struct unit *unit;

	unit = kvzalloc(struct_size(unit, functions, info->nr_functions),
			GFP_KERNEL);
	if (!unit)
		return NULL;
	unit->nr_functions = info->nr_functions;
	strscpy(unit->module, mod->name);
	if (!fill_unit(unit, info)) {
		free_unit(unit);
		return NULL;
	}
	list_add_tail(&unit->next, &units);
	return unit;
}

static void note_unit(struct module *mod, struct gcov_info *info)
{
	struct unit *unit = find_unit(mod, info);
	unsigned int i;

	if (!unit)
		unit = new_unit(mod, info);
	if (!unit) {
		pr_err("no memory for the coverage of %s\n", info->file);
		return;
	}
	for (i = 0; i < unit->nr_functions; i++)
		if (unit->functions[i].past)
			unit->functions[i].now = info->functions[i]->arcs.count;
}

void cover_coming(struct module *mod)
{
	mutex_lock(&units_lock);
	arrived = NULL;
	visit_symbols(mod, "_sub_I_", call_constructor);
	for (; arrived; arrived = arrived->next)
		note_unit(mod, arrived);
	mutex_unlock(&units_lock);
}

static void keep_counts(struct function *fn)
{
	unsigned int i;

	for (i = 0; fn->now && i < fn->nr; i++)
		fn->past[i] += fn->now[i];
	fn->now = NULL;
}

void cover_going(struct module *mod)
{
	struct unit *unit;
	unsigned int i;

	mutex_lock(&units_lock);
	list_for_each_entry(unit, &units, next) {
		if (strcmp(unit->module, mod->name))
			continue;
		for (i = 0; i < unit->nr_functions; i++)
			keep_counts(&unit->functions[i]);
	}
	mutex_unlock(&units_lock);
}

static s64 counted(struct function *fn, unsigned int i)
{
	return fn->past[i] + (fn->now ? READ_ONCE(fn->now[i]) : 0);
}

static bool has_run(struct function *fn)
{
	unsigned int i;

	for (i = 0; fn->past && i < fn->nr; i++)
		if (counted(fn, i))
			return true;
	return false;
}

static void show_function(struct seq_file *s, struct function *fn)
{
	unsigned int i;
	s64 count;

	seq_printf(s, "fn %x %x %x %x", fn->ident, fn->lines, fn->cfg, fn->nr);
	for (i = 0; i < fn->nr; i++) {
		count = counted(fn, i);
		if (count)
			seq_printf(s, " %x:%lld", i, count);
	}
	seq_putc(s, '\n');
}

static void show_unit(struct seq_file *s, struct unit *unit)
{
	bool shown = false;
	unsigned int i;

	for (i = 0; i < unit->nr_functions; i++) {
		if (!has_run(&unit->functions[i]))
			continue;
		if (!shown)
			seq_printf(s, "unit %s %x %x %x %s\n", unit->module,
				   unit->version, unit->stamp, unit->checksum,
				   unit->file);
		shown = true;
		show_function(s, &unit->functions[i]);
	}
}

static int cover_show(struct seq_file *s, void *unused)
{
	struct unit *unit;

	mutex_lock(&units_lock);
	list_for_each_entry(unit, &units, next)
		show_unit(s, unit);
	mutex_unlock(&units_lock);
	return 0;
}

static int cover_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, cover_show, NULL, SZ_256K);
}

/* Not counters that are at work: what they have now is taken off */
static void forget_counts(struct function *fn)
{
	unsigned int i;

	for (i = 0; fn->past && i < fn->nr; i++)
		fn->past[i] = fn->now ? -READ_ONCE(fn->now[i]) : 0;
}

static ssize_t cover_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	struct unit *unit;
	unsigned int i;

	mutex_lock(&units_lock);
	list_for_each_entry(unit, &units, next)
		for (i = 0; i < unit->nr_functions; i++)
			forget_counts(&unit->functions[i]);
	mutex_unlock(&units_lock);
	return count;
}

static const struct file_operations cover_fops = {
	.owner = THIS_MODULE,
	.open = cover_open,
	.release = single_release,
	.read = seq_read,
	.llseek = seq_lseek,
	.write = cover_write,
};

void cover_init(struct dentry *dir)
{
	debugfs_create_file("cover", 0600, dir, NULL, &cover_fops);
}

void cover_exit(void)
{
	struct unit *unit, *next;

	list_for_each_entry_safe(unit, next, &units, next)
		free_unit(unit);
}
