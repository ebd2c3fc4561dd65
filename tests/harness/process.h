/* SPDX-License-Identifier: GPL-2.0 */
/* A process for each test: what it writes, how it ends, when it has to. */
#ifndef PINSCOPE_PROCESS_H
#define PINSCOPE_PROCESS_H

#include <stdbool.h>

/*
 * Runs fn(arg) in a process of its own for at most @limit seconds; what it writes
 * becomes diagnostics. Returns its exit status, RESULT_FAIL if it has none.
 * @stuck: not even SIGKILL ended it.
 */
int in_process(void (*fn)(const void *arg), const void *arg,
	       unsigned int limit, bool *stuck);

/* Why a test failed, if it did not say so itself. */
void because(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* PINSCOPE_PROCESS_H */
