// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of the software IOMMU for the demonstration, for machines that have no
 * edu functions, or no IOMMU: directories in configfs, made and removed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cli/output/message.h>

#include "demo.h"

#define CONFIGFS	"/sys/kernel/config"
#define ITEMS		CONFIGFS "/pinscope"

/* Three in groups of their own, two in one group. */
static const struct {
	const char *name;
	enum part_id part;
	const char *group_of;
} sims[] = {
	{ "demo-optin", OPTIN, NULL },
	{ "demo-backed", BACKED, NULL },
	{ "demo-logged", LOGGED, NULL },
	{ "demo-shared", OPTIN_SHARED, NULL },
	{ "demo-sibling", NR_PARTS, "demo-shared" },
};

#define NR_SIMS (sizeof(sims) / sizeof(sims[0]))

static const char *item_path(char *buf, size_t size, const char *name)
{
	snprintf(buf, size, ITEMS "/%s", name);
	return buf;
}

static int share_group(const char *path, const char *with)
{
	char other[PINSCOPE_PATH_MAX], group[32];
	int ret;

	ret = pinscope_device_attr_read(item_path(other, sizeof(other), with), "group", group,
					sizeof(group));
	return ret ? ret : pinscope_device_attr_write(path, "group", group);
}

static int make_sim(size_t i)
{
	char path[PINSCOPE_PATH_MAX];
	int ret;

	item_path(path, sizeof(path), sims[i].name);
	if (mkdir(path, 0755))
		return -errno;
	/* The demonstration is of pins: the IOMMU must not tell what is written */
	ret = pinscope_device_attr_write(path, "dirty_tracking", "0");
	if (!ret && sims[i].group_of)
		ret = share_group(path, sims[i].group_of);
	if (!ret)
		ret = pinscope_device_attr_write(path, "live", "1");
	if (ret)
		rmdir(path);
	return ret;
}

bool demo_have_sim(struct demo *demo)
{
	const char *const modprobe[] = { "modprobe", "-q", "pinscope_sim", NULL };

	if (!access(ITEMS, F_OK))
		return true;
	demo_run_quietly(modprobe);
	if (access(ITEMS, F_OK) && !demo->mounted)
		demo->mounted = !mount("configfs", CONFIGFS, "configfs", 0, NULL);
	return !access(ITEMS, F_OK);
}

int demo_make_sims(struct demo *demo)
{
	struct part *part;
	int ret;

	for (; demo->nr_sims < NR_SIMS; demo->nr_sims++) {
		size_t i = demo->nr_sims;

		ret = make_sim(i);
		if (ret == -EEXIST) {
			cli_error("%s/%s is there already: write 0 to its file live and remove it",
				  ITEMS, sims[i].name);
			return CLI_FAILED;
		}
		if (ret) {
			cli_error("cannot make %s/%s: %s", ITEMS, sims[i].name, strerror(-ret));
			return CLI_FAILED;
		}
		if (sims[i].part == NR_PARTS)
			continue;
		part = &demo->parts[sims[i].part];
		snprintf(part->parent, sizeof(part->parent), "pinscope_sim.%s", sims[i].name);
		part->missing = NULL;
	}
	demo->parts[ASSIGNED].missing = "the software IOMMU has no PCI functions";
	return CLI_OK;
}

void demo_remove_sims(struct demo *demo)
{
	char path[PINSCOPE_PATH_MAX];

	while (demo->nr_sims) {
		item_path(path, sizeof(path), sims[--demo->nr_sims].name);
		pinscope_device_attr_write(path, "live", "0");
		rmdir(path);
	}
	if (demo->mounted)
		umount(CONFIGFS);
	demo->mounted = false;
}
