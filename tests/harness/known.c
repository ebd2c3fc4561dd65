// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"

#define DEFAULT_LIST "/opt/pinscope/known"

static char letters[32];

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* A list that is asked for and cannot be read would turn into "none". */
static void read_list(void)
{
	const char *path = getenv("PINSCOPE_KNOWN");
	FILE *f = fopen(path ? path : DEFAULT_LIST, "re");
	char line[1024];
	size_t n = 0;

	if (!f && path) {
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name,
			path, strerror(errno));
		exit(2);
	}
	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!is_letter(line[0]) || line[1] != '\t' ||
		    strchr(letters, line[0])) {
			fprintf(stderr, "%s: known faults: bad line: %s",
				program_invocation_short_name, line);
			exit(2);
		}
		letters[n++] = line[0];
	}
	if (f)
		fclose(f);
}

static void read_once(void)
{
	static bool done;

	if (!done)
		read_list();
	done = true;
}

bool known(const char *any)
{
	read_once();
	return any && strpbrk(any, letters);
}

const char *known_list(void)
{
	static char list[2 * sizeof(letters)];
	size_t i;

	read_once();
	if (!letters[0])
		return "none";
	for (i = 0; letters[i]; i++) {
		list[2 * i] = letters[i];
		list[2 * i + 1] = letters[i + 1] ? ' ' : '\0';
	}
	return list;
}
