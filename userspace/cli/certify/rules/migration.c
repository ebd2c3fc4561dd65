// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration states, and the stream that goes with them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/program.h"
#include "cli/certify/exerciser/exerciser.h"
#include "cli/certify/rules/rules.h"

#define GOES_TO(state)	{ .take = step_goes_to, .number = (state) }
#define REFUSES(state)	{ .take = step_refuses, .number = (state) }

/* A state that the device says it has to be in. */
static enum outcome goes_to(struct run *run, enum pinscope_migration_state state)
{
	enum outcome outcome = rig_state(run, state);
	enum pinscope_migration_state now;
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_migration_get_state(run->rig.member.device, &now);
	if (ret)
		return failed_by(run, CAUSE_STATES, "the device does not tell its state: %s",
				 strerror(-ret));
	if (now != state)
		return failed_by(run, CAUSE_STATES, "the device was sent to %s, and says that it "
				 "is in %s", pinscope_migration_state_name(state),
				 pinscope_migration_state_name(now));
	return PASSED;
}

static enum outcome step_goes_to(struct run *run, const struct step *step)
{
	return goes_to(run, (enum pinscope_migration_state)step->number);
}

static enum outcome step_refuses(struct run *run, const struct step *step)
{
	const unsigned int state = step->number;
	enum pinscope_migration_state before, after;
	struct pinscope_device *device = run->rig.member.device;

	if (pinscope_migration_get_state(device, &before))
		return failed_by(run, CAUSE_STATES, "the device does not tell its state");
	if (!pinscope_migration_set_state(device, (enum pinscope_migration_state)state, NULL))
		return failed_by(run, CAUSE_STATES, "the device goes to state %u, which there is "
				 "not", state);
	if (pinscope_migration_get_state(device, &after) || before != after)
		return failed_by(run, CAUSE_STATES, "a state that was refused has changed the "
				 "state");
	return PASSED;
}

/* Out of RESUMING leads a stream, or a reset. */
static enum outcome reset_resuming(struct run *run)
{
	if (!run->can_reset)
		return PASSED;
	if (pinscope_device_reset(run->rig.member.device))
		return failed_by(run, CAUSE_STATES, "a reset in RESUMING fails");
	return goes_to(run, PINSCOPE_STATE_RUNNING);
}

static enum outcome p2p(struct run *run)
{
	if (!run->can_reset || !(run->caps & PINSCOPE_MIGRATION_P2P))
		return PASSED;
	return goes_to(run, PINSCOPE_STATE_RUNNING_P2P);
}

static const struct step states[] = {
	OPEN(RIG_IDLE),
	GOES_TO(PINSCOPE_STATE_STOP),
	GOES_TO(PINSCOPE_STATE_RUNNING),
	GOES_TO(PINSCOPE_STATE_STOP_COPY),
	GOES_TO(PINSCOPE_STATE_STOP),
	GOES_TO(PINSCOPE_STATE_RESUMING),
	DO(reset_resuming),
	DO(p2p),
	REFUSES(PINSCOPE_STATE_ERROR),
	REFUSES(PINSCOPE_STATE_NR + 20),
	END
};

static enum outcome save(struct run *run, const char *when, void **data, size_t *len)
{
	size_t more = 0;
	void *part = NULL;
	int ret;

	if (run->rig.stream < 0)
		return failed_by(run, CAUSE_STATES, "there is no stream %s", when);
	ret = pinscope_migration_save(run->rig.stream, &part, &more);
	if (ret)
		return failed_by(run, CAUSE_STATES, "the stream cannot be read %s: %s", when,
				 strerror(-ret));
	*data = cli_must(realloc(*data, *len + more + 1));
	memcpy((char *)*data + *len, part, more);
	*len += more;
	free(part);
	return PASSED;
}

static enum outcome load(struct run *run, const void *data, size_t len)
{
	enum outcome outcome = goes_to(run, PINSCOPE_STATE_STOP);
	int ret;

	if (!outcome)
		outcome = goes_to(run, PINSCOPE_STATE_RESUMING);
	if (outcome)
		return outcome;
	ret = pinscope_migration_load(run->rig.stream, data, len);
	if (ret)
		return failed_by(run, CAUSE_STATES, "the device does not take the %zu bytes that "
				 "it has saved: %s", len, strerror(-ret));
	outcome = goes_to(run, PINSCOPE_STATE_STOP);
	return outcome ? outcome : goes_to(run, PINSCOPE_STATE_RUNNING);
}

static enum outcome save_pre_copy(struct run *run, void **data, size_t *len)
{
	enum outcome outcome = goes_to(run, PINSCOPE_STATE_PRE_COPY);
	struct pinscope_precopy_info info;
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_migration_get_precopy_info(run->rig.stream, &info);
	if (ret)
		return failed_by(run, CAUSE_STATES, "the device does not say what is left in "
				 "PRE_COPY: %s", strerror(-ret));
	return save(run, "in PRE_COPY", data, len);
}

static enum outcome save_and_load(struct run *run)
{
	enum outcome outcome = PASSED;
	void *data = NULL;
	size_t len = 0;

	if (run->caps & PINSCOPE_MIGRATION_PRE_COPY)
		outcome = save_pre_copy(run, &data, &len);
	if (!outcome)
		outcome = goes_to(run, PINSCOPE_STATE_STOP_COPY);
	if (!outcome)
		outcome = save(run, "in STOP_COPY", &data, &len);
	note(run, "the stream has %zu bytes", len);
	if (!outcome)
		outcome = load(run, data, len);
	free(data);
	return outcome;
}

static const struct step stream[] = {
	OPEN(RIG_IDLE),
	DO(save_and_load),
	END
};

/* Whatever it answers: memory has to stay as it is. */
static enum outcome write_stopped(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	size_t page = CERTIFY_GUARD + BUFFER_A, len = run->ex->align > 64 ? run->ex->max : 64;
	int ret;

	memory_look(memory);
	memory->asked[page] = 1;
	ret = run->ex->ops->write(run->ex, run, memory_iova(memory, BUFFER_A), len, 0x51000000u);
	note(run, "asked to write in STOP, the exerciser says: %s", ret ? run->ex->why : "done");
	memory_look(memory);
	if (memory->written[page])
		return failed_by(run, CAUSE_STOPPED, "the device writes in STOP");
	return PASSED;
}

static const struct step stopped[] = {
	DO(buffers_ready),
	GOES_TO(PINSCOPE_STATE_STOP),
	DO(write_stopped),
	GOES_TO(PINSCOPE_STATE_RUNNING),
	END
};

/* The log of the device itself, which is asked of it and not of the container. */
static enum outcome read_log(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	int ret;

	ret = pinscope_dma_logging_get(run->rig.member.device, memory->iova, memory_size(memory),
				       memory->page, run->rig.dirty);
	if (ret)
		return failed_by(run, CAUSE_DMA_LOGGING, "the device's log cannot be read: %s",
				 strerror(-ret));
	rounds_count(run, run->rig.dirty, "DMA log");
	return rounds_check(run, rounds_last(run), CAUSE_DMA_LOGGING);
}

static enum outcome log_rounds(struct run *run)
{
	enum outcome outcome = PASSED;
	unsigned int round;

	for (round = 0; !outcome && round < 4; round++) {
		outcome = buffers_write(run, round);
		if (!outcome)
			outcome = exercise_quiesce(run);
		if (!outcome)
			outcome = read_log(run);
	}
	return outcome;
}

static enum outcome log_and_stop(struct run *run)
{
	const struct memory *memory = &run->rig.memory;
	const struct pinscope_dma_logging_range all = {
		.iova = memory->iova,
		.size = memory_size(memory),
	};
	struct pinscope_device *device = run->rig.member.device;
	enum outcome outcome;
	int ret;

	ret = pinscope_dma_logging_start(device, &all, 1, memory->page);
	if (ret)
		return failed_by(run, CAUSE_DMA_LOGGING, "the device offers a log that it does not "
				 "start: %s", strerror(-ret));
	outcome = log_rounds(run);
	ret = pinscope_dma_logging_stop(device);
	if (!outcome && ret)
		return failed_by(run, CAUSE_DMA_LOGGING, "the device's log cannot be stopped: %s",
				 strerror(-ret));
	return outcome;
}

static const struct step dma_log[] = {
	OPEN(0),
	DO(buffers_add),
	DO(log_and_stop),
	END
};

const struct rule rules_migration[] = {
	{ "migration.states", NEEDS_MIGRATION, states },
	{ "migration.stream", NEEDS_MIGRATION, stream },
	{ "migration.stopped", NEEDS_EXERCISER | NEEDS_MIGRATION, stopped },
	{ "migration.dma_log", NEEDS_EXERCISER | NEEDS_LOG, dma_log },
	{ NULL, 0, NULL }
};
