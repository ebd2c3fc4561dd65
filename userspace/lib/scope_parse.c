// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text in which the kernel shows a container. Its first line has a name that
 * the owner chose. Kernels escape it; where one does not, what follows a newline
 * in it passes for lines of the kernel's own. It is too short to be a whole text,
 * so a record that comes twice, out of its place or without those that belong to
 * it makes the text malformed: nothing of it is believed.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/scope.h>

#include "file.h"
#include "scope_field.h"

/*
 * Records that come once; the owner may come alone, the others come together. Old
 * cores lack the last.
 */
enum record {
	RECORD_OWNER,
	RECORD_SCOPE,
	RECORD_TRACKING,
	RECORD_PINNED_PAGES,
	RECORD_GROUPS,
	RECORD_GROUPS_WIDE,
	RECORD_DEVICES,
	RECORD_DEVICES_WIDE,
	RECORD_IOMMU_TRACKING,
	NR_RECORDS,
};

#define ALONE		(1u << RECORD_OWNER)
#define WITH_SCOPE	((1u << RECORD_IOMMU_TRACKING) - 1)

static const char *const record_names[NR_RECORDS] = {
	[RECORD_OWNER] = "owner",
	[RECORD_SCOPE] = "scope",
	[RECORD_TRACKING] = "tracking",
	[RECORD_PINNED_PAGES] = "pinned_pages",
	[RECORD_GROUPS] = "groups",
	[RECORD_GROUPS_WIDE] = "groups_wide",
	[RECORD_DEVICES] = "devices",
	[RECORD_DEVICES_WIDE] = "devices_wide",
	[RECORD_IOMMU_TRACKING] = "iommu_tracking",
};

/* A text being parsed: @seen has a bit for each record that came. */
struct parser {
	struct pinscope_scope_view view;
	unsigned int seen;
};

static char *next_word(char **rest)
{
	return strtok_r(NULL, " \t", rest);
}

static int parse_owner(struct pinscope_scope_view *view, char **rest)
{
	uint64_t pid;
	int ret;

	ret = field_number(next_word(rest), INT_MAX, &pid);
	if (ret)
		return ret;
	view->owner = (pid_t)pid;
	/* The rest of the line: a process may have spaces in its name. */
	field_unescape(view->comm, sizeof(view->comm), *rest ? *rest : "");
	return 0;
}

/* "group <number>" and then pairs of a key and a value, in any order. */
static int parse_group(struct pinscope_scope_view *view, char **rest)
{
	struct pinscope_scope_group *group;
	char *key, *value;
	int ret;

	group = array_add(&view->groups, &view->nr_groups, sizeof(*group));
	if (!group)
		return -ENOMEM;
	ret = field_u32(next_word(rest), &group->number);
	group->iommu_group = group->number;
	group->members = 1;

	while (!ret && (key = next_word(rest))) {
		value = next_word(rest);
		if (!value)
			return -EBADMSG;
		if (!strcmp(key, "iommu_group"))
			ret = field_u32(value, &group->iommu_group);
		else if (!strcmp(key, "members"))
			ret = field_u32(value, &group->members);
		else if (!strcmp(key, "scope"))
			ret = field_scope(value, &group->scope);
		else if (!strcmp(key, "cause"))
			copy_name(group->cause, sizeof(group->cause), value);
		else if (!strcmp(key, "since"))
			ret = field_seconds(value, &group->since);
		else if (!strcmp(key, "pins"))
			ret = field_number(value, UINT64_MAX, &group->pins);
		else if (!strcmp(key, "refused"))
			ret = field_number(value, UINT64_MAX, &group->refused);
		else if (!strcmp(key, "tracks"))
			ret = field_choice(value, "yes", "no", &group->can_track);
	}
	if (!ret && group->scope == PINSCOPE_SCOPE_UNKNOWN)
		ret = -EBADMSG;
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
			ret = field_choice(value, "yes", "no", &device->opted_in);
		} else if (!strcmp(key, "pins")) {
			ret = field_number(value, UINT64_MAX, &device->pins);
		} else if (!strcmp(key, "sync_failures")) {
			ret = field_number(value, UINT64_MAX, &device->sync_failures);
		} else if (!strcmp(key, "sync_error")) {
			ret = field_errno(value, &device->sync_error);
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
	bool open;

	if (field_u32(next_word(rest), &number))
		return -EBADMSG;
	name = next_word(rest);
	driver = next_word(rest);
	state = next_word(rest);
	if (field_choice(state, "open", "closed", &open))
		return -EBADMSG;

	/* It follows its group, most often at once. */
	for (i = view->nr_groups; i--; ) {
		group = &view->groups[i];
		if (group->number != number)
			continue;
		device = array_add(&group->devices, &group->nr_devices, sizeof(*device));
		if (!device)
			return -ENOMEM;
		copy_name(device->name, sizeof(device->name), name);
		copy_name(device->driver, sizeof(device->driver), driver);
		device->open = open;
		return parse_device_scope(device, rest);
	}
	return -EBADMSG;
}

static int parse_record(struct pinscope_scope_view *view, enum record record, char **rest)
{
	struct pinscope_scope_counts *counts = &view->counts;

	switch (record) {
	case RECORD_OWNER:
		return parse_owner(view, rest);
	case RECORD_SCOPE:
		view->has_iommu = true;
		return field_scope(next_word(rest), &counts->scope);
	case RECORD_TRACKING:
		return field_choice(next_word(rest), "on", "off", &counts->tracking);
	case RECORD_IOMMU_TRACKING:
		return field_choice(next_word(rest), "on", "off", &counts->iommu);
	case RECORD_PINNED_PAGES:
		return field_number(next_word(rest), UINT64_MAX, &counts->pinned_pages);
	case RECORD_GROUPS:
		return field_u32(next_word(rest), &counts->nr_groups);
	case RECORD_GROUPS_WIDE:
		return field_u32(next_word(rest), &counts->nr_groups_wide);
	case RECORD_DEVICES:
		return field_u32(next_word(rest), &counts->nr_devices);
	case RECORD_DEVICES_WIDE:
		return field_u32(next_word(rest), &counts->nr_devices_wide);
	default:
		return 0;
	}
}

static int parse_line(struct parser *parser, char *line)
{
	char *rest = NULL, *key;
	unsigned int record;

	key = strtok_r(line, " \t", &rest);
	if (!key)
		return 0;
	for (record = 0; record < NR_RECORDS; record++)
		if (!strcmp(key, record_names[record]))
			break;
	/* The owner comes first, and everything that is known once. */
	if (parser->seen ? record == RECORD_OWNER : record != RECORD_OWNER)
		return -EBADMSG;
	if (record < NR_RECORDS) {
		if (parser->seen & 1u << record)
			return -EBADMSG;
		parser->seen |= 1u << record;
		return parse_record(&parser->view, record, &rest);
	}
	if (!strcmp(key, "group"))
		return parse_group(&parser->view, &rest);
	if (!strcmp(key, "device"))
		return parse_device(&parser->view, &rest);
	return 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct pinscope_scope_group *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* In ascending order, each once; and none without an IOMMU type. */
static int check_groups(struct pinscope_scope_view *view)
{
	size_t i;

	if (!view->nr_groups)
		return 0;
	if (!view->has_iommu)
		return -EBADMSG;
	qsort(view->groups, view->nr_groups, sizeof(*view->groups), compare_groups);
	for (i = 1; i < view->nr_groups; i++)
		if (view->groups[i].number == view->groups[i - 1].number)
			return -EBADMSG;
	return 0;
}

int pinscope_scope_parse(const char *text, struct pinscope_scope_view *out)
{
	struct parser parser = { .seen = 0 };
	char *copy, *line, *rest = NULL;
	int ret = 0;

	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (line = strtok_r(copy, "\n", &rest); line && !ret; line = strtok_r(NULL, "\n", &rest))
		ret = parse_line(&parser, line);
	free(copy);

	if (!ret && parser.seen != ALONE && (parser.seen & WITH_SCOPE) != WITH_SCOPE)
		ret = -EBADMSG;
	if (!ret)
		ret = check_groups(&parser.view);
	if (ret) {
		pinscope_scope_view_release(&parser.view);
		return ret;
	}
	*out = parser.view;
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
