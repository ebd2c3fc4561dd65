// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "host.h"
#include "sim.h"
#include "sim_item.h"

#define CONFIGFS "/sys/kernel/config"
#define ITEMS SIM_ITEMS
#define DEVICE SIM_DEVICE

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
	return sim_item_put(item, file, value);
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
	ret = sim_item_configure(item, group, options);
	if (ret)
		fail("no device of the software IOMMU can be made: %s",
		     strerror(-ret));
	return sim_device(item);
}

void sim_rescue(void)
{
	sim_items_remove(OURS);
}
