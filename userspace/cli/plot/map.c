// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps of memory over rounds. The colour of a cell tells how many of its pages are
 * dirty, so that one dirty page is seen.
 */
#include "cli/base/program.h"
#include "cli/plot/axis.h"

#define MIB		(1ull << 20)

/* Cells of the same value that follow one another are one box. */
static void print_boxes(FILE *script, const struct axis *axis, const uint64_t cells[AXIS_CELLS],
			size_t row, bool value)
{
	/* Thin rows leave no room between them. */
	const double half = axis->rows > 40 ? 0.5 : 0.42;
	uint64_t first, next, end;

	for (first = 0; first < AXIS_CELLS; first = next) {
		for (next = first + 1; next < AXIS_CELLS; next++)
			if (value ? cells[next] != cells[first] : !cells[next] != !cells[first])
				break;
		if (!cells[first])
			continue;
		end = next * axis->cell < axis->pages ? next * axis->cell : axis->pages;
		fprintf(script, "%llu %zu %llu %llu %g %g %llu\n",
			(unsigned long long)(first * axis->cell), row,
			(unsigned long long)(first * axis->cell), (unsigned long long)end,
			(double)row - half, (double)row + half,
			(unsigned long long)cells[first]);
	}
}

static void print_data(FILE *script, const struct axis *axis, const struct plot_series *series,
		       size_t number)
{
	uint64_t cells[AXIS_CELLS];
	size_t i;

	fprintf(script, "$asked%zu << EOD\n-1 -1 -1 -1 -1 -1 0\n", number);
	for (i = 0; i < series->shown; i++) {
		axis_count(axis, series->rounds[i].asked, series->rounds[i].nr_asked, cells);
		print_boxes(script, axis, cells, i + 1, false);
	}
	/* A first line that lies outside: gnuplot takes no data without lines. */
	fprintf(script, "EOD\n$dirty%zu << EOD\n-1 -1 -1 -1 -1 -1 1\n", number);
	for (i = 0; i < series->shown; i++) {
		axis_count(axis, series->rounds[i].dirty, series->rounds[i].nr_dirty, cells);
		print_boxes(script, axis, cells, i + 1, true);
	}
	fputs("EOD\n", script);
}

/* At @at of the axis, the page @page of memory. */
static void print_tic(FILE *script, const struct axis *axis, uint64_t page, uint64_t at,
		      uint64_t *last, bool *any)
{
	const uint64_t iova = page * axis->page_size;

	/* Labels need room. */
	if (*any && at - *last < axis->pages / 7)
		return;
	if (iova % MIB)
		fprintf(script, "%s'0x%llx' %llu", *any ? ", " : "", (unsigned long long)iova,
			(unsigned long long)at);
	else
		fprintf(script, "%s'%llu MiB' %llu", *any ? ", " : "",
			(unsigned long long)(iova / MIB), (unsigned long long)at);
	*last = at;
	*any = true;
}

static void print_axis(FILE *script, const struct axis *axis)
{
	uint64_t step = 1, last = 0, page;
	bool any = false;
	size_t i;

	while (axis->pages / step > 4)
		step *= 2;
	fputs("set xtics (", script);
	for (i = 0; i < axis->nr; i++) {
		const struct axis_segment *segment = &axis->segments[i];

		print_tic(script, axis, segment->first, segment->at, &last, &any);
		for (page = (segment->first / step + 1) * step;
		     page - segment->first < segment->pages; page += step)
			print_tic(script, axis, page, segment->at + page - segment->first, &last,
				  &any);
	}
	fputs(")\n", script);
	for (i = 1; i < axis->nr; i++)
		fprintf(script, "set arrow from first %llu, graph 0 to first %llu, graph 1 nohead "
			"front lc '#000000' dt 3 lw 1\n",
			(unsigned long long)axis->segments[i].at,
			(unsigned long long)axis->segments[i].at);
}

static void print_panel(FILE *script, const struct axis *axis, const struct plot_series *series,
			size_t number)
{
	size_t i, step = axis->rows / 16 + 1;

	fputs("unset label\nset title ", script);
	gnuplot_text(script, series->name);
	fputs("\n", script);
	for (i = 0; i < series->shown; i += step)
		fprintf(script, "set label '%llu' at graph 1.01, first %zu left font ',9'\n",
			(unsigned long long)series->rounds[i].dirty_pages, i + 1);
	fputs("set label 'dirty' at graph 1.01, graph 1 left offset 0,0.7 font ',9' "
	      "textcolor '#505050'\n", script);
	fprintf(script, "plot $asked%zu using 1:2:3:4:5:6 with boxxyerror fc '#e4e4e4' "
		"fs solid noborder notitle, $dirty%zu using 1:2:3:4:5:6:7 with boxxyerror "
		"lc palette fs solid noborder notitle\n", number, number);
}

int plot_map(FILE *script, const struct plot_format *format, const struct plot_series *series,
	     size_t nr, size_t columns)
{
	const double head = 46, foot = 108, left = 72, right = 64, above = 34, below = 56;
	const size_t lines = (nr + columns - 1) / columns;
	struct axis axis = { 0 };
	double width, height, panel_width, panel_height;
	size_t i;
	int ret;

	ret = axis_make(&axis, series, nr);
	if (ret)
		return ret;
	panel_width = columns == 1 ? 640 : columns == 2 ? 400 : 320;
	panel_height = axis.rows > 40 ? 480 : axis.rows < 8 ? 16.0 * (double)axis.rows :
		       12.0 * (double)axis.rows;
	width = (double)columns * (left + panel_width + right);
	height = head + foot + (double)lines * (above + panel_height + below);

	gnuplot_terminal(script, format, (unsigned int)width, (unsigned int)height);
	for (i = 0; i < nr; i++)
		print_data(script, &axis, &series[i], i);
	fprintf(script, "set multiplot title 'Which pages were reported dirty, by round and "
		"address' font ',14'\n"
		"set palette defined (0 '#f79c1c', 0.4 '#c43c4e', 0.75 '#6d1a72', 1 '#2a0f4f')\n"
		"set logscale cb\nset cbrange [1:%llu]\nset xrange [0:%llu]\n"
		"set yrange [%g:0.5]\nset ylabel 'round' offset 1\n"
		"set xlabel 'address' font ',10' offset 0,0.5\n"
		"set tics nomirror out\nset border 3\nset xtics font ',9'\nset ytics font ',9'\n"
		"set ytics %d\n"
		"set colorbox horizontal user origin screen %g, screen %g size screen %g, "
		"screen %g\n"
		"set cbtics font ',9'\n"
		"set cblabel 'dirty pages in a cell of %llu pages of %llu KiB (grey: none, white: not asked for)' "
		"font ',10' offset 0,0.4\n",
		(unsigned long long)(axis.cell > 10 ? axis.cell : 10),
		(unsigned long long)axis.pages, (double)axis.rows + 0.5,
		axis.rows <= 12 ? 1 : axis.rows <= 40 ? 5 : 20,
		(width - 360) / 2 / width, 74 / height, 360 / width, 12 / height,
		(unsigned long long)axis.cell, (unsigned long long)axis.page_size / 1024);
	print_axis(script, &axis);
	for (i = 0; i < nr; i++) {
		double x = (double)(i % columns) * (left + panel_width + right) + left;
		double y = head + (double)(i / columns) * (above + panel_height + below) + above;

		fprintf(script, "set lmargin at screen %g\nset rmargin at screen %g\n"
			"set tmargin at screen %g\nset bmargin at screen %g\n", x / width,
			(x + panel_width) / width, 1 - y / height,
			1 - (y + panel_height) / height);
		print_panel(script, &axis, &series[i], i);
		fputs("unset colorbox\n", script);
	}
	fputs("unset multiplot\n", script);
	return CLI_OK;
}
