/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_CLI_CHILD_H
#define PINSCOPE_CLI_CHILD_H

#include <sys/types.h>

/**
 * cli_wait() - wait for a program to end, but not for ever
 * @child: the process
 * @limit_ms: after that many milliseconds it is killed
 *
 * Return: its exit status; -EINTR if a signal ended it, -ETIMEDOUT if this did.
 */
int cli_wait(pid_t child, unsigned int limit_ms);

#endif /* PINSCOPE_CLI_CHILD_H */
