/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mdevs of the sample drivers hang off: functions of QEMU's edu, devices of
 * the software IOMMU, or a device that is there for nothing else. A driver serves
 * all of them alike.
 */
#ifndef PINSCOPE_PARENT_H
#define PINSCOPE_PARENT_H

#include <linux/mdev.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "../engine/engine.h"
#include "device.h"

#define PINSCOPE_TYPES_MAX	4

struct pinscope_driver;

/**
 * struct pinscope_type - a type of devices, which a user chooses
 * @name: without that of the driver, e.g. "dma"
 * @differs: from other types of the driver in this, in words; or NULL
 * @opt_in: what the attribute opt_in says of a device that may; NULL: none such
 * @dma_logging: the device logs its DMA, if the user has it do so
 * @migration_flags: VFIO_MIGRATION_*, or 0 for all that a device can do
 */
struct pinscope_type {
	const char *name;
	const char *differs;
	const char *opt_in;
	bool dma_logging;
	u64 migration_flags;
};

/**
 * struct pinscope_mdev_type - a type on a parent
 * @mdev: for the mdev core
 * @type: what it is like
 * @driver: that has it
 * @pretty_name: for lists
 */
struct pinscope_mdev_type {
	struct mdev_type mdev;
	const struct pinscope_type *type;
	const struct pinscope_driver *driver;
	char pretty_name[64];
};

/**
 * struct pinscope_parent - a parent and the devices on it
 * @mdev: the parent for the mdev core
 * @types: of the devices
 * @list: of @types, for the mdev core
 * @dev: what issues the DMA
 * @engine: how it is made to; NULL if the devices do none
 */
struct pinscope_parent {
	struct mdev_parent mdev;
	struct pinscope_mdev_type types[PINSCOPE_TYPES_MAX];
	struct mdev_type *list[PINSCOPE_TYPES_MAX];
	struct device *dev;
	struct pinscope_engine *engine;
};

/**
 * struct pinscope_driver - a sample driver
 * @mdev: of the devices: probe(), remove(), max_instances and driver.name; the rest
 *	  is filled in
 * @pretty_name: of its types, for lists
 * @description: of its devices, for lists
 * @types: of the devices
 * @nr_types: how many
 * @pci: of parents that are edu functions, filled in
 * @platform: of parents that are devices of the software IOMMU, filled in
 * @class: of the parent that is there for nothing else
 * @virtual: that parent
 */
struct pinscope_driver {
	struct mdev_driver mdev;
	const char *pretty_name;
	const char *description;
	const struct pinscope_type *types;
	unsigned int nr_types;
	struct pci_driver pci;
	struct platform_driver platform;
	struct class *class;
	struct pinscope_parent virtual;
};

static inline struct pinscope_parent *
to_pinscope_parent(struct mdev_parent *mdev)
{
	return container_of(mdev, struct pinscope_parent, mdev);
}

static inline struct pinscope_mdev_type *
to_pinscope_type(struct mdev_type *mdev)
{
	return container_of(mdev, struct pinscope_mdev_type, mdev);
}

/* driver.c */
int pinscope_mdev_register(struct pinscope_driver *driver, struct module *owner,
			   const char *mod_name);

/* parent.c */
int pinscope_parent_add(struct pinscope_parent *parent, struct device *dev,
			struct pinscope_driver *driver);
int pinscope_parent_check(struct pinscope_device *pd, u64 iova, u32 len);
int pinscope_dma_enable(struct pinscope_device *pd);
void pinscope_dma_disable(struct pinscope_device *pd);
int pinscope_parent_move(struct pinscope_device *pd,
			 struct pinscope_transfer *t);
unsigned int pinscope_parent_members(struct pinscope_parent *parent);

/* hardware.c: parents that do DMA */
int __pinscope_register_backed(struct pinscope_driver *driver,
			       struct module *owner, const char *mod_name);
void pinscope_unregister_backed(struct pinscope_driver *driver);

#define pinscope_register_backed(driver)				\
	__pinscope_register_backed(driver, THIS_MODULE, KBUILD_MODNAME)

/* virtual.c: a parent that does none */
int __pinscope_register_virtual(struct pinscope_driver *driver,
				struct module *owner, const char *mod_name);
void pinscope_unregister_virtual(struct pinscope_driver *driver);

#define pinscope_register_virtual(driver)				\
	__pinscope_register_virtual(driver, THIS_MODULE, KBUILD_MODNAME)

/**
 * module_pinscope_backed() - a module that is one driver of backed devices
 * @driver: struct pinscope_driver
 */
#define module_pinscope_backed(driver)					\
	module_driver(driver, pinscope_register_backed,			\
		      pinscope_unregister_backed)

/**
 * module_pinscope_virtual() - a module that is one driver of emulated devices
 * @driver: struct pinscope_driver
 */
#define module_pinscope_virtual(driver)					\
	module_driver(driver, pinscope_register_virtual,		\
		      pinscope_unregister_virtual)

#endif /* PINSCOPE_PARENT_H */
