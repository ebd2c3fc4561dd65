// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/scope.h>

#include "file.h"

/* Is it "vfio/<number>"? */
static bool is_group(const char *node, unsigned int *number)
{
	static const char prefix[] = "vfio/";
	unsigned long value;
	char *end;

	if (strncmp(node, prefix, strlen(prefix)))
		return false;
	node += strlen(prefix);
	if (*node < '0' || *node > '9')
		return false;
	errno = 0;
	value = strtoul(node, &end, 10);
	if (errno || *end || value > UINT_MAX)
		return false;
	*number = (unsigned int)value;
	return true;
}

/*
 * Is @target the node of a group, of a device, or of iommufd? A container without
 * a group holds nothing. What a process sees is its own /dev, wherever ours is
 * taken from.
 */
static bool read_node(char *target, struct pinscope_holder *holder)
{
	static const char dev[] = "/dev/", device[] = "vfio/devices/", gone[] = " (deleted)";
	size_t len = strlen(target);

	if (len > strlen(gone) && !strcmp(target + len - strlen(gone), gone))
		target[len - strlen(gone)] = '\0';
	if (strncmp(target, dev, strlen(dev)))
		return false;
	target += strlen(dev);
	holder->has_group = is_group(target, &holder->group);
	if (!holder->has_group && strcmp(target, "iommu") &&
	    strncmp(target, device, strlen(device)))
		return false;
	copy_name(holder->node, sizeof(holder->node), target);
	return true;
}

static bool is_known(const struct pinscope_holder *holders, size_t nr,
		     const struct pinscope_holder *holder)
{
	/* Those of one process follow one another. */
	while (nr-- && holders[nr].pid == holder->pid)
		if (!strcmp(holders[nr].node, holder->node))
			return true;
	return false;
}

static int add_holders(const char *pid, struct pinscope_holder **holders, size_t *nr)
{
	char path[PINSCOPE_PATH_MAX], file[PINSCOPE_PATH_MAX], target[PINSCOPE_PATH_MAX];
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
		struct pinscope_holder holder = { .pid = (pid_t)strtol(pid, NULL, 10) }, *added;
		ssize_t len;

		if (file_path(file, sizeof(file), "%s/%s", path, entry->d_name))
			continue;
		len = readlink(file, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (!read_node(target, &holder) || is_known(*holders, *nr, &holder))
			continue;

		added = array_add(holders, nr, sizeof(*added));
		if (!added) {
			ret = -ENOMEM;
			break;
		}
		*added = holder;
		if (!file_path(file, sizeof(file), "%s/%s/comm", pinscope_proc_root(), pid))
			file_read(file, added->comm, sizeof(added->comm));
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
