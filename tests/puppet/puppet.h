/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The puppet: an mdev whose driver does what its user tells it to. This is the
 * interface of /dev/pinscope_puppet, for programs and for the module alike.
 *
 * An mdev of driver pinscope_puppet is opened and used like that of any other
 * sample driver. Beside that, a program opens /dev/pinscope_puppet, names the
 * mdev by PUPPET_BIND, and from then on is the mdev's driver: PUPPET_CALLS has
 * it call the VFIO core, PUPPET_SET_SCRIPT says what its callbacks do.
 *
 * All structures start with argsz, the size that the caller knows. A smaller
 * one than in this version, unknown flags and reserved fields that are not zero
 * are refused with EINVAL, and then nothing has been done. ioctl() returns 0 or
 * -1 with errno:
 *
 *   EINVAL     a bad argument; @bad and @why say which call and what is wrong
 *   EFAULT     memory of the caller cannot be read or written
 *   EPROTONOSUPPORT  PUPPET_BIND: the module has another version
 *   ENOTCONN   PUPPET_BIND has not succeeded
 *   ENODEV     no such mdev, or it has been removed since
 *   EBUSY      another file is bound to the mdev, or this one is bound already
 *   ETIMEDOUT  PUPPET_WAIT has waited for as long as it was told to
 *   EAGAIN     PUPPET_RELEASE: nothing is blocked
 *   ENOMEM, EINTR
 *
 * Closing the file takes back all scripts and releases what they block.
 */
#ifndef PINSCOPE_PUPPET_H
#define PINSCOPE_PUPPET_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PUPPET_DEV	"/dev/pinscope_puppet"
#define PUPPET_VERSION	1

/* Limits, see the fields */
#define PUPPET_CALLS_MAX	4096		/* in one PUPPET_CALLS */
#define PUPPET_SCRIPT_MAX	64		/* in a script */
#define PUPPET_PAGES_MAX	1024		/* of one call; VFIO takes 512 */
#define PUPPET_LEN_MAX		0x10000		/* bytes of one call */
#define PUPPET_PINS_MAX		65536		/* of one puppet */
#define PUPPET_WAIT_MAX_MS	60000

/**
 * struct puppet_bind - choose the mdev
 * @argsz: size of this structure
 * @version: PUPPET_VERSION
 * @uuid: its name, terminated
 * @features: out: PUPPET_FEATURE_*
 * @reserved: 0
 */
struct puppet_bind {
	__u32 argsz;
	__u32 version;
	char uuid[40];
	__u32 features;
	__u32 reserved;
};

#define PUPPET_FEATURE_BACKED	(1 << 0)	/* DMA is done through an IOMMU */
#define PUPPET_FEATURE_CLIENT	(1 << 1)	/* core has dirty clients */
#define PUPPET_FEATURE_OPT_OUT	(1 << 2)	/* core has opt-out */
#define PUPPET_FEATURE_TRACKED	(1 << 3)	/* core has tracked pins, sync */

/**
 * enum puppet_op - what to call
 * @PUPPET_PIN: vfio_pin_pages(iova, npages, prot); 0 or more is success
 * @PUPPET_PIN_TRACKED: vfio_pin_pages_tracked(), the same
 * @PUPPET_UNPIN: vfio_unpin_pages(iova, npages); each page must be held
 * @PUPPET_MARK: vfio_mark_pages_dirty(iova, npages)
 * @PUPPET_OPT_OUT: vfio_dirty_opt_out()
 * @PUPPET_RW_READ: vfio_dma_rw(iova, len), reading; value is the sum of the
 *	32-bit words
 * @PUPPET_RW_WRITE: the same, writing words that count up from seed
 * @PUPPET_REGISTER: vfio_register_dirty_client()
 * @PUPPET_UNREGISTER: vfio_unregister_dirty_client()
 * @PUPPET_DMA_READ: the device reads len bytes at iova: by its DMA engine if it
 *	is backed, else by the CPU, from pages that it holds; value as above
 * @PUPPET_DMA_WRITE: the device writes words that count up from seed
 * @PUPPET_BLOCK: in scripts only: wait until released, or until the limit of
 *	the script, or until the task is killed
 */
enum puppet_op {
	PUPPET_PIN = 1,
	PUPPET_PIN_TRACKED,
	PUPPET_UNPIN,
	PUPPET_MARK,
	PUPPET_OPT_OUT,
	PUPPET_RW_READ,
	PUPPET_RW_WRITE,
	PUPPET_REGISTER,
	PUPPET_UNREGISTER,
	PUPPET_DMA_READ,
	PUPPET_DMA_WRITE,
	PUPPET_BLOCK,
};

/**
 * struct puppet_call - one call
 * @op: enum puppet_op
 * @flags: PUPPET_CALL_*
 * @iova: of pages, a multiple of 4096 for PIN and UNPIN without
 *	PUPPET_CALL_OFFSET; or of bytes
 * @count: pages, 1 to PUPPET_PAGES_MAX, or bytes, 1 to PUPPET_LEN_MAX; where
 *	the core checks it (PIN, PIN_TRACKED, MARK) 0 is passed on, too
 * @prot: of pins: PUPPET_PROT_*, passed on as it is
 * @seed: first word to write
 * @reserved: 0
 *
 * What an operation does not use has to be 0.
 */
struct puppet_call {
	__u32 op;
	__u32 flags;
	__u64 iova;
	__u32 count;
	__u32 prot;
	__u32 seed;
	__u32 reserved;
};

#define PUPPET_PROT_READ	1	/* IOMMU_READ */
#define PUPPET_PROT_WRITE	2	/* IOMMU_WRITE */

/*
 * Call the core also while the mdev is not open. The core warns then, and
 * refuses. Not in scripts.
 */
#define PUPPET_CALL_LATE	(1 << 0)
/*
 * With LATE: also while it is just being opened or closed, between what the core
 * does and what the driver sees of it. A core may crash.
 */
#define PUPPET_CALL_UNSAFE	(1 << 1)
/*
 * PIN and UNPIN: iova is any address in the first page, and passed on as it is. A
 * core may want back each pin by the address it was made by; what the puppet
 * returns by itself goes by the page.
 */
#define PUPPET_CALL_OFFSET	(1 << 2)
/*
 * PIN, PIN_TRACKED, UNPIN, MARK, RW_READ and RW_WRITE: called by a thread of the
 * kernel, as a driver does from a work item. Not with LATE, not in scripts.
 */
#define PUPPET_CALL_WORK	(1 << 3)

/**
 * struct puppet_result - what a call has come to
 * @ret: what the function returned, 0 if it returns nothing, or with @why set a
 *	negative errno of the puppet's own
 * @why: 0: the core, or the DMA engine, was called; else enum puppet_why
 * @value: of reads
 * @reserved: 0
 */
struct puppet_result {
	__s32 ret;
	__u32 why;
	__u32 value;
	__u32 reserved;
};

/**
 * enum puppet_why - the puppet, not the core, has refused a call or a script
 * @PUPPET_WHY_OP: no such operation, or not one for this place (EINVAL):
 *	BLOCK is for scripts, REGISTER and UNREGISTER would deadlock in start,
 *	stop, sync and dma_unmap
 * @PUPPET_WHY_FLAGS: unknown flags, or not for this place (EINVAL)
 * @PUPPET_WHY_RANGE: count is out of bounds, iova not aligned, or the range
 *	wraps around, other than that of a pin or of RW_* (EINVAL)
 * @PUPPET_WHY_UNUSED: a field that is not used is not 0 (EINVAL)
 * @PUPPET_WHY_NOT_OPEN: the mdev is not open (ESHUTDOWN)
 * @PUPPET_WHY_CHANGING: it is being opened or closed just now; on some cores
 *	the call would crash (ENOTRECOVERABLE)
 * @PUPPET_WHY_NOT_HELD: it does not hold a pin on each page (ENOENT), or only
 *	for reading (EPERM)
 * @PUPPET_WHY_LIMIT: more than PUPPET_PINS_MAX pins (ENOSPC)
 * @PUPPET_WHY_MEMORY: no memory for the puppet's own records (ENOMEM)
 * @PUPPET_WHY_BUSY: a REGISTER or UNREGISTER is under way (EBUSY), or the task
 *	was killed while it waited for other calls (EINTR)
 */
enum puppet_why {
	PUPPET_WHY_OP = 1,
	PUPPET_WHY_FLAGS,
	PUPPET_WHY_RANGE,
	PUPPET_WHY_UNUSED,
	PUPPET_WHY_NOT_OPEN,
	PUPPET_WHY_CHANGING,
	PUPPET_WHY_NOT_HELD,
	PUPPET_WHY_LIMIT,
	PUPPET_WHY_MEMORY,
	PUPPET_WHY_BUSY,
};

/**
 * struct puppet_calls - make calls, one after the other
 * @argsz: size of this structure
 * @flags: PUPPET_CALLS_*
 * @nr: how many, 1 to PUPPET_CALLS_MAX
 * @done: out: how many were made
 * @bad: out: if ioctl() fails with EINVAL, the first one that is bad
 * @why: out: if so, why (enum puppet_why); 0 if it is no call that is bad
 * @calls: struct puppet_call[nr]
 * @results: struct puppet_result[nr], out
 *
 * All are looked at before the first is made. A call that fails is no failure of
 * ioctl(). The mdev need not be open for it to be refused call by call.
 */
struct puppet_calls {
	__u32 argsz;
	__u32 flags;
	__u32 nr;
	__u32 done;
	__u32 bad;
	__u32 why;
	__u64 calls;
	__u64 results;
};

/* Make none after one with a negative result */
#define PUPPET_CALLS_STOP	(1 << 0)

/**
 * enum puppet_event - callbacks of a driver
 * @PUPPET_OPEN: open_device(), at its end; fails with @ret of the script
 * @PUPPET_CLOSE: close_device(), at its begin; at its end the client is
 *	unregistered and all pins are returned, whatever the script does
 * @PUPPET_START: start() of the dirty client
 * @PUPPET_STOP: stop()
 * @PUPPET_SYNC: sync(), returns @ret of the script
 * @PUPPET_DMA_UNMAP: dma_unmap(); then what overlaps is unpinned, unless the
 *	script says PUPPET_SCRIPT_KEEP
 * @PUPPET_RESET: VFIO_DEVICE_RESET, which returns @ret. Pins are kept
 * @PUPPET_SET_STATE: the migration state has changed; or has not, if @ret is not
 *	0, which is returned
 * @PUPPET_NR_EVENTS: how many there are
 */
enum puppet_event {
	PUPPET_OPEN,
	PUPPET_CLOSE,
	PUPPET_START,
	PUPPET_STOP,
	PUPPET_SYNC,
	PUPPET_DMA_UNMAP,
	PUPPET_RESET,
	PUPPET_SET_STATE,
	PUPPET_NR_EVENTS,
};

/**
 * struct puppet_script - what a callback does
 * @argsz: size of this structure
 * @event: enum puppet_event
 * @flags: PUPPET_SCRIPT_*
 * @ret: 0 or a negative errno that the callback returns after the calls; 0 for
 *	callbacks that return nothing
 * @state: SET_STATE: only on the way to this state; 0 for any
 * @limit_ms: of each PUPPET_BLOCK; 0 stands for PUPPET_WAIT_MAX_MS
 * @nr: how many calls, up to PUPPET_SCRIPT_MAX
 * @bad: out: as in struct puppet_calls
 * @why: out: the same
 * @reserved: 0
 * @calls: struct puppet_call[nr]
 *
 * Replaces the script that the event had, which goes on to its end if it runs.
 * With no call, no flag and @ret 0 the event is as it is without a script.
 * Scripts stay until they are replaced or the file is closed, over opening and
 * closing of the mdev.
 */
struct puppet_script {
	__u32 argsz;
	__u32 event;
	__u32 flags;
	__s32 ret;
	__u32 state;
	__u32 limit_ms;
	__u32 nr;
	__u32 bad;
	__u32 why;
	__u32 reserved;
	__u64 calls;
};

/* One run, then the event is as without a script */
#define PUPPET_SCRIPT_ONCE	(1 << 0)
/* DMA_UNMAP: leave the pins that overlap */
#define PUPPET_SCRIPT_KEEP	(1 << 1)

/**
 * struct puppet_ran - what the calls of the script of an event have come to
 * @argsz: size of this structure
 * @event: enum puppet_event
 * @nr: in: size of @results; out: how many calls it has
 *	made
 * @reserved: 0
 * @results: struct puppet_result[nr] of the latest run, which may not have
 *	ended
 */
struct puppet_ran {
	__u32 argsz;
	__u32 event;
	__u32 nr;
	__u32 reserved;
	__u64 results;
};

/**
 * struct puppet_wait - wait for a callback
 * @argsz: size of this structure
 * @event: enum puppet_event
 * @runs: until it has returned so often since it was bound; 0: until it is
 *	blocked in a PUPPET_BLOCK
 * @limit_ms: how long, up to PUPPET_WAIT_MAX_MS
 */
struct puppet_wait {
	__u32 argsz;
	__u32 event;
	__u32 runs;
	__u32 limit_ms;
};

/**
 * struct puppet_release - end a PUPPET_BLOCK
 * @argsz: size of this structure
 * @event: enum puppet_event
 */
struct puppet_release {
	__u32 argsz;
	__u32 event;
};

/**
 * struct puppet_event_info - what is known of a callback
 * @runs: how often it has returned since the mdev was bound
 * @entered: how often it was called
 * @blocked: it is in a PUPPET_BLOCK now
 * @ret: what it returned last
 * @iova: DMA_UNMAP, SYNC: of the last call
 * @size: the same; SET_STATE: the new state
 */
struct puppet_event_info {
	__u32 runs;
	__u32 entered;
	__u32 blocked;
	__s32 ret;
	__u64 iova;
	__u64 size;
};

/**
 * struct puppet_query - the state of the puppet
 * @argsz: size of this structure
 * @flags: out: PUPPET_IS_*
 * @pins: out: pins it holds; a page may be pinned more than once
 * @pages: out: pages it holds
 * @mig_state: out: migration state
 * @reserved: 0
 * @events: out
 */
struct puppet_query {
	__u32 argsz;
	__u32 flags;
	__u32 pins;
	__u32 pages;
	__u32 mig_state;
	__u32 reserved;
	struct puppet_event_info events[PUPPET_NR_EVENTS];
};

#define PUPPET_IS_OPEN		(1 << 0)
#define PUPPET_IS_CLIENT	(1 << 1)	/* its client is registered */

#define PUPPET_IOC		0xb7
#define PUPPET_BIND		_IOWR(PUPPET_IOC, 0, struct puppet_bind)
#define PUPPET_CALLS		_IOWR(PUPPET_IOC, 1, struct puppet_calls)
#define PUPPET_SET_SCRIPT	_IOWR(PUPPET_IOC, 2, struct puppet_script)
#define PUPPET_RAN		_IOWR(PUPPET_IOC, 3, struct puppet_ran)
#define PUPPET_WAIT		_IOW(PUPPET_IOC, 4, struct puppet_wait)
#define PUPPET_RELEASE		_IOW(PUPPET_IOC, 5, struct puppet_release)
#define PUPPET_QUERY		_IOWR(PUPPET_IOC, 6, struct puppet_query)

#endif /* PINSCOPE_PUPPET_H */
