// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "table.h"

static char *last_error;

static char *format(const char *fmt, va_list args)
{
	char *raw, *text;

	if (vasprintf(&raw, fmt, args) < 0)
		raw = cli_must(NULL);
	text = cli_printable(raw);
	free(raw);
	return text;
}

void cli_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	free(last_error);
	last_error = format(fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "pinscope: %s.\n", last_error);
}

void cli_warn(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "pinscope: %s.\n", text);
	free(text);
}

const char *output_last_error(void)
{
	return last_error ? last_error : "";
}

void output_forget_error(void)
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

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	fprintf(stderr, "pinscope %s: %s; 'pinscope %s --help' tells how it is used.\n",
		command->name, text, command->name);
	free(text);
	return CLI_USAGE;
}

int output_close(int exit)
{
	bool bad = ferror(stdout), pending = __fpending(stdout);

	/* A standard output that is closed is no fault of who prints nothing. */
	if (fclose(stdout) && (pending || errno != EBADF))
		bad = true;
	else if (bad)
		errno = EIO;
	if (!bad)
		return exit;
	fprintf(stderr, "pinscope: cannot write all of the output: %s.\n", strerror(errno));
	/* A verdict of which a part is missing is none. */
	return exit > CLI_BAD ? exit : CLI_FAILED;
}

void cli_print_wrapped(const char *label, const char *text)
{
	size_t indent = strlen(label), width = cli_width(), column = indent, len, columns;
	char *printable = cli_printable(text);
	bool first = true;

	fputs(label, stdout);
	for (text = printable; *text; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		columns = cli_columns(text, len);
		if (!first && column + 1 + columns > width) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (!first) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, len, stdout);
		column += columns;
		first = false;
		text += len;
	}
	putchar('\n');
	free(printable);
}
