// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts that are replayed, and what "make check" runs: all that was found, each
 * broken rule by a script that tells it from the others, random steps, and threads.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "modes.h"
#include "threads.h"
#include "times.h"

/* Reads a script; 2 if it cannot be, and it has been said why */
static int script_read(const char *name, struct steps *steps)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "re") : stdin;
	int ret;

	if (!in) {
		fprintf(stderr, "pinscope-model: %s: %s\n", name,
			strerror(errno));
		return 2;
	}
	ret = steps_read(name, in, steps);
	if (in != stdin)
		fclose(in);
	if (!ret && !steps->nr) {
		fprintf(stderr, "pinscope-model: the script has no step\n");
		return 2;
	}
	return ret ? 2 : 0;
}

int replay(const char *script)
{
	struct steps steps = { 0 };
	struct failure f;
	int ret = script_read(script, &steps);

	if (ret)
		return ret;
	thorough = ALWAYS;
	ret = !run_steps(&steps, &f);
	thorough = NOW_AND_THEN;
	if (ret)
		print_script("FAILED", &steps, &f);
	else
		printf("%d steps, as the rules say\n", steps.nr);
	free(steps.step);
	return ret;
}

/* "# notices NAME" in a script says which broken rule it tells from the kernel */
static bool script_notices(const char *name, const char *rule)
{
	char line[256], said[64];
	bool found = false;
	FILE *in = fopen(name, "re");

	while (in && fgets(line, sizeof(line), in))
		found |= sscanf(line, "# notices %63s", said) == 1 &&
			 !strcmp(said, rule);
	if (in)
		fclose(in);
	return found;
}

static int notices(const glob_t *found, enum broken rule)
{
	int ret = 1, tried = 0;
	size_t i;

	for (i = 0; i < found->gl_pathc; i++) {
		if (!script_notices(found->gl_pathv[i],
				    broken_rules[rule].name))
			continue;
		tried++;
		broken = rule;
		ret = replay(found->gl_pathv[i]) != 1;
		broken = INTACT;
		if (ret)
			break;
	}
	printf("%s: %d scripts, %s\n", broken_rules[rule].what, tried,
	       ret ? "NOT NOTICED" : "noticed");
	return ret;
}

/* As KTAP, where all that is said meanwhile are comments */

static FILE *ktap;

static ssize_t comment(void *cookie, const char *text, size_t size)
{
	static bool inside;
	size_t i;

	(void)cookie;
	for (i = 0; i < size; i++) {
		if (!inside)
			fputs("# ", ktap);
		fputc(text[i], ktap);
		inside = text[i] != '\n';
	}
	fflush(ktap);
	return size;
}

static int number;
static bool failed;
static uint64_t since;

static void test_begin(const char *kind, const char *name)
{
	fflush(stdout);
	fprintf(ktap, "# running %d model.%s%s, at most 600 s\n", ++number, kind,
		name);
	since = times_now();
}

static void test_end(const char *kind, const char *name, int ret)
{
	fflush(stdout);
	fprintf(ktap, "# duration %.3f s\n", (times_now() - since) / 1e9);
	fprintf(ktap, "%sok %d model.%s%s\n", ret ? "not " : "", number, kind,
		name);
	fflush(ktap);
	failed |= ret;
}

/* The name of a script without its directory, in small letters */
static const char *short_name(const char *path)
{
	static char name[64];
	const char *slash = strrchr(path, '/');
	char *p;

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	for (p = name; *p; p++)
		*p = tolower((unsigned char)*p);
	return name;
}

int suite(uint64_t seed, long steps, const char *directory)
{
	static const cookie_io_functions_t to_comments = { .write = comment };
	static const char * const names[] = { [2] = "two_threads",
					      [3] = "three_threads" };
	char pattern[256];
	const char *name;
	glob_t found;
	size_t i;
	int n;

	snprintf(pattern, sizeof(pattern), "%s/[a-z]*", directory);
	if (glob(pattern, 0, NULL, &found)) {
		fprintf(stderr, "pinscope-model: %s: no scripts\n", directory);
		return 2;
	}
	ktap = stdout;
	fprintf(ktap, "KTAP version 1\n1..%zu\n# seed: %llu\n",
		found.gl_pathc + NR_BROKEN - 1 + 3, (unsigned long long)seed);
	stdout = fopencookie(NULL, "w", to_comments);

	for (i = 0; i < found.gl_pathc; i++) {
		name = short_name(found.gl_pathv[i]);
		test_begin("found_", name);
		test_end("found_", name, replay(found.gl_pathv[i]));
	}
	for (n = INTACT + 1; n < NR_BROKEN; n++) {
		name = short_name(broken_rules[n].name);
		test_begin("notices_", name);
		test_end("notices_", name, notices(&found, n));
	}
	globfree(&found);
	test_begin("", "random_steps");
	test_end("", "random_steps", many_seeds(seed, steps, 1));
	for (n = 2; n <= 3; n++) {
		test_begin("", names[n]);
		test_end("", names[n], threads_run(seed, steps / 80, n));
	}
	return failed;
}
