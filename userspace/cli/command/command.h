/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a subcommand is, and how it reads its options.
 */
#ifndef PINSCOPE_CLI_COMMAND_H
#define PINSCOPE_CLI_COMMAND_H

#include "cli/base/number.h"
#include "cli/base/program.h"

struct option;

/**
 * struct cli_command - a subcommand
 * @name: its name, or NULL for a program that has no subcommands
 * @summary: one line for "pinscope help"
 * @help: all that "pinscope NAME --help" prints
 * @run: argv[0] is its name; returns an exit code
 */
struct cli_command {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

/**
 * cli_help() - print the help of a subcommand
 * @command: the subcommand
 *
 * Return: %CLI_OK.
 */
int cli_help(const struct cli_command *command);

/**
 * cli_bad_option() - say what is wrong with an option
 * @command: the subcommand
 * @options: its options
 * @argv: its arguments
 * @option: ':' or '?', as getopt_long() has returned it
 *
 * Return: %CLI_USAGE.
 */
int cli_bad_option(const struct cli_command *command, const struct option *options, char **argv,
		   int option);

/**
 * cli_no_argument() - say that an argument is one too many
 * @command: the subcommand
 * @argument: the argument
 *
 * Return: %CLI_USAGE.
 */
int cli_no_argument(const struct cli_command *command, const char *argument);

/**
 * cli_usage() - say what is wrong with the command line
 * @command: the subcommand
 * @fmt: as printf(), without full stop
 *
 * Return: %CLI_USAGE.
 */
int cli_usage(const struct cli_command *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* PINSCOPE_CLI_COMMAND_H */
