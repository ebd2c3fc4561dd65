// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device writes has to be reported, whatever happens in between.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "cli/certify/rules/rules.h"

static const struct step each_round[] = {
	DO(buffers_ready),
	ROUNDS(8, "running"),
	END
};

/* Every page of a buffer, since any of them may be forgotten. */
static enum outcome write_all(struct run *run)
{
	enum outcome outcome = PASSED;
	size_t page;

	for (page = 0; !outcome && page < CERTIFY_WINDOW; page++)
		outcome = exercise_write(run, BUFFER_A + page);
	return outcome;
}

static const struct step each_page[] = {
	DO(buffers_ready),
	DO(write_all),
	CHECK(CAUSE_NONE, "all pages of a buffer"),
	DO(write_all),
	CHECK(CAUSE_NONE, "all pages, once more"),
	END
};

static const struct step late_buffer[] = {
	OPEN(0),
	DO(rig_start),
	GET("without buffers"),
	DO(buffers_add),
	WRITE(0),
	CHECK(CAUSE_NONE, "buffers come after START"),
	WRITE(1),
	CHECK(CAUSE_NONE, "and are written again"),
	END
};

static const struct step removed_buffer[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(buffers_drop),
	CHECK(CAUSE_REMOVED, "a buffer is removed"),
	END
};

static const struct step restart[] = {
	DO(buffers_ready),
	DO(rig_stop),
	DO(rig_start),
	WRITE(0),
	CHECK(CAUSE_NONE, "after STOP and START"),
	WRITE(1),
	CHECK(CAUSE_NONE, "and once more"),
	END
};

static const struct step before_pre_copy[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	STATE(PINSCOPE_STATE_PRE_COPY),
	CHECK(CAUSE_BEFORE, "written, then PRE_COPY"),
	END
};

static const struct step in_pre_copy[] = {
	DO(buffers_ready),
	STATE(PINSCOPE_STATE_PRE_COPY),
	ROUNDS(8, "in PRE_COPY"),
	END
};

static const struct step last_round[] = {
	DO(buffers_ready),
	DO(rig_pre_copy),
	WRITE(0),
	DO(exercise_quiesce),
	STATE(PINSCOPE_STATE_STOP_COPY),
	CHECK(CAUSE_BEFORE, "written, then STOP_COPY"),
	END
};

static const struct step cancelled[] = {
	DO(buffers_ready),
	STATE(PINSCOPE_STATE_PRE_COPY),
	GET("in PRE_COPY"),
	STATE(PINSCOPE_STATE_RUNNING),
	WRITE(0),
	CHECK(CAUSE_STATES, "back in RUNNING"),
	WRITE(1),
	CHECK(CAUSE_STATES, "back in RUNNING, once more"),
	END
};

static const struct step before_reset[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(rig_reset),
	CHECK(CAUSE_RESET, "written, then reset"),
	END
};

static const struct step before_close[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(rig_close_device),
	CHECK(CAUSE_CLOSE, "written, then closed"),
	DO(rig_open_device),
	DO(buffers_add),
	WRITE(1),
	CHECK(CAUSE_NONE, "opened again"),
	END
};

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
	get->size = memory_size(memory);
	get->bitmap.pgsize = memory->page;
	get->bitmap.size = (memory->pages + 63) / 64 * 8;
	get->bitmap.data = bad;
	if (ioctl(pinscope_container_fd(run->rig.container), VFIO_IOMMU_DIRTY_PAGES, raw))
		return errno == EFAULT ? PASSED :
		       failed(run, "a GET into memory that is not there fails with \"%s\", not "
			      "EFAULT", strerror(errno));
	return failed(run, "a GET into memory that is not there succeeds");
}

static enum outcome get_into_nothing(struct run *run)
{
	enum outcome outcome;
	void *bad;

	bad = mmap(NULL, CERTIFY_PAGES_MAX, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad == MAP_FAILED)
		return failed(run, "no memory");
	outcome = get_into(run, bad);
	munmap(bad, CERTIFY_PAGES_MAX);
	return outcome;
}

static const struct step failed_get[] = {
	DO(buffers_ready),
	WRITE(0),
	DO(exercise_quiesce),
	DO(get_into_nothing),
	CHECK(CAUSE_NONE, "after a GET that failed"),
	END
};

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
