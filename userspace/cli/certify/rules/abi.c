// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that are wrong, of which every device and every kernel has to say so.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cli/certify/rules/rules.h"

#define VFIO_FEATURE_NONE	0xfffeu

static enum outcome expect(struct run *run, int ret, int err, const char *what)
{
	int got = ret < 0 ? errno : 0;

	if (got == err)
		return PASSED;
	return failed(run, "%s: \"%s\", where \"%s\" is expected", what,
		      got ? strerror(got) : "it succeeds", err ? strerror(err) : "success");
}

static enum outcome ask_short(struct run *run)
{
	struct vfio_iommu_type1_info arg = { .argsz = 8 };
	int fd = pinscope_container_fd(run->rig.container);

	return expect(run, ioctl(fd, VFIO_IOMMU_GET_INFO, &arg), EINVAL,
		      "VFIO_IOMMU_GET_INFO with an argument of 8 bytes");
}

static enum outcome ask_without_capabilities(struct run *run)
{
	struct vfio_iommu_type1_info arg = { .argsz = sizeof(arg) };
	int fd = pinscope_container_fd(run->rig.container);

	return expect(run, ioctl(fd, VFIO_IOMMU_GET_INFO, &arg), 0,
		      "VFIO_IOMMU_GET_INFO without room for capabilities");
}

static enum outcome check_page_sizes(struct run *run)
{
	struct pinscope_container_info all;
	enum outcome outcome = PASSED;
	int ret;

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

static const struct step info[] = {
	OPEN(RIG_IDLE),
	DO(ask_short),
	DO(ask_without_capabilities),
	DO(check_page_sizes),
	END
};

static enum outcome ask_device_short(struct run *run)
{
	struct vfio_device_info arg = { .argsz = 4 };

	return expect(run, ioctl(pinscope_device_fd(run->rig.member.device),
				 VFIO_DEVICE_GET_INFO, &arg), EINVAL,
		      "VFIO_DEVICE_GET_INFO with an argument of 4 bytes");
}

/* Each region has to be described, and what is beyond has to be refused. */
static enum outcome ask_regions(struct run *run)
{
	struct pinscope_device *device = run->rig.member.device;
	struct pinscope_device_info all;
	struct pinscope_region region;
	struct pinscope_irq irq;
	uint32_t i;
	int ret;

	ret = pinscope_device_get_info(device, &all);
	if (ret)
		return failed(run, "VFIO_DEVICE_GET_INFO: %s", strerror(-ret));
	for (i = 0; i < all.nr_regions; i++) {
		ret = pinscope_device_get_region(device, i, &region);
		/* One that a device does not have may be refused. */
		if (ret && ret != -EINVAL)
			return failed(run, "region %u: %s", i, strerror(-ret));
	}
	for (i = 0; i < all.nr_irqs; i++) {
		ret = pinscope_device_get_irq(device, i, &irq);
		if (ret && ret != -EINVAL)
			return failed(run, "interrupt %u: %s", i, strerror(-ret));
	}
	if (pinscope_device_get_region(device, all.nr_regions + 100, &region) != -EINVAL)
		return failed(run, "region %u of %u is not refused with EINVAL",
			      all.nr_regions + 100, all.nr_regions);
	return PASSED;
}

static const struct step device[] = {
	OPEN(RIG_IDLE),
	DO(ask_device_short),
	DO(ask_regions),
	END
};

static enum outcome ask_no_feature(struct run *run)
{
	int ret = pinscope_device_feature_probe(run->rig.member.device, VFIO_FEATURE_NONE,
						VFIO_DEVICE_FEATURE_GET);

	/* A driver without any feature may know nothing of the call. */
	if (ret != -ENOTTY && ret != -EINVAL)
		return failed(run, "a feature that there is not is answered with \"%s\", not "
			      "ENOTTY", ret ? strerror(-ret) : "it succeeds");
	return PASSED;
}

static const struct step feature[] = {
	OPEN(RIG_IDLE),
	DO(ask_no_feature),
	END
};

static int dirty_call(const struct run *run, uint32_t argsz, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap arg = { .argsz = argsz, .flags = flags };

	return ioctl(pinscope_container_fd(run->rig.container), VFIO_IOMMU_DIRTY_PAGES, &arg);
}

#define START	VFIO_IOMMU_DIRTY_PAGES_FLAG_START
#define STOP	VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP

static enum outcome call_dirty(struct run *run)
{
	static const struct {
		uint32_t argsz;
		uint32_t flags;
		int err;
		const char *what;
	} calls[] = {
		{ 4, START, EINVAL, "START with an argument of 4 bytes" },
		{ 8, 0, EINVAL, "neither START nor STOP" },
		{ 8, START | STOP, EINVAL, "START and STOP at once" },
		{ 8, 1u << 31, EINVAL, "an unknown flag" },
		{ 8, START, 0, "START" },
		{ 8, START, 0, "START once more" },
		{ 8, STOP, 0, "STOP" },
		{ 8, STOP, 0, "STOP once more" },
	};
	enum outcome outcome = PASSED;
	size_t i;

	for (i = 0; !outcome && i < sizeof(calls) / sizeof(calls[0]); i++)
		outcome = expect(run, dirty_call(run, calls[i].argsz, calls[i].flags),
				 calls[i].err, calls[i].what);
	return outcome;
}

static const struct step start_stop[] = {
	OPEN(RIG_IDLE),
	DO(call_dirty),
	END
};

/* What of the mapping a GET asks for */
enum extent { ALL, NOT_FIRST_PAGE, NOT_LAST_PAGE, IN_HALF_PAGES };

static enum outcome refuses(struct run *run, const struct step *step)
{
	const struct memory *memory = &run->rig.memory;
	uint64_t iova = memory->iova, size = memory_size(memory), page = memory->page;
	int ret;

	if (step->number == NOT_FIRST_PAGE)
		iova += page;
	if (step->number == NOT_FIRST_PAGE || step->number == NOT_LAST_PAGE)
		size -= page;
	if (step->number == IN_HALF_PAGES)
		page /= 2;
	ret = pinscope_dirty_get(run->rig.container, iova, size, page, run->rig.dirty);
	if (ret == -EINVAL)
		return PASSED;
	return failed(run, "a GET %s is answered with \"%s\", not EINVAL", step->label,
		      ret ? strerror(-ret) : "it succeeds");
}

#define REFUSES(extent, what)	{ .take = refuses, .number = (extent), .label = (what) }

static const struct step gets[] = {
	OPEN(RIG_IDLE),
	REFUSES(ALL, "before START"),
	DO(rig_start),
	REFUSES(NOT_FIRST_PAGE, "that begins in a mapping"),
	REFUSES(NOT_LAST_PAGE, "that ends in a mapping"),
	REFUSES(IN_HALF_PAGES, "in units of half a page"),
	GET("all of the mapping"),
	DO(rig_stop),
	REFUSES(ALL, "after STOP"),
	END
};

static enum outcome map_and_unmap(struct run *run)
{
	struct memory *memory = &run->rig.memory;
	uint64_t unmapped;
	int ret;

	ret = pinscope_map(run->rig.container, memory->data, memory->iova, memory->page,
			   PINSCOPE_MAP_RW);
	if (ret != -EEXIST)
		return failed(run, "a mapping over another is answered with \"%s\", not EEXIST",
			      ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap(run->rig.container, memory->iova, memory->page, NULL);
	if (ret != -EINVAL)
		return failed(run, "an unmap of a part is answered with \"%s\", not EINVAL",
			      ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap_dirty(run->rig.container, memory->iova, memory_size(memory),
				   memory->page, run->rig.dirty, NULL);
	if (ret != -EINVAL)
		return failed(run, "an unmap with bitmap, without START, is answered with \"%s\", "
			      "not EINVAL", ret ? strerror(-ret) : "it succeeds");
	ret = pinscope_unmap(run->rig.container, memory->iova, memory_size(memory), &unmapped);
	if (ret || unmapped != memory_size(memory))
		return failed(run, "an unmap of all does not unmap all: %s", strerror(-ret));
	return PASSED;
}

static const struct step maps[] = {
	OPEN(RIG_IDLE),
	DO(map_and_unmap),
	END
};

const struct rule rules_abi[] = {
	{ "abi.info", 0, info },
	{ "abi.device", 0, device },
	{ "abi.feature", 0, feature },
	{ "abi.start_stop", 0, start_stop },
	{ "abi.get", 0, gets },
	{ "abi.map", 0, maps },
	{ NULL, 0, NULL }
};
