// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at the modules of the instrumented variant while they are tested: has
 * calls of theirs fail, notes which code has run, and switches mutants on. The
 * modules call it, so it is loaded before them.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include "instrument.h"
#include "site.h"

int pinscope_mutant_on;
EXPORT_SYMBOL_GPL(pinscope_mutant_on);
module_param_named(mutant, pinscope_mutant_on, int, 0644);
MODULE_PARM_DESC(mutant, "Number of the mutant that is switched on (0: none).");

static struct dentry *dir;

/*
 * The loader keeps all symbols until the module's init has run. They are the way
 * to find a module's sites: the section they are in has no public address.
 */
void visit_symbols(struct module *mod, const char *prefix, symbol_fn *fn)
{
	struct mod_kallsyms *kallsyms;
	unsigned int i;

	rcu_read_lock_sched();
	kallsyms = rcu_dereference_sched(mod->kallsyms);
	for (i = 0; i < kallsyms->num_symtab; i++) {
		typeof(kallsyms->symtab) sym = &kallsyms->symtab[i];

		if (sym->st_shndx != SHN_UNDEF &&
		    strstarts(kallsyms->strtab + sym->st_name, prefix))
			fn(mod, (void *)sym->st_value);
	}
	rcu_read_unlock_sched();
}

static int seen(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (mod == THIS_MODULE)
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING) {
		sites_coming(mod);
		cover_coming(mod);
	} else if (state == MODULE_STATE_GOING) {
		cover_going(mod);
	}
	return NOTIFY_OK;
}

/* Last to hear that a module goes: its exit has run then */
static struct notifier_block nb = {
	.notifier_call = seen,
	.priority = INT_MIN,
};

static int __init instrument_init(void)
{
	int ret;

	dir = debugfs_create_dir("pinscope_instrument", NULL);
	sites_init(dir);
	cover_init(dir);
	ret = register_module_notifier(&nb);
	if (ret) {
		debugfs_remove_recursive(dir);
		cover_exit();
		sites_exit();
	}
	return ret;
}

static void __exit instrument_exit(void)
{
	unregister_module_notifier(&nb);
	debugfs_remove_recursive(dir);
	cover_exit();
	sites_exit();
}

module_init(instrument_init);
module_exit(instrument_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faults, coverage and mutants of instrumented modules");
