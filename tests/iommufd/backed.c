// SPDX-License-Identifier: GPL-2.0
/* Virtual devices whose DMA is that of a PCI function, which iommufd binds. */
#include <errno.h>

#include <harness/sim.h>

#include "fixtures/space.h"

TEST(backed, writes_by_dma_through_the_space, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev = space_add(space, mdev_new(BACKED, lone_edu(0)));

	writes(dev, 3);
	ok(try_detach(dev));
	check(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4), 64) < 0);
}

/* Nothing is known of what it writes */
TEST(backed, is_wide, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev;

	start(space);
	dev = space_add(space, mdev_new(BACKED, lone_edu(0)));
	writes(dev, 3);
	equal(scope_of(space).out_flags, IOMMU_IOAS_DIRTY_SCOPE_TRACKING);
	same(dirty(space), ALL);
	close_member(dev);
	same(dirty(space), ALL);
	same(dirty(space), NONE);
}

/* They are devices of one group: what one leaves behind is still the other's */
TEST(backed, two_over_one_function, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct mdev *first = mdev_new(BACKED, lone_edu(0));
	struct mdev *second = mdev_new(BACKED, lone_edu(0));
	struct member *dev = space_add(space, first), *other = space_add(space, second);

	writes(dev, 3);
	writes(other, 4);
	close_member(dev);
	writes(other, 5);
	start(space);
	same(dirty(space), ALL);
	close_member(other);
}

static uint32_t allowed_ranges(struct space *space)
{
	struct iommu_iova_range range[8];
	struct iommu_ioas_iova_ranges ranges = {
		.size = sizeof(ranges),
		.ioas_id = space->id,
		.num_iovas = 8,
		.allowed_iovas = (uintptr_t)range,
	};

	ok(raw(space->fd, IOMMU_IOAS_IOVA_RANGES, &ranges));
	return ranges.num_iovas;
}

/* Those regions that no device may reach by DMA, of the function */
TEST(backed, last_of_two_keeps_reserved_regions, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct mdev *first = mdev_new(BACKED, lone_edu(0));
	struct mdev *second = mdev_new(BACKED, lone_edu(0));
	struct member *dev = space_add(space, first);
	uint32_t nr;

	space_add(space, second);
	nr = allowed_ranges(space);
	check(nr > 1);
	close_member(dev);
	equal(allowed_ranges(space), nr);
}

/* It is where it was, and its reserved regions are */
TEST(backed, refused_move_keeps_reserved_regions, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev, *foreign;
	uint32_t hwpt, nr;

	need_sim();
	foreign = space_add(space, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	ok(try_hwpt(foreign, 0, &hwpt));
	close_member(foreign);
	dev = space_add(space, mdev_new(BACKED, lone_edu(0)));
	nr = allowed_ranges(space);
	check(nr > 1);
	refused(try_attach(dev, hwpt), EINVAL);
	equal(allowed_ranges(space), nr);
	writes(dev, 3);
}

/* It is another user's then */
TEST(backed, is_bound_to_one_iommufd, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new(), *stranger = space_new();
	struct mdev *first = mdev_new(BACKED, lone_edu(0));
	struct mdev *second = mdev_new(BACKED, lone_edu(0));

	space_add(space, first);
	refused(try_bind(member_of(stranger, second)), EPERM);
}
