// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA goes on in a work item. The lock of the device is not held meanwhile, so
 * nobody waits for a transfer but who has asked for it; and the lock is what is held
 * to bring the device to rest:
 *
 *   pause    for P2P and STOP, and before pins are returned at the end of
 *            tracking; the transfer goes on later, maybe elsewhere
 *   cancel   for an unmap of what it goes to, a reset, or close
 *
 * Both tell the transfer to stop, and wait until it has, which takes a bounded time:
 * engines fence hardware that does not end what it is at, so that no byte of it
 * arrives any more, and the transfer ends with -EIO. A device that had to be fenced
 * when it was to rest is in the migration state ERROR, which only a reset leads out
 * of; and until its hardware is seen to rest it takes no command, and is not opened.
 */

#include <linux/bitfield.h>
#include <linux/cleanup.h>

#include "dma.h"
#include "irq.h"

/* Work items wait for hardware, and for locks that are held over user faults */
static struct workqueue_struct *dma_queue;

void pinscope_set_status(struct pinscope_device *pd, int ret)
{
	pd->status = PINSCOPE_STATUS_DONE;
	if (ret)
		pd->status |= PINSCOPE_STATUS_ERROR |
			      FIELD_PREP(PINSCOPE_STATUS_ERRNO, -ret);
}

/* The device is at rest, and will not go on with this transfer */
static void pinscope_dma_complete(struct pinscope_device *pd, int ret)
{
	struct pinscope_dma *dma = &pd->dma;

	lockdep_assert_held(&pd->lock);

	WRITE_ONCE(dma->busy, false);
	dma->paused = false;
	pinscope_set_status(pd, ret);
	if (!ret && !dma->transfer.to_memory)
		pd->result = dma->transfer.sum;
	if (ret == -EIO) {
		if (pd->scope.opted_in)
			pd->ops->give_up(pd, "DMA failed", ret);
		pinscope_irq_error(pd);
	}
	if (dma->async)
		pinscope_irq_raise(pd);
	wake_up_all(&dma->wait);
}

/* Takes no lock that is held while this is waited for */
static void pinscope_dma_work(struct work_struct *work)
{
	struct pinscope_device *pd =
		container_of(work, struct pinscope_device, dma.work);
	struct pinscope_dma *dma = &pd->dma;

	dma->ret = pd->ops->dma_move(pd, &dma->transfer);
	/* Pairs with pinscope_dma_is_at_rest() */
	smp_store_release(&dma->moving, false);
	wake_up_all(&dma->wait);
	queue_work(dma_queue, &dma->done);
}

static bool pinscope_dma_is_at_rest(struct pinscope_dma *dma)
{
	/* Pairs with pinscope_dma_work() */
	return !smp_load_acquire(&dma->moving);
}

/* Unless somebody has brought the device to rest, or it goes on again */
static void pinscope_dma_done(struct work_struct *work)
{
	struct pinscope_device *pd =
		container_of(work, struct pinscope_device, dma.done);
	struct pinscope_dma *dma = &pd->dma;

	guard(mutex)(&pd->lock);
	if (dma->busy && pinscope_dma_is_at_rest(dma) && dma->ret != -ECANCELED)
		pinscope_dma_complete(pd, dma->ret);
}

static int pinscope_dma_go(struct pinscope_device *pd)
{
	struct pinscope_dma *dma = &pd->dma;
	int ret = 0;

	if (pd->ops->dma_begin)
		ret = pd->ops->dma_begin(pd, &dma->transfer);
	if (ret)
		return ret;

	dma->paused = false;
	WRITE_ONCE(dma->transfer.stop, false);
	WRITE_ONCE(dma->transfer.held_up, false);
	WRITE_ONCE(dma->moving, true);
	queue_work(dma_queue, &dma->work);
	return 0;
}

/* Begins the transfer that the operand registers tell of. STATUS is busy then. */
int pinscope_dma_submit(struct pinscope_device *pd, bool to_memory)
{
	struct pinscope_dma *dma = &pd->dma;
	int ret;

	lockdep_assert_held(&pd->lock);

	dma->transfer = (struct pinscope_transfer) {
		.iova = pd->iova,
		.len = pd->len,
		.seed = pd->seed,
		.to_memory = to_memory,
	};
	ret = pinscope_dma_go(pd);
	if (ret)
		return ret;

	dma->async = pd->ctrl & PINSCOPE_CTRL_ASYNC;
	/* In this order: who waits for the last one has seen its end */
	WRITE_ONCE(dma->serial, dma->serial + 1);
	WRITE_ONCE(dma->busy, true);
	pd->status = PINSCOPE_STATUS_BUSY;
	return 0;
}

/* Waits for the end, without the lock. Return: 0, or -EINTR, and then it goes on. */
int pinscope_dma_wait(struct pinscope_device *pd)
{
	struct pinscope_dma *dma = &pd->dma;
	unsigned int serial = dma->serial;
	int ret;

	lockdep_assert_held(&pd->lock);

	mutex_unlock(&pd->lock);
	ret = wait_event_killable(dma->wait, !READ_ONCE(dma->busy) ||
				  READ_ONCE(dma->serial) != serial);
	mutex_lock(&pd->lock);
	return ret ? -EINTR : 0;
}

/* Has the device rest. Return: how its work has ended. */
static int pinscope_dma_rest(struct pinscope_device *pd)
{
	struct pinscope_dma *dma = &pd->dma;

	lockdep_assert_held(&pd->lock);

	WRITE_ONCE(dma->transfer.stop, true);
	wait_event(dma->wait, pinscope_dma_is_at_rest(dma));
	return dma->ret;
}

/* What had to be fenced is of no use until it is reset */
static int pinscope_dma_ended(struct pinscope_device *pd, int ret)
{
	pinscope_dma_complete(pd, ret);
	if (ret != -EIO)
		return 0;

	pd->mig_state = VFIO_DEVICE_STATE_ERROR;
	pinscope_irq_update(pd);
	return -EIO;
}

/**
 * pinscope_dma_pause() - have a device rest, until pinscope_dma_resume()
 * @pd: device
 *
 * What is on the way has arrived then, or the hardware is fenced. STATUS stays busy.
 *
 * Context: Process context, with the lock of the device.
 * Return: 0, or -EIO if the hardware had to be fenced: the device is in ERROR, and
 * its driver has been told.
 */
int pinscope_dma_pause(struct pinscope_device *pd)
{
	int ret;

	lockdep_assert_held(&pd->lock);

	if (!pd->dma.busy)
		return 0;
	ret = pinscope_dma_rest(pd);
	if (ret != -ECANCELED)
		return pinscope_dma_ended(pd, ret);
	pd->dma.paused = true;
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_dma_pause);

/**
 * pinscope_dma_resume() - let a device go on where it was paused
 * @pd: device
 *
 * If its migration state permits DMA.
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_dma_resume(struct pinscope_device *pd)
{
	int ret;

	lockdep_assert_held(&pd->lock);

	if (!pd->dma.paused || !pinscope_may_dma(pd))
		return;
	ret = pinscope_dma_go(pd);
	if (ret)
		pinscope_dma_complete(pd, ret);
}
EXPORT_SYMBOL_GPL(pinscope_dma_resume);

/*
 * Has the device rest for P2P. A command that its user waits for is complete before, as
 * a processor that waits cannot be stopped. Return: 0, -EIO as pinscope_dma_pause(), or
 * -EINTR if the caller is being killed.
 */
int pinscope_dma_quiesce(struct pinscope_device *pd)
{
	struct pinscope_dma *dma = &pd->dma;

	lockdep_assert_held(&pd->lock);

	/* Unless it waits for somebody who may wait for the lock */
	while (dma->busy && !dma->async && !pinscope_dma_is_at_rest(dma) &&
	       !READ_ONCE(dma->transfer.held_up))
		if (wait_event_killable_timeout(dma->wait,
						pinscope_dma_is_at_rest(dma),
						msecs_to_jiffies(20)) < 0)
			return -EINTR;
	return pinscope_dma_pause(pd);
}

/* Ends the transfer there is. Return: 0, or -EIO as pinscope_dma_pause(). */
int pinscope_dma_cancel(struct pinscope_device *pd, int why)
{
	int ret;

	lockdep_assert_held(&pd->lock);

	if (!pd->dma.busy)
		return 0;
	ret = pinscope_dma_rest(pd);
	if (why == -ECANCELED)	/* a reset, or close: nobody is told */
		pd->dma.async = false;
	return pinscope_dma_ended(pd, ret == -ECANCELED ? why : ret);
}

/* Does the transfer need what is in a range, or pins that go with it? */
static bool pinscope_dma_loses(struct pinscope_device *pd, u64 iova, u64 length)
{
	const struct pinscope_transfer *t = &pd->dma.transfer;
	struct pinscope_window *window;

	if (t->iova <= iova + length - 1 && iova <= t->iova + t->len - 1)
		return true;
	/* A window may be in several mappings; it is pinned as a whole */
	list_for_each_entry(window, &pd->windows, next)
		if (window->pinned && pinscope_window_holds(window, t))
			return pinscope_window_overlaps(window, iova, length);
	return false;
}

/**
 * pinscope_dma_unmapped() - end DMA to memory that the user unmaps
 * @pd: device
 * @iova: start of the range, at a page
 * @length: bytes, whole pages
 *
 * For dma_unmap(), before pinscope_unpin_range(). A transfer to the range, or to a
 * pinned window that has a page of it, is at rest then, and ended with EFAULT; one
 * elsewhere goes on.
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_dma_unmapped(struct pinscope_device *pd, u64 iova, u64 length)
{
	lockdep_assert_held(&pd->lock);

	if (pd->dma.busy && pinscope_dma_loses(pd, iova, length))
		pinscope_dma_cancel(pd, -EFAULT);
}
EXPORT_SYMBOL_GPL(pinscope_dma_unmapped);

void pinscope_dma_init(struct pinscope_device *pd)
{
	INIT_WORK(&pd->dma.work, pinscope_dma_work);
	INIT_WORK(&pd->dma.done, pinscope_dma_done);
	init_waitqueue_head(&pd->dma.wait);
}

/* Nothing moves, but the work items may still be about to see that */
void pinscope_dma_destroy(struct pinscope_device *pd)
{
	cancel_work_sync(&pd->dma.work);
	cancel_work_sync(&pd->dma.done);
}

int pinscope_dma_module_init(void)
{
	dma_queue = alloc_workqueue("pinscope_dma", WQ_UNBOUND, 0);
	return dma_queue ? 0 : -ENOMEM;
}

void pinscope_dma_module_exit(void)
{
	destroy_workqueue(dma_queue);
}
