/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls with any arguments, good or bad. Nothing of the runner is needed here, so
 * that other programs of the tests can be linked with it.
 */
#ifndef PINSCOPE_RAW_H
#define PINSCOPE_RAW_H

#include <linux/vfio.h>
#include <stddef.h>
#include <stdint.h>

#include <pinscope/uapi.h>

/* An ioctl that returns -errno. */
long raw(int fd, unsigned long request, void *arg);

/*
 * Of a container: GET, the same without clearing, GET for ranges, and UNMAP with the
 * dirty bitmap; 0 or -errno.
 */
int raw_get(int container, uint64_t iova, uint64_t size,
	    struct vfio_bitmap bitmap);
int raw_look(int container, uint64_t iova, uint64_t size,
	     struct vfio_bitmap bitmap);
int raw_ranges(int container, struct vfio_iommu_type1_dirty_ranges_get *get);
int raw_unmap_get(int container, uint64_t iova, uint64_t size,
		  struct vfio_bitmap bitmap, uint64_t *unmapped);

/* A set of pages in words: "0-3,7", or "none". */
const char *page_list(uint64_t pages, char *buf, size_t size);

/* Writes to a file in sysfs or the like. Returns 0 or -errno. */
int put_file(const char *path, const char *value);

#endif /* PINSCOPE_RAW_H */
