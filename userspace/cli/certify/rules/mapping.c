// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is unmapped, mapped again, read-only, or asked for in other ways.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/certify/rig/buffers.h"

static enum outcome map_again(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	int ret = pinscope_map(run->rig.container, memory->data, memory->iova, rig_size(run),
			       PINSCOPE_MAP_RW);

	return ret ? failed(run, "memory cannot be mapped again: %s", strerror(-ret)) : PASSED;
}

static enum outcome unmap(struct run *run)
{
	int ret = pinscope_unmap(run->rig.container, run->rig.memory.iova, rig_size(run), NULL);

	if (ret)
		return failed_by(run, ret == -EBUSY ? CAUSE_UNMAP : CAUSE_NONE,
				 "memory cannot be unmapped: %s", strerror(-ret));
	return PASSED;
}

static enum outcome pins_returned(struct run *run)
{
	enum outcome outcome = buffers_ready(run);
	int64_t pinned;

	if (!outcome)
		outcome = unmap(run);
	if (outcome)
		return outcome;
	pinned = rig_pinned(run);
	if (pinned > 0)
		return failed_by(run, CAUSE_UNMAP, "all is unmapped, and the driver still holds "
				 "%lld pages pinned", (long long)pinned);
	outcome = map_again(run);
	if (!outcome)
		outcome = rounds_get(run, "mapped again");
	if (!outcome)
		outcome = rounds_get(run, "mapped again, once more");
	if (!outcome && run->subject->emulated && rounds_last(run)->dirty)
		return failed_by(run, CAUSE_UNMAP, "all was unmapped, and %zu pages are reported "
				 "again and again", rounds_last(run)->dirty);
	return outcome;
}

static enum outcome unmap_bitmap(struct run *run)
{
	enum outcome outcome = buffers_ready(run);
	struct memory *memory = &run->rig.memory;
	int ret;

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (outcome)
		return outcome;
	ret = pinscope_unmap_dirty(run->rig.container, memory->iova, rig_size(run), memory->page,
				   run->rig.dirty, NULL);
	if (ret)
		return failed(run, "an unmap with bitmap fails: %s", strerror(-ret));
	rounds_count(run, run->rig.dirty, "unmap with bitmap");
	return rounds_check(run, rounds_last(run), CAUSE_NONE);
}

static enum outcome remap(struct run *run)
{
	enum outcome outcome;

	if (!run->patched)
		return skipped(run, "this kernel forgets what was dirty in memory that is unmapped "
			       "and mapped again, whatever the device is");
	outcome = buffers_ready(run);
	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (!outcome)
		outcome = unmap(run);
	if (!outcome)
		outcome = map_again(run);
	if (!outcome)
		outcome = rounds_get(run, "unmapped and mapped again");
	return outcome ? outcome : rounds_check(run, rounds_last(run), CAUSE_NONE);
}

static enum outcome count_read_only(struct run *run, size_t len)
{
	size_t page = run->rig.memory.page;
	enum outcome outcome = rig_start(run);
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_dirty_get(run->rig.container, RIG_READ_IOVA, len, page, run->rig.dirty);
	if (ret)
		return failed(run, "GET failed: %s", strerror(-ret));
	if (pinscope_bitmap_count(run->rig.dirty))
		return failed(run, "%llu pages are reported that no device may write",
			      (unsigned long long)pinscope_bitmap_count(run->rig.dirty));
	return PASSED;
}

static enum outcome read_only(struct run *run)
{
	enum outcome outcome;
	size_t len;
	void *data;
	int ret;

	if (!run->patched && !run->subject->emulated)
		return skipped(run, "this kernel reports read-only memory as well while the scope "
			       "is wide, whatever the device is");
	outcome = rig_open(run, RIG_IDLE);
	if (outcome)
		return outcome;
	len = 8 * run->rig.memory.page;
	data = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return failed(run, "no memory");
	ret = pinscope_map(run->rig.container, data, RIG_READ_IOVA, len, PINSCOPE_MAP_READ);
	if (ret)
		outcome = failed(run, "memory cannot be mapped read-only: %s", strerror(-ret));
	else
		outcome = count_read_only(run, len);
	pinscope_unmap(run->rig.container, RIG_READ_IOVA, len, NULL);
	munmap(data, len);
	return outcome;
}

/* What is told in ranges, and without forgetting it, is what the bitmap has. */
static enum outcome ranges(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	struct pinscope_dirty_range found[256];
	enum outcome outcome = buffers_ready(run);
	uint64_t iova, size, pages = 0;
	size_t nr = 256, i;
	int ret;

	if (!outcome)
		outcome = buffers_write(run, 0);
	if (!outcome)
		outcome = exercise_quiesce(run);
	if (outcome)
		return outcome;
	iova = memory->iova;
	size = rig_size(run);
	ret = pinscope_dirty_ranges(run->rig.container, &iova, &size, true, found, &nr);
	if (ret == -EINVAL)
		return skipped(run, "this kernel does not tell dirty pages as ranges");
	if (ret || size)
		return failed(run, "ranges cannot be had: %s", strerror(-ret));
	for (i = 0; i < nr; i++)
		pages += found[i].size / memory->page;
	outcome = rounds_get(run, "after a look at the ranges");
	if (!outcome)
		outcome = rounds_check(run, rounds_last(run), CAUSE_NONE);
	if (!outcome && pages != rounds_last(run)->dirty)
		return failed(run, "the ranges have %llu pages, the bitmap after that %zu",
			      (unsigned long long)pages, rounds_last(run)->dirty);
	return outcome;
}

const struct rule rules_mapping[] = {
	{ "mapping.pins_returned", 0, pins_returned },
	{ "mapping.read_only", 0, read_only },
	{ "mapping.unmap_bitmap", NEEDS_EXERCISER, unmap_bitmap },
	{ "mapping.remap", NEEDS_EXERCISER, remap },
	{ "mapping.ranges", NEEDS_EXERCISER | NEEDS_PATCHED, ranges },
	{ NULL, 0, NULL }
};
