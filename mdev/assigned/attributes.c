// SPDX-License-Identifier: GPL-2.0-only
/* Attributes of the PCI function: when it opts in, and what has become of that */

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/sysfs.h>

#include "assigned.h"

static const char * const assigned_modes[] = {
	[ASSIGNED_START] = "start",
	[ASSIGNED_PRECOPY] = "precopy",
	[ASSIGNED_NEVER] = "never",
};

static const char assigned_old_core[] =
	"this VFIO core loses pages when a driver pins, see vfio-core-patches";

static struct assigned *dev_to_assigned(struct device *dev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);

	return container_of(core, struct assigned, core);
}

/**
 * assigned_init_opt_in() - when a device opts in if nobody says anything
 * @assigned: the device, before it is registered
 *
 * The log says so if it cannot.
 *
 * Context: Process context.
 */
void assigned_init_opt_in(struct assigned *assigned)
{
	assigned->mode = ASSIGNED_CORE_OPTS_IN ? ASSIGNED_START : ASSIGNED_NEVER;
	ratelimit_default_init(&assigned->refused_limit);
	ratelimit_set_flags(&assigned->refused_limit, RATELIMIT_MSG_ON_RELEASE);
	if (!ASSIGNED_CORE_OPTS_IN)
		dev_info(assigned->core.vdev.dev, "does not opt in: %s\n",
			 assigned_old_core);
}

/**
 * assigned_set_open() - keep the attribute opt_in as it is, or let it be changed
 * @assigned: the device
 * @open: its user has it
 *
 * Context: Process context, takes the lock of the device.
 */
void assigned_set_open(struct assigned *assigned, bool open)
{
	guard(mutex)(&assigned->lock);
	assigned->open = open;
	assigned->refused = 0;
}

/**
 * assigned_set_refused() - say why a device is wide although it should not be
 * @assigned: the device
 * @what: was refused
 * @ret: what vfio_pin_pages() or vfio_register_dirty_client() has returned
 *
 * Context: Process context, with the lock of the device, or when it is opened.
 */
void assigned_set_refused(struct assigned *assigned, const char *what, int ret)
{
	/* As often as it is refused anew, which is in the hand of the user */
	if (!assigned->refused && __ratelimit(&assigned->refused_limit))
		dev_warn(assigned->core.vdev.dev,
			 "%s refused (%pe): everything mapped counts as dirty\n",
			 what, ERR_PTR(ret));
	assigned->refused = ret;
}

/**
 * assigned_tell_failed() - tell the user and the log that a device has failed
 * @assigned: the device
 *
 * The user's eventfd for errors is signalled if the function is PCIe; others have none.
 *
 * Context: Process context, with the lock of the device.
 */
void assigned_tell_failed(struct assigned *assigned)
{
	vfio_pci_core_aer_err_detected(assigned->core.pdev,
				       pci_channel_io_frozen);
	dev_err_ratelimited(assigned->core.vdev.dev,
			    "has failed: fenced until it is reset\n");
}

static ssize_t opt_in_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  assigned_modes[READ_ONCE(dev_to_assigned(dev)->mode)]);
}

static ssize_t opt_in_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct assigned *assigned = dev_to_assigned(dev);
	int mode = sysfs_match_string(assigned_modes, buf);

	if (mode < 0)
		return mode;
	if (mode != ASSIGNED_NEVER && !ASSIGNED_CORE_OPTS_IN)
		return -EOPNOTSUPP;

	/* Who has it may wait for the function, or for a page fault of the user */
	scoped_cond_guard(mutex_intr, return -EINTR, &assigned->lock) {
		if (assigned->open)
			return -EBUSY;
		WRITE_ONCE(assigned->mode, mode);
	}
	return count;
}
static DEVICE_ATTR_RW(opt_in);

static const char *assigned_why_refused(int refused)
{
	switch (refused) {
	case -EXDEV:
		return "the IOMMU group is not the function's alone (EXDEV)";
	case -ENOTTY:
		return "the IOMMU driver of the container does not track dirty pages";
	case -EOPNOTSUPP:
		return "there is no container to be told by";
	default:
		return "a transfer could not be pinned";
	}
}

static const char *assigned_why_wide(const struct assigned *assigned)
{
	if (!assigned->open)
		return "the device is not open";
	if (assigned->mode == ASSIGNED_NEVER)
		return "opt_in is never";
	if (assigned->opted_in)
		return "no transfer to pin yet";
	if (assigned->mode == ASSIGNED_PRECOPY)
		return "no migration saves the device";
	return "the container does not track dirty pages";
}

static ssize_t scope_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct assigned *assigned = dev_to_assigned(dev);

	if (!ASSIGNED_CORE_OPTS_IN)
		return sysfs_emit(buf, "wide: %s\n", assigned_old_core);

	scoped_cond_guard(mutex_intr, return -EINTR, &assigned->lock) {
		if (assigned->hw.fenced && assigned->open)
			return sysfs_emit(buf, "failed: %s\n",
					  "the function is fenced until it is reset");
		if (assigned->refused)
			return sysfs_emit(buf, "refused: %s\n",
					  assigned_why_refused(assigned->refused));
		if (assigned->opted_in && assigned->narrow)
			return sysfs_emit(buf, "pinned\n");
		return sysfs_emit(buf, "wide: %s\n", assigned_why_wide(assigned));
	}
	return -EINTR;
}
static DEVICE_ATTR_RO(scope);

static struct attribute *assigned_attrs[] = {
	&dev_attr_opt_in.attr,
	&dev_attr_scope.attr,
	NULL
};

static const struct attribute_group assigned_group = {
	.attrs = assigned_attrs,
};

const struct attribute_group *assigned_groups[] = {
	&assigned_group,
	NULL
};
