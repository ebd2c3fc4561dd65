/* SPDX-License-Identifier: GPL-2.0-only */
/* Migration states: see migration.c */
#ifndef PINSCOPE_MIGRATION_H
#define PINSCOPE_MIGRATION_H

#include "device.h"

/* For vfio_migration_ops */
bool pinscope_is_saving(const struct pinscope_device *pd);
struct file *pinscope_set_state(struct pinscope_device *pd,
				enum vfio_device_mig_state new_state);
struct file *pinscope_migrate(struct vfio_device *vdev,
			      enum vfio_device_mig_state new_state);
int pinscope_get_state(struct vfio_device *vdev,
		       enum vfio_device_mig_state *state);
int pinscope_get_data_size(struct vfio_device *vdev, unsigned long *length);

/* Of a device whose driver has nothing to do in any state */
extern const struct vfio_migration_ops pinscope_mig_ops;

#endif /* PINSCOPE_MIGRATION_H */
