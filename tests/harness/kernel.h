/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel shows of a test's effects: its log, its pins, its modules. */
#ifndef PINSCOPE_KERNEL_H
#define PINSCOPE_KERNEL_H

#include <stdbool.h>

#define MAX_MODULES 16
#define MAX_MDEVS 64

/**
 * struct footprint - what must be the same before and after a test
 * @pins: pages pinned by get_user_pages and not released
 * @taint: the kernel's taint flags
 * @refs: reference counts of the modules a test uses, -1 if not loaded
 * @mdevs: names of the mdevs there are
 * @nr_mdevs: how many
 * @hypervisors: processes of QEMU
 */
struct footprint {
	long pins;
	unsigned long taint;
	int refs[MAX_MODULES];
	char mdevs[MAX_MDEVS][40];
	int nr_mdevs;
	int hypervisors;
};

void footprint_take(struct footprint *fp);

/*
 * Waits a moment for the footprint to be what it was, as releases may be
 * deferred; writes what differs to stdout. Returns true if nothing does.
 */
bool footprint_same(const struct footprint *before);

/* Pages pinned by get_user_pages and not released. */
long kernel_pins(void);

bool footprint_has_mdev(const struct footprint *fp, const char *name);

/* Opens the kernel's log at its present end. Returns false if it cannot. */
bool klog_open(void);

/*
 * Reads what came since klog_open() or the last call, and prints the lines of
 * level warning and worse that no pattern in @expected or @more allows. Returns
 * how many there were.
 */
int klog_check(const char *expected, const char *more);

/* Read by a test: a message that matches came since klog_mark(). */
void klog_mark(void);
int klog_count(const char *pattern);

#endif /* PINSCOPE_KERNEL_H */
