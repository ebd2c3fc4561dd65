/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes a device write.
 */
#ifndef PINSCOPE_CERTIFY_EXERCISER_H
#define PINSCOPE_CERTIFY_EXERCISER_H

#include "cli/certify/run.h"

/**
 * struct exerciser - what makes a device write
 * @name: its name, for people
 * @ops: what it can do
 * @align: an address that is written is a multiple of this
 * @max: most bytes of one write
 * @exact: a write leaves words that count up from the seed
 * @why: in words, what went wrong last
 * @data: of its own
 */
struct exerciser {
	const char *name;
	const struct exerciser_ops *ops;
	size_t align;
	size_t max;
	bool exact;
	char why[256];
	void *data;
};

/** EX_REFUSED - the device says no, which it may */
#define EX_REFUSED	1

/**
 * struct exerciser_ops - what an exerciser does
 * @begin: the device was opened, or reset
 * @end: it is about to be closed; or NULL
 * @window: buffers of the guest that the device may write from now on; or NULL
 * @drop: not any more; or NULL
 * @write: have the device write, and wait until it has
 * @quiesce: wait until the device is at rest; or NULL
 *
 * Those that can fail return 0, EX_REFUSED if the device says no, or a negative
 * errno if the exerciser does not work; both with @why.
 */
struct exerciser_ops {
	int (*begin)(struct exerciser *ex, struct run *run);
	void (*end)(struct exerciser *ex, struct run *run);
	int (*window)(struct exerciser *ex, struct run *run, uint64_t iova, size_t len);
	int (*drop)(struct exerciser *ex, struct run *run, uint64_t iova, size_t len);
	int (*write)(struct exerciser *ex, struct run *run, uint64_t iova, size_t len,
		     uint32_t seed);
	int (*quiesce)(struct exerciser *ex, struct run *run);
};

extern const struct exerciser_ops exerciser_sample, exerciser_edu, exerciser_nvme,
	exerciser_program;

/**
 * exerciser_new() - the exerciser of a name
 * @name: "sample", "edu", "nvme", or the command line of a program
 *
 * Return: the exerciser, to be freed with exerciser_free().
 */
struct exerciser *exerciser_new(const char *name);
void exerciser_free(struct exerciser *ex);

/* Say why, and return @ret */
int exerciser_why(struct exerciser *ex, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Registers in BAR 0 of a PCI function: 0 or a negative errno */

int bar_read32(struct run *run, uint64_t reg, uint32_t *value);
int bar_read64(struct run *run, uint64_t reg, uint64_t *value);
int bar_write32(struct run *run, uint64_t reg, uint32_t value);
int bar_write64(struct run *run, uint64_t reg, uint64_t value);

#endif /* PINSCOPE_CERTIFY_EXERCISER_H */
