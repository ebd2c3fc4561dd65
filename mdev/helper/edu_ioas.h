/* SPDX-License-Identifier: GPL-2.0-only */
/* iommufd and a parent that may be an edu function: see edu_ioas.c */
#ifndef PINSCOPE_EDU_IOAS_H
#define PINSCOPE_EDU_IOAS_H

#include "device.h"

#if IS_ENABLED(CONFIG_IOMMUFD)
int pinscope_edu_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx,
		      u32 *out_device_id);
void pinscope_edu_unbind(struct vfio_device *vdev);
int pinscope_edu_attach_ioas(struct vfio_device *vdev, u32 *pt_id);
void pinscope_edu_detach_ioas(struct vfio_device *vdev);
#else
#define pinscope_edu_bind		vfio_iommufd_physical_bind
#define pinscope_edu_unbind		vfio_iommufd_physical_unbind
#define pinscope_edu_attach_ioas	vfio_iommufd_physical_attach_ioas
#define pinscope_edu_detach_ioas	vfio_iommufd_physical_detach_ioas
#endif

/*
 * Of vfio_device_ops. With a parent of your own, these are the functions of VFIO as they
 * are: vfio_iommufd_physical_bind() and so on.
 */
#define PINSCOPE_EDU_IOMMUFD_OPS					\
	.bind_iommufd = pinscope_edu_bind,				\
	.unbind_iommufd = pinscope_edu_unbind,				\
	.attach_ioas = pinscope_edu_attach_ioas,			\
	.detach_ioas = pinscope_edu_detach_ioas

#endif /* PINSCOPE_EDU_IOAS_H */
