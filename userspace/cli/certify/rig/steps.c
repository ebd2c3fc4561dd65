// SPDX-License-Identifier: GPL-2.0-only
#include "cli/certify/rig/steps.h"

enum outcome steps_run(struct run *run, const struct step *steps)
{
	enum outcome outcome = PASSED;

	for (; !outcome && (steps->act || steps->take); steps++)
		outcome = steps->act ? steps->act(run) : steps->take(run, steps);
	return outcome;
}

enum outcome step_open(struct run *run, const struct step *step)
{
	return rig_open(run, step->number);
}

enum outcome step_write(struct run *run, const struct step *step)
{
	return buffers_write(run, step->number);
}

enum outcome step_state(struct run *run, const struct step *step)
{
	return rig_state(run, (enum pinscope_migration_state)step->number);
}

enum outcome step_get(struct run *run, const struct step *step)
{
	return rounds_get(run, "%s", step->label);
}

enum outcome step_check(struct run *run, const struct step *step)
{
	enum outcome outcome = rounds_get(run, "%s", step->label);

	return outcome ? outcome : rounds_check(run, rounds_last(run), step->cause);
}

enum outcome step_rounds(struct run *run, const struct step *step)
{
	enum outcome outcome = PASSED;
	unsigned int round;

	for (round = 0; !outcome && round < step->number; round++) {
		outcome = buffers_write(run, round);
		if (!outcome)
			outcome = rounds_get(run, "round %u, %s", round + 1, step->label);
		if (!outcome)
			outcome = rounds_check(run, rounds_last(run), CAUSE_NONE);
	}
	return outcome;
}
