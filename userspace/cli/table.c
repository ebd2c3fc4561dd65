// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define COLUMNS_MAX	16

struct cli_table {
	struct libscols_table *table;
	unsigned int wrap[COLUMNS_MAX];	/* width to wrap at, or 0 */
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
	struct libscols_column *column;
	size_t i;

	table->table = must(scols_new_table());
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table->table, width);

	for (i = 0; i < nr; i++) {
		int flags = 0;

		if (columns[i].flags & CLI_COL_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (columns[i].wrap)
			flags |= SCOLS_FL_WRAP;
		column = must(scols_table_new_column(table->table, columns[i].title, 0, flags));
		table->wrap[i] = columns[i].wrap;
		if (!columns[i].wrap)
			continue;
		/* Break where wrap_words() put a newline, not in words. */
		scols_column_set_safechars(column, "\n");
		scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
	}
	return table;
}

void cli_table_row(struct cli_table *table)
{
	table->line = must(scols_table_new_line(table->table, NULL));
	table->cell = 0;
}

/* Turn the spaces into newlines where a line would grow longer than @width. */
static void wrap_words(char *text, size_t width)
{
	char *line = text, *space = NULL, *next;

	for (next = text; *next; next++) {
		if (*next == ' ')
			space = next;
		if ((size_t)(next - line) >= width && space) {
			*space = '\n';
			line = space + 1;
			space = NULL;
		}
	}
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
	if (table->wrap[table->cell])
		wrap_words(text, table->wrap[table->cell]);
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
