// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two devices in one container: what one does must not hide what the other writes.
 */
#include <errno.h>
#include <string.h>

#include "cli/certify/rig/buffers.h"
#include "cli/container/member.h"

static enum outcome both(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_SECOND);

	if (!outcome)
		outcome = rig_open_second(run);
	if (!outcome)
		outcome = buffers_add(run);
	return outcome ? outcome : rig_start(run);
}

/* One that is wide makes all of the container wide. */
static enum outcome scope(struct run *run)
{
	enum outcome outcome = both(run);
	struct pinscope_scope_counts counts;
	bool wide;

	if (!outcome)
		outcome = rounds_get(run, "two devices");
	if (!outcome)
		outcome = rounds_get(run, "two devices, again");
	if (outcome)
		return outcome;
	if (pinscope_container_scope(run->rig.container, &counts))
		return run->seen[AT_START] == WIDE && rounds_width(run, rounds_last(run)) != WIDE ?
		       failed(run, "the device is wide alone, and narrow beside another") : PASSED;
	note(run, "%u groups, %u of them wide", counts.nr_groups, counts.nr_groups_wide);
	if (counts.nr_groups != 2 || counts.nr_devices != 2)
		return failed(run, "two devices are open, and the kernel counts %u in %u groups",
			      counts.nr_devices, counts.nr_groups);
	wide = counts.scope == PINSCOPE_SCOPE_WIDE;
	if (wide != !!counts.nr_groups_wide)
		return failed(run, "%u groups are wide, and the container is %s",
			      counts.nr_groups_wide, pinscope_scope_name(counts.scope));
	if (counts.nr_groups_wide && rounds_width(run, rounds_last(run)) != WIDE)
		return failed(run, "a group is wide, and only %zu pages are reported",
			      rounds_last(run)->dirty);
	return PASSED;
}

static enum outcome written(struct run *run)
{
	enum outcome outcome = both(run);
	unsigned int round;

	if (!outcome)
		outcome = rounds_get(run, "before anything is written");
	for (round = 0; !outcome && round < 3; round++) {
		outcome = buffers_write(run, round);
		if (!outcome)
			outcome = rounds_get(run, "round %u, beside another", round + 1);
		if (!outcome)
			outcome = rounds_check(run, rounds_last(run), CAUSE_NONE);
	}
	return outcome;
}

static enum outcome leaves(struct run *run)
{
	enum outcome outcome = both(run);

	if (!outcome)
		outcome = rounds_get(run, "before anything is written");
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (outcome)
		return outcome;
	cli_leave(&run->rig.second);
	outcome = rounds_get(run, "the other has left");
	if (!outcome)
		outcome = rounds_check(run, rounds_last(run), CAUSE_NONE);
	if (!outcome)
		outcome = buffers_write(run, 1);
	if (!outcome)
		outcome = rounds_get(run, "alone");
	return outcome ? outcome : rounds_check(run, rounds_last(run), CAUSE_NONE);
}

const struct rule rules_two[] = {
	{ "two.scope", NEEDS_SECOND, scope },
	{ "two.written", NEEDS_SECOND | NEEDS_EXERCISER, written },
	{ "two.leaves", NEEDS_SECOND | NEEDS_EXERCISER, leaves },
	{ NULL, 0, NULL }
};
