// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

void cli_error(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("pinscope: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(".\n", stderr);
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

	fprintf(stderr, "pinscope %s: ", command->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "; 'pinscope %s --help' tells how it is used.\n", command->name);
	return CLI_USAGE;
}

bool cli_number(const char *text, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}

void cli_json_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, *text ? json_object_new_string(text) : NULL);
}

void cli_json_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)number));
}

void cli_json_maybe(struct json_object *object, const char *key, bool known, uint64_t number)
{
	json_object_object_add(object, key,
			       known ? json_object_new_int64((int64_t)number) : NULL);
}

void cli_json_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void cli_print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void cli_print_wrapped(const char *label, const char *text)
{
	size_t indent = strlen(label), width = cli_width(), column = indent, len;
	bool first = true;

	fputs(label, stdout);
	while (*text) {
		len = strcspn(text, " ");
		if (!first && column + 1 + len > width) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		if (!first) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, len, stdout);
		column += len;
		first = false;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}
