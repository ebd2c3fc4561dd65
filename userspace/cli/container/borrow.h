/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers of other processes. Only who has a container's descriptor may ask it.
 */
#ifndef PINSCOPE_CLI_BORROW_H
#define PINSCOPE_CLI_BORROW_H

#include <pinscope/pinscope.h>

/**
 * cli_borrow() - copy the descriptor of a process' container
 * @owner: the process, which has one container only: of several nothing tells which is
 *   which
 * @out: where to store the container; to be closed soon, since it lives on with it
 *
 * Return: whether there is one, and this user may have it.
 */
bool cli_borrow(pid_t owner, struct pinscope_container **out);

#endif /* PINSCOPE_CLI_BORROW_H */
