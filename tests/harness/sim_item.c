// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "raw.h"
#include "sim_item.h"

int sim_item_put(const char *item, const char *file, const char *value)
{
	char path[400];

	snprintf(path, sizeof(path), SIM_ITEMS "/%s/%s", item, file);
	return put_file(path, value);
}

static int put_number(const char *item, const char *file, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return sim_item_put(item, file, text);
}

int sim_item_configure(const char *item, unsigned int group,
		       const struct sim_options *options)
{
	int ret = put_number(item, "group", group);

	if (!ret && options->page_size)
		ret = put_number(item, "page_size", options->page_size);
	if (!ret && options->no_large_pages)
		ret = put_number(item, "large_pages", 0);
	if (!ret && options->no_tracking)
		ret = put_number(item, "dirty_tracking", 0);
	if (!ret && options->model)
		ret = sim_item_put(item, "dirty_model", options->model);
	return ret ? ret : put_number(item, "live", 1);
}

void sim_items_remove(const char *prefix)
{
	DIR *dir = opendir(SIM_ITEMS);
	struct dirent *entry;
	char path[400];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		sim_item_put(entry->d_name, "live", "0");
		snprintf(path, sizeof(path), SIM_ITEMS "/%s", entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}
