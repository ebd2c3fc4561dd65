// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/output/json.h"
#include "cli/output/terminal.h"
#include "cli/trace/trace.h"

/* What changes a scope, as the kernel calls it, and what that means. */
static const struct {
	const char *cause;
	const char *words;
} causes[] = {
	{ "attach", "joined the container" },
	{ "detach", "left the container" },
	{ "pin", "its driver pinned" },
	{ "close", "a device was closed" },
	{ "reset", "its device was reset" },
	{ "start", "tracking starts" },
	{ "stop", "tracking stops" },
	{ "grow", "its IOMMU group grew" },
	{ "opt-out", "its driver opted out" },
	{ "iommu", "its IOMMU tracks" },
	{ "iommu-error", "its IOMMU cannot track" },
};

static const char *cause_words(const char *cause)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].cause, cause))
			return causes[i].words;
	return cause;
}

/* The fields that have no column of their own. */
static void print_rest(const struct trace_event *event)
{
	static const char *const columns[] = { "container", "group", "scope", "cause" };
	const char *word = event->fields;
	bool first = true;
	size_t len, i;
	char *text;

	for (word += strspn(word, " "); *word; word += len, word += strspn(word, " ")) {
		len = strcspn(word, " ");
		for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			if (!strncmp(word, columns[i], strlen(columns[i])) &&
			    word[strlen(columns[i])] == '=')
				break;
		if (i < sizeof(columns) / sizeof(columns[0]))
			continue;
		text = cli_must(strndup(word, len));
		printf("%s%s", first ? "" : " ", text);
		free(text);
		first = false;
	}
}

void trace_print_head(void)
{
	printf("%14s %9s %5s %-8s %s\n", "SECONDS", "CONTAINER", "GROUP", "SCOPE", "WHAT");
	fflush(stdout);
}

static enum cli_colour colour_of(const char *scope)
{
	return !strcmp(scope, "wide") ? CLI_WRONG : *scope ? CLI_GOOD : CLI_PLAIN;
}

/* Did tracking start or stop, without an error? */
static bool is_switch(const struct trace_event *event)
{
	char ret[16];

	return (!strcmp(event->name, "start") || !strcmp(event->name, "stop")) &&
	       trace_field(event, "ret", ret, sizeof(ret)) && !strcmp(ret, "0");
}

static void print_text(const struct trace_event *event, const struct trace_subject *subject)
{
	char group[16], scope[16], cause[32], wide[24], *devices;

	trace_field(event, "group", group, sizeof(group));
	trace_field(event, "scope", scope, sizeof(scope));
	trace_field(event, "cause", cause, sizeof(cause));
	printf("%14.6f %9s %5s %s%-8s%s ", event->seconds, subject->container, group,
	       cli_colour(colour_of(scope)), scope, cli_colour(CLI_PLAIN));
	if (!strcmp(event->name, "scope")) {
		trace_field(event, "groups_wide", wide, sizeof(wide));
		printf("%s, %s wide", cause_words(cause), strcmp(wide, "0") ? wide : "none");
	} else if (is_switch(event)) {
		printf("tracking is %s", !strcmp(event->name, "start") ? "on" : "off");
	} else {
		printf("%s: ", event->name);
		print_rest(event);
	}
	/* Names of others: on a line of their own they fit a terminal, too. */
	if (*subject->devices && !strcmp(event->name, "scope")) {
		devices = cli_printable(subject->devices);
		printf("\n%40s%s", "", devices);
		free(devices);
	}
	putchar('\n');
}

/* A number is one in JSON, too; the address of a container is nobody's business. */
static void add_fields(struct json_object *object, const struct trace_event *event)
{
	const char *word = event->fields;
	char name[32], value[32];
	size_t len, end;
	long long number;
	char *rest;

	for (word += strspn(word, " "); *word; word += len, word += strspn(word, " ")) {
		len = strcspn(word, " ");
		end = strcspn(word, "= ");
		if (end == len || end >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)end, word);
		trace_field(event, name, value, sizeof(value));
		if (!strcmp(name, "container"))
			continue;
		number = strtoll(value, &rest, 0);
		if (*value && !*rest)
			json_object_object_add(object, name, json_object_new_int64(number));
		else
			cli_json_text(object, name, value);
	}
}

static void print_json(const struct trace_event *event, const struct trace_subject *subject)
{
	struct json_object *object = json_object_new_object();
	char seconds[32];

	snprintf(seconds, sizeof(seconds), "%.6f", event->seconds);
	json_object_object_add(object, "seconds",
			       json_object_new_double_s(event->seconds, seconds));
	cli_json_text(object, "event", event->name);
	cli_json_text(object, "container", subject->container);
	cli_json_number(object, "pid", (uint64_t)event->pid);
	add_fields(object, event);
	cli_json_text(object, "devices", subject->devices);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void trace_print(const struct trace_event *event, bool json)
{
	const struct trace_subject subject = trace_find(event);

	if (json)
		print_json(event, &subject);
	else
		print_text(event, &subject);
	fflush(stdout);
}
