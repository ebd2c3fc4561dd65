// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of the software IOMMU, made and removed in configfs:
 *
 *   mkdir /sys/kernel/config/pinscope/NAME
 *   echo 1 >/sys/kernel/config/pinscope/NAME/live
 *
 * makes the platform device pinscope_sim.NAME. A sample driver binds it when its
 * driver_override says so, as with a PCI function, and makes mdevs on it. While
 * the device is there, its directory cannot be removed. Writing 0 to live takes
 * the device away, which waits for its users.
 */

#include <linux/cleanup.h>
#include <linux/configfs.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "iommu/pinscope_iommu.h"

#define SIM_NAME_MAX	32

enum sim_state { SIM_OFF, SIM_LIVE, SIM_CHANGING };

/**
 * struct sim_item - a directory
 * @item: for configfs
 * @next: in sim_items
 * @config: of the device; does not change unless @state is SIM_OFF
 * @state: is there a device?
 * @pdev: the device, if @state is SIM_LIVE
 *
 * Protected by sim_lock, which nobody holds while a device comes or goes.
 */
struct sim_item {
	struct config_item item;
	struct list_head next;
	struct pinscope_iommu_config config;
	enum sim_state state;
	struct platform_device *pdev;
};

/* Protects all items and the list of them */
static DEFINE_MUTEX(sim_lock);
static LIST_HEAD(sim_items);

static struct configfs_subsystem sim_subsystem;

static struct sim_item *to_sim_item(struct config_item *item)
{
	return container_of(item, struct sim_item, item);
}

/* Writes an attribute of the config, if there is no device that has it already */
static ssize_t sim_store(struct config_item *item, const char *page,
			 size_t count,
			 int (*parse)(const char *page,
				      struct pinscope_iommu_config *config))
{
	struct sim_item *sim = to_sim_item(item);
	struct pinscope_iommu_config config;
	int ret;

	guard(mutex)(&sim_lock);
	config = sim->config;
	ret = parse(page, &config);
	if (ret)
		return ret;
	if (sim->state != SIM_OFF)
		return -EBUSY;
	sim->config = config;
	return count;
}

static int sim_parse_group(const char *page,
			   struct pinscope_iommu_config *config)
{
	return kstrtou32(page, 0, &config->group);
}

static int sim_parse_page_size(const char *page,
			       struct pinscope_iommu_config *config)
{
	int ret = kstrtou32(page, 0, &config->page_size);

	if (!ret && config->page_size != SZ_4K && config->page_size != SZ_64K)
		ret = -EINVAL;
	return ret;
}

static int sim_parse_large_pages(const char *page,
				 struct pinscope_iommu_config *config)
{
	return kstrtobool(page, &config->large_pages);
}

static int sim_parse_dirty_tracking(const char *page,
				    struct pinscope_iommu_config *config)
{
	return kstrtobool(page, &config->dirty_tracking);
}

static const char * const sim_models[] = {
	[PINSCOPE_DIRTY_EXACT] = "exact",
	[PINSCOPE_DIRTY_INTEL] = "intel",
	[PINSCOPE_DIRTY_AMD] = "amd",
	[PINSCOPE_DIRTY_SMMU] = "smmu",
};

static int sim_parse_dirty_model(const char *page,
				 struct pinscope_iommu_config *config)
{
	int model = sysfs_match_string(sim_models, page);

	if (model < 0)
		return model;
	config->dirty_model = model;
	return 0;
}

static ssize_t sim_dirty_model_show(struct config_item *item, char *page)
{
	guard(mutex)(&sim_lock);
	return sysfs_emit(page, "%s\n",
			  sim_models[to_sim_item(item)->config.dirty_model]);
}

#define SIM_NUMBER_SHOW(_name)						\
static ssize_t sim_##_name##_show(struct config_item *item, char *page)	\
{									\
	guard(mutex)(&sim_lock);					\
	return sysfs_emit(page, "%u\n", to_sim_item(item)->config._name); \
}

SIM_NUMBER_SHOW(group)
SIM_NUMBER_SHOW(page_size)
SIM_NUMBER_SHOW(large_pages)
SIM_NUMBER_SHOW(dirty_tracking)

#define SIM_ATTR(_name)							\
static ssize_t sim_##_name##_store(struct config_item *item,		\
				   const char *page, size_t count)	\
{									\
	return sim_store(item, page, count, sim_parse_##_name);		\
}									\
CONFIGFS_ATTR(sim_, _name)

SIM_ATTR(group);
SIM_ATTR(page_size);
SIM_ATTR(large_pages);
SIM_ATTR(dirty_tracking);
SIM_ATTR(dirty_model);

/* Changes from one state to the other, if no one else is at it */
static int sim_begin(struct sim_item *sim, enum sim_state from)
{
	guard(mutex)(&sim_lock);
	if (sim->state == SIM_CHANGING)
		return -EBUSY;
	if (sim->state != from)
		return -EALREADY;
	sim->state = SIM_CHANGING;
	return 0;
}

static void sim_end(struct sim_item *sim, enum sim_state state)
{
	guard(mutex)(&sim_lock);
	sim->state = state;
}

static int sim_go_live(struct sim_item *sim)
{
	struct platform_device *pdev;
	char *name;
	int ret;

	name = kasprintf(GFP_KERNEL, "pinscope_sim.%s",
			 config_item_name(&sim->item));
	if (!name)
		return -ENOMEM;

	/* From here on rmdir says that the directory is busy */
	ret = configfs_depend_item_unlocked(&sim_subsystem, &sim->item);
	if (ret)
		goto free;

	pdev = pinscope_iommu_add_device(name, &sim->config);
	if (IS_ERR(pdev)) {
		configfs_undepend_item_unlocked(&sim->item);
		ret = PTR_ERR(pdev);
		goto free;
	}
	sim->pdev = pdev;
free:
	kfree(name);
	return ret;
}

/* Waits until users have closed what is on the device */
static void sim_go_off(struct sim_item *sim)
{
	pinscope_iommu_remove_device(sim->pdev);
	sim->pdev = NULL;
	configfs_undepend_item_unlocked(&sim->item);
}

static ssize_t sim_live_show(struct config_item *item, char *page)
{
	guard(mutex)(&sim_lock);
	return sysfs_emit(page, "%u\n", to_sim_item(item)->state != SIM_OFF);
}

static ssize_t sim_live_store(struct config_item *item, const char *page,
			      size_t count)
{
	struct sim_item *sim = to_sim_item(item);
	bool live;
	int ret;

	ret = kstrtobool(page, &live);
	if (ret)
		return ret;

	ret = sim_begin(sim, live ? SIM_OFF : SIM_LIVE);
	if (ret == -EALREADY)
		return count;
	if (ret)
		return ret;

	if (live) {
		ret = sim_go_live(sim);
		sim_end(sim, ret ? SIM_OFF : SIM_LIVE);
	} else {
		sim_go_off(sim);
		sim_end(sim, SIM_OFF);
	}
	return ret ? ret : count;
}
CONFIGFS_ATTR(sim_, live);

static struct configfs_attribute *sim_attrs[] = {
	&sim_attr_group,
	&sim_attr_page_size,
	&sim_attr_large_pages,
	&sim_attr_dirty_tracking,
	&sim_attr_dirty_model,
	&sim_attr_live,
	NULL
};

static void sim_item_release(struct config_item *item)
{
	kfree(to_sim_item(item));
}

static struct configfs_item_operations sim_item_ops = {
	.release = sim_item_release,
};

static const struct config_item_type sim_item_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &sim_item_ops,
	.ct_attrs = sim_attrs,
};

/* The name becomes that of a device, a file in sysfs, and a word in lists */
static int sim_check_name(const char *name)
{
	const char *p;

	if (strlen(name) > SIM_NAME_MAX)
		return -ENAMETOOLONG;
	for (p = name; *p; p++)
		if (!isascii(*p) || (!isalnum(*p) && *p != '-' && *p != '_'))
			return -EINVAL;
	return 0;
}

/* So that devices get groups of their own, unless told otherwise */
static u32 sim_unused_group(void)
{
	struct sim_item *sim;
	u32 group = 0;

again:
	list_for_each_entry(sim, &sim_items, next) {
		if (sim->config.group == group) {
			group++;
			goto again;
		}
	}
	return group;
}

static struct config_item *sim_make_item(struct config_group *group,
					 const char *name)
{
	struct sim_item *sim;
	int ret;

	ret = sim_check_name(name);
	if (ret)
		return ERR_PTR(ret);

	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	config_item_init_type_name(&sim->item, name, &sim_item_type);
	sim->config.page_size = SZ_4K;
	sim->config.large_pages = true;
	sim->config.dirty_tracking = true;

	guard(mutex)(&sim_lock);
	sim->config.group = sim_unused_group();
	list_add(&sim->next, &sim_items);
	return &sim->item;
}

/* There is no device, or configfs would not have let it come to this */
static void sim_drop_item(struct config_group *group, struct config_item *item)
{
	mutex_lock(&sim_lock);
	list_del(&to_sim_item(item)->next);
	mutex_unlock(&sim_lock);
	config_item_put(item);
}

static struct configfs_group_operations sim_group_ops = {
	.make_item = sim_make_item,
	.drop_item = sim_drop_item,
};

static const struct config_item_type sim_subsystem_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &sim_group_ops,
};

static struct configfs_subsystem sim_subsystem = {
	.su_group.cg_item = {
		.ci_namebuf = "pinscope",
		.ci_type = &sim_subsystem_type,
	},
};

static int __init sim_module_init(void)
{
	config_group_init(&sim_subsystem.su_group);
	mutex_init(&sim_subsystem.su_mutex);
	return configfs_register_subsystem(&sim_subsystem);
}

/* No directory is left, as each has a reference to the module */
static void __exit sim_module_exit(void)
{
	configfs_unregister_subsystem(&sim_subsystem);
	mutex_destroy(&sim_subsystem.su_mutex);
}

module_init(sim_module_init);
module_exit(sim_module_exit);

MODULE_DESCRIPTION("Devices of the software IOMMU, made in configfs");
MODULE_LICENSE("GPL");
