// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program in a process of its own under a limit and looks what it did: which
 * branches of VFIO and the drivers it reached, as KCOV tells if there is one, what
 * each call returned, and what the kernel says afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/kernel.h>

#include "fuzz.h"

#define COVER_WORDS (1 << 16)
#define SEEN_BITS (1 << 20)

/* Milliseconds that a program has, before PINSCOPE_FACTOR */
#define LIMIT 3000

static const struct world *world;
static int kcov = -1;
static unsigned long *cover;
static uint8_t seen[SEEN_BITS / 8];
static int nr_seen;

/* What calls returned, by call; in memory that the processes share */
static struct results {
	int nr;
	int32_t ret[PROGRAM_CALLS];
} *results;

bool runner_open(const struct world *w)
{
	world = w;
	results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		fail("no memory");
	if (!klog_open())
		fail("the kernel's log cannot be read");
	kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov < 0)
		return false;
	if (ioctl(kcov, KCOV_INIT_TRACE, COVER_WORDS))
		fail("KCOV does not begin: %s", strerror(errno));
	cover = mmap(NULL, COVER_WORDS * sizeof(*cover), PROT_READ | PROT_WRITE,
		     MAP_SHARED, kcov, 0);
	if (cover == MAP_FAILED)
		fail("KCOV has no memory: %s", strerror(errno));
	return true;
}

int runner_known(void)
{
	return nr_seen;
}

static int note_seen(uint64_t key)
{
	uint64_t bit = (key * 0x9e3779b97f4a7c15ull) >> 44;
	uint8_t mask = 1 << (bit & 7);

	if (seen[bit / 8] & mask)
		return 0;
	seen[bit / 8] |= mask;
	nr_seen++;
	return 1;
}

static void run_call(struct user *u, const struct program *p, int i)
{
	const struct call *call = &p->call[i];

	results->ret[i] = call_types[call->type].run(u, call->arg);
}

struct second {
	struct user *user;
	const struct program *program;
};

static void *second_thread(void *arg)
{
	struct second *second = arg;
	int i;

	for (i = 1; i < second->program->nr; i += 2)
		run_call(second->user, second->program, i);
	return NULL;
}

static void run_child(const struct program *p)
{
	struct user user = { 0 };
	struct second second = { &user, p };
	bool race = p->race;
	pthread_t thread;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	user_begin(&user, world, p->devices);
	if (cover && !ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
	if (race && pthread_create(&thread, NULL, second_thread, &second))
		race = false;
	for (i = 0; i < p->nr; i += race ? 2 : 1)
		run_call(&user, p, i);
	if (race)
		pthread_join(thread, NULL);
	results->nr = p->nr;
	_exit(0);
}

/* Whether the child came to an end; it is not there afterwards, or stuck */
static bool wait_for(pid_t pid, struct outcome *out)
{
	uint64_t limit = now_ms() + (uint64_t)LIMIT * time_factor();
	bool killed = false;
	int status, naps = 0;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		if (now_ms() > limit && killed) {
			snprintf(out->bad, sizeof(out->bad),
				 "a process that cannot be killed");
			return false;
		}
		if (now_ms() > limit) {
			kill(pid, SIGKILL);
			killed = true;
			limit = now_ms() + 20000;
		}
		/* Most are done at once */
		usleep(naps++ < 20 ? 200 : 5000);
	}
	if (killed)
		printf("a program had to be ended, it ran for %d s\n",
		       LIMIT * time_factor() / 1000);
	return true;
}

static void look(const struct program *p, struct outcome *out)
{
	unsigned long i, n = cover ? cover[0] : 0;
	uint64_t before = 0;
	int j;

	if (n >= COVER_WORDS)
		n = COVER_WORDS - 1;
	for (i = 1; i <= n; i++) {
		out->news += note_seen(cover[i] ^ before << 1);
		before = cover[i];
	}
	/* Without KCOV the results are all there is to go by */
	for (j = 0; j < p->nr && !cover; j++)
		out->news += note_seen(1ull << 63 |
				       (uint64_t)p->call[j].type << 32 |
				       (uint32_t)results->ret[j]);
}

void runner_run(const struct program *p, struct outcome *out)
{
	pid_t pid;

	memset(out, 0, sizeof(*out));
	memset(results, 0, sizeof(*results));
	if (cover)
		cover[0] = 0;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("no process: %s", strerror(errno));
	if (!pid)
		run_child(p);
	if (!wait_for(pid, out))
		return;
	look(p, out);
	if (klog_check(FUZZ_LOG, NULL, NULL, false))
		snprintf(out->bad, sizeof(out->bad), "the kernel complains");
}
