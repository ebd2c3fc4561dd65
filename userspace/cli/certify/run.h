/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run: the rules one after the other, and what they find.
 */
#ifndef PINSCOPE_CERTIFY_RUN_H
#define PINSCOPE_CERTIFY_RUN_H

#include "cli/certify/certify.h"
#include "cli/container/member.h"

struct exerciser;

/**
 * enum outcome - how a rule ended
 * @PASSED: it holds
 * @FAILED: it does not
 * @SKIPPED: that cannot be said here
 */
enum outcome {
	PASSED,
	FAILED,
	SKIPPED,
};

/**
 * enum cause - why a rule failed, where that says what the driver has to change
 * @CAUSE_NONE: nothing that is known
 * @CAUSE_EXERCISER: the exerciser, not the device
 * @CAUSE_FORGOTTEN: written, and never in a pin
 * @CAUSE_UNPINNED: written after it was unpinned
 * @CAUSE_LOG: pinned with a log that does not have it
 * @CAUSE_BEFORE: written before the scope narrowed
 * @CAUSE_REMOVED: written, and the buffer was removed before the GET
 * @CAUSE_CLOSE: pins are left after the device was closed
 * @CAUSE_UNMAP: pins are left after memory was unmapped
 * @CAUSE_RESET: lost by a reset
 * @CAUSE_STATES: migration states
 * @CAUSE_STOPPED: it writes while it is stopped
 * @CAUSE_DMA_LOGGING: the log that the device itself offers
 * @CAUSE_NR: how many
 */
enum cause {
	CAUSE_NONE,
	CAUSE_EXERCISER,
	CAUSE_FORGOTTEN,
	CAUSE_UNPINNED,
	CAUSE_LOG,
	CAUSE_BEFORE,
	CAUSE_REMOVED,
	CAUSE_CLOSE,
	CAUSE_UNMAP,
	CAUSE_RESET,
	CAUSE_STATES,
	CAUSE_STOPPED,
	CAUSE_DMA_LOGGING,
	CAUSE_NR,
};

/**
 * enum moment - when the scope was looked at
 * @AT_ATTACH: the group has joined, the device was never open
 * @AT_START: tracking has just begun
 * @AT_PRE_COPY: in this state
 * @AT_STOP_COPY: in this state
 * @AT_CLOSE: the device was closed
 * @AT_RESET: the device was reset
 * @MOMENTS: how many
 */
enum moment {
	AT_ATTACH,
	AT_START,
	AT_PRE_COPY,
	AT_STOP_COPY,
	AT_CLOSE,
	AT_RESET,
	MOMENTS,
};

/**
 * enum width - what a GET reports
 * @UNSEEN: nobody has looked
 * @WIDE: everything mapped
 * @NARROW: less
 */
enum width {
	UNSEEN,
	WIDE,
	NARROW,
};

/**
 * struct round - a GET
 * @rule: which rule asked
 * @label: what was done before it
 * @map: a character a page, the guard included: '.' clean, '#' dirty, 'W' written
 *   and dirty, '!' written and not reported
 * @written: pages the device has written since the GET before
 * @dirty: pages reported
 * @lost: written and not reported
 * @over: reported and not written
 * @pinned: pages that drivers hold, -1 if the kernel does not say
 */
struct round {
	const char *rule;
	char label[48];
	char *map;
	size_t written;
	size_t dirty;
	size_t lost;
	size_t over;
	int64_t pinned;
};

/**
 * struct memory - what the device may write, and what it must not
 * @data: the bytes
 * @pages: how many, the guard included
 * @page: bytes of one
 * @iova: address of the first
 * @fill: number of the contents that it has where nobody wrote
 * @written: a byte a page: the device has written it since the last GET
 * @asked: a byte a page: the exerciser was told to write it
 */
struct memory {
	unsigned char *data;
	size_t pages;
	size_t page;
	uint64_t iova;
	uint32_t fill;
	unsigned char *written;
	unsigned char *asked;
};

/**
 * struct rig - a container with a device in it and memory
 * @container: the container
 * @member: the device
 * @second: the other one
 * @memory: what is mapped
 * @scratch: pages for the exerciser, mapped as well, in a file that it can share
 * @scratch_fd: that file, or -1
 * @scratch_iova: their address
 * @dirty: what the last GET reported
 * @tracking: START was called
 * @idle: the device is not made to work
 * @stream: the device's migration stream, or -1
 */
struct rig {
	struct pinscope_container *container;
	struct cli_member member;
	struct cli_member second;
	struct memory memory;
	unsigned char *scratch;
	int scratch_fd;
	uint64_t scratch_iova;
	struct pinscope_bitmap *dirty;
	bool tracking;
	bool idle;
	int stream;
};

/**
 * struct result - how a rule ended
 * @rule: name of the rule
 * @outcome: how
 * @cause: why it failed
 * @why: the reason in words; "" if it passed
 * @notes: lines of what was seen, or ""
 * @seconds: how long it took
 */
struct result {
	const char *rule;
	enum outcome outcome;
	enum cause cause;
	char *why;
	char *notes;
	double seconds;
};

/**
 * struct run - all of it
 * @request: what the user wants
 * @subject: the device
 * @second: the other one, if the request names one
 * @shared: for the process that waits
 * @ex: what makes the device work, or NULL
 * @broken: the exerciser cannot be trusted any more
 * @patched: the kernel reports the scope
 * @ranges: it knows GET_RANGES
 * @caps: PINSCOPE_MIGRATION_*, 0 if it cannot migrate
 * @can_reset: the device can be reset
 * @has_log: the device offers DMA logging
 * @log_pages: bytes of a page of that
 * @loss: why pages were lost first, which is why others are, too
 * @seen: the width at each moment
 * @idle_dirty: pages reported by a GET though nothing was written, -1 if not seen
 * @rig: of the rule that runs
 * @now: the result of the rule that runs
 * @results: of those that have run
 * @nr_results: how many
 * @rounds: all GETs that count
 * @nr_rounds: how many
 */
struct run {
	const struct request *request;
	const struct subject *subject;
	const struct subject *second;
	struct shared *shared;
	struct exerciser *ex;
	bool broken;
	bool patched;
	bool ranges;
	uint64_t caps;
	bool can_reset;
	bool has_log;
	size_t log_pages;
	enum cause loss;
	enum width seen[MOMENTS];
	int64_t idle_dirty;
	struct rig rig;
	struct result *now;
	struct result *results;
	size_t nr_results;
	struct round *rounds;
	size_t nr_rounds;
};

/* outcome.c: how a rule ends, and why */

/**
 * ends() - note how a rule ends
 * @run: the run
 * @outcome: how
 * @cause: why it failed
 * @fmt: the reason in words
 *
 * Return: @outcome.
 */
enum outcome ends(struct run *run, enum outcome outcome, enum cause cause, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define failed(run, ...)		ends(run, FAILED, CAUSE_NONE, __VA_ARGS__)
#define failed_by(run, cause, ...)	ends(run, FAILED, cause, __VA_ARGS__)
#define skipped(run, ...)		ends(run, SKIPPED, CAUSE_NONE, __VA_ARGS__)

/* What a rule has seen, for who reads how it ended */
void note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* PINSCOPE_CERTIFY_RUN_H */
