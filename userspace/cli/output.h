/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What main() and JSON need of output.c, and no subcommand.
 */
#ifndef PINSCOPE_CLI_OUTPUT_H
#define PINSCOPE_CLI_OUTPUT_H

#include "cli.h"

/**
 * output_last_error() - what cli_error() said last
 *
 * Return: the sentence without full stop, "" if there was none.
 */
const char *output_last_error(void);

/** output_forget_error() - begin anew, as if cli_error() had said nothing */
void output_forget_error(void);

/**
 * output_close() - end the output; a full disk shows only now
 * @exit: exit code so far
 *
 * Return: the exit code.
 */
int output_close(int exit);

#endif /* PINSCOPE_CLI_OUTPUT_H */
