// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coverage: which parts of the instrumented modules' code have run.
 *
 * They are compiled with -fsanitize-coverage=trace-pc, which puts a call of
 * __sanitizer_cov_trace_pc() at the head of each basic block. Its return address
 * is noted as a bit, one for each byte of a module's text. The bits of a module
 * are kept when it goes, and used again when it comes back to another address.
 *
 * debugfs "cover" has for each piece of text a line with the module, "text" or
 * "init", its address and size, and a line with the offsets noted, in hexadecimal.
 * Whatever is written to it takes them all back.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "instrument.h"

#define SPACE_PAGES ((MODULES_END - MODULES_VADDR) >> PAGE_SHIFT)

struct area {
	struct list_head next;
	char module[MODULE_NAME_LEN];
	bool init;
	unsigned long base;
	unsigned int size;
	unsigned long *bits;
};

static LIST_HEAD(areas);
static DEFINE_MUTEX(areas_lock);

/* By page of the address space of modules: the bits of that page, or NULL */
static unsigned long **pages;

void notrace __sanitizer_cov_trace_pc(void)
{
	unsigned long ip = _RET_IP_, at = ip - MODULES_VADDR;
	unsigned long *bits;
	unsigned int bit;

	if (unlikely((at >> PAGE_SHIFT) >= SPACE_PAGES))
		return;
	bits = READ_ONCE(pages[at >> PAGE_SHIFT]);
	bit = offset_in_page(ip);
	if (bits && !test_bit(bit, bits))
		set_bit(bit, bits);
}
EXPORT_SYMBOL_GPL(__sanitizer_cov_trace_pc);

static struct area *find_area(struct module *mod, bool init, unsigned int size)
{
	struct area *area;

	list_for_each_entry(area, &areas, next)
		if (area->init == init && area->size == size &&
		    !strcmp(area->module, mod->name))
			return area;
	return NULL;
}

static struct area *new_area(struct module *mod, bool init, unsigned int size)
{
	struct area *area = kzalloc(sizeof(*area), GFP_KERNEL);

	if (!area)
		return NULL;
	area->bits = vzalloc(PAGE_ALIGN(size) / BITS_PER_BYTE);
	if (!area->bits) {
		kfree(area);
		return NULL;
	}
	strscpy(area->module, mod->name);
	area->init = init;
	area->size = size;
	list_add_tail(&area->next, &areas);
	return area;
}

static unsigned long *page_bits(struct area *area, unsigned int page)
{
	return area->bits + page * (PAGE_SIZE / BITS_PER_LONG);
}

static void show_area(struct area *area)
{
	unsigned long first = (area->base - MODULES_VADDR) >> PAGE_SHIFT;
	unsigned int i;

	for (i = 0; i < PAGE_ALIGN(area->size) >> PAGE_SHIFT; i++)
		WRITE_ONCE(pages[first + i], page_bits(area, i));
}

/* The page may be another module's by now */
static void hide_area(struct area *area)
{
	unsigned long first = (area->base - MODULES_VADDR) >> PAGE_SHIFT;
	unsigned int i;

	for (i = 0; i < PAGE_ALIGN(area->size) >> PAGE_SHIFT; i++)
		if (pages[first + i] == page_bits(area, i))
			WRITE_ONCE(pages[first + i], NULL);
}

static void cover(struct module *mod, enum mod_mem_type type, bool init)
{
	struct module_memory *mem = &mod->mem[type];
	struct area *area;

	if (!mem->size)
		return;
	area = find_area(mod, init, mem->size);
	if (!area)
		area = new_area(mod, init, mem->size);
	if (!area) {
		pr_err("no memory for the coverage of %s\n", mod->name);
		return;
	}
	area->base = (unsigned long)mem->base;
	show_area(area);
}

static bool covered;

static void note_site(struct module *mod, void *address)
{
	covered = true;
}

void cover_coming(struct module *mod)
{
	mutex_lock(&areas_lock);
	covered = false;
	visit_symbols(mod, "pinscope_site.", note_site);
	if (covered) {
		cover(mod, MOD_TEXT, false);
		cover(mod, MOD_INIT_TEXT, true);
	}
	mutex_unlock(&areas_lock);
}

static void uncover(struct module *mod, bool all)
{
	struct area *area;

	mutex_lock(&areas_lock);
	list_for_each_entry(area, &areas, next)
		if ((all || area->init) && !strcmp(area->module, mod->name))
			hide_area(area);
	mutex_unlock(&areas_lock);
}

/* The memory of its init may be used for another module soon */
void cover_live(struct module *mod)
{
	uncover(mod, false);
}

void cover_going(struct module *mod)
{
	uncover(mod, true);
}

static int cover_show(struct seq_file *s, void *unused)
{
	struct area *area;
	unsigned long bit;

	mutex_lock(&areas_lock);
	list_for_each_entry(area, &areas, next) {
		seq_printf(s, "%s %s %lx %x\n", area->module,
			   area->init ? "init" : "text", area->base,
			   area->size);
		for_each_set_bit(bit, area->bits, PAGE_ALIGN(area->size))
			seq_printf(s, " %lx", bit);
		seq_putc(s, '\n');
	}
	mutex_unlock(&areas_lock);
	return 0;
}

static int cover_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, cover_show, NULL, SZ_256K);
}

static ssize_t cover_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	struct area *area;

	mutex_lock(&areas_lock);
	list_for_each_entry(area, &areas, next)
		bitmap_zero(area->bits, PAGE_ALIGN(area->size));
	mutex_unlock(&areas_lock);
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

int cover_init(struct dentry *dir)
{
	pages = vzalloc(array_size(SPACE_PAGES, sizeof(*pages)));
	if (!pages)
		return -ENOMEM;
	debugfs_create_file("cover", 0600, dir, NULL, &cover_fops);
	return 0;
}

void cover_exit(void)
{
	struct area *area, *next;

	list_for_each_entry_safe(area, next, &areas, next) {
		vfree(area->bits);
		kfree(area);
	}
	vfree(pages);
}
