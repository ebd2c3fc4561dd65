// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty pages over rounds, in small panels with the same axes. Recordings that are named
 * "NAME (VARIANT)" share the panel of NAME, with a colour for each variant; of others, a
 * few share one panel, and many have a panel each.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/plot/plot.h"

#define TOGETHER_MAX	4
#define PANEL_WIDTH	290u
#define PANEL_HEIGHT	200u
#define LEFT		90u

/* Colours of Okabe and Ito: told apart with any kind of colour vision. */
static const char *const colours[] = {
	"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
};

static const int points[] = { 7, 5, 9, 11, 13, 6, 4, 8 };

#define NR_COLOURS	(sizeof(colours) / sizeof(colours[0]))
#define NR_POINTS	(sizeof(points) / sizeof(points[0]))

/* Where a recording is drawn, and how. */
struct place {
	char panel[64];
	char variant[64];
	size_t colour;
};

struct layout {
	struct place *places;
	size_t nr_places;
	size_t *first;		/* a recording of each panel */
	size_t nr;		/* of panels */
	size_t columns;
	size_t rows;
	uint64_t asked;		/* most pages in a round */
	size_t rounds;
};

static void split_name(const char *name, struct place *place)
{
	const char *open = strstr(name, " (");
	size_t len = strlen(name);

	if (open && name[len - 1] == ')') {
		snprintf(place->panel, sizeof(place->panel), "%.*s", (int)(open - name), name);
		snprintf(place->variant, sizeof(place->variant), "%.*s",
			 (int)(name + len - 1 - open - 2), open + 2);
	} else {
		snprintf(place->variant, sizeof(place->variant), "%s", name);
	}
}

static void find_colour(struct layout *layout, size_t i)
{
	size_t j, next = 0;

	for (j = 0; j < i; j++) {
		if (!strcmp(layout->places[j].variant, layout->places[i].variant)) {
			layout->places[i].colour = layout->places[j].colour;
			return;
		}
		if (layout->places[j].colour >= next)
			next = layout->places[j].colour + 1;
	}
	layout->places[i].colour = next;
}

static void make_layout(struct layout *layout, const struct plot_series *series, size_t nr)
{
	size_t i, j, single = 0;

	memset(layout, 0, sizeof(*layout));
	layout->places = cli_must(calloc(nr, sizeof(*layout->places)));
	layout->nr_places = nr;
	layout->first = cli_must(calloc(nr, sizeof(*layout->first)));
	layout->asked = 1;
	layout->rounds = 1;
	for (i = 0; i < nr; i++) {
		split_name(series[i].name, &layout->places[i]);
		single += !*layout->places[i].panel;
	}
	for (i = 0; i < nr; i++) {
		struct place *place = &layout->places[i];

		if (single > TOGETHER_MAX && !*place->panel) {
			memcpy(place->panel, place->variant, sizeof(place->panel));
			*place->variant = '\0';
		}
		find_colour(layout, i);
		for (j = 0; j < i && strcmp(layout->places[j].panel, place->panel); j++)
			;
		if (j == i)
			layout->first[layout->nr++] = i;
		if (series[i].shown > layout->rounds)
			layout->rounds = series[i].shown;
		for (j = 0; j < series[i].shown; j++)
			if (series[i].rounds[j].asked_pages > layout->asked)
				layout->asked = series[i].rounds[j].asked_pages;
	}
	layout->columns = layout->nr == 1 ? 1 : layout->nr <= 4 ? 2 : 3;
	layout->rows = (layout->nr + layout->columns - 1) / layout->columns;
}

static void print_data(FILE *script, const struct plot_series *series, size_t nr)
{
	size_t i, j;

	for (i = 0; i < nr; i++) {
		fprintf(script, "$s%zu << EOD\n", i);
		for (j = 0; j < series[i].shown; j++)
			fprintf(script, "%zu %llu\n", j + 1,
				(unsigned long long)series[i].rounds[j].dirty_pages);
		fputs("EOD\n", script);
	}
}

/* Numbers stand at the panels on the left only. */
static void print_tics(FILE *script, const struct layout *layout, bool numbers)
{
	uint64_t tic;

	fprintf(script, "set ytics ('%s' 0", numbers ? "0" : "");
	for (tic = 10; tic && tic / 10 <= layout->asked; tic *= 10)
		if (numbers)
			fprintf(script, ", '%llu' %llu", (unsigned long long)tic,
				(unsigned long long)tic);
		else
			fprintf(script, ", '' %llu", (unsigned long long)tic);
	fputs(")\n", script);
}

/* The same for all panels: what differs between them is seen at once. */
static void print_axes(FILE *script, const struct layout *layout)
{
	/* A logarithm that has a place for 0. */
	fputs("set nonlinear y via log10(y + 1) inverse 10**y - 1\n"
	      "set grid ytics lc '#e4e4e4' lw 1\nset border 3\nset tics nomirror out\n"
	      "unset key\n", script);
	fprintf(script, "set yrange [0:%g]\nset xrange [0.7:%g]\n",
		(double)layout->asked * 4, (double)layout->rounds + 0.3);
	/* The first rounds differ most; a migration without end has many. */
	if (layout->rounds > 60)
		fprintf(script, "set logscale x\nset xrange [0.9:%g]\n",
			(double)layout->rounds * 1.1);
	else if (layout->rounds <= 20)
		fprintf(script, "set xtics %d\n", layout->rounds > 6 ? 2 : 1);
	fprintf(script, "set arrow 1 from graph 0, first %llu to graph 1, first %llu nohead "
		"lc '#808080' dt 2 lw 1.2\n", (unsigned long long)layout->asked,
		(unsigned long long)layout->asked);
}

/* One key for all panels, above them. */
static void print_key(FILE *script, const struct layout *layout, unsigned int width,
		      unsigned int height)
{
	double at = LEFT;
	size_t i, j, object = 1;

	for (i = 0; i < layout->nr_places; i++) {
		const struct place *place = &layout->places[i];

		for (j = 0; j < i && layout->places[j].colour != place->colour; j++)
			;
		if (j < i || !*place->variant)
			continue;
		fprintf(script, "set label %zu at screen %.4f, screen %.4f point pt %d lc '%s' "
			"ps 1\n", 100 + object, at / width, 1 - 48.0 / height,
			points[place->colour % NR_POINTS], colours[place->colour % NR_COLOURS]);
		fprintf(script, "set label %zu at screen %.4f, screen %.4f ", 200 + object,
			(at + 12) / width, 1 - 48.0 / height);
		gnuplot_text(script, place->variant);
		putc('\n', script);
		at += 40 + 7.5 * (double)cli_columns(place->variant, strlen(place->variant));
		object++;
	}
}

static void print_panel(FILE *script, const struct plot_format *format,
			const struct plot_series *series, const struct layout *layout, size_t panel)
{
	const char *name = layout->places[layout->first[panel]].panel;
	bool first = true;
	size_t i;

	fputs("set title ", script);
	gnuplot_text(script, name);
	fputs(" font ',11' offset 0, -0.6\n", script);
	fprintf(script, "set xlabel '%s'\n", panel + layout->columns >= layout->nr ? "round" : "");
	fprintf(script, "set ylabel '%s' offset 0.5\n",
		panel % layout->columns ? "" : "dirty pages");
	print_tics(script, layout, !(panel % layout->columns));
	if (!panel)
		fprintf(script, "set label 1 'all memory: %llu pages' at graph 0.99, first %g "
			"right font ',9' textcolor '#505050'\n",
			(unsigned long long)layout->asked, (double)layout->asked * 2.2);
	fputs("plot ", script);
	for (i = 0; i < layout->nr_places; i++) {
		const struct place *place = &layout->places[i];
		/* Those that come later lie above: lines that coincide are all seen. */
		double width = place->colour ? 2 : 4.5;

		if (strcmp(place->panel, name))
			continue;
		fprintf(script, "%s$s%zu using 1:2 with linespoints lc '%s' pt %d lw %.1f ps %.2f "
			"pi %zu", first ? "" : ", ", i, colours[place->colour % NR_COLOURS],
			points[place->colour % NR_POINTS], width,
			(place->colour ? 0.7 : 1.1) * format->scale, series[i].shown / 24 + 1);
		first = false;
	}
	fputs("\n", script);
	/* Only one panel has the labels of all. */
	fputs("unset label\n", script);
}

void plot_rounds(FILE *script, const struct plot_format *format, const struct plot_series *series,
		 size_t nr)
{
	unsigned int width, height;
	struct layout layout;
	size_t i;

	make_layout(&layout, series, nr);
	width = layout.columns == 1 ? 720 : (unsigned int)layout.columns * PANEL_WIDTH + LEFT;
	height = (layout.nr == 1 ? 320 : (unsigned int)layout.rows * PANEL_HEIGHT) + 110;
	gnuplot_terminal(script, format, width, height);
	print_data(script, series, nr);
	fprintf(script, "set multiplot layout %zu,%zu "
		"title 'Pages reported dirty, by round' font ',14' "
		"margins %.4f, %.4f, %.4f, %.4f spacing %.4f, %.4f\n", layout.rows, layout.columns,
		(double)LEFT / width, 1 - 15.0 / width, 55.0 / height, 1 - 90.0 / height,
		25.0 / width, 60.0 / height);
	print_axes(script, &layout);
	print_key(script, &layout, width, height);
	for (i = 0; i < layout.nr; i++)
		print_panel(script, format, series, &layout, i);
	fputs("unset multiplot\n", script);
	free(layout.places);
	free(layout.first);
}
