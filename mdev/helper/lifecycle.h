/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a device: see lifecycle.c */
#ifndef PINSCOPE_LIFECYCLE_H
#define PINSCOPE_LIFECYCLE_H

#include <linux/mdev.h>

#include "device.h"

/* For drivers */
void pinscope_device_init(struct pinscope_device *pd,
			  const struct pinscope_ops *ops);
void pinscope_release(struct vfio_device *vdev);
void pinscope_device_of_type(struct pinscope_device *pd,
			     struct mdev_device *mdev);
void pinscope_remove(struct mdev_device *mdev);
void pinscope_device_open(struct pinscope_device *pd);
void pinscope_device_close(struct pinscope_device *pd);

int pinscope_device_reset(struct pinscope_device *pd);

#endif /* PINSCOPE_LIFECYCLE_H */
