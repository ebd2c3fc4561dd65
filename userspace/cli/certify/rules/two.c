// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two devices in one container: what one does must not hide what the other writes.
 */
#include "cli/certify/rules/rules.h"

static enum outcome open_both(struct run *run)
{
	static const struct step steps[] = {
		OPEN(RIG_SECOND),
		DO(rig_open_second),
		DO(buffers_add),
		DO(rig_start),
		END
	};

	return steps_run(run, steps);
}

/* One that is wide makes all of the container wide. */
static enum outcome check_counts(struct run *run)
{
	struct pinscope_scope_counts counts;
	bool wide;

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

static const struct step scope[] = {
	DO(open_both),
	GET("two devices"),
	GET("two devices, again"),
	DO(check_counts),
	END
};

static const struct step written[] = {
	DO(open_both),
	GET("before anything is written"),
	ROUNDS(3, "beside another"),
	END
};

static enum outcome second_leaves(struct run *run)
{
	cli_leave(&run->rig.second);
	return PASSED;
}

static const struct step leaves[] = {
	DO(open_both),
	GET("before anything is written"),
	WRITE(0),
	DO(exercise_quiesce),
	DO(second_leaves),
	CHECK(CAUSE_NONE, "the other has left"),
	WRITE(1),
	CHECK(CAUSE_NONE, "alone"),
	END
};

const struct rule rules_two[] = {
	{ "two.scope", NEEDS_SECOND, scope },
	{ "two.written", NEEDS_SECOND | NEEDS_EXERCISER, written },
	{ "two.leaves", NEEDS_SECOND | NEEDS_EXERCISER, leaves },
	{ NULL, 0, NULL }
};
