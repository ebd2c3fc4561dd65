// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device writes has to be reported, whatever happens in between.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "cli/certify/rig/buffers.h"

#define ROUNDS	8u

static enum outcome get_and_check(struct run *run, enum cause cause, const char *label)
{
	enum outcome outcome = rounds_get(run, "%s", label);

	return outcome ? outcome : rounds_check(run, rounds_last(run), cause);
}

static enum outcome write_rounds(struct run *run, const char *when)
{
	enum outcome outcome = PASSED;
	unsigned int round;

	for (round = 0; !outcome && round < ROUNDS; round++) {
		outcome = buffers_write(run, round);
		if (!outcome)
			outcome = rounds_get(run, "round %u, %s", round + 1, when);
		if (!outcome)
			outcome = rounds_check(run, rounds_last(run), CAUSE_NONE);
	}
	return outcome;
}

static enum outcome each_round(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	return outcome ? outcome : write_rounds(run, "running");
}

/* Every page of a buffer, since any of them may be forgotten. */
static enum outcome each_page(struct run *run)
{
	enum outcome outcome = buffers_ready(run);
	size_t page;

	for (page = 0; !outcome && page < CERTIFY_WINDOW; page++)
		outcome = exercise_write(run, BUFFER_A + page);
	if (!outcome)
		outcome = get_and_check(run, CAUSE_NONE, "all pages of a buffer");
	for (page = 0; !outcome && page < CERTIFY_WINDOW; page++)
		outcome = exercise_write(run, BUFFER_A + page);
	return outcome ? outcome : get_and_check(run, CAUSE_NONE, "all pages, once more");
}

static enum outcome late_buffer(struct run *run)
{
	enum outcome outcome = rig_open(run, 0);

	if (!outcome)
		outcome = rig_start(run);
	if (!outcome)
		outcome = rounds_get(run, "without buffers");
	if (!outcome)
		outcome = buffers_add(run);
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = get_and_check(run, CAUSE_NONE, "buffers come after START");
	if (!outcome)
		outcome = buffers_write(run, 1);
	return outcome ? outcome : get_and_check(run, CAUSE_NONE, "and are written again");
}

static enum outcome removed_buffer(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = exercise_drop(run, BUFFER_A, CERTIFY_WINDOW);
	return outcome ? outcome : get_and_check(run, CAUSE_REMOVED, "a buffer is removed");
}

static enum outcome restart(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = rig_stop(run);
	if (!outcome)
		outcome = rig_start(run);
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = get_and_check(run, CAUSE_NONE, "after STOP and START");
	if (!outcome)
		outcome = buffers_write(run, 1);
	return outcome ? outcome : get_and_check(run, CAUSE_NONE, "and once more");
}

static enum outcome before_pre_copy(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	return outcome ? outcome :
			 get_and_check(run, CAUSE_BEFORE, "written, then PRE_COPY");
}

static enum outcome in_pre_copy(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	return outcome ? outcome : write_rounds(run, "in PRE_COPY");
}

static enum outcome last_round(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome && run->caps & PINSCOPE_MIGRATION_PRE_COPY)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_STOP_COPY);
	return outcome ? outcome : get_and_check(run, CAUSE_BEFORE, "written, then STOP_COPY");
}

static enum outcome cancelled(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_PRE_COPY);
	if (!outcome)
		outcome = rounds_get(run, "in PRE_COPY");
	if (!outcome)
		outcome = rig_state(run, PINSCOPE_STATE_RUNNING);
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = get_and_check(run, CAUSE_STATES, "back in RUNNING");
	if (!outcome)
		outcome = buffers_write(run, 1);
	return outcome ? outcome : get_and_check(run, CAUSE_STATES, "back in RUNNING, once more");
}

static enum outcome before_reset(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = rig_reset(run);
	return outcome ? outcome : get_and_check(run, CAUSE_RESET, "written, then reset");
}

static enum outcome before_close(struct run *run)
{
	enum outcome outcome = buffers_ready(run);

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = rig_close_device(run);
	if (!outcome)
		outcome = get_and_check(run, CAUSE_CLOSE, "written, then closed");
	if (!outcome)
		outcome = rig_open_device(run);
	if (!outcome)
		outcome = buffers_add(run);
	if (!outcome)
		outcome = buffers_write(run, 1);
	return outcome ? outcome : get_and_check(run, CAUSE_NONE, "opened again");
}

/* Memory that nothing can be written to. */
static enum outcome get_into(struct run *run, void *bad)
{
	struct memory *memory = &run->rig.memory;
	uint64_t raw[(sizeof(struct vfio_iommu_type1_dirty_bitmap) +
		      sizeof(struct vfio_iommu_type1_dirty_bitmap_get)) / sizeof(uint64_t)] = { 0 };
	struct vfio_iommu_type1_dirty_bitmap *head = (void *)raw;
	struct vfio_iommu_type1_dirty_bitmap_get *get = (void *)head->data;

	head->argsz = sizeof(raw);
	head->flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP;
	get->iova = memory->iova;
	get->size = rig_size(run);
	get->bitmap.pgsize = memory->page;
	get->bitmap.size = (memory->pages + 63) / 64 * 8;
	get->bitmap.data = bad;
	if (ioctl(pinscope_container_fd(run->rig.container), VFIO_IOMMU_DIRTY_PAGES, raw))
		return errno == EFAULT ? PASSED :
		       failed(run, "a GET into memory that is not there fails with \"%s\", not "
			      "EFAULT", strerror(errno));
	return failed(run, "a GET into memory that is not there succeeds");
}

static enum outcome failed_get(struct run *run)
{
	enum outcome outcome = buffers_ready(run);
	void *bad;

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (outcome)
		return outcome;
	bad = mmap(NULL, CERTIFY_PAGES_MAX, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad == MAP_FAILED)
		return failed(run, "no memory");
	outcome = get_into(run, bad);
	munmap(bad, CERTIFY_PAGES_MAX);
	return outcome ? outcome : get_and_check(run, CAUSE_NONE, "after a GET that failed");
}

const struct rule rules_dirty[] = {
	{ "dirty.each_round", NEEDS_EXERCISER, each_round },
	{ "dirty.each_page", NEEDS_EXERCISER, each_page },
	{ "dirty.late_buffer", NEEDS_EXERCISER, late_buffer },
	{ "dirty.removed_buffer", NEEDS_EXERCISER, removed_buffer },
	{ "dirty.restart", NEEDS_EXERCISER, restart },
	{ "dirty.failed_get", NEEDS_EXERCISER, failed_get },
	{ "dirty.before_pre_copy", NEEDS_EXERCISER | NEEDS_PRE_COPY, before_pre_copy },
	{ "dirty.in_pre_copy", NEEDS_EXERCISER | NEEDS_PRE_COPY, in_pre_copy },
	{ "dirty.last_round", NEEDS_EXERCISER | NEEDS_MIGRATION, last_round },
	{ "dirty.cancelled", NEEDS_EXERCISER | NEEDS_PRE_COPY, cancelled },
	{ "dirty.before_reset", NEEDS_EXERCISER | NEEDS_RESET, before_reset },
	{ "dirty.before_close", NEEDS_EXERCISER, before_close },
	{ NULL, 0, NULL }
};
