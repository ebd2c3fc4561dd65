// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/trace/trace.h"

bool trace_field(const struct trace_event *event, const char *name, char *value, size_t size)
{
	const char *word = event->fields;
	size_t len = strlen(name);

	*value = '\0';
	if (event->scope && !strcmp(name, "scope")) {
		snprintf(value, size, "%s", event->scope);
		return true;
	}
	for (word += strspn(word, " "); *word; word += strspn(word, " ")) {
		if (!strncmp(word, name, len) && word[len] == '=') {
			word += len + 1;
			snprintf(value, size, "%.*s", (int)strcspn(word, " "), word);
			return true;
		}
		word += strcspn(word, " ");
	}
	return false;
}
