/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of "pinscope plot" share.
 */
#ifndef PINSCOPE_CLI_PLOT_H
#define PINSCOPE_CLI_PLOT_H

#include <stdio.h>

#include <pinscope/recording.h>

/**
 * struct plot_series - a recording to plot
 * @name: its file's name without directory and extension
 * @cut: its end is missing
 * @rounds: its rounds, at least one
 * @nr: how many
 * @shown: how many of them, from the first, are shown
 */
struct plot_series {
	char name[64];
	bool cut;
	struct pinscope_round *rounds;
	size_t nr;
	size_t shown;
};

/**
 * struct plot_format - a kind of picture
 * @extension: of the file's name, with the dot
 * @terminal: gnuplot's name of it
 * @scale: pixels for each unit of length
 */
struct plot_format {
	const char *extension;
	const char *terminal;
	double scale;
};

/**
 * plot_rounds() - write the script for dirty pages over rounds
 * @script: where to write
 * @format: kind of picture
 * @series: the recordings
 * @nr: how many
 */
void plot_rounds(FILE *script, const struct plot_format *format, const struct plot_series *series,
		 size_t nr);

/**
 * plot_map() - write the script for which pages were dirty in which round
 * @script: where to write
 * @format: kind of picture
 * @series: the recordings, a panel for each
 * @nr: how many
 * @columns: panels side by side
 *
 * Return: an exit code.
 */
int plot_map(FILE *script, const struct plot_format *format, const struct plot_series *series,
	     size_t nr, size_t columns);

/**
 * gnuplot_terminal() - write the script's lines that choose the kind of picture
 * @script: where to write
 * @format: kind of picture
 * @width: of the picture
 * @height: of the picture
 */
void gnuplot_terminal(FILE *script, const struct plot_format *format, unsigned int width,
		      unsigned int height);

/**
 * gnuplot_text() - write a quoted string
 * @script: where to write
 * @text: the string
 */
void gnuplot_text(FILE *script, const char *text);

/**
 * gnuplot_run() - have a script run
 * @script: a file that was written
 * @picture: name of the file it makes; not replaced if it fails
 *
 * Return: an exit code.
 */
int gnuplot_run(FILE *script, const char *picture);

#endif /* PINSCOPE_CLI_PLOT_H */
