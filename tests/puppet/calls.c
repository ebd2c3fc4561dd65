// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the VFIO core and of the DMA engine, one at a time */

#include <linux/slab.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>

#include "internal.h"

/* What a call may have that is not 0 */
#define USES_IOVA	BIT(0)
#define USES_PAGES	BIT(1)
#define USES_PAGES_OR_0	BIT(2)	/* for the core to look at */
#define USES_BYTES	BIT(3)
#define USES_PROT	BIT(4)
#define USES_SEED	BIT(5)
#define USES_ALIGNED	BIT(6)	/* the core does not look at it */
#define USES_LATE	BIT(7)
#define USES_WORK	BIT(8)

static const u32 uses[] = {
	[PUPPET_PIN] = USES_IOVA | USES_PAGES_OR_0 | USES_PROT | USES_ALIGNED |
		       USES_LATE | USES_WORK,
	[PUPPET_PIN_TRACKED] = USES_IOVA | USES_PAGES_OR_0 | USES_PROT |
			       USES_LATE | USES_WORK,
	[PUPPET_UNPIN] = USES_IOVA | USES_PAGES | USES_ALIGNED | USES_LATE |
			 USES_WORK,
	[PUPPET_MARK] = USES_IOVA | USES_PAGES_OR_0 | USES_LATE | USES_WORK,
	[PUPPET_OPT_OUT] = USES_LATE,
	[PUPPET_RW_READ] = USES_IOVA | USES_BYTES | USES_LATE | USES_WORK,
	[PUPPET_RW_WRITE] = USES_IOVA | USES_BYTES | USES_SEED | USES_LATE |
			    USES_WORK,
	[PUPPET_REGISTER] = USES_LATE,
	[PUPPET_UNREGISTER] = USES_LATE,
	[PUPPET_DMA_READ] = USES_IOVA | USES_BYTES,
	[PUPPET_DMA_WRITE] = USES_IOVA | USES_BYTES | USES_SEED,
	[PUPPET_BLOCK] = 0,
};

/* The core calls these with a lock that is taken to register and unregister */
static bool puppet_event_may_register(int event)
{
	switch (event) {
	case PUPPET_START:
	case PUPPET_STOP:
	case PUPPET_SYNC:
	case PUPPET_DMA_UNMAP:
		return false;
	default:
		return true;
	}
}

static bool puppet_op_fits(u32 op, int event)
{
	switch (op) {
	case PUPPET_BLOCK:
		return event != PUPPET_NO_EVENT;
	case PUPPET_REGISTER:
	case PUPPET_UNREGISTER:
		return puppet_event_may_register(event);
	default:
		return op > 0 && op < ARRAY_SIZE(uses);
	}
}

static bool puppet_flags_fit(const struct puppet_call *call, int event)
{
	u32 late = PUPPET_CALL_LATE | PUPPET_CALL_UNSAFE;

	if (call->flags & ~(late | PUPPET_CALL_OFFSET | PUPPET_CALL_WORK))
		return false;
	if (call->flags & PUPPET_CALL_WORK &&
	    (event != PUPPET_NO_EVENT || call->flags & late ||
	     !(uses[call->op] & USES_WORK)))
		return false;
	if (call->flags & PUPPET_CALL_OFFSET &&
	    !(uses[call->op] & USES_ALIGNED))
		return false;
	if (call->flags & PUPPET_CALL_UNSAFE &&
	    !(call->flags & PUPPET_CALL_LATE))
		return false;
	return !(call->flags & late) ||
	       (event == PUPPET_NO_EVENT && uses[call->op] & USES_LATE);
}

static bool puppet_range_fits(const struct puppet_call *call)
{
	u32 use = uses[call->op];
	u64 size, first = call->iova;

	/* That a copy ends before it begins is for the core to see */
	if (use & USES_BYTES)
		return call->count && call->count <= PUPPET_LEN_MAX &&
		       (call->op == PUPPET_RW_READ ||
			call->op == PUPPET_RW_WRITE ||
			call->iova + call->count - 1 >= call->iova);

	if (use & USES_PAGES &&
	    (!call->count || call->count > VFIO_PIN_PAGES_MAX_ENTRIES))
		return false;
	if (call->count > PUPPET_PAGES_MAX)
		return false;
	if (!(use & USES_ALIGNED) || !call->count)
		return true;

	/* That a pin ends before it begins is for the core to see */
	size = (u64)call->count << PAGE_SHIFT;
	if (call->flags & PUPPET_CALL_OFFSET)
		first = ALIGN_DOWN(first, PAGE_SIZE);
	return PAGE_ALIGNED(first) &&
	       (call->op == PUPPET_PIN || first + size - 1 >= first);
}

static bool puppet_unused_is_zero(const struct puppet_call *call)
{
	u32 use = uses[call->op];

	return (use & USES_IOVA || !call->iova) &&
	       (use & (USES_PAGES | USES_PAGES_OR_0 | USES_BYTES) ||
		!call->count) &&
	       (use & USES_PROT || !call->prot) &&
	       (use & USES_SEED || !call->seed) && !call->reserved;
}

/**
 * puppet_call_check() - look at a call before any is made
 * @call: as the user wrote it
 * @event: of the script it is in, or PUPPET_NO_EVENT
 *
 * Return: 0, or what is wrong with it, an enum puppet_why.
 */
u32 puppet_call_check(const struct puppet_call *call, int event)
{
	if (!puppet_op_fits(call->op, event))
		return PUPPET_WHY_OP;
	if (!puppet_flags_fit(call, event))
		return PUPPET_WHY_FLAGS;
	if (!puppet_range_fits(call))
		return PUPPET_WHY_RANGE;
	if (!puppet_unused_is_zero(call))
		return PUPPET_WHY_UNUSED;
	return 0;
}

/* vfio_dma_rw() */
static void puppet_rw(struct puppet *puppet, const struct puppet_call *call,
		      struct puppet_result *result)
{
	bool write = call->op == PUPPET_RW_WRITE;
	u32 len = call->count, i;
	u8 *data;

	data = kvzalloc(round_up(len, 4), GFP_KERNEL_ACCOUNT);
	if (!data) {
		puppet_refuse(result, PUPPET_WHY_MEMORY, -ENOMEM);
		return;
	}
	for (i = 0; write && i < len; i += 4)
		put_unaligned_le32(call->seed + i / 4, data + i);

	result->ret = vfio_dma_rw(puppet->vdev, call->iova, data, len, write);

	for (i = 0; !write && !result->ret && i < len; i += 4)
		result->value += get_unaligned_le32(data + i);
	kvfree(data);
}

/* What the device does, not its driver */
static void puppet_dma(struct puppet *puppet, const struct puppet_call *call,
		       struct puppet_result *result)
{
	bool write = call->op == PUPPET_DMA_WRITE;
	struct pinscope_transfer t = {
		.iova = call->iova,
		.len = call->count,
		.seed = call->seed,
		.to_memory = write,
	};

	if (puppet->parent) {
		result->ret = pinscope_engine_move(puppet->parent->engine, &t);
		if (!write)
			result->value = t.sum;
		return;
	}

	result->ret = write ?
		puppet_cpu_write(puppet, call->iova, call->count, call->seed) :
		puppet_cpu_read(puppet, call->iova, call->count,
				&result->value);
	if (result->ret)
		result->why = result->ret == -EINTR ? PUPPET_WHY_BUSY :
						      PUPPET_WHY_NOT_HELD;
}

/* start() may run, and block, before the core returns */
static void puppet_client(struct puppet *puppet,
			  const struct puppet_call *call,
			  struct puppet_result *result)
{
	if (!mutex_trylock(&puppet->client_lock)) {
		puppet_refuse(result, PUPPET_WHY_BUSY, -EBUSY);
		return;
	}
	if (call->op == PUPPET_REGISTER) {
		result->ret = vfio_register_dirty_client(puppet->vdev,
							 &puppet->client);
		if (!result->ret)
			WRITE_ONCE(puppet->registered, true);
	} else {
		vfio_unregister_dirty_client(&puppet->client);
		WRITE_ONCE(puppet->registered, false);
	}
	mutex_unlock(&puppet->client_lock);
}

/* When the device is closed: on return no callback runs, nor will one */
void puppet_client_drop(struct puppet *puppet)
{
	mutex_lock(&puppet->client_lock);
	vfio_unregister_dirty_client(&puppet->client);
	WRITE_ONCE(puppet->registered, false);
	mutex_unlock(&puppet->client_lock);
}

static int puppet_opt_out(struct puppet *puppet)
{
	if (!PUPPET_CORE_OPT_OUT)
		return -EOPNOTSUPP;
	vfio_dirty_opt_out(puppet->vdev);
	return 0;
}

static void puppet_make(struct puppet *puppet, const struct puppet_call *call,
			struct puppet_result *result)
{
	switch (call->op) {
	case PUPPET_PIN:
	case PUPPET_PIN_TRACKED:
		puppet_pin(puppet, call, result);
		break;
	case PUPPET_UNPIN:
		puppet_unpin(puppet, call, result);
		break;
	case PUPPET_MARK:
		result->ret = vfio_mark_pages_dirty(puppet->vdev, call->iova,
						    call->count);
		break;
	case PUPPET_OPT_OUT:
		result->ret = puppet_opt_out(puppet);
		break;
	case PUPPET_RW_READ:
	case PUPPET_RW_WRITE:
		puppet_rw(puppet, call, result);
		break;
	case PUPPET_REGISTER:
	case PUPPET_UNREGISTER:
		puppet_client(puppet, call, result);
		break;
	case PUPPET_DMA_READ:
	case PUPPET_DMA_WRITE:
		puppet_dma(puppet, call, result);
		break;
	}
}

/*
 * The core holds the lock of the device's set while it opens or closes it. If it
 * is ours, the device is really closed, and the core can tell.
 */
static void puppet_make_late(struct puppet *puppet,
			     const struct puppet_call *call,
			     struct puppet_result *result)
{
	struct mutex *lock = &puppet->vdev->dev_set->lock;

	if (call->flags & PUPPET_CALL_UNSAFE) {
		puppet_make(puppet, call, result);
		return;
	}
	if (!mutex_trylock(lock)) {
		puppet_refuse(result, PUPPET_WHY_CHANGING, -ENOTRECOVERABLE);
		return;
	}
	if (READ_ONCE(puppet->open))
		puppet_refuse(result, PUPPET_WHY_CHANGING, -ENOTRECOVERABLE);
	else
		puppet_make(puppet, call, result);
	mutex_unlock(lock);
}

struct puppet_work {
	struct work_struct work;
	struct puppet *puppet;
	const struct puppet_call *call;
	struct puppet_result *result;
};

static void puppet_make_there(struct work_struct *work)
{
	struct puppet_work *here = container_of(work, struct puppet_work, work);

	puppet_make(here->puppet, here->call, here->result);
}

static void puppet_make_by_work(struct puppet *puppet,
				const struct puppet_call *call,
				struct puppet_result *result)
{
	struct puppet_work here = {
		.puppet = puppet,
		.call = call,
		.result = result,
	};

	INIT_WORK_ONSTACK(&here.work, puppet_make_there);
	queue_work(system_unbound_wq, &here.work);
	flush_work(&here.work);
	destroy_work_on_stack(&here.work);
}

/**
 * puppet_call() - make a call
 * @puppet: whose
 * @call: checked by puppet_call_check()
 * @result: what it has come to
 *
 * The device is not closed, nor removed, before this returns.
 *
 * Context: Process context, sleeps. No lock but those the core holds for the
 * callback that this may be called from.
 */
void puppet_call(struct puppet *puppet, const struct puppet_call *call,
		 struct puppet_result *result)
{
	struct puppet_call now = *call;
	unsigned int *users = &puppet->users;
	bool refused = false;

	memset(result, 0, sizeof(*result));

	spin_lock(&puppet->lock);
	/* If it is open after all, it is a call like any other */
	if (puppet->open)
		now.flags &= PUPPET_CALL_OFFSET | PUPPET_CALL_WORK;
	else
		users = &puppet->late_users;
	if (puppet->gone || !(puppet->open || call->flags & PUPPET_CALL_LATE))
		refused = true;
	else
		++*users;
	spin_unlock(&puppet->lock);

	if (refused) {
		puppet_refuse(result, PUPPET_WHY_NOT_OPEN, -ESHUTDOWN);
		return;
	}

	if (now.flags & PUPPET_CALL_LATE)
		puppet_make_late(puppet, &now, result);
	else if (now.flags & PUPPET_CALL_WORK)
		puppet_make_by_work(puppet, &now, result);
	else
		puppet_make(puppet, &now, result);

	spin_lock(&puppet->lock);
	--*users;
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);
}
