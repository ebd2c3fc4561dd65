/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sample drivers share: a virtual PCI device with a DMA engine. In the
 * helper module is all that is the same for every pattern of pinning: config space,
 * registers, interrupts, DMA that goes on behind a command, the list of windows, the
 * migration stream, attributes, parents. What the patterns differ in, and every call
 * into VFIO that makes them, is in the drivers.
 */
#ifndef PINSCOPE_MDEV_H
#define PINSCOPE_MDEV_H

#include "helper/device.h"
#include "helper/dma.h"
#include "helper/dma_logging.h"
#include "helper/edu_ioas.h"
#include "helper/lifecycle.h"
#include "helper/migration.h"
#include "helper/parent.h"
#include "helper/regions.h"
#include "helper/scope.h"
#include "helper/windows.h"
#include "kernel_compat.h"
#include "vfio_core_compat.h"

/* Of vfio_device_ops, what is the same for all patterns */
#define PINSCOPE_DEVICE_OPS						\
	.release = pinscope_release,					\
	.read = pinscope_read,						\
	.write = pinscope_write,					\
	.ioctl = pinscope_ioctl,					\
	PINSCOPE_REGION_INFO_OP						\
	.request = pinscope_request

#endif /* PINSCOPE_MDEV_H */
