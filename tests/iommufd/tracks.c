// SPDX-License-Identifier: GPL-2.0
/*
 * Whose word is taken that an IOMMU tracks dirty pages: not that of the drivers of a
 * kernel that was configured without iommufd, as these clear all and report nothing.
 */
#include <errno.h>
#include <string.h>

#include <harness/sim.h>

#include "fixtures/space.h"

static bool says_that_it_tracks(struct member *dev)
{
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = dev->id,
	};

	ok(raw(dev->space->fd, IOMMU_GET_HW_INFO, &info));
	return info.out_capabilities & IOMMU_HW_CAP_DIRTY_TRACKING;
}

TEST(tracks, kernels_own_driver_is_not_believed, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev = member_of_pci(space, lone_edu(0));
	uint32_t hwpt;

	if (is_sim(lone_edu(0)))
		skip("absent: an IOMMU with a driver of the kernel");
	ok(try_bind(dev));
	check(!says_that_it_tracks(dev));
	refused(try_hwpt(dev, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt), EOPNOTSUPP);
	equal(strcmp(get_line("/sys/module/iommufd/parameters/kernel_tracks_dirty"), "N"),
	      0);
}
