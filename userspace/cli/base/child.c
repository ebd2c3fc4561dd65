// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/base/child.h"

#define STEP_MS		10

static bool ends_within(pid_t child, unsigned int ms, int *status)
{
	const struct timespec pause = { .tv_nsec = STEP_MS * 1000 * 1000 };
	unsigned int waited;
	pid_t ret;

	for (waited = 0; waited <= ms; waited += STEP_MS) {
		ret = waitpid(child, status, WNOHANG);
		if (ret == child)
			return true;
		if (ret < 0 && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

int cli_wait(pid_t child, unsigned int limit_ms)
{
	int status;

	if (!ends_within(child, limit_ms, &status)) {
		kill(child, SIGKILL);
		/* One that the kernel does not let go is left to its own end. */
		ends_within(child, 1000, &status);
		return -ETIMEDOUT;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}
