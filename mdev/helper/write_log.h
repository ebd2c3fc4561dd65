/* SPDX-License-Identifier: GPL-2.0-only */
/* Which slots of a function's write log watch which windows: see write_log.c */
#ifndef PINSCOPE_WRITE_LOG_H
#define PINSCOPE_WRITE_LOG_H

#include "../engine/log.h"
#include "device.h"

/**
 * struct pinscope_write_log - the log of writes, as a driver works with it
 * @pd: the device
 * @hardware: the log of the function
 * @mark: have pages reported that were written; called with @lock held, for pages
 *	  that are pinned
 * @lock: Protects what follows. Taken after the lock of the device.
 * @logged: the windows that are for writing, while somebody may ask what was
 *	    written: the n-th is watched by the n-th slot, if there are so many
 * @error: why the log could not be read the last time, or 0
 */
struct pinscope_write_log {
	struct pinscope_device *pd;
	struct pinscope_log *hardware;
	int (*mark)(struct pinscope_device *pd, u64 iova, unsigned int npages);

	struct mutex lock;	/* protects all that follows */
	struct pinscope_window *logged[PINSCOPE_WINDOWS_MAX];
	int error;
};

void pinscope_write_log_init(struct pinscope_write_log *log,
			     struct pinscope_device *pd,
			     int (*mark)(struct pinscope_device *pd, u64 iova,
					 unsigned int npages));

void pinscope_write_log_added(struct pinscope_write_log *log,
			      struct pinscope_window *window);
void pinscope_write_log_removed(struct pinscope_write_log *log,
				struct pinscope_window *window);
void pinscope_write_log_start(struct pinscope_write_log *log,
			      struct pinscope_window *window);
void pinscope_write_log_stop(struct pinscope_write_log *log,
			     struct pinscope_window *window);
void pinscope_write_log_drain(struct pinscope_write_log *log,
			      struct pinscope_window *window);
int pinscope_write_log_read(struct pinscope_write_log *log, u64 iova, u64 size);

#endif /* PINSCOPE_WRITE_LOG_H */
