// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>

#include "cli/base/text.h"
#include "cli/certify/run.h"

enum outcome ends(struct run *run, enum outcome outcome, enum cause cause, const char *fmt, ...)
{
	va_list args;

	free(run->now->why);
	va_start(args, fmt);
	run->now->why = cli_vtext(fmt, args);
	va_end(args);
	run->now->cause = cause;
	return outcome;
}

void note(struct run *run, const char *fmt, ...)
{
	char *line, *before = run->now->notes;
	va_list args;

	va_start(args, fmt);
	line = cli_vtext(fmt, args);
	va_end(args);
	run->now->notes = cli_text("%s%s\n", before ? before : "", line);
	free(line);
	free(before);
}
