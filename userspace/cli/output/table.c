// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/output/table.h"

#define COLUMNS_MAX	16
/* A part of a word that is shorter cannot be read. */
#define WORD_MIN	12

struct cli_table {
	struct libscols_table *table;
	size_t nr;
	size_t width;
	unsigned int wrap[COLUMNS_MAX];	/* width to wrap at, or 0 */
	struct libscols_line *line;
	size_t cell;
};

struct cli_table *cli_table_new(const struct cli_column *columns, size_t nr, size_t width)
{
	struct cli_table *table = cli_must(calloc(1, sizeof(*table)));
	struct libscols_column *column;
	size_t i;

	table->table = cli_must(scols_new_table());
	table->nr = nr;
	table->width = width;
	scols_table_set_termforce(table->table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table->table, width);
	scols_table_enable_colors(table->table, cli_colours());

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
	va_list args;
	char *text;

	va_start(args, fmt);
	text = cli_format(fmt, args);
	va_end(args);
	if (table->wrap[table->cell])
		wrap_words(text, table->wrap[table->cell]);
	if (scols_line_refer_data(table->line, table->cell++, text))
		free(text);
}

void cli_table_colour(struct cli_table *table, enum cli_colour colour)
{
	struct libscols_cell *cell = scols_line_get_cell(table->line, table->cell - 1);

	if (colour != CLI_PLAIN && cli_colours())
		scols_cell_set_color(cell, cli_colour(colour));
}

/* How wide a column is, and the longest word that it has. */
struct extent {
	size_t width;
	size_t word;
};

static size_t widest(const char *text, const char *between)
{
	size_t most = 0, len, columns;

	for (; *text; text += len + !!text[len]) {
		len = strcspn(text, between);
		columns = cli_columns(text, len);
		most = columns > most ? columns : most;
	}
	return most;
}

static void measure(struct extent *extent, const char *text)
{
	size_t width = widest(text, "\n"), word = widest(text, "\n ");

	extent->width = width > extent->width ? width : extent->width;
	extent->word = word > extent->word ? word : extent->word;
}

static const char *cell_text(struct libscols_line *line, size_t i)
{
	const char *text = scols_cell_get_data(scols_line_get_cell(line, i));

	return text ? text : "";
}

static size_t measure_all(struct cli_table *table, struct extent *extents)
{
	struct libscols_iter *iter = cli_must(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_column *column;
	struct libscols_line *line;
	size_t total = table->nr - 1, i;

	for (i = 0; !scols_table_next_column(table->table, iter, &column); i++) {
		const char *title = scols_cell_get_data(scols_column_get_header(column));

		/* A heading is not broken. */
		extents[i].width = cli_columns(title, strlen(title));
		extents[i].word = extents[i].width;
	}
	scols_reset_iter(iter, SCOLS_ITER_FORWARD);
	while (!scols_table_next_line(table->table, iter, &line))
		for (i = 0; i < table->nr; i++)
			measure(&extents[i], cell_text(line, i));
	scols_free_iter(iter);
	for (i = 0; i < table->nr; i++)
		total += extents[i].width;
	return total;
}

/* Of the columns that may be broken, make the widest narrower, as often as it takes. */
static size_t shrink(struct cli_table *table, struct extent *extents, size_t total, bool words)
{
	while (total > table->width) {
		struct extent *most = NULL;
		size_t i;

		for (i = 0; i < table->nr; i++)
			if (table->wrap[i] &&
			    extents[i].width > (words ? (size_t)WORD_MIN : extents[i].word) &&
			    (!most || extents[i].width > most->width))
				most = &extents[i];
		if (!most)
			break;
		most->width--;
		total--;
	}
	return total;
}

/* Break words that are longer than a line, behind a hyphen if there is one. */
static char *break_words(char *text, size_t width)
{
	size_t len = strlen(text), column = 0, i, at;
	char *broken = cli_must(malloc(len * 2 + 1)), *end = broken;

	for (i = 0; i < len; i++) {
		/* Bytes that go on with a character take no column. */
		column = text[i] == '\n' ? 0 : column + ((text[i] & 0xc0) != 0x80);
		if (column > width) {
			for (at = 1; at < width / 2 && end[-(ssize_t)at] != '-'; at++)
				;
			at = end[-(ssize_t)at] == '-' ? at - 1 : 0;
			memmove(end - at + 1, end - at, at);
			end[-(ssize_t)at] = '\n';
			end++;
			column = at + 1;
		}
		*end++ = text[i];
	}
	*end = '\0';
	free(text);
	return broken;
}

static void wrap_again(struct cli_table *table, const struct extent *extents)
{
	struct libscols_iter *iter = cli_must(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_line *line;
	char *text, *c;
	size_t i;

	while (!scols_table_next_line(table->table, iter, &line)) {
		for (i = 0; i < table->nr; i++) {
			if (!table->wrap[i])
				continue;
			text = cli_must(strdup(cell_text(line, i)));
			for (c = text; *c; c++)
				if (*c == '\n')
					*c = ' ';
			wrap_words(text, extents[i].width);
			text = break_words(text, extents[i].width);
			if (scols_line_refer_data(line, i, text))
				free(text);
		}
	}
	scols_free_iter(iter);
}

/* First between words, and only if that is not enough, in words. */
static void fit(struct cli_table *table)
{
	struct extent extents[COLUMNS_MAX];
	size_t total = measure_all(table, extents);

	if (total <= table->width)
		return;
	total = shrink(table, extents, total, false);
	shrink(table, extents, total, true);
	wrap_again(table, extents);
}

void cli_table_print(struct cli_table *table)
{
	fit(table);
	scols_print_table(table->table);
	fflush(stdout);
	scols_unref_table(table->table);
	free(table);
}
