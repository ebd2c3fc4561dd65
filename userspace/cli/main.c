// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "cli/commands.h"
#include "cli/output/message.h"

static const struct cli_command *const commands[] = {
	&cli_list,
	&cli_scope,
	&cli_trace,
	&cli_metrics,
	&cli_dirty,
	&cli_doctor,
	&cli_record,
	&cli_plot,
	&cli_certify,
};

static void print_help(FILE *out)
{
	size_t i;

	fputs("Usage: pinscope COMMAND [OPTION...]\n\n"
	      "Shows which pages a live migration must copy for VFIO devices, and why: everything\n"
	      "mapped, or only the pages that vendor drivers pinned.\n\n"
	      "Commands:\n", out);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help      this text, or that of a command: pinscope help COMMAND\n\n"
	      "Options:\n"
	      "  -h, --help     this text\n"
	      "  -V, --version  the version\n\n"
	      "Exit codes:\n"
	      "  0  done, and all is well\n"
	      "  1  done, and the answer is bad: a check failed, or the kernel did otherwise\n"
	      "  2  the command line is wrong\n"
	      "  3  something is missing: a device, a module, a permission, a patched VFIO core\n"
	      "  4  an operation failed\n\n"
	      "Environment:\n"
	      "  PINSCOPE_SYSFS, PINSCOPE_DEBUGFS, PINSCOPE_DEV, PINSCOPE_PROC\n"
	      "            where these trees are, if not in their usual places\n"
	      "  COLUMNS   width of tables, if standard output is no terminal\n"
	      "  NO_COLOR  no colours, if it is not empty; there are some on terminals only\n",
	      out);
}

static const struct cli_command *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int no_command(const char *name)
{
	if (!strcmp(name, "demo"))
		cli_error("the demonstration is no part of the command: 'make demo' in the source "
			  "tree shows it in a virtual machine");
	else
		cli_error("there is no command '%s': 'pinscope help' lists them", name);
	return CLI_USAGE;
}

static int help(const char *name)
{
	const struct cli_command *command;

	if (!name || !strcmp(name, "help") || !strcmp(name, "-h") || !strcmp(name, "--help")) {
		print_help(stdout);
		return CLI_OK;
	}
	command = find(name);
	return command ? cli_help(command) : no_command(name);
}

static int run(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))
		return help(NULL);
	if (!strcmp(argv[1], "help")) {
		if (argc > 3) {
			cli_error("help is of one command: 'pinscope help' lists them");
			return CLI_USAGE;
		}
		return help(argv[2]);
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		puts("pinscope " PINSCOPE_VERSION);
		return CLI_OK;
	}

	command = find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : no_command(argv[1]);
}

int main(int argc, char **argv)
{
	cli_begin("pinscope");
	return cli_close_output(run(argc, argv));
}
