/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the driver that is measured */
#ifndef PINSCOPE_BENCH_INTERNAL_H
#define PINSCOPE_BENCH_INTERNAL_H

#include <linux/mutex.h>
#include <linux/vfio.h>

#include "vfio_core_compat.h"

#include "bench.h"

#define BENCH_ZEROES	0x200000

/**
 * struct bench_pins - what is held
 * @iova: the first page
 * @count: how many pages
 * @stride: pages from one to the next
 */
struct bench_pins {
	u64 iova;
	u64 count;
	u32 stride;
};

/**
 * struct bench_device - the device
 * @vdev: as VFIO knows it
 * @lock: protects all that follows. Held around pinning, so it is taken before the
 *	core's locks, as in dma_unmap().
 * @pins: what vfio_pin_pages() has given
 * @pages: room for what one call gives, and for all that is pinned by
 *	BENCH_FLOOR_PIN
 * @zeroes: BENCH_ZEROES bytes to be copied
 * @nr_floor: how many of these are pinned
 * @client: to be able to mark pages
 * @registered: the core knows @client
 */
struct bench_device {
	struct vfio_device vdev;

	struct mutex lock;	/* see above */
	struct bench_pins pins;
	struct page **pages;
	void *zeroes;
	u64 nr_floor;
	struct vfio_dirty_client client;
	bool registered;
};

int bench_call(struct bench_device *bench, struct bench_call *call);
void bench_unpin_range(struct bench_device *bench, u64 iova, u64 last);
void bench_unpin_floor(struct bench_device *bench);

#endif /* PINSCOPE_BENCH_INTERNAL_H */
