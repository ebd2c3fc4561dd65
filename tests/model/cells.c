// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cells.h"

static const char * const kind_names[] = {
#define KIND(kind, ...)							\
	[KIND_ ## kind] = #kind,
#include <events.def>
};

static const char * const happening_names[] = {
#define EVENT(event, ...)						\
	[EVENT_ ## event] = #event,
#include <events.def>
};

enum after { after_same, after_emulated, after_wide, after_pinned, after_written,
	     after_gone };

#define settles_quiet false
#define settles_report true
#define when_off 0
#define when_on 1

/**
 * struct cell - of the table
 * @there: it can happen, and there is a test for it
 * @after: the scope
 * @report: everything is reported once more
 * @cause: by its name
 */
struct cell {
	bool there;
	enum after after;
	bool report;
	const char *cause;
};

static const struct cell table[NR_HAPPENINGS][NR_KINDS][2] = {
#define CELL(what, kind, when, scope, settles, why, ...)		\
	[EVENT_ ## what][KIND_ ## kind][when_ ## when] =		\
		{ true, after_ ## scope, settles_ ## settles, why },
#include <events.def>
};

static unsigned long met[NR_HAPPENINGS][NR_KINDS][2];

/* What the model does not make. -1 stands for all kinds. */
static const struct {
	enum happening what;
	int kind;
	const char *why;
} unmade[] = {
	{ EVENT_pin_refused, KIND_pinned,
	  "its IOMMU groups keep their members" },
	{ EVENT_pin_refused, KIND_unpinned,
	  "its IOMMU groups keep their members" },
	{ EVENT_pin_refused, KIND_written_pinned,
	  "its IOMMU groups keep their members" },
	{ EVENT_pin_refused, KIND_written_unpinned,
	  "its IOMMU groups keep their members" },
};

static bool is_emulated(int g)
{
	return g >= GROUPS;
}

/* Kinds of groups */

static bool tracks(int d)
{
	return config[d].behind > PLAIN;
}

struct opened {
	int nr;
	int first;	/* the first that has opted in and holds no pin, or the first */
	int others_in;
	bool bare;
};

static void count_opened(const struct world *w, int g, int d,
			 struct opened *open)
{
	const struct device *device;
	bool bare, found = false;
	int e;

	*open = (struct opened){ .first = -1 };
	for (e = 0; e < DEVICES; e++) {
		device = &w->device[e];
		if (group_of(e) != g || !device->open)
			continue;
		bare = device->opted_in && !device->pins;
		open->nr++;
		if (open->first < 0 || (bare && !found))
			open->first = e;
		found |= bare;
		if (e == d)
			continue;
		open->others_in += device->opted_in;
		open->bare |= bare;
	}
}

static int kind_alone(const struct world *w, int d, bool pinned)
{
	int g = group_of(d), e;
	bool holds = false;

	if (!pinned)
		return tracks(d) ? KIND_written : KIND_wide;
	for (e = 0; e < DEVICES; e++)
		holds |= group_of(e) == g && w->device[e].pins;
	if (tracks(d))
		return holds ? KIND_written_pinned : KIND_written_unpinned;
	return holds ? KIND_pinned : KIND_unpinned;
}

/* @d is open, or the device that opens; who else is decides */
static int kind_shared(const struct world *w, int d, enum whose whose,
		       bool *bare)
{
	const struct device *device = &w->device[d];
	struct opened open;

	count_opened(w, group_of(d), d, &open);
	if (!open.nr)
		return KIND_wide;
	if (whose != OWN) {
		d = open.first;
		device = &w->device[d];
		count_opened(w, group_of(d), d, &open);
	}
	*bare = open.bare;
	if (open.nr == 1) {
		if (device->opted_in)
			return device->pins || whose == OTHERS ?
			       KIND_shared_alone : KIND_unpinned;
		return whose == OTHERS ? KIND_shared_wide : KIND_wide;
	}
	if (device->opted_in && open.others_in == open.nr - 1)
		return device->pins ? KIND_shared_pinned :
				      KIND_shared_unpinned;
	if (device->opted_in)
		return KIND_shared_in;
	if (device->pins)
		return -1;
	if (!open.others_in)
		return KIND_shared_wide;
	return open.others_in == open.nr - 1 ? KIND_shared_out : -1;
}

static int kind_of(const struct world *w, int c, int d, enum whose whose,
		   bool *bare)
{
	const struct container *container = &w->container[c];
	const struct domain *domain = &container->domain[config[d].behind];
	const struct group *group = &w->group[group_of(d)];

	if (is_emulated(group_of(d)))
		return KIND_emulated;
	if (whose == JOINERS && group->container != c) {
		/* That its IOMMU could not track before is in no cell */
		if (tracks(d) && container->tracking && domain->groups &&
		    !domain->tracking)
			return -1;
		return kind_alone(w, d, false);
	}
	if (tracks(d) && container->tracking && !domain->tracking)
		return -1;
	if (!container->share)
		return kind_alone(w, d, group->pinned);
	if (group->attached == 1)
		return whose == JOINERS ? -1 :
		       kind_alone(w, d, group->pinned);
	if (tracks(d))
		return -1;
	return kind_shared(w, d, whose == JOINERS ? OTHERS : whose, bare);
}

struct cell_state cell_before(const struct world *w, int c, int d,
			      enum whose whose)
{
	struct cell_state state = { .kind = -1 };
	int g = group_of(d), e;

	if (!w->counts)
		return state;
	state.kind = kind_of(w, c, d, whose, &state.bare);
	state.tracking = w->container[c].tracking;
	if (w->group[g].container != c)
		return state;
	state.reports = w->group[g].reports;
	state.scope = scope_of(w, g);
	state.cause = w->group[g].cause;
	state.touched = w->group[g].touched;
	for (e = 0; e < DEVICES; e++)
		if (group_of(e) == g && w->device[e].pins)
			state.holders |= 1u << e;
	return state;
}

/* What came of it */

static char wrong[160];

const char *cells_wrong(void)
{
	static char said[sizeof(wrong)];

	if (!wrong[0])
		return NULL;
	memcpy(said, wrong, sizeof(said));
	wrong[0] = '\0';
	return said;
}

static enum after after_of(const struct world *w, int c, int g)
{
	static const enum after named[] = {
		[S_EMULATED] = after_emulated,
		[S_PINNED] = after_pinned,
		[S_WRITTEN] = after_written,
		[S_WIDE] = after_wide,
	};

	return w->group[g].container != c ? after_gone : named[scope_of(w, g)];
}

static bool agrees(const struct world *w, int c, int g, const struct cell *cell,
		   const struct cell_state *before)
{
	const struct group *group = &w->group[g];
	enum after after = after_of(w, c, g);

	if (group->reports != before->reports + cell->report)
		return false;
	if (cell->after == after_gone)
		return after == after_gone;
	if (cell->after == after_same)
		return after != after_gone && scope_of(w, g) == before->scope &&
		       group->cause == before->cause;
	return after == cell->after &&
	       !strcmp(cause_names[group->cause], cell->cause);
}

void cell_met(const struct world *w, int c, int d, enum happening what,
	      const struct cell_state *before)
{
	const struct cell *cell;
	int g = group_of(d);

	if (before->kind < 0)
		return;
	/* Something else has come between */
	if (w->group[g].container == c &&
	    w->group[g].touched != before->touched)
		return;
	cell = &table[what][before->kind][before->tracking];
	met[what][before->kind][before->tracking]++;
	if (cell->there && agrees(w, c, g, cell, before))
		return;
	snprintf(wrong, sizeof(wrong), "%s, %s, tracking %s: %s",
		 happening_names[what], kind_names[before->kind],
		 before->tracking ? "on" : "off", cell->there ?
		 "the rules and tests/events.def differ" :
		 "tests/events.def says that it cannot happen");
}

/* START and STOP */

static struct cell_state all[GROUPS + DEVICES];

static int device_of(int g)
{
	int d;

	for (d = 0; group_of(d) != g; d++)
		;
	return d;
}

void cells_before(const struct world *w, int c)
{
	int g;

	for (g = 0; g < GROUPS + DEVICES && w->counts; g++)
		if (w->group[g].container == c)
			all[g] = cell_before(w, c, device_of(g), ALL);
}

static enum happening started(const struct world *w, int c, int d,
			      const struct cell_state *before)
{
	return tracks(d) && !before->tracking &&
	       !w->container[c].domain[config[d].behind].tracking ?
	       EVENT_start_iommu_fails : EVENT_start;
}

/* Whether one that held pins holds none now */
static enum happening stopped(const struct world *w, int g,
			      const struct cell_state *before)
{
	int d;

	/* Of a kind that holds none another device may have held some */
	if (before->kind < 0 || !table[EVENT_stop_unpins][before->kind]
				      [before->tracking].there)
		return EVENT_stop;
	for (d = 0; d < DEVICES; d++)
		if (group_of(d) == g && before->holders & 1u << d &&
		    !w->device[d].pins)
			return EVENT_stop_unpins;
	return EVENT_stop;
}

void cells_met(const struct world *w, int c, bool start)
{
	int g, d;

	for (g = 0; g < GROUPS + DEVICES && w->counts; g++) {
		if (w->group[g].container != c)
			continue;
		d = device_of(g);
		cell_met(w, c, d, start ? started(w, c, d, &all[g]) :
			 stopped(w, g, &all[g]), &all[g]);
	}
}

/* Pins in start() */

static struct {
	bool going;
	bool opening;
	bool opened;	/* before, the group or, in a shared one, the device */
	struct cell_state state;
} begun[DEVICES];

void cell_begin(const struct world *w, int d, enum whose whose)
{
	if (!w->counts)
		return;
	begun[d].going = true;
	begun[d].opening = whose == OTHERS;
	begun[d].state = cell_before(w, w->device[d].container, d, whose);
	begun[d].opened = begun[d].state.kind >= KIND_shared_wide ?
			  w->device[d].was_open : w->group[group_of(d)].used;
}

void cell_end(int d)
{
	begun[d].going = false;
}

void cell_started(const struct world *w, int d)
{
	struct cell_state *state = &begun[d].state;

	if (!w->counts || !begun[d].going)
		return;
	if (state->bare && !begun[d].opening)
		return;
	cell_met(w, w->device[d].container, d, begun[d].opening &&
		 begun[d].opened ? EVENT_pin_reopen : EVENT_pin_start, state);
}

/* The end */

static const char *reason(enum happening what, int kind)
{
	size_t i;

	for (i = 0; i < sizeof(unmade) / sizeof(unmade[0]); i++)
		if (unmade[i].what == what &&
		    (unmade[i].kind < 0 || unmade[i].kind == kind))
			return unmade[i].why;
	return NULL;
}

void cells_print(void)
{
	int there = 0, reached = 0, excused = 0, what, kind, when;

	for (what = 0; what < NR_HAPPENINGS; what++)
		for (kind = 0; kind < NR_KINDS; kind++)
			for (when = 0; when < 2; when++) {
				if (!table[what][kind][when].there)
					continue;
				there++;
				if (met[what][kind][when])
					reached++;
				else if (reason(what, kind))
					excused++;
				else
					printf("not reached: %s, %s, tracking %s\n",
					       happening_names[what],
					       kind_names[kind],
					       when ? "on" : "off");
			}
	printf("%d of %d cells of tests/events.def reached, %d more are not made\n",
	       reached, there, excused);
}
