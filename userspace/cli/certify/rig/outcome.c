// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/program.h"
#include "cli/certify/run.h"

static enum outcome said(struct run *run, enum outcome outcome, enum cause cause,
			 const char *fmt, va_list args)
{
	free(run->now->why);
	if (vasprintf(&run->now->why, fmt, args) < 0)
		run->now->why = cli_must(NULL);
	run->now->cause = cause;
	return outcome;
}

enum outcome failed(struct run *run, const char *fmt, ...)
{
	enum outcome outcome;
	va_list args;

	va_start(args, fmt);
	outcome = said(run, FAILED, CAUSE_NONE, fmt, args);
	va_end(args);
	return outcome;
}

enum outcome failed_by(struct run *run, enum cause cause, const char *fmt, ...)
{
	enum outcome outcome;
	va_list args;

	va_start(args, fmt);
	outcome = said(run, FAILED, cause, fmt, args);
	va_end(args);
	return outcome;
}

enum outcome skipped(struct run *run, const char *fmt, ...)
{
	enum outcome outcome;
	va_list args;

	va_start(args, fmt);
	outcome = said(run, SKIPPED, CAUSE_NONE, fmt, args);
	va_end(args);
	return outcome;
}

void note(struct run *run, const char *fmt, ...)
{
	char *line, *all;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) < 0)
		line = cli_must(NULL);
	va_end(args);
	if (asprintf(&all, "%s%s\n", run->now->notes ? run->now->notes : "", line) < 0)
		all = cli_must(NULL);
	free(line);
	free(run->now->notes);
	run->now->notes = all;
}
