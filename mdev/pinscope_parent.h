/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices that mdevs of the sample drivers hang off: functions of QEMU's
 * edu, and devices of the software IOMMU. A driver serves both, and does not see
 * which it has.
 */
#ifndef PINSCOPE_PARENT_H
#define PINSCOPE_PARENT_H

#include <linux/mdev.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "engine/engine.h"

struct vfio_device;

/**
 * struct pinscope_parent - a parent and the devices on it
 * @mdev: the parent for the mdev core
 * @type: the only type of devices
 * @types: table of types, for the mdev core
 * @dev: what issues the DMA
 * @engine: how it is made to
 */
struct pinscope_parent {
	struct mdev_parent mdev;
	struct mdev_type type;
	struct mdev_type *types[1];
	struct device *dev;
	struct pinscope_engine *engine;
};

/**
 * struct pinscope_parent_driver - a driver of parents
 * @mdev_driver: driver of the devices on them, registered
 * @pretty_name: of the type of devices
 * @pci: for edu functions; name, id_table and driver_managed_dma are set
 * @platform: for devices of the software IOMMU; driver.name and
 *	      driver_managed_dma are set
 *
 * The type of the devices is called "dma".
 */
struct pinscope_parent_driver {
	struct mdev_driver *mdev_driver;
	const char *pretty_name;
	struct pci_driver pci;
	struct platform_driver platform;
};

static inline struct pinscope_parent *
to_pinscope_parent(struct mdev_parent *mdev)
{
	return container_of(mdev, struct pinscope_parent, mdev);
}

/* helper/parent.c */
int pinscope_parent_write(struct pinscope_parent *parent,
			  struct vfio_device *vdev, u64 iova, u32 len,
			  u32 seed);
int pinscope_parent_read(struct pinscope_parent *parent,
			 struct vfio_device *vdev, u64 iova, u32 len,
			 u32 *sum);
int __pinscope_register_parent_driver(struct pinscope_parent_driver *driver,
				      struct module *owner,
				      const char *mod_name);
void pinscope_unregister_parent_driver(struct pinscope_parent_driver *driver);
ssize_t pinscope_parent_show_refused(struct pinscope_parent *parent,
				     int refused, char *buf);

#define pinscope_register_parent_driver(driver)				\
	__pinscope_register_parent_driver(driver, THIS_MODULE, KBUILD_MODNAME)

#endif /* PINSCOPE_PARENT_H */
