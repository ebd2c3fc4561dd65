// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "host.h"
#include "sim.h"

#define CONFIGFS "/sys/kernel/config"
#define ITEMS CONFIGFS "/pinscope"
#define DEVICE "pinscope_sim."

/* Directories the suite makes; others are somebody else's. */
#define OURS "test-"

void sim_mount(void)
{
	if (access(ITEMS, F_OK))
		mount("configfs", CONFIGFS, "configfs", 0, NULL);
}

void need_sim(void)
{
	if (access(ITEMS, F_OK))
		skip("needs the software IOMMU (pinscope_sim, configfs)");
}

bool is_sim(const char *name)
{
	return !strncmp(name, DEVICE, strlen(DEVICE));
}

const char *sim_device(const char *item)
{
	return text(DEVICE "%s", item);
}

const char *sim_item(const char *device)
{
	return device + strlen(DEVICE);
}

int sim_put(const char *item, const char *file, const char *value)
{
	return put_file(text(ITEMS "/%s/%s", item, file), value);
}

char *sim_get(const char *item, const char *file)
{
	return get_line(text(ITEMS "/%s/%s", item, file));
}

int sim_try_rmdir(const char *item)
{
	return rmdir(text(ITEMS "/%s", item)) ? -errno : 0;
}

static void remove_item(void *arg)
{
	const char *item = arg;
	int ret;

	if (access(text(ITEMS "/%s", item), F_OK))
		return;
	ret = sim_put(item, "live", "0");
	if (!ret)
		ret = sim_try_rmdir(item);
	if (ret)
		fail("%s cannot be removed: %s", item, strerror(-ret));
}

int sim_try_mkdir(const char *item)
{
	if (mkdir(text(ITEMS "/%s", item), 0755))
		return -errno;
	defer(RESTORE_HOST, remove_item, text("%s", item));
	return 0;
}

const char *sim_new(unsigned int group, const struct sim_options *options)
{
	static const struct sim_options usual;
	static int made;
	char *item;
	int ret;

	need_sim();
	if (!options)
		options = &usual;
	item = text(OURS "%d-%d", getpid(), made++);
	ok(sim_try_mkdir(item));
	ok(sim_put(item, "group", text("%u", group)));
	if (options->page_size)
		ok(sim_put(item, "page_size",
			   text("%u", options->page_size)));
	if (options->no_large_pages)
		ok(sim_put(item, "large_pages", "0"));
	if (options->no_tracking)
		ok(sim_put(item, "dirty_tracking", "0"));
	if (options->model)
		ok(sim_put(item, "dirty_model", options->model));
	ret = sim_put(item, "live", "1");
	if (ret)
		fail("no device of the software IOMMU can be made: %s",
		     strerror(-ret));
	return sim_device(item);
}

void sim_rescue(void)
{
	DIR *dir = opendir(ITEMS);
	struct dirent *entry;
	char path[sizeof(ITEMS) + sizeof(entry->d_name) + sizeof("/live")];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, OURS, strlen(OURS)))
			continue;
		snprintf(path, sizeof(path), ITEMS "/%s/live", entry->d_name);
		put_file(path, "0");
		snprintf(path, sizeof(path), ITEMS "/%s", entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}
