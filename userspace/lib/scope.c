// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/scope.h>

#include "file.h"

static int parse_number(const char *word, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	if (!word || *word < '0' || *word > '9')
		return -EBADMSG;
	errno = 0;
	value = strtoull(word, &end, 10);
	if (errno || *end || value > max)
		return -EBADMSG;
	*out = value;
	return 0;
}

static int parse_u32(const char *word, uint32_t *out)
{
	uint64_t value;
	int ret = parse_number(word, UINT32_MAX, &value);

	if (!ret)
		*out = (uint32_t)value;
	return ret;
}

static int parse_scope(const char *word, enum pinscope_scope *out)
{
	if (!word)
		return -EBADMSG;
	if (!strcmp(word, "wide"))
		*out = PINSCOPE_SCOPE_WIDE;
	else if (!strcmp(word, "pinned"))
		*out = PINSCOPE_SCOPE_PINNED;
	else if (!strcmp(word, "emulated"))
		*out = PINSCOPE_SCOPE_EMULATED;
	else if (!strcmp(word, "written"))
		*out = PINSCOPE_SCOPE_WRITTEN;
	else
		return -EBADMSG;
	return 0;
}

static char *next_word(char **rest)
{
	return strtok_r(NULL, " \t", rest);
}

static int parse_owner(struct pinscope_scope_view *view, char **rest)
{
	uint64_t pid;
	int ret;

	ret = parse_number(next_word(rest), INT_MAX, &pid);
	if (ret)
		return ret;
	view->owner = (pid_t)pid;
	/* The rest of the line: a process may have spaces in its name. */
	copy_name(view->comm, sizeof(view->comm), *rest ? *rest : "");
	return 0;
}

/* "group <number>" and then pairs of a key and a value, in any order. */
static int parse_group(struct pinscope_scope_view *view, char **rest)
{
	struct pinscope_scope_group *group;
	char *key, *value, *end;
	int ret;

	group = array_add(&view->groups, &view->nr_groups, sizeof(*group));
	if (!group)
		return -ENOMEM;
	ret = parse_u32(next_word(rest), &group->number);
	group->iommu_group = group->number;
	group->members = 1;

	while (!ret && (key = next_word(rest))) {
		value = next_word(rest);
		if (!value)
			return -EBADMSG;
		if (!strcmp(key, "iommu_group")) {
			ret = parse_u32(value, &group->iommu_group);
		} else if (!strcmp(key, "members")) {
			ret = parse_u32(value, &group->members);
		} else if (!strcmp(key, "scope")) {
			ret = parse_scope(value, &group->scope);
		} else if (!strcmp(key, "cause")) {
			copy_name(group->cause, sizeof(group->cause), value);
		} else if (!strcmp(key, "since")) {
			group->since = strtod(value, &end);
			if (*end)
				ret = -EBADMSG;
		} else if (!strcmp(key, "pins")) {
			ret = parse_number(value, UINT64_MAX, &group->pins);
		} else if (!strcmp(key, "refused")) {
			ret = parse_number(value, UINT64_MAX, &group->refused);
		} else if (!strcmp(key, "tracks")) {
			group->can_track = !strcmp(value, "yes");
		}
	}
	return ret;
}

/* Pairs of a key and a value, in any order, for a device that is open. */
static int parse_device_scope(struct pinscope_scope_device *device, char **rest)
{
	char *key, *value;
	int ret = 0;

	while (!ret && (key = next_word(rest))) {
		value = next_word(rest);
		if (!value)
			return -EBADMSG;
		if (!strcmp(key, "opted_in")) {
			device->told = true;
			device->opted_in = !strcmp(value, "yes");
		} else if (!strcmp(key, "pins")) {
			ret = parse_number(value, UINT64_MAX, &device->pins);
		} else if (!strcmp(key, "sync_failures")) {
			ret = parse_number(value, UINT64_MAX, &device->sync_failures);
		} else if (!strcmp(key, "sync_error")) {
			device->sync_error = abs(atoi(value));
		}
	}
	return ret;
}

/* "device <group> <name> <driver> open|closed", then as above */
static int parse_device(struct pinscope_scope_view *view, char **rest)
{
	const char *name, *driver, *state;
	struct pinscope_scope_device *device;
	struct pinscope_scope_group *group;
	uint32_t number;
	size_t i;
	int ret;

	ret = parse_u32(next_word(rest), &number);
	name = next_word(rest);
	driver = next_word(rest);
	state = next_word(rest);
	if (ret || !state)
		return -EBADMSG;

	for (i = 0; i < view->nr_groups; i++) {
		group = &view->groups[i];
		if (group->number != number)
			continue;
		device = array_add(&group->devices, &group->nr_devices, sizeof(*device));
		if (!device)
			return -ENOMEM;
		copy_name(device->name, sizeof(device->name), name);
		copy_name(device->driver, sizeof(device->driver), driver);
		device->open = !strcmp(state, "open");
		return parse_device_scope(device, rest);
	}
	return -EBADMSG;
}

static int parse_line(struct pinscope_scope_view *view, char *line)
{
	struct pinscope_scope_counts *counts = &view->counts;
	char *rest = NULL, *key, *word;

	key = strtok_r(line, " \t", &rest);
	if (!key)
		return 0;
	if (!strcmp(key, "owner"))
		return parse_owner(view, &rest);
	if (!strcmp(key, "group"))
		return parse_group(view, &rest);
	if (!strcmp(key, "device"))
		return parse_device(view, &rest);

	word = next_word(&rest);
	if (!strcmp(key, "scope")) {
		view->has_iommu = true;
		return parse_scope(word, &counts->scope);
	}
	if (!strcmp(key, "tracking")) {
		counts->tracking = word && !strcmp(word, "on");
		return word ? 0 : -EBADMSG;
	}
	if (!strcmp(key, "iommu_tracking")) {
		counts->iommu = word && !strcmp(word, "on");
		return word ? 0 : -EBADMSG;
	}
	if (!strcmp(key, "pinned_pages"))
		return parse_number(word, UINT64_MAX, &counts->pinned_pages);
	if (!strcmp(key, "groups"))
		return parse_u32(word, &counts->nr_groups);
	if (!strcmp(key, "groups_wide"))
		return parse_u32(word, &counts->nr_groups_wide);
	if (!strcmp(key, "devices"))
		return parse_u32(word, &counts->nr_devices);
	if (!strcmp(key, "devices_wide"))
		return parse_u32(word, &counts->nr_devices_wide);
	return 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct pinscope_scope_group *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int pinscope_scope_parse(const char *text, struct pinscope_scope_view *out)
{
	struct pinscope_scope_view view = { 0 };
	char *copy, *line, *rest = NULL;
	int ret = 0;

	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (line = strtok_r(copy, "\n", &rest); line && !ret; line = strtok_r(NULL, "\n", &rest))
		ret = parse_line(&view, line);
	free(copy);

	if (ret) {
		pinscope_scope_view_release(&view);
		return ret;
	}
	if (view.nr_groups)
		qsort(view.groups, view.nr_groups, sizeof(*view.groups), compare_groups);
	*out = view;
	return 0;
}

void pinscope_scope_view_release(struct pinscope_scope_view *view)
{
	size_t i;

	if (!view)
		return;
	for (i = 0; i < view->nr_groups; i++)
		free(view->groups[i].devices);
	free(view->groups);
	view->groups = NULL;
	view->nr_groups = 0;
}

/* Read a file of any length. The result is to be freed. */
static int read_text(const char *path, char **out)
{
	size_t size = 16384;
	char *text = NULL, *grown;
	int ret;

	do {
		size *= 2;
		grown = realloc(text, size);
		if (!grown) {
			free(text);
			return -ENOMEM;
		}
		text = grown;
		ret = file_read(path, text, size);
	} while (!ret && strlen(text) + 2 >= size);

	if (ret) {
		free(text);
		return ret;
	}
	*out = text;
	return 0;
}

static int add_view(struct pinscope_scope_list *list, const char *dir, const char *id)
{
	struct pinscope_scope_view parsed, *view;
	char path[PINSCOPE_PATH_MAX], *text;
	int ret;

	ret = file_path(path, sizeof(path), "%s/%s/scope", dir, id);
	if (ret)
		return ret;
	ret = read_text(path, &text);
	/* The container may have been closed since the directory was read. */
	if (ret)
		return ret == -ENOMEM || ret == -EACCES ? ret : 0;

	ret = pinscope_scope_parse(text, &parsed);
	free(text);
	if (ret)
		return ret;
	view = array_add(&list->views, &list->nr, sizeof(*view));
	if (!view) {
		pinscope_scope_view_release(&parsed);
		return -ENOMEM;
	}
	*view = parsed;
	copy_name(view->id, sizeof(view->id), id);
	return 0;
}

static int compare_views(const void *a, const void *b)
{
	const struct pinscope_scope_view *x = a, *y = b;

	return strverscmp(x->id, y->id);
}

int pinscope_scope_read_all(struct pinscope_scope_list *out)
{
	struct pinscope_scope_list list = { 0 };
	char path[PINSCOPE_PATH_MAX];
	struct dirent *entry;
	int ret;
	DIR *dir;

	/* An empty tree has no debugfs in it: nothing at all would be a lie. */
	dir = opendir(pinscope_debugfs_root());
	if (!dir)
		return -errno;
	do {
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.');
	closedir(dir);
	if (!entry)
		return -ENOENT;

	ret = file_path(path, sizeof(path), "%s/vfio/containers", pinscope_debugfs_root());
	if (ret)
		return ret;
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	while (!ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = add_view(&list, path, entry->d_name);
	closedir(dir);
	if (ret) {
		pinscope_scope_list_release(&list);
		return ret;
	}

	if (list.nr)
		qsort(list.views, list.nr, sizeof(*list.views), compare_views);
	*out = list;
	return 0;
}

void pinscope_scope_list_release(struct pinscope_scope_list *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; i < list->nr; i++)
		pinscope_scope_view_release(&list->views[i]);
	free(list->views);
	list->views = NULL;
	list->nr = 0;
}

const char *pinscope_scope_name(enum pinscope_scope scope)
{
	switch (scope) {
	case PINSCOPE_SCOPE_WIDE:
		return "wide";
	case PINSCOPE_SCOPE_PINNED:
		return "pinned";
	case PINSCOPE_SCOPE_EMULATED:
		return "emulated";
	case PINSCOPE_SCOPE_WRITTEN:
		return "written";
	default:
		return "unknown";
	}
}
