/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The axis of addresses of a map. It has only what was asked for: wide gaps are cut
 * out. It is divided into cells of many pages each.
 */
#ifndef PINSCOPE_CLI_AXIS_H
#define PINSCOPE_CLI_AXIS_H

#include "cli/plot/plot.h"

#define AXIS_CELLS		160
#define AXIS_SEGMENTS_MAX	64

/**
 * struct axis_segment - pages that follow one another in memory
 * @first: the first of them, counted as all here in pages of the smallest size that was
 *	asked for: in bytes, the end of memory may be 2^64
 * @pages: how many
 * @at: pages of the axis before them
 */
struct axis_segment {
	uint64_t first;
	uint64_t pages;
	uint64_t at;
};

/**
 * struct axis - all of it
 * @segments: from the left to the right
 * @nr: how many
 * @pages: of all segments
 * @page_size: bytes of a page
 * @cell: pages of a cell
 * @rows: rounds that are shown
 */
struct axis {
	struct axis_segment segments[AXIS_SEGMENTS_MAX];
	size_t nr;
	uint64_t pages;
	uint64_t page_size;
	uint64_t cell;
	size_t rows;
};

/**
 * axis_make() - make the axis that all of some recordings have room on
 * @axis: filled
 * @series: the recordings
 * @nr: how many
 *
 * Says itself what fails.
 *
 * Return: an exit code.
 */
int axis_make(struct axis *axis, const struct plot_series *series, size_t nr);

/**
 * axis_count() - count how many pages of each cell are in some ranges
 * @axis: the axis, which has all of them
 * @spans: the ranges, in the order of their addresses
 * @nr: how many
 * @cells: filled
 */
void axis_count(const struct axis *axis, const struct pinscope_span *spans, size_t nr,
		uint64_t cells[AXIS_CELLS]);

#endif /* PINSCOPE_CLI_AXIS_H */
