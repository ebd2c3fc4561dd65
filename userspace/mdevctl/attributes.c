// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "attributes.h"

#define PREFIX "pinscope_"
#define SUFFIX "-dma"

static const char *const opt_in_values[] = {
	"start", "precopy", "stopcopy", "never", NULL
};

static const char *const switch_values[] = { "0", "1", NULL };

/* All of them. What is not here is refused. */
static const struct attribute attributes[] = {
	{ "pinscope_emulated-dma", "dma_logging", "0", switch_values },
	{ "pinscope_hwlog-dma", "dma_logging", "0", switch_values },
	{ "pinscope_optin-dma", "opt_in", "start", opt_in_values },
	{ "pinscope_optin-dma", "dma_logging", "0", switch_values },
};

#define NR_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

bool type_is_ours(const char *type)
{
	size_t length = strlen(type);

	return length > strlen(PREFIX SUFFIX) &&
	       !strncmp(type, PREFIX, strlen(PREFIX)) &&
	       !strcmp(type + length - strlen(SUFFIX), SUFFIX);
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
	char all[128] = "";
	int i;

	while ((a = attribute_next(type, a)))
		if (!strcmp(a->name, name))
			break;
	if (!a)
		return refuse_name(type, name, why);

	for (i = 0; a->values[i]; i++)
		if (!strcmp(a->values[i], value))
			return true;
	enumerate(a->values, " or ", all, sizeof(all));
	return complain(why, "%s cannot be '%s': set it to %s", name,
			QUOTE(value), all);
}
