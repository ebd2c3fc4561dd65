/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program of this kind answers with, and what it calls itself.
 */
#ifndef PINSCOPE_CLI_PROGRAM_H
#define PINSCOPE_CLI_PROGRAM_H

/**
 * enum cli_exit - exit codes, as documented by "pinscope help"
 * @CLI_OK: done
 * @CLI_BAD: the answer is no: a check failed, or the kernel did not behave
 * @CLI_USAGE: the command line is wrong
 * @CLI_MISSING: something it needs is not there: a device, a module, a permission
 * @CLI_FAILED: an operation failed
 */
enum cli_exit {
	CLI_OK = 0,
	CLI_BAD = 1,
	CLI_USAGE = 2,
	CLI_MISSING = 3,
	CLI_FAILED = 4,
};

/* Its name in messages */
extern const char *cli_program;

/**
 * cli_begin() - what main() does first
 * @name: of the program, for messages
 *
 * Standard input, output and error are open after it, so that nothing that is opened
 * later passes for one of them, and text is that of the user's locale.
 */
void cli_begin(const char *name);

/**
 * cli_must() - end the program if there is no memory
 * @pointer: what was allocated
 *
 * Return: @pointer, which is not NULL.
 */
void *cli_must(void *pointer);

#endif /* PINSCOPE_CLI_PROGRAM_H */
