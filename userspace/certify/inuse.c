// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a PCI function at work for this machine? Then it is not taken away from its
 * driver.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certify.h"

/* Is the entry of a directory of sysfs a child of the device? */
static bool is_below(const char *dir, const char *entry, const char *device)
{
	char path[PINSCOPE_PATH_MAX], real[PATH_MAX], part[PINSCOPE_NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/%s/%.200s", pinscope_sysfs_root(), dir, entry);
	if (!realpath(path, real))
		return false;
	snprintf(part, sizeof(part), "/%s/", device);
	return strstr(real, part);
}

static bool has_entries(const char *path)
{
	struct dirent *entry;
	bool has = false;
	DIR *dir = opendir(path);

	while (dir && !has && (entry = readdir(dir)))
		has = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return has;
}

/* Is there a line in a file of /proc with this word in the given column? */
static bool in_column(const char *file, unsigned int column, const char *word)
{
	char path[PINSCOPE_PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", pinscope_proc_root(), file);
	in = fopen(path, "r");
	while (in && !found && getline(&line, &room, in) > 0) {
		unsigned int at = 0;
		char *rest = line, *next;

		while ((next = strsep(&rest, " \t\n")) && at++ < column)
			;
		found = next && !strcmp(next, word);
	}
	if (in)
		fclose(in);
	free(line);
	return found;
}

static bool disk_works(const char *disk)
{
	char path[PINSCOPE_PATH_MAX], number[32] = "", node[PINSCOPE_NAME_MAX + 8];
	FILE *in;

	snprintf(path, sizeof(path), "%s/class/block/%.200s/holders", pinscope_sysfs_root(), disk);
	if (has_entries(path))
		return true;
	snprintf(path, sizeof(path), "%s/class/block/%.200s/dev", pinscope_sysfs_root(), disk);
	in = fopen(path, "r");
	if (in) {
		if (!fgets(number, sizeof(number), in))
			number[0] = '\0';
		fclose(in);
	}
	number[strcspn(number, "\n")] = '\0';
	snprintf(node, sizeof(node), "/dev/%.60s", disk);
	return in_column("self/mountinfo", 2, number) || in_column("swaps", 0, node);
}

static bool net_works(const char *name)
{
	char path[PINSCOPE_PATH_MAX], text[32] = "";
	FILE *in;

	snprintf(path, sizeof(path), "%s/class/net/%.200s/flags", pinscope_sysfs_root(), name);
	in = fopen(path, "r");
	if (!in)
		return false;
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	/* Bit 0 says that it is up. */
	return strtoul(text, NULL, 16) & 1;
}

static bool mdev_works(const char *name)
{
	(void)name;
	return true;
}

static const struct {
	const char *dir;
	const char *what;
	const char *cure;
	bool (*works)(const char *name);
} uses[] = {
	{ "class/block", "disk", "unmount it, and take it out of what is made of it", disk_works },
	{ "class/net", "network interface", "set it down", net_works },
	{ "bus/mdev/devices", "mdev", "name that, or remove it", mdev_works },
};

static int check_dir(const struct subject *subject, size_t use)
{
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	int ret = CLI_OK;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", pinscope_sysfs_root(), uses[use].dir);
	dir = opendir(path);
	while (dir && !ret && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    !is_below(uses[use].dir, entry->d_name, subject->name) ||
		    !uses[use].works(entry->d_name))
			continue;
		cli_error("%s is in use: it has the %s %s; %s first", subject->name,
			  uses[use].what, entry->d_name, uses[use].cure);
		ret = CLI_MISSING;
	}
	if (dir)
		closedir(dir);
	return ret;
}

int inuse_check(const struct subject *subject)
{
	int ret = CLI_OK;
	size_t use;

	for (use = 0; !ret && use < sizeof(uses) / sizeof(uses[0]); use++)
		ret = check_dir(subject, use);
	return ret;
}
