// SPDX-License-Identifier: GPL-2.0
/*
 * pinscope-model: random steps on the kernel, each compared with what the rules
 * say. See Documentation/model.rst.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <harness/known.h>

#include "generate.h"
#include "run.h"
#include "shrink.h"
#include "threads.h"
#include "watch.h"

static const char usage[] =
"usage: pinscope-model [OPTION]...\n"
"\n"
"Makes random steps on the VFIO core and compares each with the rules.\n"
"\n"
"  --seed N       of the steps; without it a new one is taken\n"
"  --steps N      how many (default: 200000)\n"
"  --replay FILE  makes the steps of a script instead; \"-\" is standard input\n"
"  --known LIST   letters of faults that are let through; \"none\" for none\n"
"                 (default: /opt/pinscope/known, or what PINSCOPE_KNOWN names)\n"
"  --threads N    2 or 3: devices write while bitmaps are read; no page may be lost\n"
"  --selftest     breaks the rules, one by one, and has to notice\n"
"  --show         prints each step before it is made\n"
"\n"
"Exit codes: 0 as the rules say, 1 not, 2 it could not be tried.\n";

static bool show;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void print_step(const struct step *step)
{
	char text[128];

	step_print(step, text, sizeof(text));
	printf("%s\n", text);
	fflush(stdout);
}

/* A sequence of random steps. Returns false if one failed, with all in @steps. */
static bool sequence(uint64_t seed, uint64_t n, long max, struct steps *steps,
		     struct failure *f)
{
	static struct world w;
	struct step step;
	struct mood mood;
	struct dice dice;
	long nr;

	dice_init(&dice, seed, n);
	mood_roll(&dice, &mood);
	nr = 200 + dice_roll(&dice) % 1200;
	steps->nr = 0;
	run_begin(&w);
	for (; nr && max; nr--, max--) {
		generate(&dice, &mood, &w, &step);
		steps_add(steps, &step);
		if (show)
			print_step(&step);
		if (run_step(&w, &step, f))
			continue;
		f->step = steps->nr - 1;
		return false;
	}
	return true;
}

static void report(const char *what, const struct steps *steps,
		   const struct failure *f)
{
	int i;

	printf("# %s: %s\n", what, f->what);
	for (i = 0; i <= f->step; i++)
		print_step(&steps->step[i]);
	fflush(stdout);
}

static void print_known(void)
{
	bool any = false;
	int i;

	printf("known:");
	for (i = 0; i < 26; i++) {
		if (!let_through_count[i])
			continue;
		printf("%s %c %lu", any ? "," : "", 'a' + i,
		       let_through_count[i]);
		any = true;
	}
	printf("%s\n", any ? "" : " none");
}

/* Sequences until  steps are made, or one has failed */
static bool sequences(uint64_t seed, long max, bool quiet, uint64_t *n,
		      struct steps *steps, struct failure *f)
{
	double begin = now(), said = begin;
	unsigned long before = steps_made;
	long made;

	for (*n = 0; (made = steps_made - before) < max; ++*n) {
		if (!sequence(seed, *n, max - made, steps, f))
			return false;
		if (quiet || now() - said < 10)
			continue;
		said = now();
		printf("%lu of %ld steps, %.0f a second\n", steps_made, max,
		       steps_made / (said - begin));
		fflush(stdout);
	}
	return true;
}

static int random_steps(uint64_t seed, long max)
{
	struct steps steps = { 0 };
	double begin = now();
	struct failure f;
	uint64_t n;

	printf("seed %llu, %ld steps\n", (unsigned long long)seed, max);
	fflush(stdout);
	if (!sequences(seed, max, false, &n, &steps, &f)) {
		printf("# seed %llu, sequence %llu, step %lu: %s\n",
		       (unsigned long long)seed, (unsigned long long)n,
		       steps_made, f.what);
		fflush(stdout);
		shrink(&steps, &f, 120);
		report("FAILED", &steps, &f);
		print_test(&steps, &f);
		return 1;
	}
	printf("%lu steps in %llu sequences, %.0f a second; %lu bitmaps neither empty nor full\n",
	       steps_made, (unsigned long long)n,
	       steps_made / (now() - begin), answers_seen);
	print_known();
	return 0;
}

/* Rules that are broken have to be noticed */
static int selftest(uint64_t seed, long max)
{
	static const struct {
		enum broken rule;
		const char *what;
	} rules[] = {
		{ INTACT, "none" },
#define BROKEN(name, ...) { BROKEN_ ## name, __VA_ARGS__ },
#include "broken.def"
#undef BROKEN
	};
	struct steps steps = { 0 };
	unsigned long before;
	struct failure f;
	int missed = 0;
	uint64_t n;

	printf("seed %llu, up to %ld steps for each rule\n",
	       (unsigned long long)seed, max);
	for (broken = INTACT + 1; broken < NR_BROKEN; broken++) {
		before = steps_made;
		if (sequences(seed, max, true, &n, &steps, &f)) {
			printf("NOT NOTICED: %s\n", rules[broken].what);
			missed++;
		} else {
			printf("step %6lu  %s: %s\n", steps_made - before,
			       rules[broken].what, f.what);
		}
		fflush(stdout);
	}
	printf("%d broken rules, %d not noticed\n", NR_BROKEN - 1, missed);
	return missed ? 1 : 0;
}

static int replay(const char *name)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct steps steps = { 0 };
	struct failure f;
	bool same;

	if (!in) {
		fprintf(stderr, "pinscope-model: %s: %s\n", name,
			strerror(errno));
		return 2;
	}
	if (steps_read(name, in, &steps))
		return 2;
	hands_make();
	watch_start();
	same = run_steps(&steps, &f);
	if (!same)
		report("FAILED", &steps, &f);
	else
		printf("%d steps, as the rules say\n", steps.nr);
	print_known();
	hands_remove();
	return !same;
}

static void set_known(const char *list)
{
	char *to = let_through;

	for (; strcmp(list, "none") && *list; list++)
		if (*list >= 'a' && *list <= 'z' && to < let_through + 26)
			*to++ = *list;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "replay", required_argument, NULL, 'r' },
		{ "known", required_argument, NULL, 'k' },
		{ "threads", required_argument, NULL, 'm' },
		{ "selftest", no_argument, NULL, 't' },
		{ "show", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *script = NULL, *list = NULL;
	uint64_t seed = time(NULL) * 1000 + getpid() % 1000;
	long max = 200000;
	bool test = false;
	int threads = 0;
	int opt, ret;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			max = strtol(optarg, NULL, 0);
			break;
		case 'r':
			script = optarg;
			break;
		case 'k':
			list = optarg;
			break;
		case 'm':
			threads = atoi(optarg);
			if (threads != 2 && threads != 3) {
				fputs("pinscope-model: --threads is 2 or 3\n", stderr);
				return 2;
			}
			break;
		case 't':
			test = true;
			break;
		case 'v':
			show = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	set_known(list ? list : known_list());
	if (script)
		return replay(script);
	hands_make();
	watch_start();
	if (threads)
		ret = threads_run(seed, max, threads);
	else
		ret = test ? selftest(seed, max) : random_steps(seed, max);
	hands_remove();
	return ret;
}
