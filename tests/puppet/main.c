// SPDX-License-Identifier: GPL-2.0-only
/*
 * The puppet: an mdev whose driver does what its user tells it to, by
 * /dev/pinscope_puppet. See puppet.h for what that may be. It is for tests, and
 * no pattern for a driver.
 *
 * An mdev on an edu function or on a device of the software IOMMU is backed by
 * an IOMMU; one on the virtual parent is emulated. As a device it is the sample
 * device, with registers and migration states as the others have.
 *
 * Locks: callbacks hold none of ours while they wait for their user. A script is
 * looked up, and results are stored, under a spinlock. Pins are recorded under a
 * mutex which is taken before the core's locks, as samples do with that of the
 * device; it is held for one call.
 */

#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "internal.h"

#define PUPPET_INSTANCES	64

/**
 * struct puppet_device - the mdev
 * @pd: the sample device
 * @puppet: what its driver does
 */
struct puppet_device {
	struct pinscope_device pd;
	struct puppet *puppet;
};

static LIST_HEAD(puppets);
static DEFINE_MUTEX(puppets_lock);

static struct class *puppet_class;
static struct device *puppet_parent_dev;
static struct pinscope_parent puppet_parent;

static struct puppet *vdev_to_puppet(struct vfio_device *vdev)
{
	return container_of(to_pinscope(vdev), struct puppet_device, pd)->puppet;
}

/* Puppets */

static void puppet_free(struct kref *ref)
{
	struct puppet *puppet = container_of(ref, struct puppet, ref);

	WARN_ON(!xa_empty(&puppet->pins));
	xa_destroy(&puppet->pins);
	mutex_destroy(&puppet->pin_lock);
	mutex_destroy(&puppet->client_lock);
	kfree(puppet->name);
	kfree(puppet);
}

void puppet_put(struct puppet *puppet)
{
	kref_put(&puppet->ref, puppet_free);
}

/* Returns a reference, or NULL */
struct puppet *puppet_find(const char *name)
{
	struct puppet *puppet;

	guard(mutex)(&puppets_lock);
	list_for_each_entry(puppet, &puppets, next) {
		if (!strcmp(puppet->name, name)) {
			kref_get(&puppet->ref);
			return puppet;
		}
	}
	return NULL;
}

static struct puppet *puppet_new(const char *name,
				 struct pinscope_parent *parent)
{
	struct puppet *puppet;

	puppet = kzalloc(sizeof(*puppet), GFP_KERNEL_ACCOUNT);
	if (!puppet)
		return NULL;
	puppet->name = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (!puppet->name) {
		kfree(puppet);
		return NULL;
	}
	kref_init(&puppet->ref);
	puppet->parent = parent;
	spin_lock_init(&puppet->lock);
	init_waitqueue_head(&puppet->wait);
	mutex_init(&puppet->pin_lock);
	mutex_init(&puppet->client_lock);
	xa_init_flags(&puppet->pins, XA_FLAGS_ACCOUNT);
	puppet->client.ops = &puppet_client_ops;
	return puppet;
}

/*
 * The device exists for as long as one of the counts of callers is not 0. It may
 * be gone already, or be about to.
 */
u32 puppet_mig_state(struct puppet *puppet)
{
	enum vfio_device_mig_state state;

	spin_lock(&puppet->lock);
	if (puppet->gone) {
		spin_unlock(&puppet->lock);
		return VFIO_DEVICE_STATE_ERROR;
	}
	puppet->late_users++;
	spin_unlock(&puppet->lock);

	pinscope_get_state(puppet->vdev, &state);

	spin_lock(&puppet->lock);
	puppet->late_users--;
	spin_unlock(&puppet->lock);
	wake_up_all(&puppet->wait);
	return state;
}

/* Callbacks */

static int puppet_told(struct vfio_device *vdev, enum puppet_event event,
		       u64 iova, u64 size)
{
	struct puppet_run run;

	puppet_begin(&run, vdev_to_puppet(vdev), event, iova, size);
	puppet_play(&run);
	return puppet_end(&run, puppet_run_ret(&run));
}

static void puppet_start(struct vfio_device *vdev)
{
	puppet_told(vdev, PUPPET_START, 0, 0);
}

static void puppet_stop(struct vfio_device *vdev)
{
	puppet_told(vdev, PUPPET_STOP, 0, 0);
}

static int __maybe_unused puppet_sync(struct vfio_device *vdev, dma_addr_t iova,
				      u64 size)
{
	return puppet_told(vdev, PUPPET_SYNC, iova, size);
}

const struct vfio_dirty_client_ops puppet_client_ops = {
	.start = puppet_start,
	.stop = puppet_stop,
#ifdef HAVE_VFIO_DIRTY_SYNC
	.sync = puppet_sync,
#endif
};

static void puppet_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct puppet *puppet = vdev_to_puppet(vdev);
	struct puppet_run run;

	puppet_begin(&run, puppet, PUPPET_DMA_UNMAP, iova, length);
	puppet_play(&run);
	if (!puppet_run_keeps(&run))
		puppet_unpin_range(puppet, iova, iova + length - 1);
	puppet_end(&run, 0);
}

static bool puppet_is_idle(struct puppet *puppet, const unsigned int *users)
{
	bool idle;

	spin_lock(&puppet->lock);
	idle = !*users;
	spin_unlock(&puppet->lock);
	return idle;
}

/*
 * Nothing is called any more that needs an open device; what is being called
 * ends before, as does start() if it is registering that has brought it up.
 */
static void puppet_shut(struct puppet *puppet)
{
	spin_lock(&puppet->lock);
	puppet->open = false;
	spin_unlock(&puppet->lock);
	wait_event(puppet->wait, puppet_is_idle(puppet, &puppet->users));

	puppet_client_drop(puppet);
	if (puppet->parent)
		pinscope_engine_stop(puppet->parent->engine);
	puppet_unpin_range(puppet, 0, U64_MAX);
}

static int puppet_open(struct vfio_device *vdev)
{
	struct puppet *puppet = vdev_to_puppet(vdev);
	struct puppet_run run;
	int ret;

	if (puppet->parent) {
		ret = pinscope_engine_start(puppet->parent->engine);
		if (ret)
			return ret;
	}
	spin_lock(&puppet->lock);
	puppet->open = true;
	spin_unlock(&puppet->lock);

	puppet_begin(&run, puppet, PUPPET_OPEN, 0, 0);
	puppet_play(&run);
	ret = puppet_run_ret(&run);
	if (ret)
		puppet_shut(puppet);
	return puppet_end(&run, ret);
}

static void puppet_close(struct vfio_device *vdev)
{
	struct pinscope_device *pd = to_pinscope(vdev);
	struct puppet *puppet = vdev_to_puppet(vdev);
	struct puppet_run run;

	puppet_begin(&run, puppet, PUPPET_CLOSE, 0, 0);
	puppet_play(&run);
	puppet_shut(puppet);
	pinscope_device_close(pd);
	puppet_end(&run, 0);
}

static long puppet_ioctl(struct vfio_device *vdev, unsigned int cmd,
			 unsigned long arg)
{
	struct puppet_run run;
	long ret;

	if (cmd != VFIO_DEVICE_RESET)
		return pinscope_ioctl(vdev, cmd, arg);

	puppet_begin(&run, vdev_to_puppet(vdev), PUPPET_RESET, 0, 0);
	puppet_play(&run);
	ret = puppet_run_ret(&run);
	if (!ret)
		ret = pinscope_ioctl(vdev, cmd, arg);
	return puppet_end(&run, ret);
}

static struct file *puppet_change_state(struct pinscope_device *pd,
					enum vfio_device_mig_state new_state)
{
	guard(mutex)(&pd->lock);
	return pinscope_set_state(pd, new_state);
}

/* The script runs in the new state, or in the old one if it refuses that */
static struct file *puppet_set_state(struct vfio_device *vdev,
				     enum vfio_device_mig_state new_state)
{
	struct puppet_run run;
	struct file *file;
	int ret;

	puppet_begin(&run, vdev_to_puppet(vdev), PUPPET_SET_STATE, 0,
		     new_state);
	ret = puppet_run_ret(&run);
	file = ret ? ERR_PTR(ret) :
		     puppet_change_state(to_pinscope(vdev), new_state);
	if (ret || !IS_ERR(file))
		puppet_play(&run);
	puppet_end(&run, PTR_ERR_OR_ZERO(file));
	return file;
}

static const struct vfio_migration_ops puppet_mig_ops = {
	.migration_set_state = puppet_set_state,
	.migration_get_state = pinscope_get_state,
	.migration_get_data_size = pinscope_get_data_size,
};

/* What the registers of the sample device make it do, with or without pins */

static int puppet_dma_move(struct pinscope_device *pd,
			   struct pinscope_transfer *t)
{
	struct puppet *puppet = vdev_to_puppet(&pd->vdev);
	int ret;

	if (puppet->parent)
		return pinscope_parent_move(pd, t);
	ret = t->to_memory ?
	      puppet_cpu_write(puppet, t->iova, t->len, t->seed) :
	      puppet_cpu_read(puppet, t->iova, t->len, &t->sum);
	return ret ? -EFAULT : 0;
}

static const struct pinscope_ops puppet_pinscope_ops = {
	.scope = "puppet: as its user tells it",
	.dma_move = puppet_dma_move,
};

static int puppet_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &puppet_pinscope_ops);
	vdev->mig_ops = &puppet_mig_ops;
	return 0;
}

static const struct vfio_device_ops puppet_emulated_ops = {
	.name = "pinscope_puppet",
	.init = puppet_init,
	.release = pinscope_release,
	.open_device = puppet_open,
	.close_device = puppet_close,
	.read = pinscope_read,
	.write = pinscope_write,
	.ioctl = puppet_ioctl,
	PINSCOPE_REGION_INFO_OP
	.request = pinscope_request,
	.dma_unmap = puppet_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

/* The same, but for iommufd: filled in when the module is loaded */
static struct vfio_device_ops puppet_backed_ops __ro_after_init;

static void __init puppet_ops_init(void)
{
	puppet_backed_ops = puppet_emulated_ops;
	puppet_backed_ops.bind_iommufd = pinscope_edu_bind;
	puppet_backed_ops.unbind_iommufd = pinscope_edu_unbind;
	puppet_backed_ops.attach_ioas = pinscope_edu_attach_ioas;
	puppet_backed_ops.detach_ioas = pinscope_edu_detach_ioas;
}

/* The mediated device */

static int puppet_register(struct puppet *puppet)
{
	if (!puppet->parent)
		return vfio_register_emulated_iommu_dev(puppet->vdev);
	return vfio_register_iommu_backed_dev(puppet->vdev, puppet->parent->dev);
}

static int puppet_probe(struct mdev_device *mdev)
{
	struct pinscope_parent *parent = to_pinscope_parent(mdev->type->parent);
	struct puppet_device *device;
	struct puppet *puppet;
	int ret;

	if (parent == &puppet_parent)
		parent = NULL;
	puppet = puppet_new(dev_name(&mdev->dev), parent);
	if (!puppet)
		return -ENOMEM;

	device = vfio_alloc_device(puppet_device, pd.vdev, &mdev->dev,
				   parent ? &puppet_backed_ops :
					    &puppet_emulated_ops);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto err_puppet;
	}
	device->puppet = puppet;
	puppet->vdev = &device->pd.vdev;
	pinscope_device_of_type(&device->pd, mdev);

	ret = puppet_register(puppet);
	if (ret)
		goto err_device;

	mutex_lock(&puppets_lock);
	list_add(&puppet->next, &puppets);
	mutex_unlock(&puppets_lock);
	return 0;

err_device:
	vfio_put_device(puppet->vdev);
err_puppet:
	puppet_put(puppet);
	return ret;
}

/*
 * Waits until the user has closed the device, and for calls that do not need it
 * open. Whatever a script holds up goes on at once.
 */
static void puppet_remove(struct mdev_device *mdev)
{
	struct pinscope_device *pd = dev_get_drvdata(&mdev->dev);
	struct puppet *puppet = vdev_to_puppet(&pd->vdev);

	mutex_lock(&puppets_lock);
	list_del(&puppet->next);
	mutex_unlock(&puppets_lock);

	spin_lock(&puppet->lock);
	puppet->gone = true;
	spin_unlock(&puppet->lock);
	puppet_scripts_drop(puppet);

	vfio_unregister_group_dev(&pd->vdev);
	wait_event(puppet->wait, puppet_is_idle(puppet, &puppet->late_users));
	vfio_put_device(&pd->vdev);
	puppet_put(puppet);
}

/* On edu functions and devices of the software IOMMU, by driver_override */

static const struct pinscope_type puppet_types[] = {
	{ .name = "dma" },
};

static struct pinscope_driver puppet_driver = {
	.mdev = {
		.driver.name = "pinscope_puppet",
		.max_instances = PUPPET_INSTANCES,
		.probe = puppet_probe,
		.remove = puppet_remove,
	},
	.pretty_name = "driver calls by its user",
	.description = "test device: its user tells its driver what to do",
	.types = puppet_types,
	.nr_types = ARRAY_SIZE(puppet_types),
};

/* And one that is no hardware */
static int __init puppet_parent_create(void)
{
	int ret;

	puppet_class = class_create("pinscope_puppet");
	if (IS_ERR(puppet_class))
		return PTR_ERR(puppet_class);

	puppet_parent_dev = device_create(puppet_class, NULL, MKDEV(0, 0), NULL,
					  "pinscope_puppet");
	if (IS_ERR(puppet_parent_dev)) {
		ret = PTR_ERR(puppet_parent_dev);
		goto err_class;
	}

	ret = pinscope_parent_add(&puppet_parent, puppet_parent_dev,
				  &puppet_driver);
	if (ret)
		goto err_device;
	return 0;

err_device:
	device_unregister(puppet_parent_dev);
err_class:
	class_destroy(puppet_class);
	return ret;
}

static void puppet_parent_destroy(void)
{
	mdev_unregister_parent(&puppet_parent.mdev);
	device_unregister(puppet_parent_dev);
	class_destroy(puppet_class);
}

static int __init puppet_module_init(void)
{
	int ret;

	puppet_ops_init();
	ret = pinscope_register_backed(&puppet_driver);
	if (ret)
		return ret;

	ret = puppet_parent_create();
	if (ret)
		goto err_parents;

	ret = puppet_control_init();
	if (ret)
		goto err_parent;
	return 0;

err_parent:
	puppet_parent_destroy();
err_parents:
	pinscope_unregister_backed(&puppet_driver);
	return ret;
}

/* Nobody has the control open, as each file has a reference to the module */
static void __exit puppet_module_exit(void)
{
	puppet_control_exit();
	puppet_parent_destroy();
	pinscope_unregister_backed(&puppet_driver);
}

module_init(puppet_module_init);
module_exit(puppet_module_exit);

MODULE_DESCRIPTION("Test mdev driver that does what its user tells it to");
MODULE_LICENSE("GPL");
