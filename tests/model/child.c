// SPDX-License-Identifier: GPL-2.0
/*
 * The other process. It has memory of its own where the first has it, and makes
 * calls on descriptors that it takes from the first, as if they had been passed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"

struct message {
	struct step step;
	struct script script;
	int container, device, control;
};

static pid_t child;
static int channel = -1;

static int take(int pidfd, int fd)
{
	int taken;

	if (fd < 0)
		return -1;
	taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (taken < 0)
		die("descriptor of the other process", errno);
	return taken;
}

static void let_go(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void serve(int fd, pid_t parent)
{
	int pidfd = syscall(SYS_pidfd_open, parent, 0);
	struct message m;
	struct outcome out;

	if (pidfd < 0)
		die("pidfd_open", errno);
	ram_make();
	if (write(fd, "", 1) != 1)
		_exit(1);
	while (read(fd, &m, sizeof(m)) == sizeof(m)) {
		m.step.script = &m.script;
		hands.container[m.step.c] = take(pidfd, m.container);
		hands.device[m.step.d] = take(pidfd, m.device);
		hands.control[m.step.d] = take(pidfd, m.control);
		memset(&out, 0, sizeof(out));
		call_do(&m.step, &out);
		let_go(hands.container[m.step.c]);
		let_go(hands.device[m.step.d]);
		let_go(hands.control[m.step.d]);
		if (write(fd, &out, sizeof(out)) != sizeof(out))
			break;
	}
	_exit(0);
}

/* Nothing of ours may stay open in it, or closing it here would not close it */
static void close_all_but(int fd)
{
	int keep = 3;

	if (fd != keep) {
		dup2(fd, keep);
		fd = keep;
	}
	syscall(SYS_close_range, keep + 1, ~0u, 0);
}

void child_new(void)
{
	pid_t parent = getpid();
	int pair[2];
	char ready;

	child_end();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair", errno);
	fflush(NULL);
	child = fork();
	if (child < 0)
		die("fork", errno);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_all_but(pair[1]);
		serve(3, parent);
	}
	close(pair[1]);
	channel = pair[0];
	/* It has let go of what it was born with */
	if (read(channel, &ready, 1) != 1)
		die("the other process", errno);
}

void child_end(void)
{
	if (channel < 0)
		return;
	close(channel);
	channel = -1;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

void child_do(const struct step *step, struct outcome *out)
{
	struct message m = {
		.step = *step,
		.container = hands.container[step->c],
		.device = hands.device[step->d],
		.control = hands.control[step->d],
	};

	if (step->script)
		m.script = *step->script;
	if (write(channel, &m, sizeof(m)) != sizeof(m) ||
	    read(channel, out, sizeof(*out)) != sizeof(*out))
		die("the other process", errno);
}
