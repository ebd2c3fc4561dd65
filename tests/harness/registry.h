/* SPDX-License-Identifier: GPL-2.0 */
/* The tests of a program, and which of them shall run in which order. */
#ifndef PINSCOPE_REGISTRY_H
#define PINSCOPE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "harness.h"

/* Growing list of patterns for fnmatch(). */
struct globs {
	const char **all;
	size_t nr;
};

void globs_add(struct globs *globs, const char *glob);

/**
 * struct plan - the tests to run, in order
 * @all: the tests
 * @nr: how many
 */
struct plan {
	const struct test **all;
	size_t nr;
};

/*
 * The tests that match one of @only, or all if that is empty, and none of @but;
 * sorted by name, or shuffled if @seed is not 0; all of it @repeat times.
 */
struct plan plan_make(const struct globs *only, const struct globs *but,
		      uint64_t seed, unsigned int repeat);

/*
 * Whether each pattern matches a test. Says of one that does not which names are
 * like it.
 */
bool globs_match(const struct globs *globs);

#endif /* PINSCOPE_REGISTRY_H */
