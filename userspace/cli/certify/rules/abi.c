// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that are wrong, of which every device and every kernel has to say so.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cli/certify/rig/rig.h"

#define VFIO_FEATURE_NONE	0xfffeu

static enum outcome expect(struct run *run, int ret, int err, const char *what)
{
	int got = ret < 0 ? errno : 0;

	if (got == err)
		return PASSED;
	return failed(run, "%s: \"%s\", where \"%s\" is expected", what,
		      got ? strerror(got) : "it succeeds", err ? strerror(err) : "success");
}

static enum outcome info(struct run *run)
{
	struct vfio_iommu_type1_info arg = { .argsz = 8 };
	struct pinscope_container_info all;
	enum outcome outcome = rig_open(run, RIG_IDLE);
	int fd = pinscope_container_fd(run->rig.container);
	int ret;

	if (outcome)
		return outcome;
	outcome = expect(run, ioctl(fd, VFIO_IOMMU_GET_INFO, &arg), EINVAL,
			 "VFIO_IOMMU_GET_INFO with an argument of 8 bytes");
	if (outcome)
		return outcome;
	arg.argsz = sizeof(arg);
	outcome = expect(run, ioctl(fd, VFIO_IOMMU_GET_INFO, &arg), 0,
			 "VFIO_IOMMU_GET_INFO without room for capabilities");
	if (outcome)
		return outcome;
	ret = pinscope_container_get_info(run->rig.container, &all);
	if (ret)
		return failed(run, "VFIO_IOMMU_GET_INFO: %s", strerror(-ret));
	if (!(all.pgsizes & run->rig.memory.page))
		outcome = failed(run, "pages of the CPU's size cannot be mapped");
	else if (!(all.dirty_pgsizes & run->rig.memory.page))
		outcome = failed(run, "no bit can stand for a page of the CPU's size");
	note(run, "page sizes 0x%llx, of bits 0x%llx", (unsigned long long)all.pgsizes,
	     (unsigned long long)all.dirty_pgsizes);
	pinscope_container_info_release(&all);
	return outcome;
}

/* Each region has to be described, and what is beyond has to be refused. */
static enum outcome device(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_IDLE);
	struct pinscope_device_info all;
	struct pinscope_region region;
	struct pinscope_irq irq;
	struct vfio_device_info arg = { .argsz = 4 };
	uint32_t i;
	int ret;

	if (outcome)
		return outcome;
	outcome = expect(run, ioctl(pinscope_device_fd(run->rig.member.device),
				    VFIO_DEVICE_GET_INFO, &arg), EINVAL,
			 "VFIO_DEVICE_GET_INFO with an argument of 4 bytes");
	ret = pinscope_device_get_info(run->rig.member.device, &all);
	if (outcome || ret)
		return outcome ? outcome : failed(run, "VFIO_DEVICE_GET_INFO: %s",
						  strerror(-ret));
	for (i = 0; i < all.nr_regions; i++) {
		ret = pinscope_device_get_region(run->rig.member.device, i, &region);
		/* One that a device does not have may be refused. */
		if (ret && ret != -EINVAL)
			return failed(run, "region %u: %s", i, strerror(-ret));
	}
	for (i = 0; i < all.nr_irqs; i++) {
		ret = pinscope_device_get_irq(run->rig.member.device, i, &irq);
		if (ret && ret != -EINVAL)
			return failed(run, "interrupt %u: %s", i, strerror(-ret));
	}
	if (pinscope_device_get_region(run->rig.member.device, all.nr_regions + 100,
				       &region) != -EINVAL)
		return failed(run, "region %u of %u is not refused with EINVAL",
			      all.nr_regions + 100, all.nr_regions);
	return PASSED;
}

static enum outcome feature(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_IDLE);
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_device_feature_probe(run->rig.member.device, VFIO_FEATURE_NONE,
					    VFIO_DEVICE_FEATURE_GET);
	/* A driver without any feature may know nothing of the call. */
	if (ret != -ENOTTY && ret != -EINVAL)
		return failed(run, "a feature that there is not is answered with \"%s\", not "
			      "ENOTTY", ret ? strerror(-ret) : "it succeeds");
	return PASSED;
}

static int dirty_call(const struct run *run, uint32_t argsz, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap arg = { .argsz = argsz, .flags = flags };

	return ioctl(pinscope_container_fd(run->rig.container), VFIO_IOMMU_DIRTY_PAGES, &arg);
}

static enum outcome dirty_calls(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_IDLE);
	const uint32_t start = VFIO_IOMMU_DIRTY_PAGES_FLAG_START;
	const uint32_t stop = VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP;

	if (!outcome)
		outcome = expect(run, dirty_call(run, 4, start), EINVAL,
				 "START with an argument of 4 bytes");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, 0), EINVAL, "neither START nor STOP");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, start | stop), EINVAL,
				 "START and STOP at once");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, 1u << 31), EINVAL, "an unknown flag");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, start), 0, "START");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, start), 0, "START once more");
	if (!outcome)
		outcome = expect(run, dirty_call(run, 8, stop), 0, "STOP");
	return outcome ? outcome : expect(run, dirty_call(run, 8, stop), 0, "STOP once more");
}

static enum outcome refuses(struct run *run, uint64_t iova, uint64_t size, uint64_t page,
			    const char *what)
{
	int ret = pinscope_dirty_get(run->rig.container, iova, size, page, run->rig.dirty);

	if (ret == -EINVAL)
		return PASSED;
	return failed(run, "a GET %s is answered with \"%s\", not EINVAL", what,
		      ret ? strerror(-ret) : "it succeeds");
}

static enum outcome gets(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_IDLE);
	struct memory *memory = &run->rig.memory;
	size_t page = memory->page;

	if (!outcome)
		outcome = refuses(run, memory->iova, rig_size(run), page, "before START");
	if (!outcome)
		outcome = rig_start(run);
	if (!outcome)
		outcome = refuses(run, memory->iova + page, rig_size(run) - page, page,
				  "that begins in a mapping");
	if (!outcome)
		outcome = refuses(run, memory->iova, rig_size(run) - page, page,
				  "that ends in a mapping");
	if (!outcome)
		outcome = refuses(run, memory->iova, rig_size(run), page / 2,
				  "in units of half a page");
	if (!outcome)
		outcome = rounds_get(run, "all of the mapping");
	if (!outcome)
		outcome = rig_stop(run);
	return outcome ? outcome :
			 refuses(run, memory->iova, rig_size(run), page, "after STOP");
}

static enum outcome maps(struct run *run)
{
	enum outcome outcome = rig_open(run, RIG_IDLE);
	struct memory *memory = &run->rig.memory;
	uint64_t unmapped;
	int ret;

	if (outcome)
		return outcome;
	ret = pinscope_map(run->rig.container, memory->data, memory->iova, memory->page,
			   PINSCOPE_MAP_RW);
	if (ret != -EEXIST)
		return failed(run, "a mapping over another is answered with \"%s\", not EEXIST",
			      ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap(run->rig.container, memory->iova, memory->page, NULL);
	if (ret != -EINVAL)
		return failed(run, "an unmap of a part is answered with \"%s\", not EINVAL",
			      ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap_dirty(run->rig.container, memory->iova, rig_size(run), memory->page,
				   run->rig.dirty, NULL);
	if (ret != -EINVAL)
		return failed(run, "an unmap with bitmap, without START, is answered with \"%s\", "
			      "not EINVAL", ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap(run->rig.container, memory->iova, rig_size(run), &unmapped);
	if (ret || unmapped != rig_size(run))
		return failed(run, "an unmap of all does not unmap all: %s", strerror(-ret));
	return PASSED;
}

const struct rule rules_abi[] = {
	{ "abi.info", 0, info },
	{ "abi.device", 0, device },
	{ "abi.feature", 0, feature },
	{ "abi.start_stop", 0, dirty_calls },
	{ "abi.get", 0, gets },
	{ "abi.map", 0, maps },
	{ NULL, 0, NULL }
};
