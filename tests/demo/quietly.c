// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cli/base/child.h>

#include "demo.h"

/* mdevctl waits for udev, but not that long. */
#define CHILD_LIMIT_MS	60000

int demo_run_quietly(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return ret ? -ret : cli_wait(pid, CHILD_LIMIT_MS);
}
