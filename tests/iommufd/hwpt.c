// SPDX-License-Identifier: GPL-2.0
/*
 * An IOMMU that tracks: the dirty bits of an HWPT, asked by itself, or told by the IOAS.
 * The IOMMU is the software one, whose driver is built with the flags of this iommufd.
 */
#include <errno.h>
#include <sys/mman.h>

#include <harness/sim.h>

#include "fixtures/space.h"

static uint32_t tracking_hwpt(struct member *dev)
{
	uint32_t hwpt;

	ok(try_hwpt(dev, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt));
	return hwpt;
}

static int try_hwpt_track(struct space *space, uint32_t hwpt, bool on)
{
	struct iommu_hwpt_set_dirty_tracking set = {
		.size = sizeof(set),
		.flags = on ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return raw(space->fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &set);
}

static int try_hwpt_get(struct space *space, uint32_t hwpt, uint32_t flags,
			uint64_t *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap get = {
		.size = sizeof(get),
		.hwpt_id = hwpt,
		.flags = flags,
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

	ok(try_hwpt_get(space, hwpt, 0, &bitmap));
	return bitmap;
}

static int try_destroy(struct space *space, uint32_t id)
{
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return raw(space->fd, IOMMU_DESTROY, &destroy);
}

/* A device behind such an IOMMU, attached to what can track; and tracked by itself */
static struct member *device_on_hwpt(struct space *space, uint32_t *hwpt)
{
	struct member *dev;

	need_sim();
	dev = space_add(space, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	*hwpt = tracking_hwpt(dev);
	ok(try_attach(dev, *hwpt));
	return dev;
}

static struct member *tracked_device(struct space *space, uint32_t *hwpt)
{
	struct member *dev = device_on_hwpt(space, hwpt);

	ok(try_hwpt_track(space, *hwpt, true));
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
	refused(try_hwpt_get(space, hwpt, 0, page), EFAULT);
	refused(try_hwpt_get(space, hwpt, 0, page + PAGE / sizeof(*page)), EFAULT);
	refused(try_hwpt_get(space, hwpt, 0, (uint64_t *)-sizeof(uint64_t)), EFAULT);
	same(hwpt_dirty(space, hwpt), P(3));
	munmap(page, PAGE);
}

TEST(hwpt, tells_by_the_space)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);

	writes(dev, 2);
	start(space);
	equal(scope_of(space).out_nr_devices_wide, 0);
	equal(scope_of(space).out_flags, IOMMU_IOAS_DIRTY_SCOPE_PINNED |
	      IOMMU_IOAS_DIRTY_SCOPE_TRACKING | IOMMU_IOAS_DIRTY_SCOPE_IOMMU);
	same(dirty(space), NONE);
	writes(dev, 3);
	same(look(space), P(3));
	same(dirty(space), P(3));
	same(dirty(space), NONE);
	stop(space);
	equal(scope_of(space).out_nr_devices_wide, 1);
}

TEST(hwpt, tells_beside_an_access)
{
	struct space *space = space_new();
	struct member *emulated = space_emulated(space);
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);

	start(space);
	writes(dev, 3);
	cpu_writes(emulated, 5);
	same(dirty(space), P(3) | P(5));
	same(dirty(space), NONE);
}

/* Two who read the same bits would take them from each other */
TEST(hwpt, bits_are_those_of_who_begins)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);
	uint64_t bitmap = 0;

	start(space);
	writes(dev, 3);
	refused(try_hwpt_track(space, hwpt, true), EBUSY);
	refused(try_hwpt_track(space, hwpt, false), EBUSY);
	refused(try_hwpt_get(space, hwpt, 0, &bitmap), EBUSY);
	ok(try_hwpt_get(space, hwpt, IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR, &bitmap));
	same(bitmap, P(3));
	same(dirty(space), P(3));
	stop(space);
	ok(try_hwpt_track(space, hwpt, true));
	writes(dev, 4);
	start(space);
	equal(scope_of(space).out_nr_devices_wide, 1);
	same(dirty(space), ALL);
	same(hwpt_dirty(space, hwpt), P(4));
	same(dirty(space), ALL);
	ok(try_hwpt_track(space, hwpt, false));
	same(dirty(space), ALL);
	equal(scope_of(space).out_nr_devices_wide, 0);
	same(dirty(space), NONE);
}

TEST(hwpt, written_before_unmap_is_told_once_mapped_again)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);

	start(space);
	writes(dev, 3);
	ok(try_unmap(space, 0, PAGES));
	same(dirty(space), NONE);
	map_pages(space, 0, PAGES);
	/* All of it, as it could be written until it was gone */
	same(dirty(space), ALL);
	same(dirty(space), NONE);
}

/* Part of it was mapped until the rest was refused, and could be written. */
TEST(hwpt, mapping_that_failed_is_dirty_once_mapped_again)
{
	struct space *space = space_new();
	uint32_t hwpt;
	uint8_t *last = space->ram + (PAGES - 1) * PAGE;

	device_on_hwpt(space, &hwpt);
	ok(try_unmap(space, 0, PAGES));
	start(space);
	check(!mprotect(last, PAGE, PROT_NONE));
	refused(try_map(space, 0, PAGES,
			IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE), EFAULT);
	check(!mprotect(last, PAGE, PROT_READ | PROT_WRITE));
	map_pages(space, 0, PAGES);
	same(dirty(space), ALL);
	same(dirty(space), NONE);
}

TEST(hwpt, written_before_it_is_destroyed_is_told)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);

	start(space);
	same(dirty(space), NONE);
	writes(dev, 3);
	ok(try_detach(dev));
	ok(try_destroy(space, hwpt));
	same(dirty(space), P(3));
	same(dirty(space), NONE);
}

TEST(hwpt, device_goes_from_one_to_another)
{
	struct space *space = space_new();
	uint32_t hwpt, other;
	struct member *dev = device_on_hwpt(space, &hwpt);

	other = tracking_hwpt(dev);
	start(space);
	writes(dev, 3);
	ok(try_attach(dev, other));
	writes(dev, 4);
	/* On its way it was behind neither */
	same(dirty(space), ALL);
	writes(dev, 5);
	same(dirty(space), P(5));
	ok(try_attach(dev, hwpt));
	ok(try_destroy(space, other));
	same(dirty(space), ALL);
	writes(dev, 6);
	same(dirty(space), P(6));
}

/* What attaches does not wait for who asks: the next answer has everything once more */
TEST(hwpt, one_that_comes_later_is_taken_by_the_next_answer)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev;

	start(space);
	dev = device_on_hwpt(space, &hwpt);
	equal(scope_of(space).out_nr_devices_wide, 1);
	writes(dev, 3);
	same(dirty(space), ALL);
	equal(scope_of(space).out_nr_devices_wide, 0);
	writes(dev, 4);
	same(dirty(space), P(4));
}

/* What iommufd makes by itself tracks where the IOMMU can */
TEST(hwpt, device_on_the_space_itself_is_tracked)
{
	struct space *space = space_new();
	uint32_t hwpt;
	struct member *dev = device_on_hwpt(space, &hwpt);

	start(space);
	writes(dev, 2);
	ok(try_attach(dev, space->id));
	ok(try_destroy(space, hwpt));
	same(dirty(space), ALL);
	writes(dev, 3);
	same(dirty(space), P(3));
	ok(try_detach(dev));
	same(dirty(space), NONE);
}
