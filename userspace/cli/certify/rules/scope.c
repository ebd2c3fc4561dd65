// SPDX-License-Identifier: GPL-2.0-only
/*
 * How wide is what a GET reports, from the group's joining to its leaving? Where the
 * kernel says it, both have to agree.
 */
#include <errno.h>
#include <string.h>

#include "cli/certify/rig/buffers.h"

/* A GET, and one more: the first may have what is to be reported once. */
static enum outcome see(struct run *run, enum moment moment, const char *when)
{
	enum width said = rig_scope(run);
	enum outcome outcome;
	struct round *round;

	outcome = rounds_get(run, "%s", when);
	if (outcome)
		return outcome;
	if (said == WIDE && rounds_width(run, rounds_last(run)) != WIDE)
		return failed(run, "the kernel says that everything is dirty, but reports %zu of "
			      "%zu pages", rounds_last(run)->dirty, run->rig.memory.pages);
	outcome = rounds_get(run, "%s, again", when);
	if (outcome)
		return outcome;
	round = rounds_last(run);
	run->seen[moment] = rounds_width(run, round);
	note(run, "%s: %s", when, run->seen[moment] == WIDE ? "everything mapped" : "less");
	return PASSED;
}

/* A device that is closed, and has an IOMMU behind it, may have written all. */
static enum outcome check_closed(struct run *run, enum moment moment)
{
	struct pinscope_scope_counts counts;

	if (run->subject->emulated && rounds_last(run)->dirty)
		return failed_by(run, moment == AT_CLOSE ? CAUSE_CLOSE : CAUSE_NONE,
				 "the device is closed, and %zu pages are reported again and again",
				 rounds_last(run)->dirty);
	if (run->subject->emulated || run->seen[moment] == WIDE)
		return PASSED;
	if (!pinscope_container_scope(run->rig.container, &counts) && counts.iommu)
		return PASSED;
	return failed_by(run, moment == AT_CLOSE ? CAUSE_CLOSE : CAUSE_NONE,
			 "the device is closed, nobody knows what it has written, and only %zu of "
			 "%zu pages are reported", rounds_last(run)->dirty, run->rig.memory.pages);
}

static enum outcome attach(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_CLOSED);

	if (!outcome)
		outcome = rig_start(run);
	if (!outcome)
		outcome = see(run, AT_ATTACH, "attached, never open");
	return outcome ? outcome : check_closed(run, AT_ATTACH);
}

static enum outcome start(struct run *run)
{
	enum outcome outcome = buffers_open(run);

	if (!outcome)
		outcome = see(run, AT_START, "tracking has begun");
	if (outcome)
		return outcome;
	run->idle_dirty = (int64_t)rounds_last(run)->dirty;
	return PASSED;
}

static enum outcome pre_copy(struct run *run)
{
	enum outcome outcome = buffers_open(run);

	if (!outcome)
		outcome = rounds_get(run, "before PRE_COPY");
	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	return outcome ? outcome : see(run, AT_PRE_COPY, "in PRE_COPY");
}

static enum outcome stop_copy(struct run *run)
{
	enum outcome outcome = buffers_open(run);

	if (!outcome && run->caps & PINSCOPE_MIGRATION_PRE_COPY)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	if (!outcome)
		outcome = rounds_get(run, "before STOP_COPY");
	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_STOP_COPY);
	return outcome ? outcome : see(run, AT_STOP_COPY, "in STOP_COPY");
}

static enum outcome close_device(struct run *run)
{
	enum outcome outcome = buffers_open(run);
	int64_t pinned;

	if (!outcome)
		outcome = rig_close_device(run);
	if (outcome)
		return outcome;
	pinned = rig_pinned(run);
	if (pinned > 0)
		return failed_by(run, CAUSE_CLOSE, "the device is closed, and its driver still "
				 "holds %lld pages pinned", (long long)pinned);
	outcome = see(run, AT_CLOSE, "closed");
	return outcome ? outcome : check_closed(run, AT_CLOSE);
}

static enum outcome reset(struct run *run)
{
	enum outcome outcome = buffers_open(run);

	if (!outcome)
		outcome = rig_reset(run);
	return outcome ? outcome : see(run, AT_RESET, "reset");
}

/* What the group leaves behind must not be in the way of whoever comes next. */
static enum outcome detach(struct run *run)
{
	enum outcome outcome = buffers_open(run);
	struct rig *rig = &run->rig;
	int ret;

	if (outcome)
		return outcome;
	rig_close_device(run);
	ret = pinscope_group_detach(rig->member.group);
	if (ret)
		return failed(run, "the group cannot be detached though its device is closed: %s",
			      strerror(-ret));
	ret = pinscope_group_attach(rig->member.group, rig->container);
	if (!ret)
		ret = pinscope_container_set_iommu(rig->container);
	if (ret)
		return failed(run, "the group cannot join again: %s", strerror(-ret));
	ret = pinscope_map(rig->container, rig->memory.data, rig->memory.iova, rig_size(run),
			   PINSCOPE_MAP_RW);
	if (ret)
		return failed(run, "memory cannot be mapped again: %s", strerror(-ret));
	rig->tracking = false;
	outcome = rig_start(run);
	if (!outcome)
		outcome = see(run, AT_ATTACH, "attached again");
	return outcome ? outcome : check_closed(run, AT_ATTACH);
}

const struct rule rules_scope[] = {
	{ "scope.attach", 0, attach },
	{ "scope.start", 0, start },
	{ "scope.pre_copy", NEEDS_MIGRATION | NEEDS_PRE_COPY, pre_copy },
	{ "scope.stop_copy", NEEDS_MIGRATION, stop_copy },
	{ "scope.reset", NEEDS_RESET, reset },
	{ "scope.close", 0, close_device },
	{ "scope.detach", 0, detach },
	{ NULL, 0, NULL }
};
