// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: read, grouped into rounds, and drawn as far as gnuplot's script.
 */
#include "cli/base/program.h"
#include "cli/plot/plot.h"
#include "fuzz.h"

/* More rounds are no other case, but take their time to be drawn. */
#define ROUNDS_MAX	100

/* In ascending order, each address once, as many pages as are said. */
static void check_spans(const struct pinscope_span *spans, size_t nr, uint64_t page_size,
			uint64_t pages)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		must(spans[i].size && spans[i].iova + (spans[i].size - 1) >= spans[i].iova);
		must(!(spans[i].iova % page_size) && !(spans[i].size % page_size));
		if (i)
			must(spans[i].iova > spans[i - 1].iova + (spans[i - 1].size - 1));
		sum += spans[i].size / page_size;
	}
	must(sum == pages);
}

static void check_recording(const struct pinscope_recording *recording)
{
	size_t i, j;

	for (i = 0; i < recording->nr; i++) {
		const struct pinscope_event *event = &recording->events[i];
		uint64_t next = 0, sum = 0;

		for (j = 0; j < event->nr_ranges; j++) {
			must(event->ranges[j].first >= next && event->ranges[j].count);
			next = event->ranges[j].first + event->ranges[j].count;
			sum += event->ranges[j].count;
		}
		must(sum == event->dirty && (!sum || next <= event->size / event->page_size));
	}
}

static void check_rounds(const struct pinscope_round *rounds, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		must(rounds[i].start_ms <= rounds[i].end_ms);
		must(!i || rounds[i - 1].end_ms <= rounds[i].start_ms);
		must(rounds[i].gets + rounds[i].unmaps >= 1);
		must(rounds[i].dirty_pages <= rounds[i].asked_pages);
		if (!rounds[i].page_size)
			continue;
		check_spans(rounds[i].asked, rounds[i].nr_asked, rounds[i].page_size,
			    rounds[i].asked_pages);
		check_spans(rounds[i].dirty, rounds[i].nr_dirty, rounds[i].page_size,
			    rounds[i].dirty_pages);
	}
}

static bool has_map(const struct pinscope_round *rounds, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (rounds[i].nr_asked)
			return true;
	return false;
}

static void draw(struct pinscope_round *rounds, size_t nr)
{
	static const struct plot_format format = { ".svg", "svg", 1 };
	struct plot_series series = {
		.name = "it's",
		.rounds = rounds,
		.nr = nr,
		.shown = nr < ROUNDS_MAX ? nr : ROUNDS_MAX,
	};
	FILE *script = fopen("/dev/null", "we");

	must(script);
	plot_rounds(script, &format, &series, 1);
	/* Without anything to draw it says so, each time. */
	if (has_map(rounds, series.shown))
		must(plot_map(script, &format, &series, 1, 1) == CLI_OK);
	fclose(script);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct pinscope_recording_fault fault = { .line = 0 };
	struct pinscope_recording recording;
	struct pinscope_round *rounds;
	FILE *in;
	size_t nr;

	if (!size)
		return 0;
	in = fmemopen((void *)data, size, "r");
	must(in);
	if (!pinscope_recording_read(in, &recording, &fault)) {
		check_recording(&recording);
		must(!pinscope_rounds_find(&recording, &rounds, &nr));
		check_rounds(rounds, nr);
		if (nr)
			draw(rounds, nr);
		pinscope_rounds_free(rounds, nr);
		pinscope_recording_release(&recording);
	} else {
		must(fault.line && fault.what && *fault.what &&
		     strlen(fault.value) < sizeof(fault.value));
	}
	fclose(in);
	return 0;
}
