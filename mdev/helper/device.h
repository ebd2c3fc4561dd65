/* SPDX-License-Identifier: GPL-2.0-only */
/* A sample device: its state, and what its driver does for it */
#ifndef PINSCOPE_DEVICE_H
#define PINSCOPE_DEVICE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/vfio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "../registers.h"
#include "config.h"
#include "window.h"

struct eventfd_ctx;
struct pinscope_device;
struct pinscope_parent;
struct pinscope_stream;
struct pinscope_type;
struct pinscope_write_log;

/**
 * DOC: errno in the STATUS register
 *
 * A command that fails has changed nothing but STATUS.
 *
 * ======== ==================================================================
 * EINVAL   no such command; LEN is 0 or more than 1 MiB; the range wraps
 *          around; a window to pin is not in a mapping
 * EPERM    a window to pin is in a mapping that the device may not read, or
 *          may not write and the window is not for reading only
 * EEXIST   a new window overlaps another one
 * ENOENT   no window has exactly this range
 * ENOSPC   PINSCOPE_WINDOWS_MAX windows are registered
 * EFAULT   DMA to what is no window, writing to a window that is for
 *          reading only, DMA to a window that lost its pins to an
 *          unmap, or where part of the range is not mapped; if the engine
 *          can tell, also where the mapping does not permit it
 * EBUSY    DMA goes on behind the command before; the migration state allows no
 *          command, or (P2P) no DMA; or pinning is not possible now
 * EIO      the DMA engine has failed, which the error interrupt tells as well
 * ENOMEM   no memory, or locked memory (RLIMIT_MEMLOCK), for that
 * ======== ==================================================================
 */

/**
 * struct pinscope_ops - what a driver does for its device
 * @features: PINSCOPE_FEATURE_*, the FEATURES register
 * @scope: what the attribute of that name says always; or NULL
 * @wide: what it says if the device has not opted in, and has not tried
 * @dma_begin: may this transfer begin, or go on? An error refuses it
 * @dma_move: move the data; without a lock, and as pinscope_engine_ops.move
 * @pin: pin a window; for pinscope_pin_windows()
 * @unpin: return its pins, if it has any; for pinscope_unpin_windows() and others
 * @give_up: the hardware of a device that has opted in has failed, so it is not known
 *	     what it has written; no DMA goes on
 * @window_added: a window has been registered, or come by migration with its pins; an
 *		  error refuses it
 * @window_removed: a window is about to go
 * @reset: the device was reset, or is being closed: it runs, without windows
 *
 * All but @dma_move are called with the lock of the device held and
 * may sleep. The range of a transfer does not wrap and is not longer than
 * PINSCOPE_LEN_MAX. All but @dma_move may be missing; @pin, @unpin and @give_up go
 * together.
 */
struct pinscope_ops {
	u32 features;
	const char *scope;
	const char *wide;
	int (*dma_begin)(struct pinscope_device *pd,
			 struct pinscope_transfer *t);
	int (*dma_move)(struct pinscope_device *pd,
			struct pinscope_transfer *t);
	int (*pin)(struct pinscope_device *pd, struct pinscope_window *window);
	void (*unpin)(struct pinscope_device *pd,
		      struct pinscope_window *window);
	void (*give_up)(struct pinscope_device *pd, const char *why, int ret);
	int (*window_added)(struct pinscope_device *pd,
			    struct pinscope_window *window);
	void (*window_removed)(struct pinscope_device *pd,
			       struct pinscope_window *window);
	void (*reset)(struct pinscope_device *pd);
};

/**
 * struct pinscope_log_ops - what differs for a device with a log of its writes
 * @log_switch: DMA logging, see pinscope_device.dma_log.on, was switched on or
 *		off; with the lock of the device
 * @log_read: calls pinscope_dma_logging_written() for what the log has of a range; an
 *	      error makes all of it reported. With the lock or without. Who has this
 *	      reads the log before a window goes, too.
 * @show_pinned: what the attribute scope says of a device that has opted in; with
 *		 the lock of the device
 */
struct pinscope_log_ops {
	void (*log_switch)(struct pinscope_device *pd);
	int (*log_read)(struct pinscope_device *pd, u64 iova, u64 len);
	ssize_t (*show_pinned)(struct pinscope_device *pd, char *buf);
};

/**
 * struct pinscope_dma - the transfer that a command has begun
 * @work: moves the data, without any lock
 * @done: completes the command after that, with the lock of the device
 * @wait: for the end of @moving, and of @busy
 * @transfer: what is to move; while @moving it is that of @work
 * @serial: counts transfers
 * @ret: how @work has ended
 * @moving: @work is at it; set with the lock of the device, cleared without
 * @busy: the command is not complete
 * @paused: it waits to go on
 * @async: nobody waits for it in the write to CMD
 *
 * Protected by the lock of the device, but for what is said of @moving.
 */
struct pinscope_dma {
	struct work_struct work;
	struct work_struct done;
	wait_queue_head_t wait;
	struct pinscope_transfer transfer;
	unsigned int serial;
	int ret;
	bool moving;
	bool busy;
	bool paused;
	bool async;
};

/**
 * struct pinscope_irqs - the interrupts of a device
 * @lock: protects what follows. Taken after the lock of the device, or without,
 *	  and held for moments, so that who sets an eventfd up, or asks the user to
 *	  let go of the device, does not wait for what the device is at.
 * @intx: eventfd of INTx
 * @intx_enabled: the device runs, and INTx is not disabled in config space
 * @intx_masked: INTx is masked, by the user or since it was raised
 * @intx_pending: INTx was raised while it was masked
 * @msi_pending: MSI was raised while the device was stopped
 * @msi: eventfd of MSI vector 0
 * @err: eventfd that tells that the device has failed for good
 * @req: eventfd that asks the user to let go of the device
 */
struct pinscope_irqs {
	struct mutex lock;	/* protects all that follows */
	struct eventfd_ctx *intx;
	bool intx_enabled;
	bool intx_masked;
	bool intx_pending;
	bool msi_pending;
	struct eventfd_ctx *msi;
	struct eventfd_ctx *err;
	struct eventfd_ctx *req;
};

/**
 * struct pinscope_dma_log - DMA logging by the device
 * @lock: protects what follows; the innermost of all locks
 * @on: the user has started it
 * @overflow: @written is not complete
 * @nr_written: entries of @written
 * @written: pages to report, by number
 */
struct pinscope_dma_log {
	struct mutex lock;	/* protects all that follows */
	bool on;
	bool overflow;
	unsigned int nr_written;
	struct xarray written;
};

/**
 * struct pinscope_scope - what a driver says of the dirty scope of its device
 * @open: the user has it open
 * @never: attribute opt_in, does not change while @open
 * @opted_in: all windows were pinned, and new ones are
 * @narrow: something was pinned since then
 * @refused: why opting in failed the last time it was tried, or 0
 * @warned: that was logged once
 *
 * Protected by the lock of the device.
 */
struct pinscope_scope {
	bool open;
	bool never;
	bool opted_in;
	bool narrow;
	int refused;
	bool warned;
};

/**
 * struct pinscope_device - a sample device; the first member of a driver's own
 * @vdev: for the VFIO core
 * @ops: of the driver
 * @parent: what it is on, or NULL
 * @type: its type, or NULL; as @parent it does not change
 * @write_log: the log of a device that has one, see write_log.h; or NULL
 * @log_ops: what that does; or NULL
 * @irqs: interrupts, with a lock of their own
 * @dma_log: DMA logging by the device, with a lock of its own
 * @lock: protects all that follows. Taken before any lock of the VFIO core's
 *	  IOMMU driver, so it may be held for vfio_pin_pages() and
 *	  vfio_unpin_pages(), and by dma_unmap() and the dirty client's callbacks.
 *	  Not held while DMA goes on, but who has it can have that rest.
 * @iova: operand register
 * @len: operand register
 * @seed: operand register
 * @ctrl: CTRL register
 * @status: STATUS register
 * @result: RESULT register
 * @windows: struct pinscope_window, in the order they were registered
 * @nr_windows: how many
 * @nr_pinned: pages pinned, over all windows
 * @dma: the transfer that goes on
 * @scope: what it contributes to the dirty scope
 * @config: PCI config space
 * @mig_state: migration state
 * @saving: stream being read by the user, if any
 * @resuming: stream being written by the user, if any
 * @refused_limit: how many streams may tell the log that they are refused
 */
struct pinscope_device {
	struct vfio_device vdev;
	const struct pinscope_ops *ops;
	struct pinscope_parent *parent;
	const struct pinscope_type *type;
	struct pinscope_write_log *write_log;
	const struct pinscope_log_ops *log_ops;
	struct pinscope_irqs irqs;
	struct pinscope_dma_log dma_log;

	struct mutex lock;	/* protects all that follows */
	u64 iova;
	u32 len;
	u32 seed;
	u32 ctrl;
	u32 status;
	u32 result;
	struct list_head windows;
	unsigned int nr_windows;
	unsigned int nr_pinned;
	struct pinscope_dma dma;
	struct pinscope_scope scope;

	u8 config[PINSCOPE_CONFIG_SIZE];

	enum vfio_device_mig_state mig_state;
	struct pinscope_stream *saving;
	struct pinscope_stream *resuming;
	struct ratelimit_state refused_limit;
};

static inline struct pinscope_device *to_pinscope(struct vfio_device *vdev)
{
	return container_of(vdev, struct pinscope_device, vdev);
}

/* A device that is stopped, failed or being loaded changes nothing */
static inline bool pinscope_is_running(const struct pinscope_device *pd)
{
	return pd->mig_state == VFIO_DEVICE_STATE_RUNNING ||
	       pd->mig_state == VFIO_DEVICE_STATE_RUNNING_P2P ||
	       pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY ||
	       pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY_P2P;
}

/* In the P2P states it cannot tell if memory or another device is meant */
static inline bool pinscope_may_dma(const struct pinscope_device *pd)
{
	return pd->mig_state == VFIO_DEVICE_STATE_RUNNING ||
	       pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY;
}

#endif /* PINSCOPE_DEVICE_H */
