// SPDX-License-Identifier: GPL-2.0-only
/* Life of a sample device, and its attributes */

#include <linux/device.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "internal.h"

/**
 * pinscope_device_init() - set up what the driver's init() callback has got
 * @pd: device, zeroed
 * @ops: of the driver
 *
 * Context: Process context.
 */
void pinscope_device_init(struct pinscope_device *pd,
			  const struct pinscope_ops *ops)
{
	pd->ops = ops;
	mutex_init(&pd->lock);
	INIT_LIST_HEAD(&pd->windows);
	pd->mig_state = VFIO_DEVICE_STATE_RUNNING;
	ratelimit_default_init(&pd->refused_limit);
	ratelimit_set_flags(&pd->refused_limit, RATELIMIT_MSG_ON_RELEASE);
	pinscope_config_init(pd);
	pinscope_dma_logging_init(pd);
	pd->vdev.migration_flags = VFIO_MIGRATION_STOP_COPY |
				   VFIO_MIGRATION_P2P |
				   VFIO_MIGRATION_PRE_COPY;
}
EXPORT_SYMBOL_GPL(pinscope_device_init);

/**
 * pinscope_device_destroy() - undo pinscope_device_init()
 * @pd: device, closed
 *
 * Context: Process context.
 */
void pinscope_device_destroy(struct pinscope_device *pd)
{
	pinscope_dma_logging_destroy(pd);
	mutex_destroy(&pd->lock);
}
EXPORT_SYMBOL_GPL(pinscope_device_destroy);

/**
 * pinscope_device_reset() - return a device to the state it is created in
 * @pd: device
 *
 * Drops all windows, so the driver returns its pins, ends migration streams and
 * recovers from the migration state ERROR. Interrupts stay set up, as they are
 * the user's and not the guest's.
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_device_reset(struct pinscope_device *pd)
{
	lockdep_assert_held(&pd->lock);

	pinscope_windows_drop(pd);
	pinscope_stream_end(pd->saving);
	pinscope_stream_end(pd->resuming);
	pd->saving = NULL;
	pd->resuming = NULL;
	pd->mig_state = VFIO_DEVICE_STATE_RUNNING;
	pd->iova = 0;
	pd->len = 0;
	pd->seed = 0;
	pd->status = 0;
	pd->result = 0;
	pd->intx_pending = false;
	pd->intx_masked = false;
	pinscope_config_init(pd);
	if (pd->ops->reset)
		pd->ops->reset(pd);
}
EXPORT_SYMBOL_GPL(pinscope_device_reset);

/**
 * pinscope_device_close() - leave nothing of a user behind
 * @pd: device whose last file was closed
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_device_close(struct pinscope_device *pd)
{
	pinscope_device_reset(pd);
	pinscope_dma_logging_close(pd);
	pinscope_irq_release(pd);
}
EXPORT_SYMBOL_GPL(pinscope_device_close);

static struct pinscope_device *dev_to_pinscope(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t windows_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pinscope_device *pd = dev_to_pinscope(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pd->nr_windows));
}
static DEVICE_ATTR_RO(windows);

static ssize_t pinned_pages_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct pinscope_device *pd = dev_to_pinscope(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pd->nr_pinned));
}
static DEVICE_ATTR_RO(pinned_pages);

static struct attribute *pinscope_attrs[] = {
	&dev_attr_windows.attr,
	&dev_attr_pinned_pages.attr,
	NULL
};

/*
 * For the dev_groups of a driver, whose probe() must have set its driver data
 * to the struct pinscope_device.
 */
const struct attribute_group pinscope_group = {
	.attrs = pinscope_attrs,
};
EXPORT_SYMBOL_GPL(pinscope_group);

MODULE_DESCRIPTION("What the pinscope sample drivers share");
MODULE_LICENSE("GPL");
