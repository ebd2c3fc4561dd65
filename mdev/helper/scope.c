// SPDX-License-Identifier: GPL-2.0-only
/* What a device says of its dirty scope, and its other attributes in sysfs */

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "parent.h"
#include "scope.h"

/**
 * pinscope_scope_refused() - note that a device could not opt in
 * @pd: device
 * @what: has failed
 * @ret: the errno
 *
 * The log says so once, the attribute scope says why as long as it is so.
 *
 * Context: Process context, with the lock of the device.
 */
void pinscope_scope_refused(struct pinscope_device *pd, const char *what,
			    int ret)
{
	lockdep_assert_held(&pd->lock);

	pd->scope.refused = ret;
	if (!pd->scope.warned)
		dev_warn(pd->vdev.dev,
			 "%s (%pe): everything mapped counts as dirty\n", what,
			 ERR_PTR(ret));
	pd->scope.warned = true;
}
EXPORT_SYMBOL_GPL(pinscope_scope_refused);

static ssize_t scope_show_not_alone(struct pinscope_device *pd, char *buf)
{
	unsigned int members = pinscope_parent_members(pd->parent);

	if (members > 1)
		return sysfs_emit(buf, "refused: the IOMMU group has %u devices, %s\n",
				  members, "only a group of one may pin (EXDEV)");
	return sysfs_emit(buf, "refused: %s\n",
			  "another device is on the same parent, only one alone may pin (EXDEV)");
}

static ssize_t scope_show_refused(struct pinscope_device *pd, char *buf)
{
	switch (pd->scope.refused) {
	case -EXDEV:
		return scope_show_not_alone(pd, buf);
	case -EIO:
		return sysfs_emit(buf, "failed: %s\n",
				  "the function has not ended a transfer in time (EIO)");
	case -ENOTTY:
		return sysfs_emit(buf, "refused: %s\n",
				  "the IOMMU driver of the container does not track dirty pages");
	case -EOPNOTSUPP:
		return sysfs_emit(buf, "refused: %s\n",
				  pd->ops->features & PINSCOPE_FEATURE_HWLOG ?
				  "the VFIO core does not ask write logs" :
				  "the VFIO core has no start notification; use pinscope_precopy");
	default:
		return sysfs_emit(buf, "refused: a window could not be pinned (%pe)\n",
				  ERR_PTR(pd->scope.refused));
	}
}

static ssize_t scope_show_all(struct pinscope_device *pd, char *buf)
{
	const struct pinscope_scope *scope = &pd->scope;

	lockdep_assert_held(&pd->lock);

	if (!scope->open)
		return sysfs_emit(buf, "wide: the device is not open\n");
	if (scope->opted_in && !scope->narrow)
		return sysfs_emit(buf, "wide: no window to pin yet\n");
	if (scope->opted_in && pd->log_ops)
		return pd->log_ops->show_pinned(pd, buf);
	if (scope->opted_in)
		return sysfs_emit(buf, "pinned\n");
	if (scope->refused)
		return scope_show_refused(pd, buf);
	if (scope->never)
		return sysfs_emit(buf, "wide: opt_in is never\n");
	return sysfs_emit(buf, "wide: %s\n", pd->ops->wide);
}

/* Who has the lock may wait for a page fault of the user */
static ssize_t scope_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);
	int ret;

	if (pd->ops->scope)
		return sysfs_emit(buf, "%s\n", pd->ops->scope);

	ret = mutex_lock_interruptible(&pd->lock);
	if (ret)
		return ret;
	ret = scope_show_all(pd, buf);
	mutex_unlock(&pd->lock);
	return ret;
}
static DEVICE_ATTR_RO(scope);

static ssize_t opt_in_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", READ_ONCE(pd->scope.never) ?
			  "never" : pd->type->opt_in);
}

/* What was a value of the attribute, and is a driver or type of its own now */
static bool opt_in_is_elsewhere(const char *buf)
{
	static const char * const words[] = { "start", "precopy", "stopcopy" };

	return sysfs_match_string(words, buf) >= 0;
}

static ssize_t opt_in_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);
	bool never = sysfs_streq(buf, "never");

	if (!never && !sysfs_streq(buf, pd->type->opt_in)) {
		if (!opt_in_is_elsewhere(buf))
			return -EINVAL;
		dev_notice_ratelimited(dev, "opts in by %s: what does it otherwise is another type\n",
				       pd->type->opt_in);
		return -EOPNOTSUPP;
	}

	/* Who has it may wait for a page fault of the user */
	scoped_cond_guard(mutex_intr, return -EINTR, &pd->lock) {
		if (pd->scope.open)
			return -EBUSY;
		WRITE_ONCE(pd->scope.never, never);
	}
	return count;
}
static DEVICE_ATTR_RW(opt_in);

static ssize_t dma_logging_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", pd->type->dma_logging);
}

/* Takes what it has been once, as far as that is so */
static ssize_t dma_logging_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t count)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);
	bool logs;
	int ret;

	ret = kstrtobool(buf, &logs);
	if (ret)
		return ret;
	if (logs == pd->type->dma_logging)
		return count;
	dev_notice_ratelimited(dev, "%s its DMA: what does otherwise is another type\n",
			       logs ? "does not log" : "logs");
	return -EOPNOTSUPP;
}
static DEVICE_ATTR_RW(dma_logging);

static ssize_t windows_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pd->nr_windows));
}
static DEVICE_ATTR_RO(windows);

static ssize_t pinned_pages_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct pinscope_device *pd = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pd->nr_pinned));
}
static DEVICE_ATTR_RO(pinned_pages);

static struct attribute *pinscope_attrs[] = {
	&dev_attr_windows.attr,
	&dev_attr_pinned_pages.attr,
	NULL
};

/* What every device has, for a driver with attributes of its own */
const struct attribute_group pinscope_group = {
	.attrs = pinscope_attrs,
};
EXPORT_SYMBOL_GPL(pinscope_group);

static struct attribute *pinscope_scope_attrs[] = {
	&dev_attr_scope.attr,
	&dev_attr_opt_in.attr,
	&dev_attr_dma_logging.attr,
	NULL
};

/* A device that pins nothing cannot tell what it writes */
static umode_t pinscope_scope_visible(struct kobject *kobj,
				      struct attribute *attr, int n)
{
	struct pinscope_device *pd = dev_get_drvdata(kobj_to_dev(kobj));

	if (attr == &dev_attr_opt_in.attr && !pd->type->opt_in)
		return 0;
	if (attr == &dev_attr_dma_logging.attr && !pd->ops->window_added)
		return 0;
	return attr->mode;
}

static const struct attribute_group pinscope_scope_group = {
	.attrs = pinscope_scope_attrs,
	.is_visible = pinscope_scope_visible,
};

/*
 * For the dev_groups of a driver, whose probe() must have called
 * pinscope_device_of_type().
 */
const struct attribute_group *pinscope_groups[] = {
	&pinscope_group,
	&pinscope_scope_group,
	NULL
};
EXPORT_SYMBOL_GPL(pinscope_groups);
