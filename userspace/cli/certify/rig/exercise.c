// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device at work. An exerciser that does not do what it says is found here: what
 * it wrote is looked for in memory, and everywhere else.
 */
#include <string.h>

#include "cli/certify/exerciser/exerciser.h"
#include "cli/certify/rig/rig.h"

static enum outcome broken(struct run *run, const char *did)
{
	run->broken = true;
	return failed_by(run, CAUSE_EXERCISER, "the exerciser %s %s", run->ex->name, did);
}

static enum outcome told(struct run *run, int ret)
{
	if (ret < 0)
		return broken(run, run->ex->why);
	return PASSED;
}

enum outcome exercise_begin(struct run *run)
{
	int ret = run->ex->ops->begin(run->ex, run);

	return ret ? broken(run, run->ex->why) : PASSED;
}

void exercise_end(struct run *run)
{
	if (run->ex && !run->rig.idle && run->ex->ops->end)
		run->ex->ops->end(run->ex, run);
}

enum outcome exercise_window(struct run *run, size_t page, size_t count)
{
	size_t len = count * run->rig.memory.page;
	int ret;

	if (!run->ex->ops->window)
		return PASSED;
	ret = run->ex->ops->window(run->ex, run, memory_iova(&run->rig.memory, page), len);
	if (ret == EX_REFUSED)
		return failed(run, "the device does not take the buffer of pages %zu-%zu: %s",
			      page, page + count - 1, run->ex->why);
	return told(run, ret);
}

enum outcome exercise_drop(struct run *run, size_t page, size_t count)
{
	size_t len = count * run->rig.memory.page;
	int ret;

	if (!run->ex->ops->drop)
		return PASSED;
	ret = run->ex->ops->drop(run->ex, run, memory_iova(&run->rig.memory, page), len);
	if (ret == EX_REFUSED)
		return failed(run, "the device does not let go of the buffer of pages %zu-%zu: %s",
			      page, page + count - 1, run->ex->why);
	return told(run, ret);
}

enum outcome exercise_quiesce(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	char did[128];
	size_t page;
	int ret = 0;

	if (!run->ex || run->broken || run->rig.idle)
		return PASSED;
	if (run->rig.member.device && run->ex->ops->quiesce)
		ret = run->ex->ops->quiesce(run->ex, run);
	if (ret)
		return broken(run, run->ex->why);

	memory_look(memory);
	for (page = 0; page < memory->pages; page++) {
		if (!memory->written[page] || memory->asked[page])
			continue;
		snprintf(did, sizeof(did), "wrote page %ld, where it was not told to",
			 (long)page - (long)CERTIFY_GUARD);
		return broken(run, did);
	}
	return PASSED;
}

enum outcome exercise_try(struct run *run, size_t page, bool *refused)
{
	static uint32_t count;
	struct memory *memory = &run->rig.memory;
	size_t at = CERTIFY_GUARD + page, offset, len = run->ex->max;
	uint32_t seed = 0x50000000u + (count++ << 12);
	const char *did = NULL;
	char words[128];
	bool counts;
	int ret;

	if (len > memory->page)
		len = memory->page;
	/* Somewhere in the page, as a device does. */
	offset = (memory->page - len) / run->ex->align * run->ex->align;
	memory_look(memory);
	memory->asked[at] = 1;
	ret = run->ex->ops->write(run->ex, run, memory_iova(memory, page) + offset, len, seed);
	*refused = ret == EX_REFUSED;
	if (ret)
		return told(run, ret);

	counts = memory_counts(memory, at, offset, len, seed);
	memory->written[at] = 0;
	memory_look(memory);
	if (!memory->written[at])
		did = "but nothing has changed there";
	else if (run->ex->exact && !counts)
		did = "but other words are there";
	if (!did)
		return PASSED;
	snprintf(words, sizeof(words), "says that it wrote page %zu, %s", page, did);
	return broken(run, words);
}

enum outcome exercise_write(struct run *run, size_t page)
{
	enum outcome outcome;
	bool refused;

	outcome = exercise_try(run, page, &refused);
	if (!outcome && refused)
		return failed(run, "the device does not write page %zu: %s", page, run->ex->why);
	return outcome;
}
