// SPDX-License-Identifier: GPL-2.0-only
#include "plot.h"

/* Colours of Okabe and Ito: told apart with any kind of colour vision. */
static const char *const colours[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
};

static const int points[] = { 7, 5, 9, 11, 13, 6, 4, 8 };

#define NR_COLOURS	(sizeof(colours) / sizeof(colours[0]))
#define NR_POINTS	(sizeof(points) / sizeof(points[0]))

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

void plot_rounds(FILE *script, const struct plot_format *format, const struct plot_series *series,
		 size_t nr)
{
	uint64_t asked = 1, tic;
	size_t i, j, rounds = 1;

	for (i = 0; i < nr; i++) {
		if (series[i].shown > rounds)
			rounds = series[i].shown;
		for (j = 0; j < series[i].shown; j++)
			if (series[i].rounds[j].asked_pages > asked)
				asked = series[i].rounds[j].asked_pages;
	}
	gnuplot_terminal(script, format, 900, 460 + (nr > 8 ? (unsigned int)(nr - 8) * 20 : 0));
	print_data(script, series, nr);
	/* A logarithm that has a place for 0. */
	fputs("set title 'Pages reported dirty, by round' font ',14'\n"
	      "set xlabel 'round (the hypervisor asks for all memory once)'\n"
	      "set ylabel 'dirty pages'\n"
	      "set nonlinear y via log10(y + 1) inverse 10**y - 1\n"
	      "set grid ytics lc '#d8d8d8' lw 1\n"
	      "set key outside right top Left reverse samplen 2 spacing 1.25\n"
	      "set border 3\nset tics nomirror out\n"
	      "set ytics ('0' 0", script);
	for (tic = 1; tic && tic / 10 <= asked; tic *= 10)
		fprintf(script, ", '%llu' %llu", (unsigned long long)tic, (unsigned long long)tic);
	fprintf(script, ")\nset yrange [0:%g]\nset xrange [0.7:%g]\n", (double)asked * 2.8,
		(double)rounds + 0.3);
	/* The first rounds differ most; a migration without end has many. */
	if (rounds > 60)
		fprintf(script, "set logscale x\nset xrange [0.9:%g]\n", (double)rounds * 1.1);
	else if (rounds <= 20)
		fputs("set xtics 1\n", script);
	fprintf(script, "set arrow from graph 0, first %llu to graph 1, first %llu nohead "
		"lc '#808080' dt 2 lw 1.2\n"
		"set label 'all that was asked for: %llu pages' at graph 0.99, first %g right "
		"font ',9' textcolor '#505050'\n", (unsigned long long)asked,
		(unsigned long long)asked, (unsigned long long)asked, (double)asked * 1.8);
	fputs("plot ", script);
	/* Wide below narrow: series that coincide are all seen. */
	for (i = 0; i < nr; i++) {
		double width = 2 + 5.0 * (double)(nr - 1 - i) / (double)nr;

		fprintf(script, "%s$s%zu using 1:2 with linespoints lc '%s' pt %d lw %.1f "
			"ps %.2f pi %zu title ", i ? ", " : "", i, colours[i % NR_COLOURS],
			points[i % NR_POINTS], width, (0.5 + width / 6) * format->scale,
			series[i].shown / 24 + 1);
		gnuplot_text(script, series[i].name);
	}
	fputs("\n", script);
}
