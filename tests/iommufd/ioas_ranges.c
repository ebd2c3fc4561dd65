// SPDX-License-Identifier: GPL-2.0
/* R18: what is dirty in an IOAS, as ranges. */
#include <errno.h>

#include "fixtures/space.h"

static struct iommu_ioas_get_dirty_ranges ranges_of(struct space *space,
						    struct iommu_dirty_range *ranges,
						    uint32_t nr)
{
	return (struct iommu_ioas_get_dirty_ranges){
		.size = sizeof(struct iommu_ioas_get_dirty_ranges),
		.ioas_id = space->id,
		.nr_ranges = nr,
		.iova = RAM_IOVA,
		.length = RAM_SIZE,
		.ranges = (uintptr_t)ranges,
	};
}

static int get(struct space *space, struct iommu_ioas_get_dirty_ranges *arg)
{
	return raw(space->fd, IOMMU_IOAS_GET_DIRTY_RANGES, arg);
}

TEST(ioas_ranges, tell_the_same_as_a_bitmap)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct iommu_dirty_range range[8];
	struct iommu_ioas_get_dirty_ranges arg = ranges_of(space, range, 8);

	start(space);
	cpu_writes(dev, 2);
	window(dev, 3);
	window(dev, 7);
	ok(get(space, &arg));
	equal(arg.nr_ranges, 2);
	equal(arg.length, 0);
	equal(range[0].iova, IOVA(2));
	equal(range[0].length, 2 * PAGE);
	equal(range[1].iova, IOVA(7));
	equal(range[1].length, PAGE);
	same(dirty(space), P(3) | P(7));
}

/* What there was no room for is told by the next call */
TEST(ioas_ranges, go_on_where_there_was_no_room)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct iommu_dirty_range range;
	struct iommu_ioas_get_dirty_ranges arg = ranges_of(space, &range, 1);

	start(space);
	cpu_writes(dev, 2);
	cpu_writes(dev, 9);
	ok(get(space, &arg));
	equal(arg.nr_ranges, 1);
	equal(range.iova, IOVA(2));
	equal(arg.iova, IOVA(9));
	equal(arg.iova + arg.length, RAM_IOVA + RAM_SIZE);
	same(look(space), P(9));
	ok(get(space, &arg));
	equal(arg.nr_ranges, 1);
	equal(range.iova, IOVA(9));
	equal(arg.length, 0);
	same(dirty(space), NONE);
}

TEST(ioas_ranges, looking_forgets_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct iommu_dirty_range range[2];
	struct iommu_ioas_get_dirty_ranges arg = ranges_of(space, range, 2);

	start(space);
	cpu_writes(dev, 2);
	arg.flags = IOMMU_IOAS_GET_DIRTY_NO_CLEAR;
	ok(get(space, &arg));
	equal(arg.nr_ranges, 1);
	same(dirty(space), P(2));
}

/* A call with one member of its argument set otherwise */
#define GET_WITH(member, value)							\
({										\
	struct iommu_ioas_get_dirty_ranges get_ = ranges_of(space, range, 2);	\
										\
	get_.member = (value);							\
	get(space, &get_);							\
})

TEST(ioas_ranges, bad_get_is_refused)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct iommu_dirty_range range[2];

	start(space);
	cpu_writes(dev, 1);
	refused(GET_WITH(size, sizeof(struct iommu_ioas_get_dirty_ranges) - 1), EINVAL);
	refused(GET_WITH(flags, 2), EOPNOTSUPP);
	refused(GET_WITH(ioas_id, dev->id), ENOENT);
	refused(GET_WITH(iova, RAM_IOVA + 1), EINVAL);
	refused(GET_WITH(length, 0), EINVAL);
	refused(GET_WITH(length, RAM_SIZE - 1), EINVAL);
	refused(GET_WITH(length, -RAM_IOVA + PAGE), EOVERFLOW);
	refused(GET_WITH(nr_ranges, 0), ENOSPC);
	refused(GET_WITH(ranges, (uintptr_t)range + 1), EINVAL);
	refused(GET_WITH(ranges, PAGE), EFAULT);
	same(dirty(space), P(1));
	stop(space);
	refused(GET_WITH(flags, 0), ENODATA);
}
