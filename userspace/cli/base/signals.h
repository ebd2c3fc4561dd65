/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals that end a program have to wait until what it made has been removed.
 */
#ifndef PINSCOPE_CLI_SIGNALS_H
#define PINSCOPE_CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/**
 * signals_hold() - have signals that end a program wait
 * @held: filled with those that do: not what the user has it ignore
 * @before: filled with what waited before; sigprocmask() of it lets one that came end
 *   the program
 */
void signals_hold(sigset_t *held, sigset_t *before);

/**
 * signals_pending() - did one come
 * @held: as filled by signals_hold()
 *
 * Return: whether one waits.
 */
bool signals_pending(const sigset_t *held);

#endif /* PINSCOPE_CLI_SIGNALS_H */
