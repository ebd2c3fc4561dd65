// SPDX-License-Identifier: GPL-2.0-only
/*
 * A container with the device in it, and memory.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/certify/rig/rig.h"
#include "cli/container/member.h"

static enum outcome no_go(struct run *run, const char *what, enum pinscope_op op, int err)
{
	return failed(run, "%s: %s; %s", what, strerror(-err), pinscope_explain(op, err));
}

/*
 * A group is detached when the last file of its device goes, which may take a
 * moment if a program had it, too.
 */
static int open_group(const char *device, struct pinscope_group **out)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int ret, tries = 40;

	while ((ret = pinscope_group_open_device(device, out)) == -EBUSY && tries--)
		nanosleep(&pause, NULL);
	return ret;
}

static enum outcome attach(struct run *run, const struct subject *subject,
			   struct cli_member *member, bool first)
{
	int ret;

	ret = open_group(subject->name, &member->group);
	if (ret)
		return no_go(run, "cannot open the group", PINSCOPE_OP_GROUP_OPEN, ret);
	ret = pinscope_group_attach(member->group, run->rig.container);
	if (ret)
		return no_go(run, "cannot attach the group", PINSCOPE_OP_GROUP_ATTACH, ret);
	if (first) {
		ret = pinscope_container_set_iommu(run->rig.container);
		if (ret)
			return no_go(run, "cannot set the IOMMU", PINSCOPE_OP_SET_IOMMU, ret);
	}
	return PASSED;
}

/* A PCI device does no DMA before its driver in the guest says so. */
static enum outcome let_work(struct run *run, struct pinscope_device *device)
{
	struct pinscope_device_info info;
	int ret;

	if (pinscope_device_get_info(device, &info) || !(info.flags & VFIO_DEVICE_FLAGS_PCI))
		return PASSED;
	ret = pinscope_device_enable(device);
	return ret ? failed(run, "cannot let the device master the bus: %s", strerror(-ret)) :
		     PASSED;
}

static enum outcome open_member(struct run *run, const struct subject *subject,
				struct cli_member *member)
{
	int ret;

	ret = pinscope_device_open(member->group, subject->name, &member->device);
	if (ret)
		return no_go(run, "cannot open the device", PINSCOPE_OP_DEVICE_OPEN, ret);
	return let_work(run, member->device);
}

static enum outcome map_memory(struct run *run)
{
	struct rig *rig = &run->rig;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t scratch = CERTIFY_SCRATCH * page;
	int ret;

	ret = memory_new(&rig->memory, run->request->pages + 2 * CERTIFY_GUARD, page, RIG_IOVA);
	if (ret)
		return failed(run, "no memory to map: %s", strerror(-ret));
	ret = pinscope_map(rig->container, rig->memory.data, rig->memory.iova,
			   memory_size(&rig->memory), PINSCOPE_MAP_RW);
	if (ret)
		return no_go(run, "cannot map memory", PINSCOPE_OP_MAP, ret);

	rig->scratch_fd = memfd_create("pinscope-scratch", MFD_CLOEXEC);
	if (rig->scratch_fd < 0 || ftruncate(rig->scratch_fd, (off_t)scratch))
		return failed(run, "no memory for an exerciser: %s", strerror(errno));
	rig->scratch = mmap(NULL, scratch, PROT_READ | PROT_WRITE, MAP_SHARED, rig->scratch_fd, 0);
	if (rig->scratch == MAP_FAILED) {
		rig->scratch = NULL;
		return failed(run, "no memory for an exerciser: %s", strerror(errno));
	}
	rig->scratch_iova = RIG_SCRATCH_IOVA;
	ret = pinscope_map(rig->container, rig->scratch, rig->scratch_iova, scratch,
			   PINSCOPE_MAP_RW);
	return ret ? no_go(run, "cannot map memory", PINSCOPE_OP_MAP, ret) : PASSED;
}

enum outcome rig_open(struct run *run, unsigned int flags)
{
	struct rig *rig = &run->rig;
	enum outcome outcome;
	int ret;

	*rig = (struct rig) { .scratch_fd = -1, .stream = -1, .idle = flags & RIG_IDLE };
	ret = pinscope_container_open(&rig->container);
	if (ret)
		return no_go(run, "cannot open a container", PINSCOPE_OP_CONTAINER_OPEN, ret);
	ret = pinscope_bitmap_new(&rig->dirty);
	if (ret)
		return failed(run, "no memory for a bitmap");

	outcome = attach(run, run->subject, &rig->member, true);
	if (!outcome && flags & RIG_SECOND)
		outcome = attach(run, run->second, &rig->second, false);
	if (!outcome)
		outcome = map_memory(run);
	if (!outcome && !(flags & RIG_CLOSED))
		outcome = rig_open_device(run);
	return outcome;
}

static enum outcome begin_work(struct run *run)
{
	return run->ex && !run->broken && !run->rig.idle ? exercise_begin(run) : PASSED;
}

enum outcome rig_open_device(struct run *run)
{
	enum outcome outcome = open_member(run, run->subject, &run->rig.member);

	return outcome ? outcome : begin_work(run);
}

enum outcome rig_reset(struct run *run)
{
	enum outcome outcome;
	int ret;

	exercise_end(run);
	ret = pinscope_device_reset(run->rig.member.device);
	if (ret)
		return failed_by(run, CAUSE_RESET, "the device says that it can be reset, but: %s",
				 strerror(-ret));
	outcome = let_work(run, run->rig.member.device);
	return outcome ? outcome : begin_work(run);
}

enum outcome rig_open_second(struct run *run)
{
	return open_member(run, run->second, &run->rig.second);
}

enum outcome rig_close_device(struct run *run)
{
	struct rig *rig = &run->rig;

	if (rig->stream >= 0)
		close(rig->stream);
	rig->stream = -1;
	if (rig->member.device)
		exercise_end(run);
	pinscope_device_close(rig->member.device);
	rig->member.device = NULL;
	return PASSED;
}

void rig_close(struct run *run)
{
	struct rig *rig = &run->rig;

	rig_close_device(run);
	if (rig->container && rig->tracking)
		pinscope_dirty_stop(rig->container);
	pinscope_device_close(rig->second.device);
	rig->second.device = NULL;
	if (rig->container)
		pinscope_unmap_all(rig->container, NULL);
	cli_leave(&rig->second);
	cli_leave(&rig->member);
	pinscope_container_close(rig->container);
	pinscope_bitmap_free(rig->dirty);
	memory_free(&rig->memory);
	if (rig->scratch)
		munmap(rig->scratch, CERTIFY_SCRATCH * (size_t)sysconf(_SC_PAGESIZE));
	if (rig->scratch_fd >= 0)
		close(rig->scratch_fd);
	*rig = (struct rig) { .scratch_fd = -1, .stream = -1 };
}

enum outcome rig_map_again(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	int ret = pinscope_map(run->rig.container, memory->data, memory->iova, memory_size(memory),
			       PINSCOPE_MAP_RW);

	return ret ? failed(run, "memory cannot be mapped again: %s", strerror(-ret)) : PASSED;
}

enum outcome rig_start(struct run *run)
{
	int ret = pinscope_dirty_start(run->rig.container);

	if (ret)
		return no_go(run, "START failed", PINSCOPE_OP_DIRTY, ret);
	run->rig.tracking = true;
	return PASSED;
}

enum outcome rig_stop(struct run *run)
{
	int ret = pinscope_dirty_stop(run->rig.container);

	if (ret)
		return no_go(run, "STOP failed", PINSCOPE_OP_DIRTY, ret);
	run->rig.tracking = false;
	return PASSED;
}

enum outcome rig_state(struct run *run, enum pinscope_migration_state state)
{
	int ret, fd = -1;

	ret = pinscope_migration_set_state(run->rig.member.device, state, &fd);
	if (ret)
		return failed_by(run, CAUSE_STATES, "the device does not enter %s: %s",
				 pinscope_migration_state_name(state), strerror(-ret));
	/* A stream lives through the saving states. */
	if (fd >= 0) {
		if (run->rig.stream >= 0)
			close(run->rig.stream);
		run->rig.stream = fd;
	}
	return PASSED;
}

enum outcome rig_pre_copy(struct run *run)
{
	if (!(run->caps & PINSCOPE_MIGRATION_PRE_COPY))
		return PASSED;
	return rig_state(run, PINSCOPE_STATE_PRE_COPY);
}

int64_t rig_pinned(const struct run *run)
{
	struct pinscope_scope_counts counts;

	if (!run->rig.container || pinscope_container_scope(run->rig.container, &counts))
		return -1;
	return (int64_t)counts.pinned_pages;
}

enum width rig_scope(const struct run *run)
{
	struct pinscope_scope_counts counts;

	if (pinscope_container_scope(run->rig.container, &counts))
		return UNSEEN;
	return counts.scope == PINSCOPE_SCOPE_WIDE ? WIDE : NARROW;
}
