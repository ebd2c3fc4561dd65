// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/output/message.h"

static char *last_error;

void cli_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	free(last_error);
	last_error = cli_format(fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "%s: %s.\n", cli_program, last_error);
}

void cli_warn(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = cli_format(fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "%s: %s.\n", cli_program, text);
	free(text);
}

const char *cli_last_error(void)
{
	return last_error ? last_error : "";
}

void cli_forget_error(void)
{
	free(last_error);
	last_error = NULL;
}

int cli_fail(const char *what, enum pinscope_op op, int err)
{
	cli_error("%s: %s; %s", what, strerror(-err), pinscope_explain(op, err));

	switch (err) {
	case -ENOENT:
	case -ENODEV:
	case -EACCES:
	case -EPERM:
	case -ENXIO:
	case -EOPNOTSUPP:
		return CLI_MISSING;
	default:
		return CLI_FAILED;
	}
}

int cli_close_output(int exit)
{
	bool bad = ferror(stdout), pending = __fpending(stdout);

	/* A standard output that is closed is no fault of who prints nothing. */
	if (fclose(stdout) && (pending || errno != EBADF))
		bad = true;
	else if (bad)
		errno = EIO;
	if (!bad)
		return exit;
	fprintf(stderr, "%s: cannot write all of the output: %s.\n", cli_program,
		strerror(errno));
	/* A verdict of which a part is missing is none. */
	return exit > CLI_BAD ? exit : CLI_FAILED;
}
