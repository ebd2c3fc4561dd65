/* SPDX-License-Identifier: GPL-2.0-only */
/* The migration state of pinscope_assigned */
#ifndef PINSCOPE_ASSIGNED_MIGRATION_H
#define PINSCOPE_ASSIGNED_MIGRATION_H

#include <linux/vfio.h>

#include "hw.h"
#include "stream.h"

/**
 * struct assigned_mig - where a device is in a migration
 * @state: migration state
 * @saving: what the user reads
 * @resuming: what the user writes
 *
 * Protected by the lock of the device.
 */
struct assigned_mig {
	enum vfio_device_mig_state state;
	struct assigned_stream *saving;
	struct assigned_stream *resuming;
};

struct assigned;

struct file *assigned_mig_set(struct assigned *assigned,
			      enum vfio_device_mig_state new_state);
int assigned_mig_get(struct vfio_device *vdev,
		     enum vfio_device_mig_state *state);
int assigned_mig_size(struct vfio_device *vdev, unsigned long *size);
void assigned_mig_end(struct assigned_mig *mig,
		      enum vfio_device_mig_state state);
int assigned_mig_may_write(const struct assigned_mig *mig);
int assigned_mig_may_dma(const struct assigned_mig *mig);
bool assigned_mig_is_saving(const struct assigned_mig *mig);

#endif /* PINSCOPE_ASSIGNED_MIGRATION_H */
