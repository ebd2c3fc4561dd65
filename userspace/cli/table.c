// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

#define COLUMNS_MAX	16
/* Below it a label and a word find no place side by side. */
#define WIDTH_MIN	40u

struct cli_table {
	struct libscols_table *table;
	unsigned int wrap[COLUMNS_MAX];	/* width to wrap at, or 0 */
	struct libscols_line *line;
	size_t cell;
};

size_t cli_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	/* A file or a pipe has no width: 100 suits a page of text. */
	else if (!columns || !cli_number(columns, 1000, &width) || !width)
		width = 100;
	return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

struct cli_table *cli_table_new(const struct cli_column *columns, size_t nr, size_t width)
{
	struct cli_table *table = cli_must(calloc(1, sizeof(*table)));
	struct libscols_column *column;
	size_t i;

	table->table = cli_must(scols_new_table());
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table->table, width);

	for (i = 0; i < nr; i++) {
		int flags = 0;

		if (columns[i].flags & CLI_COL_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (columns[i].wrap)
			flags |= SCOLS_FL_WRAP;
		column = cli_must(scols_table_new_column(table->table, columns[i].title, 0, flags));
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
	table->line = cli_must(scols_table_new_line(table->table, NULL));
	table->cell = 0;
}

/* Turn the spaces into newlines where a line would grow longer than @width. */
static void wrap_words(char *text, size_t width)
{
	char *line = text, *space = NULL, *next;

	for (next = text; *next; next++) {
		if (*next == ' ')
			space = next;
		if (space && cli_columns(line, (size_t)(next - line) + 1) > width) {
			*space = '\n';
			line = space + 1;
			space = NULL;
		}
	}
}

void cli_table_cell(struct cli_table *table, const char *fmt, ...)
{
	char *raw, *text;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&raw, fmt, args);
	va_end(args);
	cli_must(len < 0 ? NULL : raw);
	text = cli_printable(raw);
	free(raw);
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
