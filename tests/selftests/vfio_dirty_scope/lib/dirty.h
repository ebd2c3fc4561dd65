/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_DIRTY_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_DIRTY_H

#include <stddef.h>
#include <stdint.h>

#include "uapi.h"

/* A call with any argument there can be: 0 or a negative errno */
int dirty_call(int container, uint32_t argsz, uint32_t flags,
	       const struct vfio_iommu_type1_dirty_bitmap_get *get);

int dirty_start(int container);
int dirty_stop(int container);

/* @bytes: of the bitmap */
int dirty_get(int container, uint64_t iova, uint64_t size, uint64_t pgsize,
	      void *bitmap, size_t bytes);

/* The same, and what is told stays dirty */
int dirty_peek(int container, uint64_t iova, uint64_t size, uint64_t pgsize,
	       void *bitmap, size_t bytes);

#endif
