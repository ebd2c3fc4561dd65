/* SPDX-License-Identifier: GPL-2.0-only */
/* Between instrumented modules and the one that looks at them. */
#ifndef PINSCOPE_SITE_H
#define PINSCOPE_SITE_H

#include <linux/types.h>

struct pinscope_record;

/**
 * struct pinscope_site - a call that can be made to fail, in an instrumented
 *	module
 * @file: as the compiler calls it
 * @function: that has the call
 * @call: what is called
 * @line: in @file
 * @ways: in which it can fail, 1 or more
 * @error: errno of it
 * @last_error: errno of the last way, if it is another one
 * @record: what is kept about it, also when its module is gone
 */
struct pinscope_site {
	const char *file;
	const char *function;
	const char *call;
	unsigned int line;
	unsigned int ways;
	int error;
	int last_error;
	struct pinscope_record *record;
};

/**
 * pinscope_fault() - Does this call have to fail?
 * @site: the call
 *
 * Return: 0, or in which of its ways it fails, from 1
 */
int pinscope_fault(struct pinscope_site *site);

/**
 * pinscope_made() - Note an allocation
 * @site: where
 * @p: what it returned: an error pointer and NULL are passed over
 *
 * Return: @p
 */
void *pinscope_made(struct pinscope_site *site, void *p);

/**
 * pinscope_gone() - Note that memory is freed
 * @p: may be unknown
 */
void pinscope_gone(const void *p);

/* Number of the mutant that is switched on, 0 for none */
extern int pinscope_mutant_on;

#endif /* PINSCOPE_SITE_H */
