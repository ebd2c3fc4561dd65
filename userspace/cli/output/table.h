/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables by libsmartcols, without its details.
 */
#ifndef PINSCOPE_CLI_TABLE_H
#define PINSCOPE_CLI_TABLE_H

#include <stddef.h>

#include "cli/output/terminal.h"

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
