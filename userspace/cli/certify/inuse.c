// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a PCI function at work for this machine? Then it is not taken away from its
 * driver.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/certify/certify.h"
#include "cli/output/message.h"

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

/*
 * Whoever has mounted a disk, swaps on it or made another one of it has it for
 * himself, also where the mount is one of a part of the system that is not seen here.
 */
static bool disk_works(const char *disk)
{
	char path[PINSCOPE_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%.200s", pinscope_dev_root(), disk);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
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
