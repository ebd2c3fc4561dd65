/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/**
 * DOC: additions to the VFIO user API
 *
 * <linux/vfio.h> of a distribution does not know the dirty-scope capability of
 * a patched VFIO core, nor its ways to ask what is dirty. These definitions
 * stand in and vanish as soon as the system's header has them.
 */
#ifndef PINSCOPE_UAPI_H
#define PINSCOPE_UAPI_H

#include <linux/types.h>
#include <linux/vfio.h>

#ifndef VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE

#define VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE	4

/** VFIO_IOMMU_DIRTY_SCOPE_PINNED - dirty pages are limited to what vendor drivers pinned */
#define VFIO_IOMMU_DIRTY_SCOPE_PINNED	(1 << 0)
/** VFIO_IOMMU_DIRTY_SCOPE_TRACKING - dirty tracking is on */
#define VFIO_IOMMU_DIRTY_SCOPE_TRACKING	(1 << 1)
/** VFIO_IOMMU_DIRTY_SCOPE_IOMMU - at least one IOMMU tracks what devices write */
#define VFIO_IOMMU_DIRTY_SCOPE_IOMMU	(1 << 2)

/**
 * struct vfio_iommu_type1_info_cap_dirty_scope - what a container's dirty
 * bitmap covers now
 * @header: %VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE, version 1
 * @flags: %VFIO_IOMMU_DIRTY_SCOPE_PINNED, %VFIO_IOMMU_DIRTY_SCOPE_TRACKING,
 *	%VFIO_IOMMU_DIRTY_SCOPE_IOMMU
 * @nr_groups: groups attached to the container
 * @nr_groups_wide: of these, groups that have not opted in
 * @nr_devices: devices open
 * @nr_devices_wide: of these, devices in groups that have not opted in
 * @reserved: 0
 * @pinned_pages: pages that vendor drivers pinned, each counted once
 */
struct vfio_iommu_type1_info_cap_dirty_scope {
	struct vfio_info_cap_header header;
	__u32 flags;
	__u32 nr_groups;
	__u32 nr_groups_wide;
	__u32 nr_devices;
	__u32 nr_devices_wide;
	__u32 reserved;
	__u64 pinned_pages;
};

#endif /* VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE */

#ifndef VFIO_IOMMU_MIGRATION_DIRTY_RANGES

/** VFIO_IOMMU_MIGRATION_DIRTY_RANGES - in the migration capability: GET_RANGES is known */
#define VFIO_IOMMU_MIGRATION_DIRTY_RANGES	(1 << 0)
/** VFIO_IOMMU_MIGRATION_NO_CLEAR - in the migration capability: NO_CLEAR is known */
#define VFIO_IOMMU_MIGRATION_NO_CLEAR		(1 << 1)

#endif /* VFIO_IOMMU_MIGRATION_DIRTY_RANGES */

#ifndef VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES

/** VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES - ask for dirty pages as ranges */
#define VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES	(1 << 3)
/** VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR - with either GET: what is told stays dirty */
#define VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR	(1 << 4)

/**
 * struct vfio_iommu_type1_dirty_range - dirty pages next to each other
 * @iova: address of the first
 * @size: bytes
 */
struct vfio_iommu_type1_dirty_range {
	__u64 iova;
	__u64 size;
};

/**
 * struct vfio_iommu_type1_dirty_ranges_get - argument of a GET for ranges
 * @iova: where to begin; filled with where to go on
 * @size: bytes; filled with how many are left, 0 if none
 * @ranges: address of struct vfio_iommu_type1_dirty_range, an array
 * @nr_ranges: how many fit; filled with how many there are
 * @reserved: 0
 */
struct vfio_iommu_type1_dirty_ranges_get {
	__aligned_u64 iova;
	__aligned_u64 size;
	__aligned_u64 ranges;
	__u32 nr_ranges;
	__u32 reserved;
};

#endif /* VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES */

#endif /* PINSCOPE_UAPI_H */
