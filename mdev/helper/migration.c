// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration states. The device has nothing to do for most arcs: that it begins no
 * DMA in the state it is in is checked with every command. It comes to rest on the
 * way to P2P, which all ways to STOP lead through, and goes on when it runs again.
 */

#include <linux/cleanup.h>
#include <linux/file.h>

#include "dma.h"
#include "irq.h"
#include "migration.h"
#include "snapshot.h"
#include "stream.h"

/**
 * pinscope_is_saving() - is a device's state being saved, running or not?
 * @pd: device
 *
 * Context: Lock of the device.
 * Return: true in PRE_COPY, PRE_COPY_P2P and STOP_COPY.
 */
bool pinscope_is_saving(const struct pinscope_device *pd)
{
	return pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY ||
	       pd->mig_state == VFIO_DEVICE_STATE_PRE_COPY_P2P ||
	       pd->mig_state == VFIO_DEVICE_STATE_STOP_COPY;
}
EXPORT_SYMBOL_GPL(pinscope_is_saving);

static struct file *pinscope_open_stream(struct pinscope_stream **place,
					 struct pinscope_stream *stream)
{
	struct file *file;

	if (IS_ERR(stream))
		return ERR_CAST(stream);

	file = pinscope_stream_file(stream);
	if (IS_ERR(file))
		pinscope_stream_end(stream);
	else
		*place = stream;
	return file;
}

static void pinscope_close_stream(struct pinscope_stream **place)
{
	pinscope_stream_end(*place);
	*place = NULL;
}

/* From one state of enum vfio_device_mig_state to the next */
#define ARC(from, to)	(VFIO_DEVICE_STATE_##from << 8 | VFIO_DEVICE_STATE_##to)

/* One arc of the state machine, as vfio_mig_get_next_state() finds them */
static struct file *pinscope_step(struct pinscope_device *pd,
				  enum vfio_device_mig_state new)
{
	int ret;

	switch (pd->mig_state << 8 | new) {
	case ARC(RUNNING, RUNNING_P2P):
	case ARC(PRE_COPY, PRE_COPY_P2P):
		return ERR_PTR(pinscope_dma_quiesce(pd));

	case ARC(RUNNING_P2P, RUNNING):
	case ARC(RUNNING_P2P, STOP):
	case ARC(STOP, RUNNING_P2P):
	case ARC(PRE_COPY_P2P, PRE_COPY):
		return NULL;

	case ARC(RUNNING, PRE_COPY):
	case ARC(RUNNING_P2P, PRE_COPY_P2P):
		return pinscope_open_stream(&pd->saving,
					    pinscope_stream_save(pd, true));

	case ARC(PRE_COPY_P2P, STOP_COPY):
		return ERR_PTR(pinscope_stream_save_rest(pd, pd->saving));

	case ARC(STOP, STOP_COPY):
		return pinscope_open_stream(&pd->saving,
					    pinscope_stream_save(pd, false));

	/* When all is saved, or saving is cancelled */
	case ARC(STOP_COPY, STOP):
	case ARC(PRE_COPY, RUNNING):
	case ARC(PRE_COPY_P2P, RUNNING_P2P):
		pinscope_close_stream(&pd->saving);
		return NULL;

	case ARC(STOP, RESUMING):
		return pinscope_open_stream(&pd->resuming,
					    pinscope_stream_resume(pd));

	case ARC(RESUMING, STOP):
		ret = pinscope_stream_load(pd, pd->resuming);
		pinscope_close_stream(&pd->resuming);
		if (ret)
			pd->mig_state = VFIO_DEVICE_STATE_ERROR;
		return ERR_PTR(ret);

	default:
		return ERR_PTR(-EINVAL);
	}
}

/**
 * pinscope_set_state() - for the migration_set_state() of a driver
 * @pd: device
 * @new_state: where to
 *
 * Goes through all arcs on the way. A stream that cannot be loaded leaves the
 * device in ERROR, as does hardware that does not come to rest; any other failure
 * leaves it where the last arc has brought it.
 *
 * Context: Process context, with the lock of the device.
 * Return: the file of a stream the user has to read or write, NULL if there is
 * none, or an ERR_PTR(): -EINVAL if there is no way to @new_state, -EIO if the
 * device did not come to rest, -EINTR if the caller is being killed while it waits
 * for that; see pinscope_stream_load() for others.
 */
struct file *pinscope_set_state(struct pinscope_device *pd,
				enum vfio_device_mig_state new_state)
{
	enum vfio_device_mig_state next;
	struct file *file = NULL;
	int ret;

	lockdep_assert_held(&pd->lock);

	/* The only way out is reset; the core does not want to be asked */
	if (pd->mig_state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EINVAL);

	while (new_state != pd->mig_state) {
		ret = vfio_mig_get_next_state(&pd->vdev, pd->mig_state,
					      new_state, &next);
		if (ret)
			return ERR_PTR(ret);

		file = pinscope_step(pd, next);
		if (IS_ERR(file))
			return file;
		/* The core does not route through a state with a stream */
		if (WARN_ON_ONCE(file && next != new_state)) {
			fput(file);
			pinscope_close_stream(&pd->saving);
			pinscope_close_stream(&pd->resuming);
			return ERR_PTR(-EINVAL);
		}
		pd->mig_state = next;
		/* What came by migration, or while stopped */
		pinscope_irq_update(pd);
		pinscope_dma_resume(pd);
	}
	return file;
}
EXPORT_SYMBOL_GPL(pinscope_set_state);

/**
 * pinscope_migrate() - for vfio_migration_ops.migration_set_state
 * @vdev: device, whose driver has nothing to do in any state
 * @new_state: where to
 *
 * Context: Process context, takes the lock of the device.
 * Return: as pinscope_set_state().
 */
struct file *pinscope_migrate(struct vfio_device *vdev,
			      enum vfio_device_mig_state new_state)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	return pinscope_set_state(pd, new_state);
}
EXPORT_SYMBOL_GPL(pinscope_migrate);

/**
 * pinscope_get_state() - for vfio_migration_ops.migration_get_state
 * @vdev: device
 * @state: the state it is in
 *
 * Context: Process context, takes the lock of the device.
 * Return: 0, or -EINTR if the caller is being killed.
 */
int pinscope_get_state(struct vfio_device *vdev,
		       enum vfio_device_mig_state *state)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	/* Who has it may wait for a page fault of the user, and debugfs asks as well */
	if (mutex_lock_killable(&pd->lock))
		return -EINTR;
	*state = pd->mig_state;
	mutex_unlock(&pd->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_get_state);

/**
 * pinscope_get_data_size() - for vfio_migration_ops.migration_get_data_size
 * @vdev: device
 * @length: bytes that STOP_COPY would give now
 *
 * Context: Process context, takes the lock of the device.
 * Return: 0, or -EINTR if the caller is being killed.
 */
int pinscope_get_data_size(struct vfio_device *vdev, unsigned long *length)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	if (mutex_lock_killable(&pd->lock))
		return -EINTR;
	*length = pinscope_snapshot_size(pd);
	mutex_unlock(&pd->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(pinscope_get_data_size);

const struct vfio_migration_ops pinscope_mig_ops = {
	.migration_set_state = pinscope_migrate,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};
