/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel shows of a test's effects: its log, its pins, its modules. */
#ifndef PINSCOPE_KERNEL_H
#define PINSCOPE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* What there is of something: the users of a module; 1 for an mdev. */
struct thing {
	char name[64];
	int count;
};

struct things {
	struct thing *all;
	size_t nr;
};

/**
 * struct footprint - what must be the same before and after a test
 * @pins: pages pinned by get_user_pages and not released
 * @taint: the kernel's taint flags
 * @lockdep: 1 while it checks locks, 0 once it gave up, -1 without it
 * @modules: those of VFIO and ours, with their reference counts
 * @mdevs: the mdevs there are
 * @hypervisors: processes of QEMU
 */
struct footprint {
	long pins;
	unsigned long taint;
	long lockdep;
	struct things modules;
	struct things mdevs;
	int hypervisors;
};

void footprint_take(struct footprint *fp);
void footprint_free(struct footprint *fp);

/*
 * Waits a moment for the footprint to be what it was, as releases may be
 * deferred; writes what differs to stdout. Returns true if nothing does.
 */
bool footprint_same(const struct footprint *before);

/* Pages pinned by get_user_pages and not released. */
long kernel_pins(void);

bool footprint_has_mdev(const struct footprint *fp, const char *name);

/* The kernel has died in part since: no test that follows would say anything. */
bool kernel_is_broken(const struct footprint *before);

/*
 * What makes checks after tests blind, in words; NULL if nothing does. To be
 * asked before the first test.
 */
const char *kernel_unfit(const struct footprint *now);

/*
 * Opens the kernel's log at its present end. Returns false if it cannot. A test that
 * looks at the log itself opens it for itself: the runner sees all the same.
 */
bool klog_open(void);

/*
 * Prints the traces of trouble in the log from before klog_open(). Returns how
 * many there were.
 */
int klog_check_boot(void);

/*
 * Reads what came since klog_open() or the last call. Prints the lines of level
 * warning and worse that no pattern in @expected, @required or @more allows, how
 * many records were lost before they could be read, and if @all is set, the patterns
 * of @required that no line matched. Returns how much there was to print.
 */
int klog_check(const char *expected, const char *required, const char *more,
	       bool all);

/* Read by a test: a message that matches came since klog_mark(). */
void klog_mark(void);
int klog_count(const char *pattern);

#endif /* PINSCOPE_KERNEL_H */
