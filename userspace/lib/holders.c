// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/scope.h>

#include "file.h"
#include "number.h"

/* Is it "vfio/<number>"? */
static bool is_group(const char *node, unsigned int *number)
{
	static const char prefix[] = "vfio/";
	uint64_t value;

	if (strncmp(node, prefix, strlen(prefix)) ||
	    !number_parse(node + strlen(prefix), 10, UINT_MAX, &value))
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

/* Those that were found so far, and the process that is looked at. */
struct holders {
	struct pinscope_holder *list;
	size_t nr;
	const char *pid;
};

static int add_descriptor(const char *number, void *context)
{
	struct holders *holders = context;
	struct pinscope_holder holder = { .pid = (pid_t)strtol(holders->pid, NULL, 10) }, *added;
	char path[PINSCOPE_PATH_MAX], target[PINSCOPE_PATH_MAX];
	ssize_t len;

	if (file_path(path, sizeof(path), "%s/%s/fd/%s", pinscope_proc_root(), holders->pid,
		      number))
		return 0;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return 0;
	target[len] = '\0';
	if (!read_node(target, &holder) || is_known(holders->list, holders->nr, &holder))
		return 0;

	added = array_add(&holders->list, &holders->nr, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = holder;
	if (!file_path(path, sizeof(path), "%s/%s/comm", pinscope_proc_root(), holders->pid))
		file_read(path, added->comm, sizeof(added->comm));
	return 0;
}

static int add_process(const char *pid, void *context)
{
	struct holders *holders = context;
	char path[PINSCOPE_PATH_MAX];

	if (!isdigit((unsigned char)*pid) ||
	    file_path(path, sizeof(path), "%s/%s/fd", pinscope_proc_root(), pid))
		return 0;
	holders->pid = pid;
	/* One that is not ours to see, or gone by now, has none. */
	return directory_each(path, add_descriptor, holders) == -ENOMEM ? -ENOMEM : 0;
}

int pinscope_holders_find(struct pinscope_holder **out, size_t *nr)
{
	struct holders holders = { 0 };
	int ret;

	ret = directory_each(pinscope_proc_root(), add_process, &holders);
	if (ret) {
		free(holders.list);
		return ret;
	}
	*out = holders.list;
	*nr = holders.nr;
	return 0;
}

void pinscope_holders_free(struct pinscope_holder *holders)
{
	free(holders);
}
