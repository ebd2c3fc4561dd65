/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the module that looks at instrumented ones. */
#ifndef INSTRUMENT_H
#define INSTRUMENT_H

#include <linux/debugfs.h>
#include <linux/module.h>

/* Modules come and go: called before any of their code runs, and after all of it */
void sites_coming(struct module *mod);
void cover_coming(struct module *mod);
void cover_going(struct module *mod);

void sites_init(struct dentry *dir);
void sites_exit(void);
void cover_init(struct dentry *dir);
void cover_exit(void);

/* Called by code compiled with -fprofile-arcs */
struct gcov_info;

void __gcov_init(struct gcov_info *info);
void __gcov_exit(void);
void __gcov_merge_add(s64 *counts, unsigned int nr);

/* Calls @fn for each symbol of a module whose name begins with @prefix */
typedef void symbol_fn(struct module *mod, void *address);

void visit_symbols(struct module *mod, const char *prefix, symbol_fn *fn);

#endif /* INSTRUMENT_H */
