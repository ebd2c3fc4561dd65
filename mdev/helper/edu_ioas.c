// SPDX-License-Identifier: GPL-2.0-only
/*
 * No pattern: a user of iommufd attaches and detaches the parent of a device when he
 * likes, and edu's engine takes the domain away for moments, to get at edu's buffer.
 * Neither may be at it while the other is. So the engine is told before VFIO does what
 * it does for any device with IOMMU backing, and after.
 *
 * The engine's lock is not held meanwhile: iommufd may wait for callbacks of the driver,
 * and they for a transfer.
 */

#include <linux/export.h>

#include "edu_ioas.h"
#include "parent.h"

#if IS_ENABLED(CONFIG_IOMMUFD)

static struct pinscope_engine *edu_ioas_begin(struct vfio_device *vdev)
{
	struct pinscope_engine *engine = to_pinscope(vdev)->parent->engine;

	pinscope_engine_ioas_begin(engine);
	return engine;
}

/**
 * pinscope_edu_bind() - vfio_iommufd_physical_bind() for a parent that may be edu
 * @vdev: device, not open yet
 * @ictx: whose it is to be
 * @out_device_id: gets its number there
 *
 * Context: Process context, waits for a piece of a transfer.
 * Return: what vfio_iommufd_physical_bind() returns.
 */
int pinscope_edu_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx,
		      u32 *out_device_id)
{
	int ret = vfio_iommufd_physical_bind(vdev, ictx, out_device_id);

	/* Or else it may be a container that has the group */
	if (!ret)
		pinscope_engine_ioas_end(edu_ioas_begin(vdev), 1, 0);
	return ret;
}
EXPORT_SYMBOL_GPL(pinscope_edu_bind);

/**
 * pinscope_edu_unbind() - vfio_iommufd_physical_unbind() for a parent that may be edu
 * @vdev: device, closed
 *
 * Context: Process context, waits for a piece of a transfer.
 */
void pinscope_edu_unbind(struct vfio_device *vdev)
{
	struct pinscope_engine *engine = edu_ioas_begin(vdev);
	int attached = vdev->iommufd_attached;

	vfio_iommufd_physical_unbind(vdev);
	pinscope_engine_ioas_end(engine, -1, -attached);
}
EXPORT_SYMBOL_GPL(pinscope_edu_unbind);

/**
 * pinscope_edu_attach_ioas() - vfio_iommufd_physical_attach_ioas() for the same
 * @vdev: device, open
 * @pt_id: of the IOAS, or of a domain
 *
 * Context: Process context, waits for a piece of a transfer.
 * Return: what vfio_iommufd_physical_attach_ioas() returns.
 */
int pinscope_edu_attach_ioas(struct vfio_device *vdev, u32 *pt_id)
{
	struct pinscope_engine *engine = edu_ioas_begin(vdev);
	int attached = vdev->iommufd_attached;
	int ret;

	ret = vfio_iommufd_physical_attach_ioas(vdev, pt_id);
	pinscope_engine_ioas_end(engine, 0, vdev->iommufd_attached - attached);
	return ret;
}
EXPORT_SYMBOL_GPL(pinscope_edu_attach_ioas);

/**
 * pinscope_edu_detach_ioas() - vfio_iommufd_physical_detach_ioas() for the same
 * @vdev: device, open
 *
 * Context: Process context, waits for a piece of a transfer.
 */
void pinscope_edu_detach_ioas(struct vfio_device *vdev)
{
	struct pinscope_engine *engine = edu_ioas_begin(vdev);
	int attached = vdev->iommufd_attached;

	vfio_iommufd_physical_detach_ioas(vdev);
	pinscope_engine_ioas_end(engine, 0, vdev->iommufd_attached - attached);
}
EXPORT_SYMBOL_GPL(pinscope_edu_detach_ioas);

#endif
