// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int cli_help(const struct cli_command *command)
{
	fputs(command->help, stdout);
	return CLI_OK;
}

int cli_bad_option(const struct cli_command *command, const struct option *options, char **argv,
		   int option)
{
	/* A word that is no option at all leaves no letter. */
	if (!optopt)
		return cli_usage(command, "unknown option '%s'", argv[optind - 1]);
	for (; options->name && options->val != optopt; options++)
		;
	if (!options->name)
		return cli_usage(command, "unknown option '-%c'", optopt);
	return cli_usage(command, "option '--%s' %s", options->name,
			 option == ':' ? "wants a value" : "takes no value");
}

int cli_no_argument(const struct cli_command *command, const char *argument)
{
	return cli_usage(command, "no argument is wanted, but '%s' was given", argument);
}

bool cli_number(const char *text, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	/* A zero in front means nothing: no one expects 010 to be 8. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}

bool cli_real(const char *text, const char **end, double *out)
{
	size_t len = strspn(text, "0123456789.");
	char digits[32], *rest;

	if (!len || len >= sizeof(digits) || *text == '.')
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*out = strtod(digits, &rest);
	*end = text + len;
	return !*rest;
}
