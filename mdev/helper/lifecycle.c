// SPDX-License-Identifier: GPL-2.0-only
/* The life of a sample device: made, opened, reset, closed */

#include <linux/export.h>

#include "dma.h"
#include "dma_logging.h"
#include "irq.h"
#include "lifecycle.h"
#include "migration.h"
#include "parent.h"
#include "stream.h"
#include "windows.h"

/**
 * pinscope_device_init() - set up what the driver's init() callback has got
 * @pd: device, zeroed
 * @ops: of the driver
 *
 * A driver to which migration states are more than to its device replaces
 * vdev.mig_ops.
 *
 * Context: Process context.
 */
void pinscope_device_init(struct pinscope_device *pd,
			  const struct pinscope_ops *ops)
{
	pd->ops = ops;
	pd->vdev.mig_ops = &pinscope_mig_ops;
	mutex_init(&pd->lock);
	INIT_LIST_HEAD(&pd->windows);
	pd->mig_state = VFIO_DEVICE_STATE_RUNNING;
	ratelimit_default_init(&pd->refused_limit);
	ratelimit_set_flags(&pd->refused_limit, RATELIMIT_MSG_ON_RELEASE);
	pinscope_config_init(pd->config);
	pinscope_irq_init(pd);
	pinscope_dma_init(pd);
	pinscope_dma_logging_init(pd);
	pd->vdev.migration_flags = VFIO_MIGRATION_STOP_COPY |
				   VFIO_MIGRATION_P2P |
				   VFIO_MIGRATION_PRE_COPY;
}
EXPORT_SYMBOL_GPL(pinscope_device_init);

/**
 * pinscope_release() - for release() of vfio_device_ops: undo pinscope_device_init()
 * @vdev: device, closed
 *
 * Context: Process context, sleeps.
 */
void pinscope_release(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	pinscope_dma_destroy(pd);
	pinscope_dma_logging_destroy(pd);
	pinscope_irq_destroy(pd);
	mutex_destroy(&pd->lock);
}
EXPORT_SYMBOL_GPL(pinscope_release);

/**
 * pinscope_device_of_type() - make a device what its type says
 * @pd: device, after pinscope_device_init() and before it is registered
 * @mdev: the mediated device, whose driver data is @pd from here on
 *
 * What VFIO must not see change is settled here: whether the device can save while
 * it runs, and whether it logs its DMA.
 *
 * Context: Process context.
 */
void pinscope_device_of_type(struct pinscope_device *pd,
			     struct mdev_device *mdev)
{
	pd->parent = to_pinscope_parent(mdev->type->parent);
	pd->type = to_pinscope_type(mdev->type)->type;
	if (pd->type->migration_flags)
		pd->vdev.migration_flags = pd->type->migration_flags;
	if (pd->type->dma_logging)
		pd->vdev.log_ops = &pinscope_log_ops;

	/* For the attributes, which are there as soon as probe() returns */
	dev_set_drvdata(&mdev->dev, pd);
}
EXPORT_SYMBOL_GPL(pinscope_device_of_type);

/**
 * pinscope_remove() - for remove() of an mdev driver
 * @mdev: the mediated device, of which pinscope_device_of_type() has been told
 *
 * Waits until the user has closed the device.
 *
 * Context: Process context, sleeps.
 */
void pinscope_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pd->vdev);
	vfio_put_device(&pd->vdev);
}
EXPORT_SYMBOL_GPL(pinscope_remove);

/**
 * pinscope_device_reset() - return a device to the state it is created in
 * @pd: device
 *
 * Ends its DMA, drops all windows, so the driver returns its pins, ends migration
 * streams and recovers from the migration state ERROR. Interrupts stay set up, as
 * they are the user's and not the guest's.
 *
 * Context: Process context, with the lock of the device.
 * Return: 0, or -EIO if the device did not come to rest: it is in ERROR.
 */
int pinscope_device_reset(struct pinscope_device *pd)
{
	int ret;

	lockdep_assert_held(&pd->lock);

	ret = pinscope_dma_cancel(pd, -ECANCELED);
	pinscope_windows_drop(pd);
	pinscope_stream_end(pd->saving);
	pinscope_stream_end(pd->resuming);
	pd->saving = NULL;
	pd->resuming = NULL;
	if (!ret)
		pd->mig_state = VFIO_DEVICE_STATE_RUNNING;
	pd->iova = 0;
	pd->len = 0;
	pd->seed = 0;
	pd->ctrl = 0;
	pd->status = 0;
	pd->result = 0;
	pinscope_config_init(pd->config);
	pinscope_irq_reset(pd);
	pinscope_irq_update(pd);
	pd->scope.narrow = false;
	if (pd->ops->reset)
		pd->ops->reset(pd);
	return ret;
}

/**
 * pinscope_device_open() - a user has got the device
 * @pd: device
 *
 * Context: Process context, takes the lock of the device.
 */
void pinscope_device_open(struct pinscope_device *pd)
{
	mutex_lock(&pd->lock);
	pd->scope.open = true;
	pd->scope.refused = 0;
	mutex_unlock(&pd->lock);
}
EXPORT_SYMBOL_GPL(pinscope_device_open);

/**
 * pinscope_device_close() - leave nothing of a user behind
 * @pd: device whose last file was closed, with DMA disabled if it has a parent
 *
 * Drops all windows, so the driver returns its pins.
 *
 * Context: Process context, takes the lock of the device.
 */
void pinscope_device_close(struct pinscope_device *pd)
{
	mutex_lock(&pd->lock);
	pinscope_device_reset(pd);
	pd->mig_state = VFIO_DEVICE_STATE_RUNNING;
	pinscope_dma_logging_close(pd);
	pd->scope.opted_in = false;
	pd->scope.open = false;
	mutex_unlock(&pd->lock);
	pinscope_irq_release(pd);
}
EXPORT_SYMBOL_GPL(pinscope_device_close);
