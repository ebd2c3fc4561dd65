/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope certify" share. From top to bottom: command.c reads
 * the command line, supervise.c has the device and puts it back, suite.c runs the
 * rules in a process of its own, rules/ has the rules, rig/ what they work with,
 * exerciser/ what makes the device work; report/ tells what was found.
 */
#ifndef PINSCOPE_CERTIFY_H
#define PINSCOPE_CERTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "cli/container/member.h"

#define CERTIFY_PAGES		64u	/* to work on, if not said otherwise */
#define CERTIFY_PAGES_MAX	4096u
#define CERTIFY_GUARD		16u	/* pages before and behind them */
#define CERTIFY_SCRATCH		16u	/* pages for an exerciser's queues and buffers */
#define CERTIFY_WINDOW		8u	/* pages of a DMA buffer */
#define CERTIFY_LIMIT		10u	/* seconds that an exerciser may take to answer */
#define CERTIFY_RULE_LIMIT	30u	/* times as long a rule may take */

struct exerciser;
struct json_object;

/**
 * struct subject - a device that is looked at
 * @name: as the kernel knows it
 * @driver: what it is bound to
 * @parent: of an mdev with IOMMU backing: who does its DMA; else ""
 * @pci: it is a PCI function
 * @emulated: an mdev without IOMMU behind it
 * @group: number of its group, in /dev/vfio
 * @bound: it was given to vfio-pci for the test
 */
struct subject {
	char name[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	char parent[PINSCOPE_NAME_MAX];
	bool pci;
	bool emulated;
	unsigned int group;
	bool bound;
};

/**
 * struct request - what the user wants
 * @device: the device, as named by the user
 * @second: another one for the same container, or NULL
 * @exerciser: what makes the device work, or NULL
 * @test: pattern of the names of rules to run, or NULL for all
 * @junit: file to write, or NULL
 * @html: file to write, or NULL
 * @json: print JSON, no KTAP
 * @bind: give the device to vfio-pci for the test
 * @pages: how many pages to work on
 * @limit: seconds that an exerciser may take to answer
 */
struct request {
	const char *device;
	const char *second;
	const char *exerciser;
	const char *test;
	const char *junit;
	const char *html;
	bool json;
	bool bind;
	uint64_t pages;
	uint64_t limit;
};

/**
 * struct shared - what the process that runs the rules tells the one that waits
 * @deadline: when the rule must have ended, on CLOCK_MONOTONIC; 0 for none
 * @rule: its name
 * @program: process group of the exerciser, or 0
 */
struct shared {
	time_t deadline;
	char rule[PINSCOPE_NAME_MAX];
	pid_t program;
};

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

struct rule;

/**
 * struct result - how a rule ended
 * @rule: the rule
 * @outcome: how
 * @cause: why it failed
 * @why: the reason in words; "" if it passed
 * @notes: lines of what was seen, or ""
 * @seconds: how long it took
 */
struct result {
	const struct rule *rule;
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

/* What a rule cannot do without */
#define NEEDS_EXERCISER		(1u << 0)
#define NEEDS_MIGRATION		(1u << 1)
#define NEEDS_PRE_COPY		(1u << 2)
#define NEEDS_RESET		(1u << 3)
#define NEEDS_SECOND		(1u << 4)
#define NEEDS_LOG		(1u << 5)
#define NEEDS_PATCHED		(1u << 6)

/**
 * struct rule - something that has to hold for any device
 * @name: area and what is tested
 * @needs: NEEDS_*
 * @run: PASSED, FAILED or SKIPPED, see failed() and skipped()
 */
struct rule {
	const char *name;
	unsigned int needs;
	enum outcome (*run)(struct run *run);
};

extern const struct rule rules_abi[], rules_scope[], rules_dirty[], rules_mapping[],
	rules_migration[], rules_two[];

/* subject.c: each says itself what is wrong, and returns an exit code */

int subject_find(const char *device, bool bind, struct subject *subject);
int subject_check(struct subject *subject);

/* inuse.c: who uses a device of another driver; says it, and returns an exit code */
int inuse_check(const struct subject *subject);

/* bind.c: each says itself what fails, and returns an exit code */

struct binding {
	char driver[PINSCOPE_NAME_MAX];
	char override[PINSCOPE_NAME_MAX];
};

int bind_take(struct subject *subject, struct binding *before);
int bind_put_back(const struct subject *subject, const struct binding *before);

/* supervise.c: the device is as it was before when this returns */
int supervise(const struct request *request);

/* suite.c */

int suite_run(struct run *run);
enum outcome failed(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum outcome failed_by(struct run *run, enum cause cause, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
enum outcome skipped(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a rule has seen, for who reads how it ended */
void note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ktap.c */

void ktap_plan(const struct run *run, size_t nr);
void ktap_result(const struct run *run, size_t number, const struct result *result);
void ktap_verdict(const struct run *run, const char *verdict);

/* verdict.c: to be freed */
char *verdict(const struct run *run);
const char *cause_advice(enum cause cause, const char **section);

/* report.c, html.c: files; say themselves what fails, and return an exit code */

int report_junit(const struct run *run, const char *verdict, const char *file);
void report_json(const struct run *run, const char *verdict);
/* Of a device that cannot be tested: the reason, as it was said last */
void report_refused(const struct request *request);
int report_html(const struct run *run, const char *verdict, const char *file);

#endif /* PINSCOPE_CERTIFY_H */
