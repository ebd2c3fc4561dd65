/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that the user has typed.
 */
#ifndef PINSCOPE_CLI_NUMBER_H
#define PINSCOPE_CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * cli_number() - read a number from the command line
 * @text: decimal, or hexadecimal with 0x
 * @max: largest good value
 * @out: where to store it
 *
 * Return: whether it is one.
 */
bool cli_number(const char *text, uint64_t max, uint64_t *out);

/**
 * cli_real() - read a number that may have a decimal point
 * @text: digits, with a point among them or not, and what follows
 * @end: where to store what follows
 * @out: where to store it
 *
 * Return: whether there is one.
 */
bool cli_real(const char *text, const char **end, double *out);

#endif /* PINSCOPE_CLI_NUMBER_H */
