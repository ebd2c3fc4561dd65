/* SPDX-License-Identifier: GPL-2.0 */
/* Where memory is mapped for the device: a container of VFIO's, or an IOAS of iommufd's */
#ifndef BENCH_SPACE_H
#define BENCH_SPACE_H

#include "program.h"

/**
 * struct space_calls - what the two are asked for
 * @attach: makes one, with a device in it
 * @open_device: has @device_fd, of the same device
 * @close_device: undoes that
 * @close: undoes @attach; no device is open
 * @has_scope: does the core know the dirty page scope?
 * @map: these, and those below, return what the call took, and how it ended: 0 or -errno
 * @unmap: @gone: out, bytes
 * @track: START or STOP
 * @get: a bitmap
 * @ranges: @nr: how many have room; out, how many there were. @left: out, bytes that were
 *	not looked at
 */
struct space_calls {
	void (*attach)(struct space *space, const char *device);
	void (*open_device)(struct space *space, const char *device);
	void (*close_device)(struct space *space);
	void (*close)(struct space *space);
	bool (*has_scope)(struct space *space);
	uint64_t (*map)(struct space *space, void *vaddr, uint64_t iova,
			uint64_t size, int *error);
	uint64_t (*unmap)(struct space *space, uint64_t iova, uint64_t size,
			  uint64_t *gone, int *error);
	uint64_t (*track)(struct space *space, bool on, int *error);
	uint64_t (*get)(struct space *space, uint64_t size, void *bitmap,
			int *error);
	uint64_t (*ranges)(struct space *space, uint64_t size, void *ranges,
			   uint32_t *nr, uint64_t *left, int *error);
};

extern const struct space_calls container_calls;
extern const struct space_calls ioas_calls;

/* An ioctl, and what it took */
uint64_t timed(int fd, unsigned long request, void *arg, int *error);

#endif /* BENCH_SPACE_H */
