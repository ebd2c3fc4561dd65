// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "attributes.h"

#define PREFIX "pinscope_"

/* What the types of a driver are called, behind its name */
static const char *const suffixes[] = { "-dma", "-logging", "-stopcopy" };

static const char *const at_start[] = { "start", "never", NULL };
static const char *const in_precopy[] = { "precopy", "never", NULL };
static const char *const in_stopcopy[] = { "stopcopy", "never", NULL };
static const char *const off[] = { "0", NULL };
static const char *const on[] = { "1", NULL };

/* All of them. What is not here is refused. */
static const struct attribute attributes[] = {
	{ "pinscope_emulated-dma", "dma_logging", "0", off },
	{ "pinscope_emulated-logging", "dma_logging", "1", on },
	{ "pinscope_hwlog-dma", "dma_logging", "0", off },
	{ "pinscope_hwlog-logging", "dma_logging", "1", on },
	{ "pinscope_optin-dma", "opt_in", "start", at_start },
	{ "pinscope_optin-dma", "dma_logging", "0", off },
	{ "pinscope_optin-logging", "opt_in", "start", at_start },
	{ "pinscope_optin-logging", "dma_logging", "1", on },
	{ "pinscope_precopy-dma", "opt_in", "precopy", in_precopy },
	{ "pinscope_precopy-dma", "dma_logging", "0", off },
	{ "pinscope_precopy-stopcopy", "opt_in", "stopcopy", in_stopcopy },
	{ "pinscope_precopy-stopcopy", "dma_logging", "0", off },
};

#define NR_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

bool type_is_ours(const char *type)
{
	size_t length = strlen(type), i, end;

	if (strncmp(type, PREFIX, strlen(PREFIX)))
		return false;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		end = strlen(suffixes[i]);
		if (length > strlen(PREFIX) + end &&
		    !strcmp(type + length - end, suffixes[i]))
			return true;
	}
	return false;
}

/*
 * What definitions of old set by an attribute, and is a type now: the type of devices
 * that have it, or NULL. Of dma_logging it is one of the same driver.
 */
static const char *type_instead(const char *type, const char *name,
				const char *value, char *buf, size_t size)
{
	static const char *const types[][2] = {
		{ "start", "pinscope_optin-dma" },
		{ "precopy", "pinscope_precopy-dma" },
		{ "stopcopy", "pinscope_precopy-stopcopy" },
	};
	size_t i;

	for (i = 0; i < 3 && !strcmp(name, "opt_in"); i++)
		if (!strcmp(types[i][0], value))
			return types[i][1];
	if (strcmp(name, "dma_logging") ||
	    (strcmp(value, "0") && strcmp(value, "1")))
		return NULL;
	snprintf(buf, size, "%.*s-%s", (int)strcspn(type, "-"), type,
		 *value == '1' ? "logging" : "dma");
	return buf;
}

const struct attribute *attribute_next(const char *type,
				       const struct attribute *last)
{
	const struct attribute *a = last ? last + 1 : attributes;

	for (; a < attributes + NR_ATTRIBUTES; a++)
		if (!strcmp(a->type, type))
			return a;
	return NULL;
}

/* "start, precopy or never" */
static void enumerate(const char *const *values, const char *last_but_one,
		      char *buf, size_t size)
{
	size_t length = 0;
	int i;

	for (i = 0; values[i] && length < size; i++)
		length += snprintf(buf + length, size - length, "%s%s",
				   !i ? "" : values[i + 1] ? ", " :
				   last_but_one, values[i]);
}

/* What a type has, at most the whole table. Returns how many. */
static size_t names_of(const char *type, const char *names[NR_ATTRIBUTES + 1])
{
	const struct attribute *a = NULL;
	size_t nr = 0;

	while ((a = attribute_next(type, a)))
		names[nr++] = a->name;
	names[nr] = NULL;
	return nr;
}

static bool refuse_name(const char *type, const char *name,
			struct complaint *why)
{
	const char *names[NR_ATTRIBUTES + 1];
	size_t nr = names_of(type, names);
	char all[128] = "";

	if (!nr)
		return complain(why, "%s devices have no attribute to set: "
				"leave '%s' out of the configuration",
				QUOTE(type), QUOTE(name));
	enumerate(names, " and ", all, sizeof(all));
	return complain(why, "%s devices have no attribute '%s' to set: %s %s",
			QUOTE(type), QUOTE(name), nr == 1 ?
			"the one they have is" : "those they have are", all);
}

bool attribute_check(const char *type, const char *name, const char *value,
		     struct complaint *why)
{
	const struct attribute *a = NULL;
	char all[128] = "", instead[64];
	const char *other;
	int i;

	while ((a = attribute_next(type, a)))
		if (!strcmp(a->name, name))
			break;
	if (!a)
		return refuse_name(type, name, why);

	for (i = 0; a->values[i]; i++)
		if (!strcmp(a->values[i], value))
			return true;
	other = type_instead(type, name, value, instead, sizeof(instead));
	if (other)
		return complain(why, "%s cannot be '%s' here: that is the type %s, "
				"take it instead", name, value, other);
	enumerate(a->values, " or ", all, sizeof(all));
	return complain(why, "%s cannot be '%s': set it to %s", name,
			QUOTE(value), all);
}
