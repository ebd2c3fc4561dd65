// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/scope.h>

#include "file.h"

/* Is @target the node of a group? Its number, or -1. */
static long group_of(const char *target)
{
	static const char prefix[] = "/dev/vfio/";
	char *end;
	long number;

	/* What a process sees is its own /dev, wherever ours is taken from. */
	if (strncmp(target, prefix, sizeof(prefix) - 1))
		return -1;
	target += sizeof(prefix) - 1;
	if (!isdigit((unsigned char)*target))
		return -1;
	number = strtol(target, &end, 10);
	return *end ? -1 : number;
}

static int add_holders(const char *pid, struct pinscope_holder **holders, size_t *nr)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX], target[PINSCOPE_PATH_MAX];
	struct pinscope_holder *holder;
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	if (file_path(path, sizeof(path), "%s/%s/fd", pinscope_proc_root(), pid))
		return 0;
	/* Not ours to see, or gone by now. */
	dir = opendir(path);
	if (!dir)
		return 0;

	while ((entry = readdir(dir))) {
		ssize_t len;
		long group;

		if (file_path(file, sizeof(file), "%s/%s", path, entry->d_name))
			continue;
		len = readlink(file, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		group = group_of(target);
		if (group < 0)
			continue;

		holder = array_add(holders, nr, sizeof(*holder));
		if (!holder) {
			ret = -ENOMEM;
			break;
		}
		holder->pid = (pid_t)strtol(pid, NULL, 10);
		holder->group = (unsigned int)group;
		if (!file_path(file, sizeof(file), "%s/%s/comm", pinscope_proc_root(), pid))
			file_read(file, holder->comm, sizeof(holder->comm));
	}
	closedir(dir);
	return ret;
}

int pinscope_holders_find(struct pinscope_holder **out, size_t *nr)
{
	struct pinscope_holder *holders = NULL;
	struct dirent *entry;
	size_t count = 0;
	int ret = 0;
	DIR *dir;

	dir = opendir(pinscope_proc_root());
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ret = add_holders(entry->d_name, &holders, &count);
	closedir(dir);
	if (ret) {
		free(holders);
		return ret;
	}
	*out = holders;
	*nr = count;
	return 0;
}

void pinscope_holders_free(struct pinscope_holder *holders)
{
	free(holders);
}
