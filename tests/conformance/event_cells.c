// SPDX-License-Identifier: GPL-2.0
/*
 * Each cell of tests/events.def: a group of each kind, with tracking off or on,
 * meets each event, and its scope, the cause shown and the next two bitmaps are
 * what the table says. So event.close_pinned_on is a test of its own.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/cells.h"
#include "fixtures/view.h"

enum scope { same, emulated, wide, pinned, written, gone };

/**
 * struct cell - what the table says of an event
 * @act: makes it happen
 * @kind: of the group
 * @tracking: before it
 * @scope: of the group after it
 * @report: everything is reported once more
 * @cause: shown by debugfs
 */
struct cell {
	void (*act)(struct cell_world *world);
	enum cell_kind kind;
	bool tracking;
	enum scope scope;
	bool report;
	const char *cause;
};

static const enum pinscope_scope shown_as[] = {
	[emulated] = PINSCOPE_SCOPE_EMULATED,
	[wide] = PINSCOPE_SCOPE_WIDE,
	[pinned] = PINSCOPE_SCOPE_PINNED,
	[written] = PINSCOPE_SCOPE_WRITTEN,
};

static void check_scope(const struct cell *cell, struct cell_world *world,
			const struct pinscope_scope_group *before)
{
	struct pinscope_scope_group now;

	if (cell->scope == gone) {
		/* The companion's is left, and what the event has put beside */
		equal(scope_of(world->vm).nr_groups, world->nr_groups);
		return;
	}

	now = view_group(world->dev->dev);
	if (cell->scope == same) {
		equal(now.scope, before->scope);
		check(!strcmp(now.cause, before->cause));
		check(now.since == before->since);
	} else {
		equal(now.scope, shown_as[cell->scope]);
		if (strcmp(now.cause, cell->cause))
			fail("the cause is %s, expected %s", now.cause,
			     cell->cause);
		check(now.since >= before->since);
	}
}

/* The bitmap after the event, and the one after that */
static void check_bitmaps(const struct cell *cell, struct cell_world *world)
{
	bool is_wide = scope_of(world->vm).scope == PINSCOPE_SCOPE_WIDE;
	uint64_t first = world->pinned | world->pinned_before | world->written;

	same(dirty(world->vm), is_wide || cell->report ? ALL : first);
	same(dirty(world->vm), is_wide ? ALL : world->pinned);
}

static void check_cell(const struct cell *cell)
{
	struct pinscope_scope_group before = {};
	struct cell_world *world;
	uint64_t bitmap;

	if (!core_is_patched())
		missing("the view of scopes in debugfs");
	world = cell_world(cell->kind, cell->tracking, cell->act);
	if (world->dev->dev->group)
		before = view_group(world->dev->dev);
	world->pinned_before = cell->tracking ? world->pinned : NONE;

	cell->act(world);

	check_scope(cell, world, &before);
	if (scope_of(world->vm).tracking)
		check_bitmaps(cell, world);
	else
		refused(try_get(world->vm, 0, PAGES, &bitmap, sizeof(bitmap)),
			EINVAL);
}

/* Tracking, as the table has it */
#define is_off false
#define is_on true
#define is_quiet false
#define is_report true

#define CELL(what, kind_, when, scope_, settles, cause_, ...)		\
	static const struct cell what##_##kind_##_##when = {		\
		.act = cell_##what,					\
		.kind = KIND_##kind_,					\
		.tracking = is_##when,					\
		.scope = scope_,					\
		.report = is_##settles,					\
		.cause = cause_,					\
	};								\
	TEST(event, what##_##kind_##_##when)				\
	{								\
		check_cell(&what##_##kind_##_##when);			\
	}
#include <events.def>
