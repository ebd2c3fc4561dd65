/* SPDX-License-Identifier: GPL-2.0 */
/* Between the runner and a test's process. */
#ifndef PINSCOPE_RUN_H
#define PINSCOPE_RUN_H

#include "harness.h"

/*
 * Exit codes, of a test's process and of the suite. The last two are the suite's
 * alone: it was called in a wrong way, or the machine has to boot again before
 * tests that are left can run.
 */
enum {
	RESULT_PASS = 0,
	RESULT_FAIL = 1,
	RESULT_USAGE = 2,
	RESULT_BROKEN = 3,
	RESULT_SKIP = 4,
};

/**
 * struct shared - memory that the runner, a test and all its processes see
 * @reason: why the test was skipped, or failed
 * @failed: one of its processes found something wrong
 * @ended: it came to its end, rather than to somebody's exit()
 */
struct shared {
	char reason[256];
	bool failed;
	bool ended;
};

extern struct shared *shared;

void test_process(const struct test *test) __attribute__((noreturn));

/*
 * Supplied by the fixtures: what to prepare before the first test, and what to
 * put right after a test that could not take itself down.
 */
struct footprint;
void host_prepare(void);
void host_rescue(const struct footprint *before);

#endif /* PINSCOPE_RUN_H */
