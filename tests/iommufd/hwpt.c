// SPDX-License-Identifier: GPL-2.0
/*
 * An IOMMU that tracks, asked by itself: the dirty bits of an HWPT. The IOMMU is the
 * software one, whose driver is built with the flags of this iommufd.
 */
#include <errno.h>
#include <sys/mman.h>

#include <harness/sim.h>

#include "fixtures/space.h"

static uint32_t tracking_hwpt(struct member *dev)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
		.dev_id = dev->id,
		.pt_id = dev->space->id,
	};

	ok(raw(dev->space->fd, IOMMU_HWPT_ALLOC, &alloc));
	return alloc.out_hwpt_id;
}

static void hwpt_starts(struct space *space, uint32_t hwpt)
{
	struct iommu_hwpt_set_dirty_tracking set = {
		.size = sizeof(set),
		.flags = IOMMU_HWPT_DIRTY_TRACKING_ENABLE,
		.hwpt_id = hwpt,
	};

	ok(raw(space->fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &set));
}

static int try_hwpt_get(struct space *space, uint32_t hwpt, uint64_t *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap get = {
		.size = sizeof(get),
		.hwpt_id = hwpt,
		.iova = IOVA(0),
		.length = RAM_SIZE,
		.page_size = PAGE,
		.data = (uintptr_t)bitmap,
	};

	return raw(space->fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &get);
}

static uint64_t hwpt_dirty(struct space *space, uint32_t hwpt)
{
	uint64_t bitmap = 0;

	ok(try_hwpt_get(space, hwpt, &bitmap));
	return bitmap;
}

/* A device behind such an IOMMU, attached and tracked */
static struct member *tracked_device(struct space *space, uint32_t *hwpt)
{
	struct member *dev;

	need_sim();
	dev = space_add(space, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	*hwpt = tracking_hwpt(dev);
	ok(try_attach(dev, *hwpt));
	hwpt_starts(space, *hwpt);
	return dev;
}

TEST(hwpt, tells_once_what_was_written)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = tracked_device(space, &hwpt);

	same(hwpt_dirty(space, hwpt), NONE);
	writes(dev, 3);
	same(hwpt_dirty(space, hwpt), P(3));
	same(hwpt_dirty(space, hwpt), NONE);
}

/* It would clear what it cannot tell */
TEST(hwpt, bitmap_that_cannot_be_written_loses_nothing)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = tracked_device(space, &hwpt);
	uint64_t *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(page != MAP_FAILED);
	ok(mprotect(page, PAGE, PROT_READ));
	ok(munmap(page + PAGE / sizeof(*page), PAGE));
	writes(dev, 3);
	refused(try_hwpt_get(space, hwpt, page), EFAULT);
	refused(try_hwpt_get(space, hwpt, page + PAGE / sizeof(*page)), EFAULT);
	refused(try_hwpt_get(space, hwpt, (uint64_t *)-sizeof(uint64_t)), EFAULT);
	same(hwpt_dirty(space, hwpt), P(3));
	munmap(page, PAGE);
}
