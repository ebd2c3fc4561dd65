/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_CONTAINER_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi.h"

/* Whether VFIO_IOMMU_GET_INFO has them, and what they are */
struct container_info {
	bool has_dirty_tracking;
	struct vfio_iommu_type1_info_cap_migration migration;
	bool has_scope;
	struct vfio_iommu_type1_info_cap_dirty_scope scope;
};

/*
 * All of them return 0 or a negative errno.
 *
 * The modes have the names that the VFIO selftests give them:
 * "vfio_type1_iommu", "vfio_type1v2_iommu", "iommufd_compat_type1" and
 * "iommufd_compat_type1v2". The descriptor is that of /dev/vfio/vfio or of
 * /dev/iommu: both know the container's ioctls. -ENOENT: the kernel does not have
 * the mode.
 */
int container_open(const char *mode);

/* What a group of devices has to be in before */
int container_set_iommu(int fd, const char *mode);

int container_get_info(int fd, struct container_info *info);

/* @flags: VFIO_DMA_MAP_FLAG_* */
int container_map(int fd, void *memory, uint64_t iova, uint64_t size, uint32_t flags);
int container_unmap(int fd, uint64_t iova, uint64_t size);

/* With the bitmap of what was dirty there, of @bytes, in units of @pgsize */
int container_unmap_dirty(int fd, uint64_t iova, uint64_t size, uint64_t pgsize,
			  void *bitmap, uint64_t bytes);

#endif
