/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a kernel without the dirty scope of containers does not have in its
 * <linux/vfio.h>. It vanishes where the kernel's header has it.
 */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_UAPI_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_UAPI_H

#include <linux/types.h>
#include <linux/vfio.h>

#ifndef VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE
#define VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE 4

struct vfio_iommu_type1_info_cap_dirty_scope {
	struct vfio_info_cap_header header;
	__u32 flags;
#define VFIO_IOMMU_DIRTY_SCOPE_PINNED	(1 << 0)
#define VFIO_IOMMU_DIRTY_SCOPE_TRACKING	(1 << 1)
#define VFIO_IOMMU_DIRTY_SCOPE_IOMMU	(1 << 2)
	__u32 nr_groups;
	__u32 nr_groups_wide;
	__u32 nr_devices;
	__u32 nr_devices_wide;
	__u32 reserved;
	__u64 pinned_pages;
};
#endif

#ifndef VFIO_IOMMU_MIGRATION_NO_CLEAR
#define VFIO_IOMMU_MIGRATION_NO_CLEAR	(1 << 1)
#endif

#ifndef VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR
#define VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR	(1 << 4)
#endif

#endif
