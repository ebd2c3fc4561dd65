// SPDX-License-Identifier: GPL-2.0
/* The ioctls of an IOAS that tracks: lengths, flags and bad arguments. */
#include <errno.h>

#include "fixtures/space.h"

static struct iommu_ioas_get_dirty_bitmap get_of(struct space *space, uint64_t *bitmap)
{
	return (struct iommu_ioas_get_dirty_bitmap){
		.size = sizeof(struct iommu_ioas_get_dirty_bitmap),
		.ioas_id = space->id,
		.iova = RAM_IOVA,
		.length = RAM_SIZE,
		.page_size = PAGE,
		.data = (uintptr_t)bitmap,
	};
}

/* A call with one member of its argument set otherwise */
#define GET_WITH(member, value)							\
({										\
	struct iommu_ioas_get_dirty_bitmap get_ = get_of(space, bitmap);	\
										\
	get_.member = (value);							\
	raw(space->fd, IOMMU_IOAS_GET_DIRTY_BITMAP, &get_);			\
})

TEST(ioas_abi, bad_get_is_refused)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap[2] = {};

	start(space);
	cpu_writes(dev, 1);
	refused(GET_WITH(size, sizeof(struct iommu_ioas_get_dirty_bitmap) - 1), EINVAL);
	refused(GET_WITH(flags, 2), EOPNOTSUPP);
	refused(GET_WITH(__reserved, 1), EOPNOTSUPP);
	refused(GET_WITH(ioas_id, dev->id), ENOENT);
	refused(GET_WITH(iova, RAM_IOVA + 1), EINVAL);
	refused(GET_WITH(length, 0), EINVAL);
	refused(GET_WITH(length, RAM_SIZE - 1), EINVAL);
	refused(GET_WITH(length, -RAM_IOVA + PAGE), EOVERFLOW);
	refused(GET_WITH(page_size, 0), EINVAL);
	refused(GET_WITH(page_size, PAGE / 2), EINVAL);
	refused(GET_WITH(page_size, 3 * PAGE), EINVAL);
	refused(GET_WITH(page_size, 2ull << 30), EINVAL);
	refused(GET_WITH(data, (uintptr_t)bitmap + 1), EINVAL);
	refused(GET_WITH(data, ~7ull), EFAULT);
	same(bitmap[0], NONE);
	same(dirty(space), P(1));
}

/* Larger arguments are those of programs that know more, and ask for nothing of it */
TEST(ioas_abi, larger_argument_has_to_end_in_zeroes)
{
	struct space *space = space_new();
	uint64_t bitmap = 0;
	struct {
		struct iommu_ioas_get_dirty_bitmap get;
		uint64_t more;
	} arg = { get_of(space, &bitmap), 0 };

	start(space);
	arg.get.size = sizeof(arg);
	ok(raw(space->fd, IOMMU_IOAS_GET_DIRTY_BITMAP, &arg));
	arg.more = 1;
	refused(raw(space->fd, IOMMU_IOAS_GET_DIRTY_BITMAP, &arg), E2BIG);
}

TEST(ioas_abi, get_wants_tracking)
{
	struct space *space = space_new();
	uint64_t bitmap = 0;

	start(space);
	stop(space);
	refused(try_get(space, 0, PAGES, 0, &bitmap), ENODATA);
}

/* One bit for two pages, and one for all */
TEST(ioas_abi, larger_pages_are_told)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap[2] = {};

	start(space);
	cpu_writes(dev, 5);
	cpu_writes(dev, 8);
	ok(GET_WITH(page_size, 2 * PAGE));
	same(bitmap[0], P(2) | P(4));
	cpu_writes(dev, 5);
	ok(GET_WITH(page_size, RAM_SIZE));
	same(bitmap[0], P(0));
}

TEST(ioas_abi, bits_of_what_is_mapped_are_cleared)
{
	struct space *space = space_new();
	uint64_t bitmap = ~0ull;

	start(space);
	ok(try_unmap(space, 0, PAGES));
	map_pages(space, 4, 8);
	ok(try_get(space, 0, PAGES, 0, &bitmap));
	same(bitmap & (ALL >> 8 << 4), NONE);
}

TEST(ioas_abi, bad_start_is_refused)
{
	struct space *space = space_new();
	struct iommu_ioas_set_dirty_tracking track = {
		.size = sizeof(track),
		.ioas_id = space->id,
		.flags = 2,
	};

	stop(space);
	refused(raw(space->fd, IOMMU_IOAS_SET_DIRTY_TRACKING, &track), EOPNOTSUPP);
	track.flags = IOMMU_IOAS_DIRTY_TRACKING_ENABLE;
	track.__reserved = 1;
	refused(raw(space->fd, IOMMU_IOAS_SET_DIRTY_TRACKING, &track), EOPNOTSUPP);
	track.__reserved = 0;
	track.ioas_id = ~0u;
	refused(raw(space->fd, IOMMU_IOAS_SET_DIRTY_TRACKING, &track), ENOENT);
	equal(scope_of(space).out_flags & IOMMU_IOAS_DIRTY_SCOPE_TRACKING, 0);
}

/* One page in two mappings would be dirty in the one and clean in the other */
TEST(ioas_abi, what_is_tracked_is_of_whole_pages)
{
	struct space *space = space_new();
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = space->id,
		.user_va = (uintptr_t)space->ram,
		.length = PAGE / 2,
		.iova = IOVA(PAGES),
	};
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = space->id,
		.iova = IOVA(PAGES),
		.length = PAGE / 2,
	};

	ok(raw(space->fd, IOMMU_IOAS_MAP, &map));
	refused(try_track(space, true), EADDRINUSE);
	equal(scope_of(space).out_flags & IOMMU_IOAS_DIRTY_SCOPE_TRACKING, 0);
	ok(raw(space->fd, IOMMU_IOAS_UNMAP, &unmap));
	start(space);
	refused(raw(space->fd, IOMMU_IOAS_MAP, &map), EINVAL);
	stop(space);
	ok(raw(space->fd, IOMMU_IOAS_MAP, &map));
}
