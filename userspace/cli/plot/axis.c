// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "cli/output/message.h"
#include "cli/plot/axis.h"

static int compare_spans(const void *a, const void *b)
{
	const struct pinscope_span *left = a, *right = b;

	return left->iova < right->iova ? -1 : left->iova > right->iova;
}

/* Join spans that are less than @gap pages apart. */
static bool cut_gaps(struct axis *axis, const struct pinscope_span *spans, size_t nr,
		     uint64_t gap)
{
	struct axis_segment *last = NULL;
	size_t i;

	axis->nr = 0;
	axis->pages = 0;
	for (i = 0; i < nr; i++) {
		uint64_t first = spans[i].iova / axis->page_size;
		uint64_t end = first + spans[i].size / axis->page_size;

		if (last && first < last->first + last->pages + gap) {
			if (end > last->first + last->pages)
				last->pages = end - last->first;
			continue;
		}
		if (axis->nr == AXIS_SEGMENTS_MAX)
			return false;
		last = &axis->segments[axis->nr++];
		last->first = first;
		last->pages = end - first;
	}
	for (i = 0; i < axis->nr; i++) {
		axis->segments[i].at = axis->pages;
		axis->pages += axis->segments[i].pages;
	}
	return true;
}

/* How many spans were asked for; sets the page size and the rows of the axis. */
static size_t survey(struct axis *axis, const struct plot_series *series, size_t nr)
{
	size_t i, j, total = 0;

	axis->rows = 4;
	axis->page_size = UINT64_MAX;
	for (i = 0; i < nr; i++) {
		if (series[i].shown > axis->rows)
			axis->rows = series[i].shown;
		for (j = 0; j < series[i].shown; j++) {
			const struct pinscope_round *round = &series[i].rounds[j];

			total += round->nr_asked;
			if (round->page_size && round->page_size < axis->page_size)
				axis->page_size = round->page_size;
		}
	}
	return total;
}

int axis_make(struct axis *axis, const struct plot_series *series, size_t nr)
{
	struct pinscope_span *spans;
	size_t i, j, total = survey(axis, series, nr);
	uint64_t gap;

	if (!total) {
		cli_error("every GET failed: there is nothing to draw a map of");
		return CLI_FAILED;
	}
	spans = cli_must(calloc(total, sizeof(*spans)));
	total = 0;
	for (i = 0; i < nr; i++) {
		for (j = 0; j < series[i].shown; j++) {
			const struct pinscope_round *round = &series[i].rounds[j];

			if (!round->nr_asked)
				continue;
			memcpy(spans + total, round->asked, round->nr_asked * sizeof(*spans));
			total += round->nr_asked;
		}
	}
	qsort(spans, total, sizeof(*spans), compare_spans);

	/* First as if there were no gap worth showing, then with the small ones. */
	for (gap = 1; !cut_gaps(axis, spans, total, gap); gap *= 2)
		;
	gap = axis->pages / 16 > gap ? axis->pages / 16 : gap;
	cut_gaps(axis, spans, total, gap);
	free(spans);
	axis->cell = (axis->pages + AXIS_CELLS - 1) / AXIS_CELLS;
	return CLI_OK;
}

void axis_count(const struct axis *axis, const struct pinscope_span *spans, size_t nr,
		uint64_t cells[AXIS_CELLS])
{
	uint64_t first, at, end, part;
	size_t i, s;

	memset(cells, 0, AXIS_CELLS * sizeof(*cells));
	for (i = 0, s = 0; i < nr; i++) {
		first = spans[i].iova / axis->page_size;
		while (s + 1 < axis->nr && first >= axis->segments[s + 1].first)
			s++;
		at = axis->segments[s].at + first - axis->segments[s].first;
		/* Two spans that touch may lie in one segment, never one in two. */
		for (end = at + spans[i].size / axis->page_size; at < end; at += part) {
			part = axis->cell - at % axis->cell;
			if (part > end - at)
				part = end - at;
			cells[at / axis->cell] += part;
		}
	}
}
