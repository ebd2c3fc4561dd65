// SPDX-License-Identifier: GPL-2.0
/*
 * The runner: each test in a process of its own, reports in KTAP. Exit status:
 * 0 all passed, 1 some failed, 4 all skipped.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "kernel.h"
#include "known.h"
#include "run.h"

#define MAX_TESTS 512
#define MAX_GLOBS 32

struct shared *shared;

static const struct test *tests[MAX_TESTS];
static int nr_tests;
static const char *globs[MAX_GLOBS];
static int nr_globs;
static bool patched;

void test_register(const struct test *test)
{
	if (nr_tests < MAX_TESTS)
		tests[nr_tests++] = test;
}

bool core_is_patched(void)
{
	return patched;
}

static int by_name(const void *a, const void *b)
{
	const struct test * const *x = a, * const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool wanted(const struct test *test)
{
	int i;

	for (i = 0; i < nr_globs; i++)
		if (!fnmatch(globs[i], test->name, 0))
			return true;
	return !nr_globs;
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

/* Why a test failed, if it did not say so itself. */
static void __attribute__((format(printf, 1, 2))) because(const char *fmt, ...)
{
	va_list ap;

	if (shared->reason[0])
		return;
	va_start(ap, fmt);
	vsnprintf(shared->reason, sizeof(shared->reason), fmt, ap);
	va_end(ap);
}

/* Prints what a test wrote, as diagnostics. */
static void relay(int fd)
{
	static char line[1024];
	static size_t len;
	char buf[1024];
	ssize_t n, i;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] != '\n' && len < sizeof(line) - 1) {
				line[len++] = buf[i];
				continue;
			}
			line[len] = '\0';
			printf("# %s\n", line);
			len = 0;
		}
	}
}

static void print_file(const char *path)
{
	char line[512];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		printf("#   %s", line);
	if (f)
		fclose(f);
}

/* A process that even SIGKILL does not end: show where its threads hang. */
static void show_stuck(pid_t pid)
{
	char path[64];
	int tid;

	printf("# STUCK in the kernel:\n");
	for (tid = pid; tid < pid + 32; tid++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid,
			 tid);
		if (access(path, R_OK))
			continue;
		printf("#  thread %d\n", tid);
		print_file(path);
	}
}

/* The watchdog for hung tasks would blame the tests that come later. */
static void quiet_hung_task_watchdog(void)
{
	FILE *f = fopen("/proc/sys/kernel/hung_task_timeout_secs", "w");

	if (f) {
		fputs("0\n", f);
		fclose(f);
	}
}

static int reap(pid_t pid, int fd, uint64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int status;

	for (;;) {
		if (poll(&pfd, 1, 10) > 0)
			relay(fd);
		if (waitpid(pid, &status, WNOHANG) == pid) {
			relay(fd);
			return status;
		}
		if (now_ms() > until)
			return -1;
	}
}

/* Runs fn(arg) in a process of its own for at most @limit seconds. */
static int in_process(void (*fn)(const void *arg), const void *arg,
		      unsigned int limit, bool *stuck)
{
	int pipefd[2], status;
	pid_t pid;

	*stuck = false;
	if (pipe2(pipefd, O_NONBLOCK | O_CLOEXEC))
		return RESULT_FAIL;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return RESULT_FAIL;
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fcntl(pipefd[1], F_SETFL, 0);
		dup2(pipefd[1], STDOUT_FILENO);
		dup2(pipefd[1], STDERR_FILENO);
		/* Should it hang in the kernel, it holds nothing of ours. */
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		closefrom(STDERR_FILENO + 1);
		setvbuf(stdout, NULL, _IOLBF, 0);
		fn(arg);
		_exit(RESULT_PASS);
	}
	setpgid(pid, pid);
	close(pipefd[1]);

	status = reap(pid, pipefd[0], now_ms() + limit * 1000);
	if (status < 0) {
		printf("# not finished after %u s\n", limit);
		because("not finished after %u s", limit);
		kill(-pid, SIGKILL);
		if (reap(pid, pipefd[0], now_ms() + 2000) < 0) {
			show_stuck(pid);
			quiet_hung_task_watchdog();
			*stuck = true;
		}
		close(pipefd[0]);
		return RESULT_FAIL;
	}
	kill(-pid, SIGKILL);
	close(pipefd[0]);
	if (WIFSIGNALED(status)) {
		printf("# killed by signal %d\n", WTERMSIG(status));
		because("killed by signal %d", WTERMSIG(status));
		return RESULT_FAIL;
	}
	return WEXITSTATUS(status);
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

static int run(const struct test *test)
{
	struct footprint before;
	bool stuck, rescue_stuck;
	int result;

	shared->reason[0] = '\0';
	footprint_take(&before);
	result = in_process(run_test, test,
			    test->limit ? test->limit : DEFAULT_LIMIT, &stuck);
	if (result != RESULT_PASS && result != RESULT_SKIP) {
		result = RESULT_FAIL;
		if (!stuck)
			in_process(run_rescue, &before, 10, &rescue_stuck);
	}
	/* A process that hangs in the kernel keeps all it had: no news. */
	if (!stuck && !footprint_same(&before)) {
		fflush(stdout);
		if (result != RESULT_FAIL)
			in_process(run_rescue, &before, 10, &rescue_stuck);
		because("something is left of it");
		result = RESULT_FAIL;
	}
	if (klog_check(test->log, result == RESULT_SKIP ? skip_log : NULL)) {
		because("unexpected kernel message");
		result = RESULT_FAIL;
	}
	return result;
}

/*
 * What became of a test that fails because of a known fault. What the stock core
 * gets right is no reason to take a letter off the list.
 */
static int judge(const struct test *test, int result, bool *let_through)
{
	*let_through = result == RESULT_FAIL && known(test->known);
	if (*let_through)
		return RESULT_PASS;
	if (result == RESULT_PASS && known(test->known) && !test->race &&
	    patched) {
		printf("# passed, though the fault is known: take %s off the list\n",
		       test->known);
		return RESULT_FAIL;
	}
	return result;
}

static void usage(FILE *f)
{
	fprintf(f, "usage: %s [--list] [--test GLOB]... [--core patched|stock]\n",
		program_invocation_short_name);
}

static void options(int argc, char **argv, bool *list)
{
	static const struct option opts[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "test", required_argument, NULL, 't' },
		{ "core", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *core = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "lt:c:h", opts, NULL)) >= 0) {
		switch (c) {
		case 'l':
			*list = true;
			break;
		case 't':
			if (nr_globs < MAX_GLOBS)
				globs[nr_globs++] = optarg;
			break;
		case 'c':
			core = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc || (core && strcmp(core, "patched") &&
			      strcmp(core, "stock"))) {
		usage(stderr);
		exit(2);
	}
	patched = core ? !strcmp(core, "patched") : probe_core();
}

int main(int argc, char **argv)
{
	int i, nr = 0, count[5] = { 0 };
	bool list = false, let_through;
	uint64_t start;

	options(argc, argv, &list);
	qsort(tests, nr_tests, sizeof(tests[0]), by_name);
	for (i = 0; i < nr_tests; i++)
		if (wanted(tests[i]))
			tests[nr++] = tests[i];
	if (list) {
		for (i = 0; i < nr; i++)
			puts(tests[i]->name);
		return 0;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || geteuid()) {
		fprintf(stderr, "%s: must be run as root\n",
			program_invocation_short_name);
		return 1;
	}
	printf("KTAP version 1\n1..%d\n# core: %s\n", nr,
	       patched ? "patched" : "stock");
	host_prepare();
	if (!klog_open())
		printf("# the kernel log cannot be read, it is not checked\n");
	for (i = 0; i < nr; i++) {
		int result;

		start = now_ms();
		result = judge(tests[i], run(tests[i]), &let_through);
		count[result]++;
		printf("# duration %.3f s\n", (now_ms() - start) / 1e3);
		printf("%sok %d %s", result == RESULT_FAIL ? "not " : "",
		       i + 1, tests[i]->name);
		if (result == RESULT_SKIP)
			printf(" # SKIP %s", shared->reason);
		else if (let_through)
			printf(" # KNOWN %s: %s", tests[i]->known,
			       shared->reason);
		putchar('\n');
	}
	printf("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:%d error:0\n",
	       count[RESULT_PASS], count[RESULT_FAIL], count[RESULT_SKIP]);
	printf("# known: %s\n", known_list());
	if (count[RESULT_FAIL])
		return RESULT_FAIL;
	return count[RESULT_PASS] || !nr ? RESULT_PASS : RESULT_SKIP;
}
