/* SPDX-License-Identifier: GPL-2.0 */
/* Between the runner and a test's process. */
#ifndef PINSCOPE_RUN_H
#define PINSCOPE_RUN_H

#include "harness.h"

/* Exit codes, of a test's process and of the suite. */
enum { RESULT_PASS = 0, RESULT_FAIL = 1, RESULT_SKIP = 4 };

/* Memory both see: why the test was skipped, or failed. */
struct shared {
	char reason[256];
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
