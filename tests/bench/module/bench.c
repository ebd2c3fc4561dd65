// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device whose driver is measured, see bench.h. It has neither regions nor
 * interrupts, and it is no pattern for a driver.
 */

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "internal.h"

static struct platform_device *bench_platform;

static struct bench_device *to_bench(struct vfio_device *vdev)
{
	return container_of(vdev, struct bench_device, vdev);
}

/* Pages are marked when they are written, so there is nothing to do for these */

static void bench_start(struct vfio_device *vdev)
{
}

static void bench_stop(struct vfio_device *vdev)
{
}

static int __maybe_unused bench_sync(struct vfio_device *vdev, dma_addr_t iova,
				     u64 size)
{
	return 0;
}

static const struct vfio_dirty_client_ops bench_client_ops = {
	.start = bench_start,
	.stop = bench_stop,
#ifdef HAVE_VFIO_DIRTY_SYNC
	.sync = bench_sync,
#endif
};

/* What the core calls */

static int bench_open(struct vfio_device *vdev)
{
	struct bench_device *bench = to_bench(vdev);
	int ret;

	bench->pages = vzalloc(array_size(BENCH_PAGES_MAX,
					  sizeof(*bench->pages)));
	bench->zeroes = vzalloc(BENCH_ZEROES);
	if (!bench->pages || !bench->zeroes) {
		ret = -ENOMEM;
		goto err_free;
	}

	bench->client.ops = &bench_client_ops;
	ret = vfio_register_dirty_client(vdev, &bench->client);
	if (ret && ret != -EOPNOTSUPP)
		goto err_free;
	bench->registered = !ret;
	return 0;

err_free:
	vfree(bench->zeroes);
	vfree(bench->pages);
	return ret;
}

static void bench_close(struct vfio_device *vdev)
{
	struct bench_device *bench = to_bench(vdev);

	if (bench->registered)
		vfio_unregister_dirty_client(&bench->client);

	mutex_lock(&bench->lock);
	bench_unpin_range(bench, 0, U64_MAX);
	bench_unpin_floor(bench);
	mutex_unlock(&bench->lock);
	vfree(bench->zeroes);
	vfree(bench->pages);
}

static void bench_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct bench_device *bench = to_bench(vdev);

	mutex_lock(&bench->lock);
	bench_unpin_range(bench, iova, iova + length - 1);
	mutex_unlock(&bench->lock);
}

static long bench_ioctl(struct vfio_device *vdev, unsigned int cmd,
			unsigned long arg)
{
	struct bench_device *bench = to_bench(vdev);
	void __user *user = (void __user *)arg;
	struct bench_call call;
	int ret;

	if (cmd != BENCH_CALL)
		return -ENOTTY;
	if (copy_from_user(&call, user, sizeof(call)))
		return -EFAULT;
	if (call.argsz < sizeof(call))
		return -EINVAL;

	if (mutex_lock_killable(&bench->lock))
		return -EINTR;
	ret = bench_call(bench, &call);
	mutex_unlock(&bench->lock);
	if (ret)
		return ret;
	return copy_to_user(user, &call, sizeof(call)) ? -EFAULT : 0;
}

static int bench_init(struct vfio_device *vdev)
{
	mutex_init(&to_bench(vdev)->lock);
	return 0;
}

static void bench_release(struct vfio_device *vdev)
{
	mutex_destroy(&to_bench(vdev)->lock);
}

static const struct vfio_device_ops bench_ops = {
	.name = "pinscope_bench",
	.init = bench_init,
	.release = bench_release,
	.open_device = bench_open,
	.close_device = bench_close,
	.ioctl = bench_ioctl,
	.dma_unmap = bench_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

static int __init bench_probe(struct platform_device *platform)
{
	struct bench_device *bench;
	int ret;

	bench = vfio_alloc_device(bench_device, vdev, &platform->dev,
				  &bench_ops);
	if (IS_ERR(bench))
		return PTR_ERR(bench);
	platform_set_drvdata(platform, bench);

	ret = vfio_register_emulated_iommu_dev(&bench->vdev);
	if (ret)
		vfio_put_device(&bench->vdev);
	return ret;
}

static void bench_remove(struct platform_device *platform)
{
	struct bench_device *bench = platform_get_drvdata(platform);

	vfio_unregister_group_dev(&bench->vdev);
	vfio_put_device(&bench->vdev);
}

static struct platform_driver bench_driver = {
	.remove = bench_remove,
	.driver.name = BENCH_DEV,
};

static int __init bench_module_init(void)
{
	bench_platform = platform_create_bundle(&bench_driver, bench_probe,
						NULL, 0, NULL, 0);
	return PTR_ERR_OR_ZERO(bench_platform);
}

static void __exit bench_module_exit(void)
{
	platform_device_unregister(bench_platform);
	platform_driver_unregister(&bench_driver);
}

module_init(bench_module_init);
module_exit(bench_module_exit);

MODULE_DESCRIPTION("Measures the calls of VFIO's drivers, for tests");
MODULE_LICENSE("GPL");
