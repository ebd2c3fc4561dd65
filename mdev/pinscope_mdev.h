/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sample drivers share: a virtual PCI device with a DMA engine. Here
 * is all that is the same for every pattern of pinning: config space, regions,
 * interrupts, windows, migration stream. What the patterns differ in, and every
 * call into VFIO that makes them, is in the drivers.
 */
#ifndef PINSCOPE_MDEV_H
#define PINSCOPE_MDEV_H

#include <linux/eventfd.h>
#include <linux/list.h>
#include <linux/mdev.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "registers.h"

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
 * EBUSY    the migration state allows no command, or (P2P) no DMA; or pinning
 *          is not possible now
 * EIO      the DMA engine has failed, which the error interrupt tells as well
 * ENOMEM   no memory, or locked memory (RLIMIT_MEMLOCK), for that
 * ======== ==================================================================
 */

struct pinscope_device;
struct pinscope_stream;

#define PINSCOPE_CONFIG_SIZE	256

/* An unaligned window of the largest size touches one page more */
#define PINSCOPE_WINDOW_PAGES_MAX	(PINSCOPE_LEN_MAX / PAGE_SIZE + 1)

/**
 * struct pinscope_window - a DMA buffer that the guest's driver registered
 * @next: in pinscope_device.windows
 * @iova: start, of any alignment
 * @len: bytes
 * @npages: pages it touches
 * @prot: what the device does there, IOMMU_READ, or with IOMMU_WRITE
 * @pinned: the driver holds its pins on @pages
 * @pages: the pages, valid while @pinned
 *
 * Protected by the lock of the device.
 */
struct pinscope_window {
	struct list_head next;
	u64 iova;
	u32 len;
	unsigned int npages;
	int prot;
	bool pinned;
	struct page *pages[];
};

/**
 * struct pinscope_dma_log - DMA logging by the device
 * @offered: attribute dma_logging, does not change while the device is open;
 *	     protected by the lock of the device, as is @open
 * @open: the user has the device open
 * @lock: protects what follows; the innermost of all locks
 * @on: the user has started it
 * @overflow: @written is not complete
 * @nr_written: entries of @written
 * @written: pages to report, by number
 */
struct pinscope_dma_log {
	bool offered;
	bool open;

	struct mutex lock;	/* protects all that follows */
	bool on;
	bool overflow;
	unsigned int nr_written;
	struct xarray written;
};

/**
 * struct pinscope_ops - what a driver does for its device
 * @features: PINSCOPE_FEATURE_*, the FEATURES register
 * @dma_write: write @len bytes at @iova, 32-bit words that count up from @seed
 * @dma_read: read @len bytes at @iova, @sum is the sum of the words
 * @window_added: a window has been registered, or come by migration; an error
 *		  refuses it
 * @window_removed: a window is about to go
 * @reset: the device was reset, or is being closed: it runs, without windows
 * @log_switch: DMA logging, see pinscope_device.dma_log.on, was switched on or
 *		off; for a device that has to be told to log
 * @log_read: calls pinscope_dma_logging_written() for what a log of writes has of
 *	      a range; an error makes all of it reported. With the lock or
 *	      without. If missing, all that may be written is reported. A driver
 *	      that has it reads its log in @window_removed, too.
 *
 * All but @log_read are called with the lock of the device held and may sleep. The range of a
 * transfer does not wrap and is not longer than PINSCOPE_LEN_MAX. All but the
 * transfers may be missing.
 */
struct pinscope_ops {
	u32 features;
	int (*dma_write)(struct pinscope_device *pd, u64 iova, u32 len,
			 u32 seed);
	int (*dma_read)(struct pinscope_device *pd, u64 iova, u32 len,
			u32 *sum);
	int (*window_added)(struct pinscope_device *pd,
			    struct pinscope_window *window);
	void (*window_removed)(struct pinscope_device *pd,
			       struct pinscope_window *window);
	void (*reset)(struct pinscope_device *pd);
	void (*log_switch)(struct pinscope_device *pd);
	int (*log_read)(struct pinscope_device *pd, u64 iova, u64 len);
};

/**
 * struct pinscope_device - a sample device; the first member of a driver's own
 * @vdev: for the VFIO core
 * @ops: of the driver
 * @lock: protects all that follows. Taken before any lock of the VFIO core's
 *	  IOMMU driver, so it may be held for vfio_pin_pages() and
 *	  vfio_unpin_pages(), and by dma_unmap() and the dirty client's callbacks.
 *	  Held for the time of a command, so whoever has it knows that no DMA of
 *	  this device is going on.
 * @iova: operand register
 * @len: operand register
 * @seed: operand register
 * @status: STATUS register
 * @result: RESULT register
 * @windows: struct pinscope_window, in the order they were registered
 * @nr_windows: how many
 * @nr_pinned: pages pinned, over all windows
 * @config: PCI config space
 * @intx: eventfd of INTx
 * @intx_masked: INTx is masked, by the user or since it was raised
 * @intx_pending: INTx was raised while it was masked
 * @msi: eventfd of MSI vector 0
 * @err: eventfd that tells that the device has failed for good
 * @req: eventfd that asks the user to let go of the device
 * @mig_state: migration state
 * @saving: stream being read by the user, if any
 * @resuming: stream being written by the user, if any
 * @refused_limit: how many streams may tell the log that they are refused
 * @dma_log: DMA logging by the device, with a lock of its own
 */
struct pinscope_device {
	struct vfio_device vdev;
	const struct pinscope_ops *ops;

	struct mutex lock;	/* protects all that follows */
	u64 iova;
	u32 len;
	u32 seed;
	u32 status;
	u32 result;
	struct list_head windows;
	unsigned int nr_windows;
	unsigned int nr_pinned;

	u8 config[PINSCOPE_CONFIG_SIZE];

	struct eventfd_ctx *intx;
	bool intx_masked;
	bool intx_pending;
	struct eventfd_ctx *msi;
	struct eventfd_ctx *err;
	struct eventfd_ctx *req;

	enum vfio_device_mig_state mig_state;
	struct pinscope_stream *saving;
	struct pinscope_stream *resuming;
	struct ratelimit_state refused_limit;

	struct pinscope_dma_log dma_log;
};

static inline struct pinscope_device *to_pinscope(struct vfio_device *vdev)
{
	return container_of(vdev, struct pinscope_device, vdev);
}

/* helper/device.c: life of a device */
void pinscope_device_init(struct pinscope_device *pd,
			  const struct pinscope_ops *ops);
void pinscope_device_destroy(struct pinscope_device *pd);
void pinscope_device_reset(struct pinscope_device *pd);
void pinscope_device_close(struct pinscope_device *pd);
extern const struct attribute_group pinscope_group;

/* helper/regions.c: for vfio_device_ops */
ssize_t pinscope_read(struct vfio_device *vdev, char __user *buf, size_t count,
		      loff_t *ppos);
ssize_t pinscope_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos);

/* helper/ioctl.c: for vfio_device_ops */
long pinscope_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg);
int pinscope_region_info(struct vfio_device *vdev,
			 struct vfio_region_info *info,
			 struct vfio_info_cap *caps);
void pinscope_request(struct vfio_device *vdev, unsigned int count);

/* helper/windows.c */
u64 pinscope_window_start(const struct pinscope_window *window);
struct pinscope_window *pinscope_window_of(struct pinscope_device *pd, u64 iova,
					   u32 len, int prot);
bool pinscope_window_overlaps(const struct pinscope_window *window, u64 iova,
			      u64 len);
void pinscope_copy_to_window(struct pinscope_window *window, u64 iova, u32 len,
			     u32 seed);
u32 pinscope_sum_window(struct pinscope_window *window, u64 iova, u32 len);

/* helper/dma_logging.c */
void pinscope_dma_logging_open(struct pinscope_device *pd);
void pinscope_dma_logging_written(struct pinscope_device *pd, u64 iova,
				  u64 len);
extern const struct attribute_group pinscope_dma_logging_group;

/* helper/migration.c: for vfio_migration_ops */
bool pinscope_is_saving(const struct pinscope_device *pd);
struct file *pinscope_set_state(struct pinscope_device *pd,
				enum vfio_device_mig_state new_state);
int pinscope_get_state(struct vfio_device *vdev,
		       enum vfio_device_mig_state *state);
int pinscope_get_data_size(struct vfio_device *vdev, unsigned long *length);

#endif /* PINSCOPE_MDEV_H */
