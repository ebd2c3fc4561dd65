// SPDX-License-Identifier: GPL-2.0
/*
 * pinscope-model: random steps on the kernel, each compared with what the rules
 * say. See Documentation/model.rst.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "modes.h"
#include "own.h"
#include "threads.h"
#include "times.h"
#include "watch.h"

static const char usage[] =
"usage: pinscope-model [OPTION]...\n"
"\n"
"Makes random steps on the VFIO core and compares each with the rules.\n"
"\n"
"  --seed N       of the steps; without it a new one is taken\n"
"  --steps N      how many (default: 200000)\n"
"  --replay FILE  makes the steps of a script instead; \"-\" is standard input\n"
"  --seeds N      that many, the steps are shared out between them\n"
"  --threads N    2 or 3: devices write while bitmaps are read; no page may be lost\n"
"  --selftest     breaks the rules, one by one, and has to notice\n"
"  --suite DIR    what \"make check\" runs, as KTAP; DIR has scripts to replay\n"
"  --show         prints each step before it is made; with --selftest, a script\n"
"                 that tells each broken rule\n"
"  --times        ends with where the time went\n"
"\n"
"Exit codes: 0 as the rules say, 1 not, 2 it could not be tried.\n";

/* One sentence; the whole help would hide it */
__attribute__((noreturn))
static void bad_usage(const char *what, const char *word)
{
	fprintf(stderr, "pinscope-model: %s '%s': 'pinscope-model --help' lists the options\n",
		what, word);
	exit(2);
}

static uint64_t number(const char *option, const char *word, uint64_t least, uint64_t most)
{
	char what[80], *end;
	uint64_t n;

	errno = 0;
	n = strtoull(word, &end, 0);
	if (*word >= '0' && *word <= '9' && !errno && !*end && n >= least && n <= most)
		return n;
	snprintf(what, sizeof(what), "--%s is a number from %llu to %llu, not", option,
		 (unsigned long long)least, (unsigned long long)most);
	bad_usage(what, word);
}

/* What the kernel has warned of, or worse, it says by a flag */
static unsigned long taint(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long flags = 0;

	if (!f || fscanf(f, "%lu", &flags) != 1)
		die("tainted", errno);
	fclose(f);
	return flags;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "replay", required_argument, NULL, 'r' },
		{ "seeds", required_argument, NULL, 'e' },
		{ "suite", required_argument, NULL, 'u' },
		{ "threads", required_argument, NULL, 'm' },
		{ "selftest", no_argument, NULL, 't' },
		{ "show", no_argument, NULL, 'v' },
		{ "times", no_argument, NULL, 'z' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *script = NULL, *found = NULL;
	unsigned long before;
	uint64_t seed = time(NULL) * 1000 + getpid() % 1000;
	long max = 200000;
	bool test = false, times = false;
	int threads = 0, seeds = 1;
	int opt, ret;

	while ((opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			seed = number("seed", optarg, 0, UINT64_MAX);
			break;
		case 'n':
			max = number("steps", optarg, 1, LONG_MAX);
			break;
		case 'r':
			script = optarg;
			break;
		case 'e':
			seeds = number("seeds", optarg, 1, 1000);
			break;
		case 'u':
			found = optarg;
			break;
		case 'm':
			threads = number("threads", optarg, 2, 3);
			break;
		case 't':
			test = true;
			break;
		case 'v':
			show = true;
			break;
		case 'z':
			times = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case ':':
			bad_usage("a value is missing after", argv[optind - 1]);
		default:
			bad_usage("there is no option", argv[optind - 1]);
		}
	}
	if (optind < argc)
		bad_usage("options are wanted, not", argv[optind]);
	if (geteuid()) {
		fputs("pinscope-model: must be run as root\n", stderr);
		return 2;
	}
	hands_make();
	watch_start();
	before = taint();
	if (script)
		ret = replay(script);
	else if (found)
		ret = suite(seed, max, found);
	else if (threads)
		ret = threads_run(seed, max, threads);
	else if (test)
		ret = selftest(seed, max);
	else
		ret = many_seeds(seed, max, seeds);
	if (taint() != before) {
		printf("# the kernel has warned, or worse: see its log\n");
		ret = 1;
	}
	if (times)
		times_print();
	hands_remove();
	if (fflush(stdout) || ferror(stdout)) {
		fputs("pinscope-model: cannot write all of the output\n", stderr);
		return 2;
	}
	return ret;
}
