/* SPDX-License-Identifier: GPL-2.0-only */
/* The write log of a function: see log.c */
#ifndef PINSCOPE_LOG_H
#define PINSCOPE_LOG_H

#include <linux/types.h>

struct device;
struct pinscope_log;

/* What the log can watch at a time, and how much of it in one place */
#define PINSCOPE_LOG_SLOTS	16
#define PINSCOPE_LOG_PAGES_MAX	512

/* Pages that one read tells of */
#define PINSCOPE_LOG_WORD	32

/* For drivers */
void pinscope_log_enable(struct pinscope_log *log, unsigned int slot, u64 iova,
			 unsigned int npages);
void pinscope_log_disable(struct pinscope_log *log, unsigned int slot);
int pinscope_log_read(struct pinscope_log *log, unsigned int slot,
		      unsigned int word, u32 *bits);

/* For engines */
struct pinscope_log *pinscope_log_create(struct device *dev);
void pinscope_log_destroy(struct pinscope_log *log);
void pinscope_log_written(struct pinscope_log *log, u64 iova, u32 len);

#endif /* PINSCOPE_LOG_H */
