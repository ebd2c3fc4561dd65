// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is unmapped, mapped again, read-only, or asked for in other ways.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/certify/rules/rules.h"

static enum outcome unmap(struct run *run)
{
	const struct memory *memory = &run->rig.memory;
	int ret = pinscope_unmap(run->rig.container, memory->iova, memory_size(memory), NULL);

	if (ret)
		return failed_by(run, ret == -EBUSY ? CAUSE_UNMAP : CAUSE_NONE,
				 "memory cannot be unmapped: %s", strerror(-ret));
	return PASSED;
}

static enum outcome check_unpinned(struct run *run)
{
	int64_t pinned = rig_pinned(run);

	if (pinned > 0)
		return failed_by(run, CAUSE_UNMAP, "all is unmapped, and the driver still holds "
				 "%lld pages pinned", (long long)pinned);
	return PASSED;
}

static enum outcome check_forgotten(struct run *run)
{
	if (run->subject->emulated && rounds_last(run)->dirty)
		return failed_by(run, CAUSE_UNMAP, "all was unmapped, and %zu pages are reported "
				 "again and again", rounds_last(run)->dirty);
	return PASSED;
}

static const struct step pins_returned[] = {
	DO(buffers_ready),
	DO(unmap),
	DO(check_unpinned),
	DO(rig_map_again),
	GET("mapped again"),
	GET("mapped again, once more"),
	DO(check_forgotten),
	END
};

static enum outcome unmap_and_check(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	int ret;

	ret = pinscope_unmap_dirty(run->rig.container, memory->iova, memory_size(memory),
				   memory->page, run->rig.dirty, NULL);
	if (ret)
		return failed(run, "an unmap with bitmap fails: %s", strerror(-ret));
	rounds_count(run, run->rig.dirty, "unmap with bitmap");
	return rounds_check(run, rounds_last(run), CAUSE_NONE);
}

static const struct step unmap_bitmap[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(unmap_and_check),
	END
};

static enum outcome need_memory_of_remaps(struct run *run)
{
	if (run->patched)
		return PASSED;
	return skipped(run, "this kernel forgets what was dirty in memory that is unmapped and "
		       "mapped again, whatever the device is");
}

static const struct step remap[] = {
	DO(need_memory_of_remaps),
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(unmap),
	DO(rig_map_again),
	CHECK(CAUSE_NONE, "unmapped and mapped again"),
	END
};

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

static enum outcome need_read_only(struct run *run)
{
	if (run->patched || run->subject->emulated)
		return PASSED;
	return skipped(run, "this kernel reports read-only memory as well while the scope is "
		       "wide, whatever the device is");
}

static enum outcome map_read_only(struct run *run)
{
	size_t len = 8 * run->rig.memory.page;
	enum outcome outcome;
	void *data;
	int ret;

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

static const struct step read_only[] = {
	DO(need_read_only),
	OPEN(RIG_IDLE),
	DO(map_read_only),
	END
};

/* What is told in ranges, and without forgetting it, is what the bitmap has. */
static enum outcome compare_ranges(struct run *run)
{
	static const struct step get[] = {
		CHECK(CAUSE_NONE, "after a look at the ranges"),
		END
	};
	struct memory *memory = &run->rig.memory;
	struct pinscope_dirty_range found[256];
	uint64_t iova = memory->iova, size = memory_size(memory), pages = 0;
	enum outcome outcome;
	size_t nr = 256, i;
	int ret;

	ret = pinscope_dirty_ranges(run->rig.container, &iova, &size, true, found, &nr);
	if (ret == -EINVAL)
		return skipped(run, "this kernel does not tell dirty pages as ranges");
	if (ret || size)
		return failed(run, "ranges cannot be had: %s", strerror(-ret));
	for (i = 0; i < nr; i++)
		pages += found[i].size / memory->page;
	outcome = steps_run(run, get);
	if (!outcome && pages != rounds_last(run)->dirty)
		return failed(run, "the ranges have %llu pages, the bitmap after that %zu",
			      (unsigned long long)pages, rounds_last(run)->dirty);
	return outcome;
}

static const struct step ranges[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(compare_ranges),
	END
};

const struct rule rules_mapping[] = {
	{ "mapping.pins_returned", 0, pins_returned },
	{ "mapping.read_only", 0, read_only },
	{ "mapping.unmap_bitmap", NEEDS_EXERCISER, unmap_bitmap },
	{ "mapping.remap", NEEDS_EXERCISER, remap },
	{ "mapping.ranges", NEEDS_EXERCISER | NEEDS_PATCHED, ranges },
	{ NULL, 0, NULL }
};
