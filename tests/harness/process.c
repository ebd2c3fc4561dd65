// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "process.h"
#include "run.h"

/* What SIGKILL ends is gone by then. */
#define KILL_MS 3000ull

void because(const char *fmt, ...)
{
	va_list ap;

	if (shared->reason[0])
		return;
	va_start(ap, fmt);
	vsnprintf(shared->reason, sizeof(shared->reason), fmt, ap);
	va_end(ap);
}

static char line[1024];
static size_t line_len;

static void end_line(void)
{
	printf("# %.*s\n", (int)line_len, line);
	line_len = 0;
}

/* Prints what a test wrote, as diagnostics. */
static void relay(int fd)
{
	char buf[1024];
	ssize_t n, i;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] != '\n')
				line[line_len++] = buf[i];
			if (buf[i] == '\n' || line_len == sizeof(line))
				end_line();
		}
	}
}

static void print_file(const char *path)
{
	char buf[512];
	FILE *f = fopen(path, "r");

	while (f && fgets(buf, sizeof(buf), f))
		printf("#   %s", buf);
	if (f)
		fclose(f);
}

/* A process that even SIGKILL does not end: show where its threads hang. */
static void show_stuck(pid_t pid)
{
	char path[320];
	struct dirent *e;
	DIR *dir;

	printf("# STUCK in the kernel:\n");
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stack", pid,
			 e->d_name);
		printf("#  thread %s\n", e->d_name);
		print_file(path);
	}
	if (dir)
		closedir(dir);
}

/* Returns the status, -1 if there is none until then. */
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

/*
 * The processes that a test has forked, and that were left to us, have to go too.
 * Others may have become demons of their own: they are only buried.
 */
static bool children_gone(pid_t group)
{
	uint64_t end = now_ms() + KILL_MS * time_factor();

	while (!kill(-group, 0)) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (now_ms() > end)
			return false;
		usleep(1000);
	}
	return true;
}

static void become_test(int out)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(out, F_SETFL, 0);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	/* Should it hang in the kernel, it holds nothing of ours. */
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	closefrom(STDERR_FILENO + 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

int in_process(void (*fn)(const void *arg), const void *arg,
	       unsigned int limit, bool *stuck)
{
	int pipefd[2], status;
	pid_t pid;

	*stuck = false;
	limit *= time_factor();
	/* Who is left without a parent gets us for one. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(pipefd, O_NONBLOCK | O_CLOEXEC))
		return RESULT_FAIL;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return RESULT_FAIL;
	if (!pid) {
		become_test(pipefd[1]);
		fn(arg);
		_exit(RESULT_PASS);
	}
	setpgid(pid, pid);
	close(pipefd[1]);

	status = reap(pid, pipefd[0], now_ms() + limit * 1000ull);
	if (status < 0) {
		printf("# not finished after %u s\n", limit);
		because("not finished after %u s", limit);
	}
	kill(-pid, SIGKILL);
	if (status < 0 && reap(pid, pipefd[0], now_ms() + KILL_MS * time_factor()) < 0) {
		show_stuck(pid);
		*stuck = true;
	} else if (!children_gone(pid)) {
		printf("# a process that the test made is STUCK in the kernel\n");
		because("a process it made does not end");
		*stuck = true;
	}
	relay(pipefd[0]);
	if (line_len)
		end_line();
	close(pipefd[0]);
	if (status < 0 || *stuck)
		return RESULT_FAIL;
	if (WIFSIGNALED(status)) {
		printf("# killed by signal %d\n", WTERMSIG(status));
		because("killed by signal %d", WTERMSIG(status));
		return RESULT_FAIL;
	}
	return WEXITSTATUS(status);
}
