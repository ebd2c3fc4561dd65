/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is not the same in Linux 6.12 and 7.3, which are the kernels that the drivers
 * are built for. A driver that is built for one of them needs none of this.
 */
#ifndef PINSCOPE_KERNEL_COMPAT_H
#define PINSCOPE_KERNEL_COMPAT_H

#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)

/* The namespace of symbols is a string */
#define PINSCOPE_IMPORT_NS(ns)	MODULE_IMPORT_NS(#ns)

/* The VFIO core answers VFIO_DEVICE_GET_REGION_INFO, and asks the driver */
#define PINSCOPE_REGION_INFO_OP	.get_region_info_caps = pinscope_region_info,
#define PINSCOPE_PCI_OPS						\
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,		\
	.match_token_uuid = vfio_pci_core_match_token_uuid,

/* BARs are mapped by vfio_pci_core_enable() */
#define pinscope_setup_barmap(core, bar)				\
	PTR_ERR_OR_ZERO(vfio_pci_core_get_iomap(core, bar))

/* attach_dev() of iommu_domain_ops is told which domain the device leaves */
#define PINSCOPE_ATTACH_ARGS						\
	struct iommu_domain *domain, struct device *dev,		\
	struct iommu_domain *old

/* A domain for user space: one with a parent has a callback of its own */
#define pinscope_domain_alloc_op	domain_alloc_paging_flags
#define PINSCOPE_DOMAIN_ALLOC_ARGS					\
	struct device *dev, u32 flags,					\
	const struct iommu_user_data *user_data
#define PINSCOPE_DOMAIN_PARENT		NULL

static inline int
pinscope_platform_driver_register(struct platform_driver *driver,
				  struct module *owner, const char *mod_name)
{
	return __platform_driver_register(driver, owner, mod_name);
}

#else

#define PINSCOPE_IMPORT_NS(ns)	MODULE_IMPORT_NS(ns)

/* It comes to pinscope_ioctl(), or vfio_pci_core_ioctl() */
#define PINSCOPE_REGION_INFO_OP
#define PINSCOPE_PCI_OPS

#define pinscope_setup_barmap(core, bar)				\
	vfio_pci_core_setup_barmap(core, bar)

#define PINSCOPE_ATTACH_ARGS						\
	struct iommu_domain *domain, struct device *dev

#define pinscope_domain_alloc_op	domain_alloc_user
#define PINSCOPE_DOMAIN_ALLOC_ARGS					\
	struct device *dev, u32 flags, struct iommu_domain *parent,	\
	const struct iommu_user_data *user_data
#define PINSCOPE_DOMAIN_PARENT		parent

static inline int
pinscope_platform_driver_register(struct platform_driver *driver,
				  struct module *owner, const char *mod_name)
{
	driver->driver.mod_name = mod_name;
	return __platform_driver_register(driver, owner);
}

#endif

#endif /* PINSCOPE_KERNEL_COMPAT_H */
