// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/text.h"
#include "cli/command/command.h"

int cli_help(const struct cli_command *command)
{
	fputs(command->help, stdout);
	return CLI_OK;
}

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	const char *space = command->name ? " " : "", *name = command->name ?: "";
	va_list args;
	char *text;

	va_start(args, fmt);
	text = cli_format(fmt, args);
	va_end(args);
	fprintf(stderr, "%s%s%s: %s; '%s%s%s --help' tells how it is used.\n", cli_program, space,
		name, text, cli_program, space, name);
	free(text);
	return CLI_USAGE;
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
