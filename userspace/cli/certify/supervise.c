// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the device, while a process of its own runs the rules: whatever becomes of that,
 * the device is put back. Signals end the other process first.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/certify/report/report.h"
#include "cli/certify/suite.h"
#include "cli/output/message.h"

/* As shells have it for a program that a signal has ended. */
#define BY_SIGNAL	128

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

static void wait_signals(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(set, ending[i]);
	sigaddset(set, SIGCHLD);
}

static bool ended_within(pid_t child, int *status, unsigned int ms)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	unsigned int waited;

	for (waited = 0; waited <= ms; waited += 10) {
		if (waitpid(child, status, WNOHANG) == child)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* A program that has the device keeps it from being put back. */
static void end_program(struct shared *shared)
{
	if (shared->program > 0)
		kill(-shared->program, SIGKILL);
	shared->program = 0;
}

static bool end_child(struct shared *shared, pid_t child, int *status)
{
	end_program(shared);
	kill(child, SIGTERM);
	if (ended_within(child, status, 2000))
		return true;
	kill(child, SIGKILL);
	return ended_within(child, status, 5000);
}

static bool too_late(const struct shared *shared)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return shared->deadline && now.tv_sec > shared->deadline;
}

static int status_code(struct shared *shared, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM ||
	    WTERMSIG(status) == SIGHUP)
		return BY_SIGNAL + WTERMSIG(status);
	cli_error("the process that ran %s was ended by signal %d", shared->rule,
		  WTERMSIG(status));
	return CLI_FAILED;
}

/* A rule has taken too long: it waits, or hangs where no signal reaches it. */
static int bail_out(const struct request *request, struct shared *shared, pid_t child)
{
	int status;

	if (!request->json)
		printf("Bail out! %s does not end\n", shared->rule);
	if (end_child(shared, child, &status))
		cli_error("%s did not end and was killed: the driver may wait for something that "
			  "never comes, see the kernel's log", shared->rule);
	else
		cli_error("%s hangs in the kernel: its log says where, and only a reboot frees the "
			  "device", shared->rule);
	if (request->json)
		report_refused(request);
	return CLI_FAILED;
}

static int watch(const struct request *request, struct shared *shared, pid_t child,
		 const sigset_t *set)
{
	const struct timespec second = { .tv_sec = 1 };
	int status = 0, number;

	for (;;) {
		if (waitpid(child, &status, WNOHANG) == child) {
			end_program(shared);
			return status_code(shared, status);
		}
		number = sigtimedwait(set, NULL, &second);
		if (number > 0 && number != SIGCHLD) {
			if (!end_child(shared, child, &status))
				cli_error("the kernel does not end %s", shared->rule);
			return BY_SIGNAL + number;
		}
		if (too_late(shared))
			return bail_out(request, shared, child);
	}
}

static int run_child(const struct request *request, const struct subject *subjects,
		     struct shared *shared)
{
	struct run run = {
		.request = request,
		.subject = &subjects[0],
		.second = request->second ? &subjects[1] : NULL,
		.shared = shared,
	};

	return suite_run(&run);
}

static int run_watched(const struct request *request, const struct subject *subjects)
{
	struct shared *shared;
	sigset_t set, old;
	pid_t child, parent = getpid();
	int ret;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED) {
		cli_error("no memory: %s", strerror(errno));
		return CLI_FAILED;
	}
	wait_signals(&set);
	fflush(NULL);
	sigprocmask(SIG_BLOCK, &set, &old);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(CLI_FAILED);
		sigprocmask(SIG_SETMASK, &old, NULL);
		signal(SIGPIPE, SIG_IGN);
		ret = run_child(request, subjects, shared);
		_exit(fflush(stdout) ? CLI_FAILED : ret);
	}
	if (child < 0) {
		cli_error("cannot start a process: %s", strerror(errno));
		ret = CLI_FAILED;
	} else {
		ret = watch(request, shared, child, &set);
	}
	munmap(shared, sizeof(*shared));
	return ret;
}

/* Signals wait until the device is back where it was. */
static int run_bound(const struct request *request, struct subject *subjects, size_t nr)
{
	struct binding before[2];
	sigset_t set, old;
	size_t i, taken = 0;
	int ret = CLI_OK, back;

	wait_signals(&set);
	sigdelset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (i = 0; i < nr && !ret && request->bind; i++) {
		if (!subjects[i].pci || !strcmp(subjects[i].driver, "vfio-pci"))
			continue;
		ret = inuse_check(&subjects[i]);
		if (!ret)
			ret = bind_take(&subjects[i], &before[i]);
		if (!ret)
			ret = subject_check(&subjects[i]);
	}
	taken = i;
	if (!ret)
		ret = run_watched(request, subjects);
	else if (request->json)
		report_refused(request);
	for (i = 0; i < taken; i++) {
		if (!subjects[i].bound)
			continue;
		back = bind_put_back(&subjects[i], &before[i]);
		ret = back ? back : ret;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

static int find_subjects(const struct request *request, struct subject *subjects, size_t nr)
{
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		ret = subject_find(i ? request->second : request->device, request->bind,
				   &subjects[i]);
		if (!ret)
			ret = subject_check(&subjects[i]);
		if (ret)
			return ret;
	}
	if (nr == 2 && !strcmp(subjects[0].name, subjects[1].name)) {
		cli_error("both names are of one device: name two");
		return CLI_USAGE;
	}
	return CLI_OK;
}

int supervise(const struct request *request)
{
	size_t nr = request->second ? 2 : 1;
	struct subject subjects[2];
	int ret;

	ret = find_subjects(request, subjects, nr);
	if (!ret)
		return run_bound(request, subjects, nr);
	if (request->json)
		report_refused(request);
	return ret;
}
