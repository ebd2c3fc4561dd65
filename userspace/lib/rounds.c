// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>

#include <pinscope/recording.h>

#include "file.h"

/*
 * Processes that record side by side may write their lines in another order than
 * they took the time. Farther back it goes only when the clock begins anew.
 */
#define SKEW_MS		10000

/* The time of the recorder's clock, and what has passed since the first event. */
struct stopwatch {
	bool runs;
	uint64_t clock;
	uint64_t elapsed;
};

/* What one container was asked for in this round. */
struct asked {
	pid_t pid;
	int container;
	uint64_t first;
	uint64_t last;
};

static bool has_range(const struct pinscope_event *event)
{
	return event->kind == PINSCOPE_EVENT_GET || event->kind == PINSCOPE_EVENT_UNMAP;
}

/* Returns whether the clock has begun anew. */
static bool advance(struct stopwatch *watch, uint64_t ms)
{
	bool back = watch->runs && ms < watch->clock;

	if (back && watch->clock - ms <= SKEW_MS)
		return false;
	if (watch->runs && !back &&
	    __builtin_add_overflow(watch->elapsed, ms - watch->clock, &watch->elapsed))
		watch->elapsed = UINT64_MAX;
	watch->runs = true;
	watch->clock = ms;
	return back;
}

/* Those that overlap compare equal; in a tree there are none that do. */
static int compare_asked(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->container != y->container)
		return x->container < y->container ? -1 : 1;
	if (x->last < y->first)
		return -1;
	return x->first > y->last;
}

/* Whether what @event asks for was asked for in this round; else it is now. */
static int ask(void **tree, const struct pinscope_event *event, bool *again)
{
	struct asked asked = {
		.pid = event->pid,
		.container = event->container,
		.first = event->iova,
		.last = event->iova + event->size - 1,
	}, *added;

	*again = false;
	/* A call that failed may not tell a range, or one beyond the last address. */
	if (event->kind != PINSCOPE_EVENT_GET || !event->size)
		return 0;
	if (asked.last < asked.first)
		asked.last = UINT64_MAX;
	*again = tfind(&asked, tree, compare_asked);
	if (*again)
		return 0;
	added = malloc(sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = asked;
	if (tsearch(added, tree, compare_asked))
		return 0;
	free(added);
	return -ENOMEM;
}

static int compare_spans(const void *a, const void *b)
{
	const struct pinscope_span *left = a, *right = b;

	return left->iova < right->iova ? -1 : left->iova > right->iova;
}

/* The last address: the one after it may be 2^64. */
static uint64_t last_of(const struct pinscope_span *span)
{
	return span->iova + (span->size - 1);
}

/* Sort, and make one of those that touch or overlap. Returns how many pages. */
static uint64_t merge_spans(struct pinscope_span *spans, size_t *nr, uint64_t page_size)
{
	struct pinscope_span *span;
	uint64_t pages = 0, first, last;
	size_t i, used = 0;

	if (!*nr)
		return 0;
	qsort(spans, *nr, sizeof(*spans), compare_spans);
	for (i = 1; i < *nr; i++) {
		span = &spans[used];
		if (last_of(&spans[i]) <= last_of(span))
			continue;
		last = last_of(&spans[i]);
		first = spans[i].iova;
		if (first <= last_of(span) + 1 && last - span->iova + 1) {
			span->size = last - span->iova + 1;
			continue;
		}
		/* The size of all addresses is no number: then two spans touch. */
		if (first <= last_of(span))
			first = last_of(span) + 1;
		spans[++used].iova = first;
		spans[used].size = last - first + 1;
	}
	*nr = used + 1;
	for (i = 0; i < *nr; i++)
		pages += spans[i].size / page_size;
	return pages;
}

static bool add_span(struct pinscope_span **spans, size_t *nr, uint64_t iova, uint64_t size)
{
	struct pinscope_span *span = array_add(spans, nr, sizeof(*span));

	if (!span)
		return false;
	span->iova = iova;
	span->size = size;
	return true;
}

static int add_event(struct pinscope_round *round, const struct pinscope_event *event)
{
	size_t i;

	if (event->kind == PINSCOPE_EVENT_GET)
		round->gets++;
	else
		round->unmaps++;
	if (event->error) {
		round->failed++;
		return 0;
	}
	if (!round->page_size || event->page_size < round->page_size)
		round->page_size = event->page_size;
	if (!add_span(&round->asked, &round->nr_asked, event->iova, event->size))
		return -ENOMEM;
	for (i = 0; i < event->nr_ranges; i++)
		if (!add_span(&round->dirty, &round->nr_dirty,
			      event->iova + event->ranges[i].first * event->page_size,
			      event->ranges[i].count * event->page_size))
			return -ENOMEM;
	return 0;
}

static void finish(struct pinscope_round *round)
{
	if (!round->page_size)
		return;
	round->asked_pages = merge_spans(round->asked, &round->nr_asked, round->page_size);
	round->dirty_pages = merge_spans(round->dirty, &round->nr_dirty, round->page_size);
}

/* What is being found: the round that goes on, and what was asked for in it. */
struct finder {
	struct pinscope_round *rounds;
	size_t nr;
	bool goes_on;
	void *asked;
	struct stopwatch watch;
};

static void end_round(struct finder *finder)
{
	tdestroy(finder->asked, free);
	finder->asked = NULL;
	finder->goes_on = false;
}

static int take(struct finder *finder, const struct pinscope_event *event)
{
	struct pinscope_round *round;
	bool again;
	int ret;

	if (advance(&finder->watch, event->ms) || !has_range(event))
		end_round(finder);
	if (!has_range(event))
		return 0;
	ret = ask(&finder->asked, event, &again);
	if (!ret && again) {
		end_round(finder);
		ret = ask(&finder->asked, event, &again);
	}
	if (ret)
		return ret;
	if (finder->goes_on) {
		round = &finder->rounds[finder->nr - 1];
	} else {
		round = array_add(&finder->rounds, &finder->nr, sizeof(*round));
		if (!round)
			return -ENOMEM;
		round->start_ms = finder->watch.elapsed;
		finder->goes_on = true;
	}
	round->end_ms = finder->watch.elapsed;
	return add_event(round, event);
}

int pinscope_rounds_find(const struct pinscope_recording *recording, struct pinscope_round **out,
			 size_t *nr)
{
	struct finder finder = { 0 };
	size_t i;
	int ret = 0;

	*nr = 0;
	for (i = 0; !ret && i < recording->nr; i++)
		ret = take(&finder, &recording->events[i]);
	end_round(&finder);
	if (ret) {
		pinscope_rounds_free(finder.rounds, finder.nr);
		return ret;
	}
	for (i = 0; i < finder.nr; i++)
		finish(&finder.rounds[i]);
	*out = finder.rounds;
	*nr = finder.nr;
	return 0;
}

void pinscope_rounds_free(struct pinscope_round *rounds, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		free(rounds[i].asked);
		free(rounds[i].dirty);
	}
	free(rounds);
}
