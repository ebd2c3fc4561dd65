// SPDX-License-Identifier: GPL-2.0-only
/*
 * How wide is what a GET reports, from the group's joining to its leaving? Where the
 * kernel says it, both have to agree.
 */
#include <errno.h>
#include <string.h>

#include "cli/certify/rules/rules.h"

#define SEE(moment, when)	{ .take = see, .number = (moment), .label = (when) }
#define CHECK_CLOSED(moment)	{ .take = check_closed, .number = (moment) }

/* A GET, and one more: the first may have what is to be reported once. */
static enum outcome see(struct run *run, const struct step *step)
{
	const char *when = step->label;
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
	run->seen[step->number] = rounds_width(run, round);
	note(run, "%s: %s", when, run->seen[step->number] == WIDE ? "everything mapped" : "less");
	return PASSED;
}

/* A device that is closed, and has an IOMMU behind it, may have written all. */
static enum outcome check_closed(struct run *run, const struct step *step)
{
	const enum cause cause = step->number == AT_CLOSE ? CAUSE_CLOSE : CAUSE_NONE;
	struct pinscope_scope_counts counts;

	if (run->subject->emulated && rounds_last(run)->dirty)
		return failed_by(run, cause,
				 "the device is closed, and %zu pages are reported again and again",
				 rounds_last(run)->dirty);
	if (run->subject->emulated || run->seen[step->number] == WIDE)
		return PASSED;
	if (!pinscope_container_scope(run->rig.container, &counts) && counts.iommu)
		return PASSED;
	return failed_by(run, cause,
			 "the device is closed, nobody knows what it has written, and only %zu of "
			 "%zu pages are reported", rounds_last(run)->dirty, run->rig.memory.pages);
}

static const struct step attach[] = {
	OPEN(RIG_CLOSED),
	DO(rig_start),
	SEE(AT_ATTACH, "attached, never open"),
	CHECK_CLOSED(AT_ATTACH),
	END
};

static enum outcome keep_idle_dirty(struct run *run)
{
	run->idle_dirty = (int64_t)rounds_last(run)->dirty;
	return PASSED;
}

static const struct step start[] = {
	DO(buffers_open),
	SEE(AT_START, "tracking has begun"),
	DO(keep_idle_dirty),
	END
};

static const struct step pre_copy[] = {
	DO(buffers_open),
	GET("before PRE_COPY"),
	STATE(PINSCOPE_STATE_PRE_COPY),
	SEE(AT_PRE_COPY, "in PRE_COPY"),
	END
};

static const struct step stop_copy[] = {
	DO(buffers_open),
	DO(rig_pre_copy),
	GET("before STOP_COPY"),
	STATE(PINSCOPE_STATE_STOP_COPY),
	SEE(AT_STOP_COPY, "in STOP_COPY"),
	END
};

static enum outcome check_unpinned(struct run *run)
{
	int64_t pinned = rig_pinned(run);

	if (pinned > 0)
		return failed_by(run, CAUSE_CLOSE, "the device is closed, and its driver still "
				 "holds %lld pages pinned", (long long)pinned);
	return PASSED;
}

static const struct step close_device[] = {
	DO(buffers_open),
	DO(rig_close_device),
	DO(check_unpinned),
	SEE(AT_CLOSE, "closed"),
	CHECK_CLOSED(AT_CLOSE),
	END
};

static const struct step reset[] = {
	DO(buffers_open),
	DO(rig_reset),
	SEE(AT_RESET, "reset"),
	END
};

/* What the group leaves behind must not be in the way of whoever comes next. */
static enum outcome join_again(struct run *run)
{
	struct rig *rig = &run->rig;
	int ret;

	ret = pinscope_group_detach(rig->member.group);
	if (ret)
		return failed(run, "the group cannot be detached though its device is closed: %s",
			      strerror(-ret));
	ret = pinscope_group_attach(rig->member.group, rig->container);
	if (!ret)
		ret = pinscope_container_set_iommu(rig->container);
	if (ret)
		return failed(run, "the group cannot join again: %s", strerror(-ret));
	rig->tracking = false;
	return rig_map_again(run);
}

static const struct step detach[] = {
	DO(buffers_open),
	DO(rig_close_device),
	DO(join_again),
	DO(rig_start),
	SEE(AT_ATTACH, "attached again"),
	CHECK_CLOSED(AT_ATTACH),
	END
};

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
