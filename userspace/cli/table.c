// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

struct cli_table {
	struct libscols_table *table;
	struct libscols_line *line;
	size_t cell;
};

/* Without memory for a table there is nothing left to tell. */
static void *must(void *pointer)
{
	if (!pointer) {
		cli_error("out of memory");
		exit(CLI_FAILED);
	}
	return pointer;
}

size_t cli_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct libscols_table *table;
	uint64_t width;

	if (columns && cli_number(columns, 1000, &width))
		return width < 80 ? 80 : (size_t)width;
	/* A file or a pipe has no width: 100 suits a page of text. */
	if (!isatty(STDOUT_FILENO))
		return 100;

	/* The library asks the terminal, and falls back to 80. */
	table = must(scols_new_table());
	width = scols_table_get_termwidth(table);
	scols_unref_table(table);
	return width < 80 ? 80 : (size_t)width;
}

struct cli_table *cli_table_new(const struct cli_column *columns, size_t nr, size_t width)
{
	struct cli_table *table = must(calloc(1, sizeof(*table)));
	size_t i;

	table->table = must(scols_new_table());
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table->table, width);

	for (i = 0; i < nr; i++) {
		int flags = 0;

		if (columns[i].flags & CLI_COL_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (columns[i].flags & CLI_COL_WRAP)
			flags |= SCOLS_FL_WRAP;
		must(scols_table_new_column(table->table, columns[i].title, columns[i].width,
					    flags));
	}
	return table;
}

void cli_table_row(struct cli_table *table)
{
	table->line = must(scols_table_new_line(table->table, NULL));
	table->cell = 0;
}

void cli_table_cell(struct cli_table *table, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	must(len < 0 ? NULL : text);
	if (scols_line_refer_data(table->line, table->cell++, text))
		free(text);
}

void cli_table_print(struct cli_table *table)
{
	scols_print_table(table->table);
	fflush(stdout);
	scols_unref_table(table->table);
	free(table);
}
