/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How wide the output may be, and its colours.
 */
#ifndef PINSCOPE_CLI_TERMINAL_H
#define PINSCOPE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include <pinscope/scope.h>

/** CLI_WIDE - from this width on a table has all of its columns */
#define CLI_WIDE	100

/**
 * cli_width() - how wide output may be: as the terminal is, else what COLUMNS says
 *
 * Return: columns.
 */
size_t cli_width(void);

/**
 * enum cli_colour - what a colour says
 * @CLI_PLAIN: nothing
 * @CLI_GOOD: as it should be
 * @CLI_NOTE: worth a look
 * @CLI_WRONG: not as it should be
 */
enum cli_colour {
	CLI_PLAIN,
	CLI_GOOD,
	CLI_NOTE,
	CLI_WRONG,
};

/**
 * cli_colours() - are there colours
 *
 * Return: whether standard output is a terminal that has some, and the user does not
 * forbid them by NO_COLOR.
 */
bool cli_colours(void);

/**
 * cli_colour() - what begins a colour on the terminal
 * @colour: the colour; %CLI_PLAIN ends what was begun
 *
 * Return: the escape sequence, or "" if there are no colours.
 */
const char *cli_colour(enum cli_colour colour);

/**
 * cli_scope_colour() - the colour of a scope
 * @scope: the scope
 *
 * Return: the colour.
 */
enum cli_colour cli_scope_colour(enum pinscope_scope scope);

#endif /* PINSCOPE_CLI_TERMINAL_H */
