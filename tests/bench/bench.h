/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The driver that is measured: an emulated device whose user has it call the VFIO
 * core, or what the core stands on, many times over, and is told how long that took
 * in cycles of the CPU. On QEMU with -icount these are instructions.
 */
#ifndef PINSCOPE_BENCH_H
#define PINSCOPE_BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BENCH_DEV		"pinscope_bench"	/* below /sys/devices/platform */
#define BENCH_BATCH_MAX		512
#define BENCH_PAGES_MAX		0x40000		/* held at once */
#define BENCH_BYTES_MAX		0x4000000ull

/*
 * Of @count pages, in calls of @batch each. @stride is how many pages one is from
 * the next one; a @batch is of pages that follow each other, so it is 1 with any
 * other stride.
 */
enum bench_op {
	BENCH_NOTHING,		/* what it takes to measure */
	BENCH_PIN,		/* vfio_pin_pages(); held until BENCH_UNPIN or UNMAP */
	BENCH_PIN_AGAIN,	/* the same pages once more; not held */
	BENCH_PIN_TRACKED,	/* vfio_pin_pages_tracked(); held */
	BENCH_UNPIN,		/* vfio_unpin_pages() */
	BENCH_MARK,		/* vfio_mark_pages_dirty() */
	BENCH_WRITE,		/* vfio_dma_rw() of @batch bytes in each page */
	/* What the core stands on, on memory at @vaddr */
	BENCH_FLOOR_PIN,	/* pin_user_pages_fast() */
	BENCH_FLOOR_UNPIN,	/* unpin_user_pages_dirty_lock() of what that has pinned */
	BENCH_FLOOR_COPY,	/* copy_to_user() of @count bytes */
	BENCH_FLOOR_CLEAR,	/* clear_user() of @count bytes */
	BENCH_NR_OPS
};

/**
 * struct bench_call - what to do and how long it took
 * @argsz: size of this structure
 * @op: enum bench_op
 * @iova: address of the first page
 * @vaddr: the same for BENCH_FLOOR_*
 * @count: how many pages, or bytes
 * @batch: pages in one call
 * @stride: pages from one to the next, 1 or more
 * @took: out: how long
 */
struct bench_call {
	__u32 argsz;
	__u32 op;
	__u64 iova;
	__u64 vaddr;
	__u64 count;
	__u32 batch;
	__u32 stride;
	__u64 took;
};

/* EOPNOTSUPP: the core does not have that */
#define BENCH_CALL	_IOWR('b', 1, struct bench_call)

#endif /* PINSCOPE_BENCH_H */
