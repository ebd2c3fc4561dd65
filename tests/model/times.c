// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "step.h"
#include "times.h"

static_assert((int)NR_OPS <= TIME_RULES, "numbers are taken twice");

static struct {
	unsigned long count;
	uint64_t ns;
} spent[NR_TIMES];

uint64_t times_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

double times_seconds(void)
{
	return times_now() / 1e9;
}

void times_add(int what, uint64_t since)
{
	spent[what].count++;
	spent[what].ns += times_now() - since;
}

static const char *name_of(int what)
{
	switch (what) {
	case TIME_RULES:
		return "(the rules)";
	case TIME_ANEW:
		return "(beginning anew)";
	case TIME_INFO:
		return "(GET_INFO)";
	case TIME_VIEW:
		return "(debugfs)";
	default:
		return op_name(what);
	}
}

void times_print(void)
{
	uint64_t all = 0;
	int i, most;

	for (i = 0; i < NR_TIMES; i++)
		all += spent[i].ns;
	printf("%-18s %9s %9s %9s %6s\n", "", "calls", "ms", "us each", "%");
	for (;;) {
		most = 0;
		for (i = 1; i < NR_TIMES; i++)
			if (spent[i].ns > spent[most].ns)
				most = i;
		if (!spent[most].ns)
			break;
		printf("%-18s %9lu %9.0f %9.1f %6.1f\n", name_of(most),
		       spent[most].count, spent[most].ns / 1e6,
		       spent[most].ns / 1e3 / spent[most].count,
		       100.0 * spent[most].ns / all);
		spent[most].ns = 0;
	}
}
