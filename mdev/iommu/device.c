// SPDX-License-Identifier: GPL-2.0-only
/* The software IOMMU: its devices and groups, and what the IOMMU core asks */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "internal.h"

/* The IOMMU as a device, for sysfs and for devices to refer to */
static struct platform_device *soft_iommu_pdev;

/* For devices that cannot send an interrupt anywhere it does not belong */
static struct irq_domain *soft_msi_domain;

/* Protects soft_groups and the members of its groups */
static DEFINE_MUTEX(soft_groups_lock);
static LIST_HEAD(soft_groups);

static struct soft_group *
soft_group_new(const struct pinscope_iommu_config *config)
{
	struct soft_group *group;
	int ret;

	lockdep_assert_held(&soft_groups_lock);

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);

	group->iommu_group = iommu_group_alloc();
	if (IS_ERR(group->iommu_group)) {
		ret = PTR_ERR(group->iommu_group);
		kfree(group);
		return ERR_PTR(ret);
	}
	group->config = *config;
	list_add(&group->next, &soft_groups);
	return group;
}

static struct soft_group *
soft_group_get(const struct pinscope_iommu_config *config)
{
	struct soft_group *group;

	guard(mutex)(&soft_groups_lock);
	list_for_each_entry(group, &soft_groups, next) {
		if (group->config.group != config->group)
			continue;
		if (group->config.page_size != config->page_size ||
		    group->config.large_pages != config->large_pages ||
		    group->config.dirty_tracking != config->dirty_tracking ||
		    group->config.dirty_model != config->dirty_model)
			return ERR_PTR(-EEXIST);
		group->members++;
		return group;
	}

	group = soft_group_new(config);
	if (!IS_ERR(group))
		group->members = 1;
	return group;
}

static void soft_group_put(struct soft_group *group)
{
	guard(mutex)(&soft_groups_lock);
	if (--group->members)
		return;
	list_del(&group->next);
	iommu_group_put(group->iommu_group);
	kfree(group);
}

/* What the IOMMU core asks */

static struct iommu_domain *soft_domain_alloc_user(PINSCOPE_DOMAIN_ALLOC_ARGS)
{
	if (PINSCOPE_DOMAIN_PARENT || user_data)
		return ERR_PTR(-EOPNOTSUPP);
	return soft_domain_alloc_flags(dev, flags);
}

static bool soft_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
	case IOMMU_CAP_ENFORCE_CACHE_COHERENCY:
		return true;
	case IOMMU_CAP_DIRTY_TRACKING:
		return to_soft_device(dev)->group->config.dirty_tracking;
	default:
		return false;
	}
}

/* Only devices made here refer to this IOMMU, and hold what is behind this */
static struct iommu_device *soft_probe_device(struct device *dev)
{
	struct soft_device **soft = dev_get_platdata(dev);

	dev_iommu_priv_set(dev, *soft);
	soft_debugfs_add(*soft, dev_name(dev));
	return &soft_iommu;
}

static void soft_release_device(struct device *dev)
{
	soft_debugfs_remove(dev_iommu_priv_get(dev));
}

static struct iommu_group *soft_device_group(struct device *dev)
{
	struct soft_device *soft = dev_iommu_priv_get(dev);

	return iommu_group_ref_get(soft->group->iommu_group);
}

/* Nobody but a container needs domains, so the kernel gets none */
static int soft_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops soft_iommu_ops = {
	.owner = THIS_MODULE,
	.capable = soft_capable,
	.identity_domain = &soft_identity_domain,
	.blocked_domain = &soft_blocked_domain,
	.release_domain = &soft_blocked_domain,
	.domain_alloc_paging = soft_domain_alloc,
	.pinscope_domain_alloc_op = soft_domain_alloc_user,
	.probe_device = soft_probe_device,
	.release_device = soft_release_device,
	.device_group = soft_device_group,
	.def_domain_type = soft_def_domain_type,
	.default_domain_ops = &soft_domain_ops,
};

/* What the users of the module ask */

/*
 * The device says which IOMMU it is behind. As it has not been added yet nobody
 * else knows it; so there is no need of iommu_fwspec_init(), which wants a lock
 * that the IOMMU core has for itself.
 */
static int soft_pdev_set_iommu(struct platform_device *pdev)
{
	struct iommu_fwspec *fwspec;
	struct dev_iommu *param;

	fwspec = kzalloc(struct_size(fwspec, ids, 1), GFP_KERNEL);
	param = kzalloc(sizeof(*param), GFP_KERNEL);
	if (!fwspec || !param) {
		kfree(fwspec);
		kfree(param);
		return -ENOMEM;
	}

	fwspec->iommu_fwnode =
		fwnode_handle_get(dev_fwnode(&soft_iommu_pdev->dev));
	mutex_init(&param->lock);
	param->fwspec = fwspec;
	pdev->dev.iommu = param;
	return 0;
}

static int soft_pdev_init(struct platform_device *pdev,
			  struct soft_device *soft)
{
	int ret;

	ret = platform_device_add_data(pdev, &soft, sizeof(soft));
	if (ret)
		return ret;

	ret = soft_pdev_set_iommu(pdev);
	if (ret)
		return ret;

	dev_set_msi_domain(&pdev->dev, soft_msi_domain);
	return 0;
}

/* What says which IOMMU it is goes by itself only from a device that was added */
static void soft_pdev_discard(struct platform_device *pdev)
{
	struct iommu_fwspec *fwspec = dev_iommu_fwspec_get(&pdev->dev);

	if (fwspec)
		fwnode_handle_put(fwspec->iommu_fwnode);
	kfree(fwspec);
	kfree(pdev->dev.iommu);
	pdev->dev.iommu = NULL;
	platform_device_put(pdev);
}

/**
 * pinscope_iommu_add_device() - make a platform device behind this IOMMU
 * @name: of the device, which no other platform device has
 * @config: its IOMMU group, and what its domains are like
 *
 * No driver binds it until its driver_override is written.
 *
 * Context: Process context, sleeps.
 * Return: the device, for pinscope_iommu_remove_device(), or an ERR_PTR():
 * -EINVAL if the page size is neither SZ_4K nor SZ_64K; -EEXIST if the group has
 * members with other page sizes, dirty tracking or model of that, or if there is
 * a device with that name; -ENOMEM.
 */
struct platform_device *
pinscope_iommu_add_device(const char *name,
			  const struct pinscope_iommu_config *config)
{
	struct platform_device *pdev;
	struct soft_device *soft;
	int ret = -ENOMEM;

	if (config->page_size != SZ_4K && config->page_size != SZ_64K)
		return ERR_PTR(-EINVAL);

	soft = kzalloc(sizeof(*soft), GFP_KERNEL);
	if (!soft)
		return ERR_PTR(-ENOMEM);
	mutex_init(&soft->lock);

	soft->group = soft_group_get(config);
	if (IS_ERR(soft->group)) {
		ret = PTR_ERR(soft->group);
		goto err_free;
	}

	pdev = platform_device_alloc(name, PLATFORM_DEVID_NONE);
	if (!pdev)
		goto err_group;

	ret = soft_pdev_init(pdev, soft);
	if (!ret)
		ret = platform_device_add(pdev);
	if (ret)
		goto err_discard;

	/* The IOMMU core does not say why it has not taken a device */
	if (pinscope_iommu_has_device(&pdev->dev))
		return pdev;
	ret = -ENOMEM;
	platform_device_del(pdev);

err_discard:
	soft_pdev_discard(pdev);
err_group:
	soft_group_put(soft->group);
err_free:
	mutex_destroy(&soft->lock);
	kfree(soft);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(pinscope_iommu_add_device);

/**
 * pinscope_iommu_remove_device() - undo pinscope_iommu_add_device()
 * @pdev: the device
 *
 * Unbinds the driver first, which may wait for users of the device.
 *
 * Context: Process context, sleeps.
 */
void pinscope_iommu_remove_device(struct platform_device *pdev)
{
	struct soft_device *soft = to_soft_device(&pdev->dev);
	struct soft_group *group = soft->group;

	platform_device_unregister(pdev);
	mutex_destroy(&soft->lock);
	kfree(soft);
	soft_group_put(group);
}
EXPORT_SYMBOL_GPL(pinscope_iommu_remove_device);

/* The IOMMU itself */

static const struct property_entry soft_properties[] = {
	PROPERTY_ENTRY_BOOL("pinscope,software-iommu"),
	{}
};

static const struct software_node soft_node = {
	.name = "pinscope_iommu",
	.properties = soft_properties,
};

static int soft_pdev_create(void)
{
	int ret;

	soft_iommu_pdev = platform_device_alloc("pinscope_iommu",
						PLATFORM_DEVID_NONE);
	if (!soft_iommu_pdev)
		return -ENOMEM;

	ret = device_add_software_node(&soft_iommu_pdev->dev, &soft_node);
	if (ret)
		goto err_put;
	ret = platform_device_add(soft_iommu_pdev);
	if (ret)
		goto err_node;
	return 0;

err_node:
	device_remove_software_node(&soft_iommu_pdev->dev);
err_put:
	platform_device_put(soft_iommu_pdev);
	return ret;
}

static void soft_pdev_destroy(void)
{
	device_remove_software_node(&soft_iommu_pdev->dev);
	platform_device_unregister(soft_iommu_pdev);
}

/*
 * VFIO wants to know that devices cannot forge interrupts by writing to
 * memory. These have no way to reach anything but memory, which the domain of
 * interrupts says for them.
 */
static int soft_msi_create(void)
{
	static const struct irq_domain_ops none;
	struct fwnode_handle *fwnode;

	fwnode = irq_domain_alloc_named_fwnode("pinscope_iommu");
	if (!fwnode)
		return -ENOMEM;

	soft_msi_domain = irq_domain_create_tree(fwnode, &none, NULL);
	if (!soft_msi_domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}
	soft_msi_domain->flags |= IRQ_DOMAIN_FLAG_ISOLATED_MSI;
	return 0;
}

static void soft_msi_destroy(void)
{
	struct fwnode_handle *fwnode = soft_msi_domain->fwnode;

	irq_domain_remove(soft_msi_domain);
	irq_domain_free_fwnode(fwnode);
}

static int __init soft_iommu_init(void)
{
	int ret;

	ret = soft_msi_create();
	if (ret)
		return ret;
	ret = soft_pdev_create();
	if (ret)
		goto err_msi;
	ret = iommu_device_sysfs_add(&soft_iommu, &soft_iommu_pdev->dev, NULL,
				     "pinscope");
	if (ret)
		goto err_pdev;
	soft_debugfs_init();
	ret = iommu_device_register(&soft_iommu, &soft_iommu_ops,
				    &soft_iommu_pdev->dev);
	if (ret)
		goto err_sysfs;
	return 0;

err_sysfs:
	soft_debugfs_exit();
	iommu_device_sysfs_remove(&soft_iommu);
err_pdev:
	soft_pdev_destroy();
err_msi:
	soft_msi_destroy();
	return ret;
}

/* There is no device left, as each has a reference to the module */
static void __exit soft_iommu_exit(void)
{
	iommu_device_unregister(&soft_iommu);
	soft_debugfs_exit();
	iommu_device_sysfs_remove(&soft_iommu);
	soft_pdev_destroy();
	soft_msi_destroy();
}

module_init(soft_iommu_init);
module_exit(soft_iommu_exit);

/* iova_bitmap, in a kernel that has it */
PINSCOPE_IMPORT_NS(IOMMUFD);
MODULE_DESCRIPTION("Software IOMMU for devices that exist only in software");
MODULE_LICENSE("GPL");
