// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry.h"

static const struct test **tests;
static size_t nr_tests;

static void *grown(void *array, size_t nr, size_t size)
{
	void *p = reallocarray(array, nr + 1, size);

	if (!p)
		abort();
	return p;
}

void test_register(const struct test *test)
{
	tests = grown(tests, nr_tests, sizeof(*tests));
	tests[nr_tests++] = test;
}

void globs_add(struct globs *globs, const char *glob)
{
	globs->all = grown(globs->all, globs->nr, sizeof(*globs->all));
	globs->all[globs->nr++] = glob;
}

static bool match(const struct globs *globs, const char *name)
{
	size_t i;

	for (i = 0; i < globs->nr; i++)
		if (!fnmatch(globs->all[i], name, 0))
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct test * const *x = a, * const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The same numbers from the same seed on every machine (splitmix64). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(const struct test **all, size_t nr, uint64_t *state)
{
	const struct test *other;
	size_t i, j;

	for (i = nr; i > 1; i--) {
		j = next_random(state) % i;
		other = all[i - 1];
		all[i - 1] = all[j];
		all[j] = other;
	}
}

struct plan plan_make(const struct globs *only, const struct globs *but,
		      uint64_t seed, unsigned int repeat)
{
	struct plan plan = { };
	size_t i, once;

	qsort(tests, nr_tests, sizeof(*tests), by_name);
	for (; repeat; repeat--) {
		once = plan.nr;
		for (i = 0; i < nr_tests; i++) {
			if (only->nr && !match(only, tests[i]->name))
				continue;
			if (match(but, tests[i]->name))
				continue;
			plan.all = grown(plan.all, plan.nr, sizeof(*plan.all));
			plan.all[plan.nr++] = tests[i];
		}
		if (seed)
			shuffle(plan.all + once, plan.nr - once, &seed);
	}
	return plan;
}

/*
 * How many letters of a word have to be changed, added or left out until it
 * stands somewhere in a name.
 */
static size_t distance(const char *word, const char *name)
{
	size_t n = strlen(name), row[128] = { }, i, left, above, change, best;

	if (n >= sizeof(row) / sizeof(row[0]))
		return n;
	for (; *word; word++) {
		above = row[0]++;
		for (i = 1; i <= n; i++) {
			left = row[i - 1];
			change = above + (*word != name[i - 1]);
			above = row[i];
			row[i] = above + 1;
			if (left + 1 < row[i])
				row[i] = left + 1;
			if (change < row[i])
				row[i] = change;
		}
	}
	best = row[0];
	for (i = 1; i <= n; i++)
		if (row[i] < best)
			best = row[i];
	return best;
}

#define MAX_HINTS 5

static void hint(const char *typed)
{
	size_t limit = strlen(typed) / 3, best, i, said = 0;

	fprintf(stderr, "%s: no test matches '%s'\n",
		program_invocation_short_name, typed);
	for (best = 0; best <= limit; best++)
		for (i = 0; i < nr_tests && said < MAX_HINTS; i++)
			if (distance(typed, tests[i]->name) == best)
				fprintf(stderr, "%s %s\n", said++ ? "             " :
					"did you mean:", tests[i]->name);
}

bool globs_match(const struct globs *globs)
{
	bool all = true;
	size_t i, j;

	for (i = 0; i < globs->nr; i++) {
		for (j = 0; j < nr_tests; j++)
			if (!fnmatch(globs->all[i], tests[j]->name, 0))
				break;
		if (j == nr_tests) {
			hint(globs->all[i]);
			all = false;
		}
	}
	return all;
}
