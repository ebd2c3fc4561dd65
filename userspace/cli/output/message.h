/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes wrong, in one sentence on stderr, and the end of the output.
 */
#ifndef PINSCOPE_CLI_MESSAGE_H
#define PINSCOPE_CLI_MESSAGE_H

#include <pinscope/error.h>

#include "cli/base/program.h"

/**
 * cli_error() - say on stderr, in one sentence, what went wrong
 * @fmt: as printf(), without full stop
 *
 * JSON that is printed later has the sentence as well.
 */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * cli_warn() - say on stderr what is not as it should be, and no failure
 * @fmt: as printf(), without full stop
 */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * cli_fail() - say what an operation of the library failed with, and the cure
 * @what: what was tried, e.g. "cannot open device 0000:00:06.0"
 * @op: the operation
 * @err: negative errno
 *
 * Return: the exit code: %CLI_MISSING if something is not there, else %CLI_FAILED.
 */
int cli_fail(const char *what, enum pinscope_op op, int err);

/**
 * cli_last_error() - what cli_error() said last
 *
 * Return: the sentence without full stop, "" if there was none.
 */
const char *cli_last_error(void);

/** cli_forget_error() - begin anew, as if cli_error() had said nothing */
void cli_forget_error(void);

/**
 * cli_close_output() - end the output; a full disk shows only now
 * @exit: exit code so far
 *
 * Return: the exit code.
 */
int cli_close_output(int exit);

#endif /* PINSCOPE_CLI_MESSAGE_H */
