/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the module that looks at instrumented ones. */
#ifndef INSTRUMENT_H
#define INSTRUMENT_H

#include <linux/debugfs.h>
#include <linux/module.h>

/*
 * Modules come and go; called before any of their code runs, when their
 * init is gone, and after all of it
 */
void sites_coming(struct module *mod);
void cover_coming(struct module *mod);
void cover_live(struct module *mod);
void cover_going(struct module *mod);

void sites_init(struct dentry *dir);
void sites_exit(void);
int cover_init(struct dentry *dir);
void cover_exit(void);

/* Called by code compiled with -fsanitize-coverage=trace-pc */
void __sanitizer_cov_trace_pc(void);

/* Calls @fn for each symbol of a module whose name begins with @prefix */
typedef void symbol_fn(struct module *mod, void *address);

void visit_symbols(struct module *mod, const char *prefix, symbol_fn *fn);

#endif /* INSTRUMENT_H */
