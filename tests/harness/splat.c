// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "splat.h"

#define DEFAULT_LIST "/opt/pinscope/others"
#define MAX_OTHERS 64

/* "KCSAN", "function / function" */
static struct other {
	char kind[16];
	char names[128];
} others[MAX_OTHERS];
static int nr_others;

static void __attribute__((noreturn)) bad_list(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, path,
		why);
	exit(2);
}

/* A line is kind, names and reason with tabs between; the reason is a must. */
static void read_list(void)
{
	const char *path = getenv("PINSCOPE_OTHERS");
	FILE *f = fopen(path ? path : DEFAULT_LIST, "re");
	struct other *o = others;
	char line[1024];

	if (!f && path)
		bad_list(path, strerror(errno));
	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (nr_others == MAX_OTHERS)
			bad_list(path ? path : DEFAULT_LIST, "too long");
		if (sscanf(line, "%15[A-Z]\t%127[^\t\n]\t%*c", o->kind,
			   o->names) != 2 ||
		    strpbrk(o->names, "*?["))
			bad_list(path ? path : DEFAULT_LIST, line);
		o = &others[++nr_others];
	}
	if (f)
		fclose(f);
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The whole of a name: "xas_load" is not in "__xas_load+0x8". */
static bool has_name(const char *text, const char *name, size_t len)
{
	const char *p = text;

	while ((p = strstr(p, name))) {
		if ((p == text || !is_name(p[-1])) && !is_name(p[len]))
			return true;
		p++;
	}
	return false;
}

/* All of the names, which " / " separates. */
static bool has_names(const char *text, const char *names)
{
	char name[128];
	size_t len;

	while (*names) {
		len = strcspn(names, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (!has_name(text, name, len))
			return false;
		names += len;
		names += strspn(names, " /");
	}
	return true;
}

static bool is_listed(const char *line)
{
	static bool done;
	int i;

	if (!done)
		read_list();
	done = true;
	for (i = 0; i < nr_others; i++)
		if (strstr(line, others[i].kind) &&
		    has_names(line, others[i].names))
			return true;
	return false;
}

/* No other report has a line of just this many. */
static bool is_ruler(const char *line)
{
	return strspn(line, "=") == 66 && line[66] == '\0';
}

const char *splat_title(const char *report)
{
	static char title[201];
	const char *line = strchr(report, '\n');

	snprintf(title, sizeof(title), "%.*s",
		 line ? (int)strcspn(line + 1, "\n") : 0, line ? line + 1 : "");
	return title;
}

/* Stacks name the module of a function, in brackets. */
static bool counts(const char *report)
{
	const char *title = splat_title(report);

	if (is_listed(title))
		return false;
	if (!strstr(title, "BUG: KCSAN:"))
		return true;
	return strstr(report, "[vfio") || strstr(report, "[mdev]") ||
	       strstr(report, "[pinscope");
}

static char text[32768];
static size_t len;

enum splat splat_feed(const char *line, const char **report)
{
	bool ruler = is_ruler(line), first = !len;

	if (first && !ruler)
		return SPLAT_NONE;
	len += snprintf(text + len, sizeof(text) - len, "%s\n", line);
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	if (first || !ruler)
		return SPLAT_PART;
	len = 0;
	*report = text;
	return counts(text) ? SPLAT_OURS : SPLAT_OTHERS;
}

bool splat_is_open(void)
{
	return len;
}

const char *splat_cut(void)
{
	if (!len)
		return NULL;
	len = 0;
	return text;
}
