/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the puppet */
#ifndef PINSCOPE_PUPPET_INTERNAL_H
#define PINSCOPE_PUPPET_INTERNAL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "pinscope_mdev.h"

#include "puppet.h"

#ifdef HAVE_VFIO_REGISTER_DIRTY_CLIENT
#define PUPPET_CORE_CLIENT	PUPPET_FEATURE_CLIENT
#else
#define PUPPET_CORE_CLIENT	0
#endif

#ifdef HAVE_VFIO_DIRTY_OPT_OUT
#define PUPPET_CORE_OPT_OUT	PUPPET_FEATURE_OPT_OUT
#else
#define PUPPET_CORE_OPT_OUT	0
#endif

#ifdef HAVE_VFIO_DIRTY_SYNC
#define PUPPET_CORE_TRACKED	PUPPET_FEATURE_TRACKED
#else
#define PUPPET_CORE_TRACKED	0
#endif

/* What the core that this is built against has */
#define PUPPET_CORE_FEATURES \
	(PUPPET_CORE_CLIENT | PUPPET_CORE_OPT_OUT | PUPPET_CORE_TRACKED)

/**
 * struct puppet_play - a script and what its calls have come to
 * @ref: whose script it is, whose latest run, and each run
 * @flags: PUPPET_SCRIPT_*
 * @ret: what the callback returns
 * @state: only on the way to this migration state, 0 for any
 * @limit_ms: of each PUPPET_BLOCK
 * @nr: calls
 * @done: of the latest run; protected by the lock of the puppet, as is @results
 * @results: of each call
 * @calls: the calls
 */
struct puppet_play {
	refcount_t ref;
	u32 flags;
	int ret;
	u32 state;
	u32 limit_ms;
	u32 nr;
	u32 done;
	struct puppet_result *results;
	struct puppet_call calls[] __counted_by(nr);
};

/**
 * struct puppet_stage - one callback
 * @play: what it does, NULL for what it does without a script
 * @latest: the script that has run last, for its results
 * @releases: counts PUPPET_RELEASE, by which those who are blocked know
 * @info: as the user sees it
 */
struct puppet_stage {
	struct puppet_play *play;
	struct puppet_play *latest;
	unsigned int releases;
	struct puppet_event_info info;
};

struct puppet_device;

/**
 * struct puppet - what is behind an mdev and outlives it in the hands of who has
 * /dev/pinscope_puppet open
 * @ref: of the mdev and of that file
 * @next: in the list of all, which has a lock of its own
 * @name: of the mdev, does not change
 * @vdev: the mdev; valid until @gone, and then while one of the counts is not 0
 * @parent: what issues the DMA, NULL for an emulated one
 * @lock: protects what follows down to @stages; held for moments
 * @bound: somebody has it by PUPPET_BIND
 * @open: the user has opened the mdev; the core can be called
 * @gone: the mdev is being removed; nothing blocks any more
 * @users: calls that are being made because it is @open
 * @late_users: the same, although it is not
 * @stages: by event
 * @wait: for any change of what stands above
 * @pin_lock: protects the pins. Held around pinning, as a dma_unmap() that does
 *	not see a pin leaves it; so it is taken before the core's locks. A script
 *	that is blocked does not hold it.
 * @pins: struct puppet_page by iova >> PAGE_SHIFT
 * @nr_pins: pins in all; read without the lock as well, as is @nr_pages
 * @nr_pages: entries in @pins that are pinned
 * @client_lock: one at a time registers; only tried, except in close
 * @client: to hear of dirty tracking
 * @registered: it is registered; read without the lock as well
 */
struct puppet {
	struct kref ref;
	struct list_head next;
	const char *name;
	struct vfio_device *vdev;
	struct pinscope_parent *parent;

	spinlock_t lock;	/* see above */
	bool bound;
	bool open;
	bool gone;
	unsigned int users;
	unsigned int late_users;
	struct puppet_stage stages[PUPPET_NR_EVENTS];
	wait_queue_head_t wait;

	struct mutex pin_lock;	/* see above */
	struct xarray pins;
	u32 nr_pins;
	u32 nr_pages;

	struct mutex client_lock;	/* see above */
	struct vfio_dirty_client client;
	bool registered;
};

/**
 * struct puppet_run - a callback that is under way
 * @puppet: whose
 * @event: which
 * @play: its script, or NULL
 */
struct puppet_run {
	struct puppet *puppet;
	enum puppet_event event;
	struct puppet_play *play;
};

/* main.c */
struct puppet *puppet_find(const char *name);
void puppet_put(struct puppet *puppet);
u32 puppet_mig_state(struct puppet *puppet);
extern const struct vfio_dirty_client_ops puppet_client_ops;

/* control.c */
int puppet_control_init(void);
void puppet_control_exit(void);

/* script.c */
void puppet_begin(struct puppet_run *run, struct puppet *puppet,
		  enum puppet_event event, u64 iova, u64 size);
void puppet_play(struct puppet_run *run);
int puppet_end(struct puppet_run *run, int ret);
int puppet_run_ret(const struct puppet_run *run);
bool puppet_run_keeps(const struct puppet_run *run);
int puppet_script_set(struct puppet *puppet, struct puppet_script *script,
		      const struct puppet_call __user *calls);
void puppet_scripts_drop(struct puppet *puppet);
int puppet_release(struct puppet *puppet, u32 event);
int puppet_wait(struct puppet *puppet, const struct puppet_wait *wait);
int puppet_ran(struct puppet *puppet, struct puppet_ran *ran,
	       struct puppet_result __user *results);

/* calls.c */
u32 puppet_call_check(const struct puppet_call *call, int event);
void puppet_call(struct puppet *puppet, const struct puppet_call *call,
		 struct puppet_result *result);
void puppet_client_drop(struct puppet *puppet);

/* Where a call comes from: an event, or from no script at all */
#define PUPPET_NO_EVENT	-1

/* pins.c */
void puppet_pin(struct puppet *puppet, const struct puppet_call *call,
		struct puppet_result *result);
void puppet_unpin(struct puppet *puppet, const struct puppet_call *call,
		  struct puppet_result *result);
void puppet_unpin_range(struct puppet *puppet, u64 iova, u64 last);
int puppet_cpu_write(struct puppet *puppet, u64 iova, u32 len, u32 seed);
int puppet_cpu_read(struct puppet *puppet, u64 iova, u32 len, u32 *sum);

static inline void puppet_refuse(struct puppet_result *result, u32 why, int ret)
{
	result->why = why;
	result->ret = ret;
}

#endif /* PINSCOPE_PUPPET_INTERNAL_H */
