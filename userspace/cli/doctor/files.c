// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "cli/doctor/doctor.h"

bool doctor_exists(const char *root, const char *fmt, ...)
{
	char path[PINSCOPE_PATH_MAX];
	size_t len = (size_t)snprintf(path, sizeof(path), "%s/", root);
	va_list args;

	if (len >= sizeof(path))
		return false;
	va_start(args, fmt);
	vsnprintf(path + len, sizeof(path) - len, fmt, args);
	va_end(args);
	return !access(path, F_OK);
}

int doctor_count_entries(const char *root, const char *name)
{
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

bool doctor_file_has(const char *root, const char *name, const char *word)
{
	char path[PINSCOPE_PATH_MAX], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0)
		found = strstr(line, word);
	free(line);
	fclose(file);
	return found;
}

char doctor_parameter(const char *module, const char *name)
{
	char path[PINSCOPE_PATH_MAX], value[8] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/module/%s/parameters/%s", pinscope_sysfs_root(), module,
		 name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(value, sizeof(value), file))
		value[0] = '\0';
	fclose(file);
	return value[0];
}
