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

/* "12.034567", whatever the locale's decimal point is. */
static int parse_seconds(const char *word, double *out)
{
	double value = 0, unit = 1;

	if (*word < '0' || *word > '9')
		return -EBADMSG;
	for (; *word >= '0' && *word <= '9'; word++)
		value = value * 10 + (*word - '0');
	if (*word == '.')
		for (word++; *word >= '0' && *word <= '9'; word++) {
			unit /= 10;
			value += unit * (*word - '0');
		}
	/* A kernel that runs for longer is none. */
	if (*word || value > 1e12)
		return -EBADMSG;
	*out = value;
	return 0;
}

static int parse_choice(const char *word, const char *yes, const char *no, bool *out)
{
	if (!word || (strcmp(word, yes) && strcmp(word, no)))
		return -EBADMSG;
	*out = !strcmp(word, yes);
	return 0;
}

/* An errno of the kernel, which is negative there. */
static int parse_errno(const char *word, int *out)
{
	uint64_t value;
	int ret = parse_number(*word == '-' ? word + 1 : word, 4095, &value);

	if (!ret)
		*out = (int)value;
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

/* The value of a digit, or a number that is no digit's. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 99;
}

/* What follows a backslash: the byte it stands for, and how long it is; or 0. */
static size_t escape(const char *text, char *out)
{
	static const char names[] = "abefnrtv\\\"0", values[] = "\a\b\x1b\f\n\r\t\v\\\"";
	const char *name;

	if (digit(text[0]) < 4 && digit(text[1]) < 8 && digit(text[2]) < 8) {
		*out = (char)(digit(text[0]) << 6 | digit(text[1]) << 3 | digit(text[2]));
		return 3;
	}
	if (text[0] == 'x' && digit(text[1]) < 16 && digit(text[2]) < 16) {
		*out = (char)(digit(text[1]) << 4 | digit(text[2]));
		return 3;
	}
	name = *text ? strchr(names, *text) : NULL;
	if (!name)
		return 0;
	*out = values[name - names];
	return 1;
}

/* Undo what the kernel's string_escape_mem() did. A NUL was not in the name. */
static void unescape(char *dst, size_t size, const char *src)
{
	size_t len = 0, skip;
	char byte;

	while (*src && len + 1 < size) {
		skip = *src == '\\' ? escape(src + 1, &byte) : 0;
		if (skip && byte) {
			dst[len++] = byte;
			src += skip + 1;
		} else {
			dst[len++] = *src++;
		}
	}
	dst[len] = '\0';
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
	unescape(view->comm, sizeof(view->comm), *rest ? *rest : "");
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
	ret = parse_u32(next_word(rest), &group->number);
	group->iommu_group = group->number;
	group->members = 1;

	while (!ret && (key = next_word(rest))) {
		value = next_word(rest);
		if (!value)
			return -EBADMSG;
		if (!strcmp(key, "iommu_group"))
			ret = parse_u32(value, &group->iommu_group);
		else if (!strcmp(key, "members"))
			ret = parse_u32(value, &group->members);
		else if (!strcmp(key, "scope"))
			ret = parse_scope(value, &group->scope);
		else if (!strcmp(key, "cause"))
			copy_name(group->cause, sizeof(group->cause), value);
		else if (!strcmp(key, "since"))
			ret = parse_seconds(value, &group->since);
		else if (!strcmp(key, "pins"))
			ret = parse_number(value, UINT64_MAX, &group->pins);
		else if (!strcmp(key, "refused"))
			ret = parse_number(value, UINT64_MAX, &group->refused);
		else if (!strcmp(key, "tracks"))
			ret = parse_choice(value, "yes", "no", &group->can_track);
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
			ret = parse_choice(value, "yes", "no", &device->opted_in);
		} else if (!strcmp(key, "pins")) {
			ret = parse_number(value, UINT64_MAX, &device->pins);
		} else if (!strcmp(key, "sync_failures")) {
			ret = parse_number(value, UINT64_MAX, &device->sync_failures);
		} else if (!strcmp(key, "sync_error")) {
			ret = parse_errno(value, &device->sync_error);
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

	if (parse_u32(next_word(rest), &number))
		return -EBADMSG;
	name = next_word(rest);
	driver = next_word(rest);
	state = next_word(rest);
	if (parse_choice(state, "open", "closed", &open))
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
		return parse_scope(next_word(rest), &counts->scope);
	case RECORD_TRACKING:
		return parse_choice(next_word(rest), "on", "off", &counts->tracking);
	case RECORD_IOMMU_TRACKING:
		return parse_choice(next_word(rest), "on", "off", &counts->iommu);
	case RECORD_PINNED_PAGES:
		return parse_number(next_word(rest), UINT64_MAX, &counts->pinned_pages);
	case RECORD_GROUPS:
		return parse_u32(next_word(rest), &counts->nr_groups);
	case RECORD_GROUPS_WIDE:
		return parse_u32(next_word(rest), &counts->nr_groups_wide);
	case RECORD_DEVICES:
		return parse_u32(next_word(rest), &counts->nr_devices);
	case RECORD_DEVICES_WIDE:
		return parse_u32(next_word(rest), &counts->nr_devices_wide);
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
