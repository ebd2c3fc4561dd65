/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to go wrong in a function, as debugfs was told: see fault.c */
#ifndef PINSCOPE_FAULT_H
#define PINSCOPE_FAULT_H

#include <linux/compiler.h>

struct dentry;

/**
 * struct pinscope_fault - a file with one of some words
 * @names: the words; the first says that nothing goes wrong
 * @nr: how many
 * @which: number of the word that was written
 */
struct pinscope_fault {
	const char * const *names;
	unsigned int nr;
	unsigned int which;
};

static inline unsigned int pinscope_fault_now(const struct pinscope_fault *fault)
{
	return READ_ONCE(fault->which);
}

void pinscope_fault_create_file(struct pinscope_fault *fault,
				struct dentry *dir);
struct dentry *pinscope_engine_debugfs(const char *name);

/* Where these directories are, and those of log.c */
void pinscope_engine_init_debugfs(void);
void pinscope_engine_exit_debugfs(void);
void pinscope_log_init_debugfs(void);
void pinscope_log_exit_debugfs(void);

#endif /* PINSCOPE_FAULT_H */
