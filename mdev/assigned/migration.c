// SPDX-License-Identifier: GPL-2.0-only
/* The states of a migration: what the function does from one to the next */

#include <linux/err.h>
#include <linux/file.h>

#include "assigned.h"

static int assigned_save(struct assigned_hw *hw, struct assigned_stream *stream)
{
	return assigned_hw_save(hw, assigned_stream_state(stream)) ?:
	       assigned_stream_complete(stream);
}

static int assigned_save_rest(struct assigned_mig *mig, struct assigned_hw *hw)
{
	int ret;

	assigned_hw_stop(hw);
	ret = assigned_save(hw, mig->saving);
	if (ret)
		assigned_hw_go(hw);
	return ret;
}

static struct file *assigned_save_stopped(struct assigned_mig *mig,
					  struct assigned_hw *hw)
{
	struct file *file = assigned_stream_save(&mig->saving, false);
	int ret;

	if (IS_ERR(file))
		return file;
	ret = assigned_save(hw, mig->saving);
	if (!ret)
		return file;
	assigned_stream_end(&mig->saving);
	fput(file);
	return ERR_PTR(ret);
}

static int assigned_load(struct assigned_mig *mig, struct assigned_hw *hw)
{
	struct assigned_stream *stream = mig->resuming;
	int ret;

	ret = assigned_stream_check(stream) ?:
	      assigned_hw_load(hw, assigned_stream_state(stream));
	if (!ret)
		assigned_stream_end(&mig->resuming);
	/* Or else the driver has more to do */
	else if (!hw->fenced)
		assigned_mig_end(mig, VFIO_DEVICE_STATE_ERROR);
	return ret;
}

/* From one state of enum vfio_device_mig_state to the next */
#define ARC(from, to)	(VFIO_DEVICE_STATE_##from << 8 | VFIO_DEVICE_STATE_##to)

/* One arc of the state machine, as vfio_mig_get_next_state() finds them */
static struct file *assigned_step(struct assigned_mig *mig,
				  struct assigned_hw *hw,
				  enum vfio_device_mig_state new)
{
	switch (mig->state << 8 | new) {
	/* Nobody starts a transfer, as we hold the lock; one may be going on */
	case ARC(RUNNING, RUNNING_P2P):
	case ARC(PRE_COPY, PRE_COPY_P2P):
		return ERR_PTR(assigned_hw_rest(hw));

	case ARC(RUNNING_P2P, RUNNING):
	case ARC(PRE_COPY_P2P, PRE_COPY):
		return NULL;

	case ARC(RUNNING_P2P, STOP):
		assigned_hw_stop(hw);
		return NULL;

	case ARC(STOP, RUNNING_P2P):
		assigned_hw_go(hw);
		return NULL;

	case ARC(RUNNING, PRE_COPY):
	case ARC(RUNNING_P2P, PRE_COPY_P2P):
		return assigned_stream_save(&mig->saving, true);

	case ARC(PRE_COPY_P2P, STOP_COPY):
		return ERR_PTR(assigned_save_rest(mig, hw));

	case ARC(STOP, STOP_COPY):
		return assigned_save_stopped(mig, hw);

	/* When all is saved, or saving is cancelled */
	case ARC(STOP_COPY, STOP):
	case ARC(PRE_COPY, RUNNING):
	case ARC(PRE_COPY_P2P, RUNNING_P2P):
		assigned_stream_end(&mig->saving);
		return NULL;

	case ARC(STOP, RESUMING):
		return assigned_stream_resume(&mig->resuming);

	case ARC(RESUMING, STOP):
		return ERR_PTR(assigned_load(mig, hw));

	default:
		return ERR_PTR(-EINVAL);
	}
}

/**
 * assigned_mig_set() - take a device to another migration state
 * @assigned: the device
 * @new_state: where to
 *
 * Goes through all arcs on the way. A stream that cannot be loaded leaves the device
 * in ERROR, any other failure where the last arc has brought it.
 *
 * Context: Process context, with the lock of the device.
 * Return: the file of a stream the user has to read or write, NULL if there is none,
 * or an ERR_PTR(): -EINVAL if there is no way to @new_state; -ETIMEDOUT if the
 * function does not come to rest; see assigned_stream_check(), assigned_hw_save() and
 * assigned_hw_load() for others.
 */
struct file *assigned_mig_set(struct assigned *assigned,
			      enum vfio_device_mig_state new_state)
{
	struct assigned_mig *mig = &assigned->mig;
	enum vfio_device_mig_state next;
	struct file *file = NULL;
	int ret;

	/* The only way out is reset; the core does not want to be asked */
	if (mig->state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EINVAL);

	while (mig->state != new_state) {
		ret = vfio_mig_get_next_state(&assigned->core.vdev, mig->state,
					      new_state, &next);
		if (ret)
			return ERR_PTR(ret);
		/* The core does not route through a state with a stream */
		file = assigned_step(mig, &assigned->hw, next);
		if (IS_ERR(file))
			return file;
		mig->state = next;
	}
	return file;
}

/**
 * assigned_mig_end() - whatever goes on has ended
 * @mig: of the device
 * @state: RUNNING, after a reset or for a new user; or ERROR
 *
 * Context: Process context, with the lock of the device.
 */
void assigned_mig_end(struct assigned_mig *mig, enum vfio_device_mig_state state)
{
	assigned_stream_end(&mig->saving);
	assigned_stream_end(&mig->resuming);
	mig->state = state;
}

/**
 * assigned_mig_may_write() - may the guest change registers?
 * @mig: of the device
 *
 * Context: Lock of the device.
 * Return: 0, -EBUSY if the device is stopped, -EIO if it has failed.
 */
int assigned_mig_may_write(const struct assigned_mig *mig)
{
	switch (mig->state) {
	case VFIO_DEVICE_STATE_RUNNING:
	case VFIO_DEVICE_STATE_RUNNING_P2P:
	case VFIO_DEVICE_STATE_PRE_COPY:
	case VFIO_DEVICE_STATE_PRE_COPY_P2P:
		return 0;
	case VFIO_DEVICE_STATE_ERROR:
		return -EIO;
	default:
		return -EBUSY;
	}
}

/**
 * assigned_mig_may_dma() - may the function start a transfer?
 * @mig: of the device
 *
 * Context: Lock of the device.
 * Return: 0, -EBUSY if the device is stopped or in P2P, -EIO if it has failed.
 */
int assigned_mig_may_dma(const struct assigned_mig *mig)
{
	if (mig->state == VFIO_DEVICE_STATE_RUNNING_P2P ||
	    mig->state == VFIO_DEVICE_STATE_PRE_COPY_P2P)
		return -EBUSY;
	return assigned_mig_may_write(mig);
}

/**
 * assigned_mig_is_saving() - is its state being saved, running or not?
 * @mig: of the device
 *
 * Context: Lock of the device.
 * Return: true in PRE_COPY, PRE_COPY_P2P and STOP_COPY.
 */
bool assigned_mig_is_saving(const struct assigned_mig *mig)
{
	return mig->state == VFIO_DEVICE_STATE_PRE_COPY ||
	       mig->state == VFIO_DEVICE_STATE_PRE_COPY_P2P ||
	       mig->state == VFIO_DEVICE_STATE_STOP_COPY;
}

/**
 * assigned_mig_get() - for vfio_migration_ops.migration_get_state
 * @vdev: the device
 * @state: the state it is in
 *
 * Context: Process context, takes the lock of the device.
 * Return: 0, or -EINTR if the caller is being killed.
 */
int assigned_mig_get(struct vfio_device *vdev,
		     enum vfio_device_mig_state *state)
{
	struct assigned *assigned = to_assigned(vdev);

	/* Who has it may wait for the function, or for a page fault of the user */
	if (mutex_lock_killable(&assigned->lock))
		return -EINTR;
	*state = assigned->mig.state;
	mutex_unlock(&assigned->lock);
	return 0;
}

/**
 * assigned_mig_size() - for vfio_migration_ops.migration_get_data_size
 * @vdev: the device
 * @size: bytes that STOP_COPY would give, always the same
 *
 * Context: Any.
 * Return: 0.
 */
int assigned_mig_size(struct vfio_device *vdev, unsigned long *size)
{
	*size = ASSIGNED_STREAM_SIZE;
	return 0;
}
