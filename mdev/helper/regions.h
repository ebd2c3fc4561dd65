/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user reads, writes and asks of a device: see regions.c and ioctl.c */
#ifndef PINSCOPE_REGIONS_H
#define PINSCOPE_REGIONS_H

#include "device.h"

/* The offset that the user passes to pread() and pwrite() names the region */
#define PINSCOPE_OFFSET_SHIFT	40
#define PINSCOPE_OFFSET_TO_INDEX(off)	((off) >> PINSCOPE_OFFSET_SHIFT)
#define PINSCOPE_INDEX_TO_OFFSET(index)	((u64)(index) << PINSCOPE_OFFSET_SHIFT)
#define PINSCOPE_OFFSET_MASK	(BIT_ULL(PINSCOPE_OFFSET_SHIFT) - 1)

/* For vfio_device_ops */
ssize_t pinscope_read(struct vfio_device *vdev, char __user *buf, size_t count,
		      loff_t *ppos);
ssize_t pinscope_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos);
long pinscope_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg);
int pinscope_region_info(struct vfio_device *vdev,
			 struct vfio_region_info *info,
			 struct vfio_info_cap *caps);
void pinscope_request(struct vfio_device *vdev, unsigned int count);

#endif /* PINSCOPE_REGIONS_H */
