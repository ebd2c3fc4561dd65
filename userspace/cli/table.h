/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables by libsmartcols, without its details, and what both they and text around
 * them need to know of the terminal.
 */
#ifndef PINSCOPE_CLI_TABLE_H
#define PINSCOPE_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <pinscope/scope.h>

/* colour.c */

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

/* table.c */

/** CLI_WIDE - from this width on a table has all of its columns */
#define CLI_WIDE	100

/**
 * cli_width() - how wide output may be: as the terminal is, else what COLUMNS says
 *
 * Return: columns.
 */
size_t cli_width(void);

/** CLI_COL_RIGHT - a column of numbers */
#define CLI_COL_RIGHT	(1 << 0)

/**
 * struct cli_column - a column of a table
 * @title: its heading
 * @flags: CLI_COL_*
 * @wrap: width at which to break its cells between words, or 0
 */
struct cli_column {
	const char *title;
	int flags;
	unsigned int wrap;
};

struct cli_table;

struct cli_table *cli_table_new(const struct cli_column *columns, size_t nr, size_t width);
void cli_table_row(struct cli_table *table);
void cli_table_cell(struct cli_table *table, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_table_colour() - give the cell that was filled last a colour
 * @table: the table
 * @colour: the colour
 */
void cli_table_colour(struct cli_table *table, enum cli_colour colour);

/**
 * cli_table_print() - print a table and free it
 * @table: the table
 */
void cli_table_print(struct cli_table *table);

#endif /* PINSCOPE_CLI_TABLE_H */
