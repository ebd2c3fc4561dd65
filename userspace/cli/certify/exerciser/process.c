// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that is started, told and heard by lines, and ended with all that it has
 * started.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/base/program.h"
#include "cli/certify/exerciser/process.h"

#define DEVICE_FD	3
#define SCRATCH_FD	4

/**
 * struct program - one that runs
 * @pid: it and its process group
 * @to: its standard input
 * @from: its standard output
 * @line: what it has said so far, and beyond that line
 * @used: bytes of that
 */
struct program {
	pid_t pid;
	int to;
	int from;
	char line[PROGRAM_LINE_MAX];
	size_t used;
};

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* How it has ended, if it has */
static int program_gone(struct exerciser *ex, struct program *program)
{
	int status, number, tries = 50;

	/* Its output ends a moment before it does. */
	while (waitpid(program->pid, &status, WNOHANG) != program->pid) {
		const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

		if (!tries--)
			return exerciser_why(ex, -EPIPE, "has closed its output");
		nanosleep(&pause, NULL);
	}
	program->pid = 0;
	/* A shell tells in its status how what it ran has ended. */
	number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
	if (number > 0)
		return exerciser_why(ex, -EPIPE, "was ended by signal %d (%s)", number,
				     strsignal(number));
	return exerciser_why(ex, -EPIPE, "ended by itself, with status %d", WEXITSTATUS(status));
}

int program_hear(struct exerciser *ex, struct run *run, char line[PROGRAM_LINE_MAX])
{
	long long until = now_ms() + (long long)run->request->limit * 1000;
	struct program *program = ex->data;
	ssize_t n;

	for (;;) {
		char *end = memchr(program->line, '\n', program->used);
		struct pollfd poll_fd = { .fd = program->from, .events = POLLIN };
		long long left = until - now_ms();

		if (end) {
			size_t len = (size_t)(end - program->line);

			memcpy(line, program->line, len);
			line[len] = '\0';
			program->used -= len + 1;
			memmove(program->line, end + 1, program->used);
			return 0;
		}
		if (program->used == sizeof(program->line))
			return exerciser_why(ex, -EPROTO, "says more than %u bytes in a line",
					     PROGRAM_LINE_MAX);
		if (left <= 0 || !poll(&poll_fd, 1, (int)left))
			return exerciser_why(ex, -ETIMEDOUT, "does not answer within %llu s",
					     (unsigned long long)run->request->limit);
		n = read(program->from, program->line + program->used,
			 sizeof(program->line) - program->used);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return program_gone(ex, program);
		program->used += (size_t)n;
	}
}

int program_ask(struct exerciser *ex, struct run *run, char answer[PROGRAM_LINE_MAX],
		const char *fmt, ...)
{
	struct program *program = ex->data;
	char line[PROGRAM_LINE_MAX];
	va_list args;
	int len;

	if (!program)
		return exerciser_why(ex, -EPIPE, "does not run");
	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (write(program->to, line, (size_t)len) != len)
		return program_gone(ex, program);
	return program_hear(ex, run, answer);
}

static __attribute__((noreturn))
void program_exec(const struct exerciser *ex, const struct run *run, int in, int out)
{
	char text[32];
	int fds[4] = { in, out, -1, -1 }, i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	fds[2] = pinscope_device_fd(run->rig.member.device);
	fds[3] = run->rig.scratch_fd;
	/* Out of the way first, as each may stand where another has to go. */
	for (i = 0; i < 4; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD, 10);
		if (fds[i] < 0)
			_exit(127);
	}
	dup2(fds[0], STDIN_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	dup2(fds[2], DEVICE_FD);
	dup2(fds[3], SCRATCH_FD);
	for (i = 0; i < 4; i++)
		close(fds[i]);

	setenv("PINSCOPE_DEVICE", run->subject->name, 1);
	snprintf(text, sizeof(text), "%zu", run->rig.memory.page);
	setenv("PINSCOPE_PAGE_SIZE", text, 1);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)run->rig.scratch_iova);
	setenv("PINSCOPE_SCRATCH_IOVA", text, 1);
	snprintf(text, sizeof(text), "%zu", CERTIFY_SCRATCH * run->rig.memory.page);
	setenv("PINSCOPE_SCRATCH_SIZE", text, 1);
	execl("/bin/sh", "sh", "-c", ex->name, (char *)NULL);
	_exit(127);
}

int program_start(struct exerciser *ex, struct run *run)
{
	struct program *program;
	int to[2], from[2];
	pid_t pid;

	if (pipe2(to, O_CLOEXEC))
		return exerciser_why(ex, -errno, "cannot be started: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return exerciser_why(ex, -EMFILE, "cannot be started: no file is left");
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		program_exec(ex, run, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (pid < 0) {
		close(to[1]);
		close(from[0]);
		return exerciser_why(ex, -EAGAIN, "cannot be started: no process is left");
	}
	setpgid(pid, pid);
	run->shared->program = pid;
	program = cli_must(calloc(1, sizeof(*program)));
	ex->data = program;
	*program = (struct program) { .pid = pid, .to = to[1], .from = from[0] };
	return 0;
}

void program_end(struct exerciser *ex, struct run *run)
{
	struct program *program = ex->data;
	int tries = run->broken ? 0 : 100;

	if (!program)
		return;
	/* It ends when there is nothing more to hear, or is ended. */
	close(program->to);
	while (program->pid && tries-- && waitpid(program->pid, NULL, WNOHANG) != program->pid) {
		const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

		nanosleep(&pause, NULL);
	}
	if (run->shared->program > 0)
		kill(-run->shared->program, SIGKILL);
	run->shared->program = 0;
	if (program->pid)
		waitpid(program->pid, NULL, 0);
	close(program->from);
	free(program);
	ex->data = NULL;
}
