// SPDX-License-Identifier: GPL-2.0
/*
 * The runner: each test in a process of its own, reports in KTAP. Exit status:
 * 0 all passed, 1 some failed, 2 called in a wrong way or no such test, 3 the
 * kernel hangs or is broken and tests are left, 4 all skipped.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "cover.h"
#include "harness.h"
#include "kernel.h"
#include "leak.h"
#include "process.h"
#include "registry.h"
#include "run.h"

/* Seconds to put the machine right after a test that could not. */
#define RESCUE_LIMIT 30

struct shared *shared;

static bool patched, partial;

static struct {
	struct globs only, but;
	uint64_t seed;
	unsigned int repeat;
	unsigned int from;
	bool list, no_skip, fresh, stop;
} opt = { .repeat = 1, .from = 1 };

bool core_is_patched(void)
{
	return patched;
}

bool core_is_partial(void)
{
	return partial;
}

/* Without --core: a core that knows IOMMU-backed mdevs is a patched one. */
static bool probe_core(void)
{
	char line[256];
	bool found = false;
	FILE *f = fopen("/proc/kallsyms", "r");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, " vfio_register_iommu_backed_dev\t");
	if (f)
		fclose(f);
	return found;
}

static void run_test(const void *arg)
{
	test_process(arg);
}

static void run_rescue(const void *arg)
{
	host_rescue(arg);
}

/* What a driver says when the core lacks what the skipped test needs. */
static const char skip_log[] =
	"VFIO core has no IOMMU-backed devices|probe with driver pinscope_*";

static unsigned int limit_of(const struct test *test)
{
	return test->limit ? test->limit : DEFAULT_LIMIT;
}

/* What the test's own process says of it. */
static int own_result(const struct test *test, bool *stuck)
{
	int result;

	memset(shared, 0, sizeof(*shared));
	result = in_process(run_test, test, limit_of(test), stuck);
	if (result == RESULT_SKIP && opt.no_skip)
		printf("# skipped, which is not allowed: %s\n", shared->reason);
	else if ((result == RESULT_PASS || result == RESULT_SKIP) &&
		 shared->ended && !shared->failed)
		return result;
	if (result == RESULT_PASS && !shared->failed) {
		printf("# it did not come to its end\n");
		because("it did not come to its end");
	}
	because("exit status %d", result);
	return RESULT_FAIL;
}

/* @broken: the kernel cannot go on */
static int run(const struct test *test, bool *broken)
{
	struct footprint before;
	bool stuck, rescue_stuck = false;
	int result;

	footprint_take(&before);
	result = own_result(test, &stuck);
	if (result == RESULT_FAIL && !stuck)
		in_process(run_rescue, &before, RESCUE_LIMIT, &rescue_stuck);
	/* A process that hangs in the kernel keeps all it had: no news. */
	if (!stuck && !rescue_stuck && !footprint_same(&before)) {
		fflush(stdout);
		because("something is left of it");
		if (result != RESULT_FAIL)
			in_process(run_rescue, &before, RESCUE_LIMIT,
				   &rescue_stuck);
		result = RESULT_FAIL;
	}
	if (klog_check(test->log, test->says,
		       result == RESULT_SKIP ? skip_log : NULL,
		       result == RESULT_PASS)) {
		because("the kernel's log is not what it should be");
		result = RESULT_FAIL;
	}
	*broken = stuck || rescue_stuck || kernel_is_broken(&before);
	footprint_free(&before);
	return result;
}

/* The start is said too: if nothing comes after it, the kernel died there. */
static int run_and_report(const struct test *test, size_t number, bool *broken)
{
	uint64_t start = now_ms();
	int result;

	printf("# running %zu %s, at most %u s\n", number, test->name,
	       limit_of(test) * time_factor());
	result = run(test, broken);
	printf("# duration %.3f s\n", (now_ms() - start) / 1e3);
	cover_record(test->name);
	printf("%sok %zu %s", result == RESULT_FAIL ? "not " : "", number,
	       test->name);
	if (result == RESULT_SKIP)
		printf(" # SKIP %s", shared->reason);
	putchar('\n');
	return result;
}

/* After the last test, on a kernel that keeps account of its memory. */
static int report_leaks(size_t nr)
{
	int leaks = leak_check();

	if (leaks < 0)
		printf("# kmemleak cannot be asked\n");
	printf("%sok %zu leaks\n", leaks ? "not " : "", nr);
	return leaks ? RESULT_FAIL : RESULT_PASS;
}

static int run_all(const struct plan *plan, bool leaks)
{
	unsigned int count[RESULT_SKIP + 1] = { };
	bool broken = false;
	size_t i;

	cover_record("boot");
	for (i = opt.from - 1; i < plan->nr && !broken; i++) {
		if (opt.stop && count[RESULT_FAIL])
			break;
		count[run_and_report(plan->all[i], i + 1, &broken)]++;
	}
	if (leaks && !broken)
		count[report_leaks(plan->nr + 1)]++;
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n",
	       count[RESULT_PASS], count[RESULT_FAIL], count[RESULT_SKIP]);
	if (broken && i < plan->nr) {
		printf("# the kernel hangs or is broken: boot it again,\n");
		printf("# then go on with --seed %llu --from %zu\n",
		       (unsigned long long)opt.seed, i + 1);
		return RESULT_BROKEN;
	}
	if (count[RESULT_FAIL])
		return RESULT_FAIL;
	return count[RESULT_PASS] || !count[RESULT_SKIP] ? RESULT_PASS :
	       RESULT_SKIP;
}

/* What would make the checks after tests say less than they seem to. */
static const char *unfit(void)
{
	struct footprint now;
	const char *why;

	if (!klog_open())
		return "the kernel's log cannot be read";
	footprint_take(&now);
	why = kernel_unfit(&now);
	footprint_free(&now);
	if (why && !opt.fresh) {
		printf("# %s: less can be seen of what tests do\n", why);
		why = NULL;
	}
	if (!why && opt.fresh && klog_check_boot())
		why = "the kernel's log tells of trouble already";
	return why;
}

static void usage(FILE *f)
{
	fprintf(f, "usage: %s [OPTION]...\n"
		"  --list           print the names of the tests\n"
		"  --test GLOB      only these tests; can be repeated\n"
		"  --not GLOB       not these; can be repeated\n"
		"  --core WHICH     patched, partial (some of the patches) or stock;\n"
		"                   else it is found out whether patched or stock\n"
		"  --seed N         of the order; 0: by name (else it is drawn)\n"
		"  --repeat N       all of it N times\n"
		"  --from N         begin with the N-th test of that order\n"
		"  --no-skip        a test that is skipped has failed\n"
		"  --stop           end with the first test that fails\n"
		"  --fresh          trouble in the log since boot is a failure\n",
		program_invocation_short_name);
}

static uint64_t number(const char *word)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(word, &end, 0);
	if (errno || end == word || *end || strchr(word, '-')) {
		fprintf(stderr, "%s: '%s' is no number\n",
			program_invocation_short_name, word);
		exit(RESULT_USAGE);
	}
	return n;
}

static void options(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "test", required_argument, NULL, 't' },
		{ "not", required_argument, NULL, 'n' },
		{ "core", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "repeat", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'f' },
		{ "no-skip", no_argument, NULL, 'k' },
		{ "stop", no_argument, NULL, 'e' },
		{ "fresh", no_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *core = NULL;
	int c;

	if (getrandom(&opt.seed, sizeof(opt.seed), GRND_NONBLOCK) < 0)
		opt.seed = now_ms();
	opt.seed = opt.seed % 1000000 + 1;
	while ((c = getopt_long(argc, argv, "", opts, NULL)) >= 0) {
		switch (c) {
		case 'l':
			opt.list = true;
			break;
		case 't':
			globs_add(&opt.only, optarg);
			break;
		case 'n':
			globs_add(&opt.but, optarg);
			break;
		case 'c':
			core = optarg;
			break;
		case 's':
			opt.seed = number(optarg);
			break;
		case 'r':
			opt.repeat = number(optarg);
			break;
		case 'f':
			opt.from = number(optarg);
			break;
		case 'e':
			opt.stop = true;
			break;
		case 'k':
			opt.no_skip = true;
			break;
		case 'b':
			opt.fresh = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(RESULT_USAGE);
		}
	}
	partial = core && !strcmp(core, "partial");
	if (optind < argc || (core && strcmp(core, "patched") && !partial &&
			      strcmp(core, "stock")) ||
	    !opt.repeat || !opt.from) {
		usage(stderr);
		exit(RESULT_USAGE);
	}
	patched = core ? strcmp(core, "stock") : probe_core();
}

int main(int argc, char **argv)
{
	struct plan plan;
	bool leaks;
	const char *why;
	size_t i;

	options(argc, argv);
	if (!globs_match(&opt.only))
		return RESULT_USAGE;
	plan = plan_make(&opt.only, &opt.but, opt.list ? 0 : opt.seed,
			 opt.repeat);
	if (opt.list) {
		for (i = 0; i < plan.nr; i++)
			puts(plan.all[i]->name);
		return 0;
	}
	if (!plan.nr || opt.from > plan.nr) {
		fprintf(stderr, "%s: no test is left to run\n",
			program_invocation_short_name);
		return RESULT_USAGE;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || geteuid()) {
		fprintf(stderr, "%s: must be run as root\n",
			program_invocation_short_name);
		return RESULT_USAGE;
	}
	leaks = leak_watched();
	printf("KTAP version 1\n1..%zu\n# core: %s\n# seed: %llu\n", plan.nr + leaks,
	       partial ? "partial" : patched ? "patched" : "stock",
	       (unsigned long long)opt.seed);
	if (time_factor() > 1)
		printf("# time limits: %u times as long\n", time_factor());
	host_prepare();
	why = unfit();
	if (why) {
		printf("Bail out! %s\n", why);
		return RESULT_FAIL;
	}
	return run_all(&plan, leaks);
}
