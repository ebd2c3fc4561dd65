// SPDX-License-Identifier: GPL-2.0-only
/*
 * GETs, and what they report compared with what the device has written.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/rig/rig.h"

static char mark(bool dirty, bool written)
{
	if (written)
		return dirty ? 'W' : '!';
	return dirty ? '#' : '.';
}

struct round *rounds_count(struct run *run, const struct pinscope_bitmap *dirty,
			   const char *label)
{
	struct memory *memory = &run->rig.memory;
	struct round *round;
	size_t page;

	run->rounds = cli_must(reallocarray(run->rounds, run->nr_rounds + 1,
					    sizeof(*run->rounds)));
	round = &run->rounds[run->nr_rounds++];
	*round = (struct round) {
		.rule = run->now->rule,
		.map = cli_must(calloc(memory->pages + 1, 1)),
		.pinned = rig_pinned(run),
	};
	snprintf(round->label, sizeof(round->label), "%s", label);

	for (page = 0; page < memory->pages; page++) {
		bool is_dirty = pinscope_bitmap_test(dirty, page);
		bool written = memory->written[page];

		round->map[page] = mark(is_dirty, written);
		round->written += written;
		round->dirty += is_dirty;
		round->lost += written && !is_dirty;
		round->over += is_dirty && !written;
	}
	memset(memory->written, 0, memory->pages);
	memset(memory->asked, 0, memory->pages);
	note(run, "%-28s written %zu, reported %zu, lost %zu", round->label, round->written,
	     round->dirty, round->lost);
	return round;
}

struct round *rounds_last(struct run *run)
{
	return &run->rounds[run->nr_rounds - 1];
}

enum width rounds_width(const struct run *run, const struct round *round)
{
	return round->dirty == run->rig.memory.pages ? WIDE : NARROW;
}

enum outcome rounds_get(struct run *run, const char *fmt, ...)
{
	char label[sizeof(((struct round *)NULL)->label)];
	struct memory *memory = &run->rig.memory;
	enum outcome outcome;
	va_list args;
	int ret;

	va_start(args, fmt);
	vsnprintf(label, sizeof(label), fmt, args);
	va_end(args);

	/* What is written until here has to be in the answer. */
	outcome = exercise_quiesce(run);
	if (outcome)
		return outcome;
	ret = pinscope_dirty_get(run->rig.container, memory->iova, memory_size(memory),
				 memory->page, run->rig.dirty);
	if (ret)
		return failed(run, "GET failed (%s): %s; %s", label, strerror(-ret),
			      pinscope_explain(PINSCOPE_OP_DIRTY, ret));
	rounds_count(run, run->rig.dirty, label);
	return PASSED;
}

void rounds_pages(const struct round *round, char which, char *buf, size_t size)
{
	size_t page, last, used = 0, pages = strlen(round->map);

	*buf = '\0';
	for (page = 0; page < pages; page = last + 1) {
		last = page;
		if (round->map[page] != which)
			continue;
		while (round->map[last + 1] == which)
			last++;
		if (used + 32 > size) {
			snprintf(buf + used, size - used, ", ...");
			return;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s%ld", used ? ", " : "",
					 (long)page - (long)CERTIFY_GUARD);
		if (last > page)
			used += (size_t)snprintf(buf + used, size - used, "-%ld",
						 (long)last - (long)CERTIFY_GUARD);
	}
}

/* Why a page that was written is not in the answer, from what was seen before. */
static enum cause guess(const struct run *run, const struct round *round)
{
	size_t page, i;
	bool had = false;

	/* Held all the time, and clean: whoever holds it has promised to tell. */
	if (round->pinned >= (int64_t)round->written && round->dirty < (size_t)round->pinned)
		return CAUSE_LOG;
	for (page = 0; page < strlen(round->map); page++)
		for (i = 0; i < run->nr_rounds && round->map[page] == '!'; i++)
			if (run->rounds[i].rule == round->rule && &run->rounds[i] != round &&
			    run->rounds[i].map[page] == 'W' &&
			    run->rounds[i].dirty < strlen(round->map))
				had = true;
	return had ? CAUSE_UNPINNED : CAUSE_FORGOTTEN;
}

enum outcome rounds_check(struct run *run, const struct round *round, enum cause cause)
{
	char pages[128];

	if (!round->lost)
		return PASSED;
	/* What loses pages in plain rounds will do so in all others. */
	if (!run->loss)
		run->loss = cause ? cause : guess(run, round);
	rounds_pages(round, '!', pages, sizeof(pages));
	return failed_by(run, run->loss,
			 "LOST: %s %s written and not reported (%s)",
			 round->lost == 1 ? "page" : "pages", pages, round->label);
}
