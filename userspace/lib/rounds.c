// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <pinscope/recording.h>

#include "file.h"

static bool has_range(const struct pinscope_event *event)
{
	return event->kind == PINSCOPE_EVENT_GET || event->kind == PINSCOPE_EVENT_UNMAP;
}

static bool overlap(const struct pinscope_event *a, const struct pinscope_event *b)
{
	return a->pid == b->pid && a->container == b->container &&
	       a->iova < b->iova + b->size && b->iova < a->iova + a->size;
}

/* Is what @event asks for asked for already since event number @first? */
static bool is_repeated(const struct pinscope_recording *recording, size_t first,
			const struct pinscope_event *event)
{
	const struct pinscope_event *other;

	if (event->kind != PINSCOPE_EVENT_GET)
		return false;
	for (other = &recording->events[first]; other < event; other++)
		if (other->kind == PINSCOPE_EVENT_GET && overlap(other, event))
			return true;
	return false;
}

static int compare_spans(const void *a, const void *b)
{
	const struct pinscope_span *left = a, *right = b;

	return left->iova < right->iova ? -1 : left->iova > right->iova;
}

/* Sort, and make one of those that touch or overlap. */
static uint64_t merge_spans(struct pinscope_span *spans, size_t *nr)
{
	uint64_t bytes = 0, end;
	size_t i, used = 0;

	if (!*nr)
		return 0;
	qsort(spans, *nr, sizeof(*spans), compare_spans);
	for (i = 1; i < *nr; i++) {
		end = spans[i].iova + spans[i].size;
		if (spans[i].iova > spans[used].iova + spans[used].size)
			spans[++used] = spans[i];
		else if (end > spans[used].iova + spans[used].size)
			spans[used].size = end - spans[used].iova;
	}
	*nr = used + 1;
	for (i = 0; i < *nr; i++)
		bytes += spans[i].size;
	return bytes;
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

	round->end_ms = event->ms;
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
	round->asked_pages = merge_spans(round->asked, &round->nr_asked) / round->page_size;
	round->dirty_pages = merge_spans(round->dirty, &round->nr_dirty) / round->page_size;
}

int pinscope_rounds_find(const struct pinscope_recording *recording, struct pinscope_round **out,
			 size_t *nr)
{
	struct pinscope_round *rounds = NULL, *round = NULL;
	size_t i, first = 0;
	int ret = 0;

	*nr = 0;
	for (i = 0; !ret && i < recording->nr; i++) {
		const struct pinscope_event *event = &recording->events[i];

		if (!has_range(event)) {
			round = NULL;
			continue;
		}
		if (!round || is_repeated(recording, first, event)) {
			round = array_add(&rounds, nr, sizeof(*round));
			if (!round) {
				ret = -ENOMEM;
				break;
			}
			round->start_ms = event->ms;
			first = i;
		}
		ret = add_event(round, event);
	}
	for (i = 0; i < *nr; i++)
		finish(&rounds[i]);
	if (ret) {
		pinscope_rounds_free(rounds, *nr);
		return ret;
	}
	*out = rounds;
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
