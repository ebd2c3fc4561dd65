// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cli/container/borrow.h"

/* The only descriptor of a container that a process has; -1 if there is none or more. */
static int find_descriptor(pid_t pid)
{
	char path[PINSCOPE_PATH_MAX], link[PINSCOPE_PATH_MAX + 256], target[64];
	struct dirent *entry;
	int found = -1;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%d/fd", pinscope_proc_root(), (int)pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		len = readlink(link, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (strcmp(target, "/dev/vfio/vfio"))
			continue;
		/* Of several nothing tells which is which. */
		if (found >= 0) {
			found = -1;
			break;
		}
		found = atoi(entry->d_name);
	}
	closedir(dir);
	return found;
}

static int copy_descriptor(pid_t pid)
{
	int number = find_descriptor(pid), process, copy;

	if (number < 0)
		return -1;
	process = pidfd_open(pid, 0);
	if (process < 0)
		return -1;
	copy = pidfd_getfd(process, number, 0);
	close(process);
	return copy;
}

bool cli_borrow(pid_t owner, struct pinscope_container **out)
{
	int copy = copy_descriptor(owner);

	if (copy < 0)
		return false;
	if (!pinscope_container_from_fd(copy, out))
		return true;
	close(copy);
	return false;
}
