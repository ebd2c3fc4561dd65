// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domain of the user, which the driver takes away for a moment, see buffer.c. A
 * container keeps it as long as the device is open.
 *
 * A user of iommufd attaches and detaches the domains of the function when it likes
 * to. While the driver has the function on its own domain, see buffer.c, that one of
 * the user must not go away; and what it detaches must not be attached again.
 */

#include <linux/iommu.h>

#include "assigned.h"

/* A container has its domain attached before the device is opened, iommufd after it */
static bool assigned_is_of_iommufd(struct vfio_device *vdev)
{
#if IS_ENABLED(CONFIG_IOMMUFD)
	return vdev->iommufd_device;
#else
	return false;
#endif
}

/**
 * assigned_ioas_is_lost() - could the domain of the user not be attached again?
 * @hw: the function, not open yet
 *
 * That was when the device was opened before, and failed. Nothing would get through.
 *
 * Context: Process context, in open_device().
 * Return: true if it is so, which the log tells.
 */
bool assigned_ioas_is_lost(struct assigned_hw *hw)
{
	struct device *dev = &hw->core->pdev->dev;
	struct iommu_domain *user = iommu_get_domain_for_dev(dev);

	if (assigned_is_of_iommufd(&hw->core->vdev) ||
	    (user && user->type == IOMMU_DOMAIN_UNMANAGED))
		return false;
	dev_err_ratelimited(dev, "no domain of a user: its group has to be attached anew\n");
	return true;
}

#if IS_ENABLED(CONFIG_IOMMUFD)

/* Not with the lock, as the callbacks that iommufd may have to wait for take it */
static void assigned_ioas_begin(struct assigned *assigned)
{
	guard(mutex)(&assigned->lock);
	assigned->hw.moving = true;
}

/*
 * What was taken away is still to be attached again, if it was not replaced, nor
 * detached: it may be gone then. Whether the call has failed does not tell.
 */
static void assigned_ioas_end(struct assigned *assigned)
{
	struct vfio_device *vdev = &assigned->core.vdev;
	struct iommu_domain *now =
		iommu_get_domain_for_dev(&assigned->core.pdev->dev);

	guard(mutex)(&assigned->lock);
	assigned->hw.moving = false;
	if (!vdev->iommufd_attached || now->type != IOMMU_DOMAIN_BLOCKED)
		assigned->hw.away = NULL;
}

/**
 * assigned_attach_ioas() - for vfio_device_ops.attach_ioas
 * @vdev: the device
 * @pt_id: of the IOAS, or of a domain
 *
 * Context: Process context, waits for a transfer of the driver's own.
 * Return: what vfio_iommufd_physical_attach_ioas() returns.
 */
int assigned_attach_ioas(struct vfio_device *vdev, u32 *pt_id)
{
	int ret;

	assigned_ioas_begin(to_assigned(vdev));
	ret = vfio_iommufd_physical_attach_ioas(vdev, pt_id);
	assigned_ioas_end(to_assigned(vdev));
	return ret;
}

/**
 * assigned_detach_ioas() - for vfio_device_ops.detach_ioas
 * @vdev: the device
 *
 * Context: Process context, waits for a transfer of the driver's own.
 */
void assigned_detach_ioas(struct vfio_device *vdev)
{
	assigned_ioas_begin(to_assigned(vdev));
	vfio_iommufd_physical_detach_ioas(vdev);
	assigned_ioas_end(to_assigned(vdev));
}

#endif
