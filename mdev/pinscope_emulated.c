// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pattern: a device without IOMMU backing.
 *
 * The device does no DMA of its own. The driver does it by the CPU, or hands pages to
 * hardware that is not programmed with addresses of the user: on pages it pins while
 * a window, a buffer of the guest, is registered. The container knows every page that
 * can be written, so there is nothing to opt in to: what is pinned, or written through
 * vfio_dma_rw(), is dirty, and nothing else.
 *
 * The rule that makes it sound: the device works on pages only that are pinned, and
 * is at rest before a pin is returned.
 *
 * No hardware is needed, nor a patched VFIO core.
 */

#include <linux/module.h>

#include "pinscope_mdev.h"

#define EMULATED_INSTANCES	16

/**
 * struct emulated - a device
 * @pd: what it shares with other samples
 * @target: the window that DMA goes to; set with the lock of the device while none
 *	    goes on, so that DMA needs no lock
 */
struct emulated {
	struct pinscope_device pd;
	struct pinscope_window *target;
};

static struct emulated *to_emulated(struct pinscope_device *pd)
{
	return container_of(pd, struct emulated, pd);
}

/* The DMA: to pinned pages only */

static int emulated_dma_begin(struct pinscope_device *pd,
			      struct pinscope_transfer *t)
{
	struct pinscope_window *window = pinscope_window_of(pd, t);

	if (!window || !window->pinned)
		return -EFAULT;

	to_emulated(pd)->target = window;
	return 0;
}

static int emulated_dma_move(struct pinscope_device *pd,
			     struct pinscope_transfer *t)
{
	return pinscope_window_move(to_emulated(pd)->target, t);
}

/* Pinning: while a window is registered */

static int emulated_pin(struct pinscope_device *pd,
			struct pinscope_window *window)
{
	int ret;

	ret = vfio_pin_pages(&pd->vdev, pinscope_window_start(window),
			     window->npages, window->prot, window->pages);
	if (ret < 0)
		return ret;

	pinscope_window_pinned(pd, window);
	return 0;
}

/* No DMA goes on there: a command finds the device at rest, as does who resets it */
static void emulated_unpin(struct pinscope_device *pd,
			   struct pinscope_window *window)
{
	if (!window->pinned)
		return;

	vfio_unpin_pages(&pd->vdev, pinscope_window_start(window),
			 window->npages);
	pinscope_window_unpinned(pd, window);
}

static const struct pinscope_ops emulated_pinscope_ops = {
	.scope = "emulated: what is pinned is dirty, nothing else",
	.dma_begin = emulated_dma_begin,
	.dma_move = emulated_dma_move,
	.pin = emulated_pin,
	.unpin = emulated_unpin,
	.window_added = emulated_pin,
	.window_removed = emulated_unpin,
};

/*
 * The user unmaps memory. VFIO waits for the pins in it to be returned, and does
 * not want to be asked for them again. First the device comes to rest there. The
 * window is of no use any more, until it is registered again.
 */
static void emulated_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinscope_device *pd = to_pinscope(vdev);

	guard(mutex)(&pd->lock);
	pinscope_dma_unmapped(pd, iova, length);
	pinscope_unpin_range(pd, iova, length);
}

/* Open and close. Migration states change nothing: pins come and go otherwise. */

static int emulated_init(struct vfio_device *vdev)
{
	pinscope_device_init(to_pinscope(vdev), &emulated_pinscope_ops);
	return 0;
}

static int emulated_open(struct vfio_device *vdev)
{
	pinscope_device_open(to_pinscope(vdev));
	return 0;
}

/* The device comes to rest, then all windows go, and with them the pins: VFIO insists */
static void emulated_close(struct vfio_device *vdev)
{
	pinscope_device_close(to_pinscope(vdev));
}

static const struct vfio_device_ops emulated_vfio_ops = {
	.name = "pinscope_emulated",
	.init = emulated_init,
	.open_device = emulated_open,
	.close_device = emulated_close,
	PINSCOPE_DEVICE_OPS,
	.dma_unmap = emulated_dma_unmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

/* Registration */

static int emulated_probe(struct mdev_device *mdev)
{
	struct emulated *emulated;
	int ret;

	emulated = vfio_alloc_device(emulated, pd.vdev, &mdev->dev,
				     &emulated_vfio_ops);
	if (IS_ERR(emulated))
		return PTR_ERR(emulated);

	pinscope_device_of_type(&emulated->pd, mdev);
	ret = vfio_register_emulated_iommu_dev(&emulated->pd.vdev);
	if (ret)
		vfio_put_device(&emulated->pd.vdev);
	return ret;
}

static const struct pinscope_type emulated_types[] = {
	{ .name = "dma" },
	{ .name = "logging", .differs = "logs its DMA", .dma_logging = true },
};

static struct pinscope_driver emulated_driver = {
	.mdev = {
		.driver.name = "pinscope_emulated",
		.max_instances = EMULATED_INSTANCES,
		.probe = emulated_probe,
		.remove = pinscope_remove,
	},
	.pretty_name = "DMA by the CPU into pinned pages",
	.description = "sample device without IOMMU backing, windows are pinned while registered",
	.types = emulated_types,
	.nr_types = ARRAY_SIZE(emulated_types),
};
module_pinscope_virtual(emulated_driver);

MODULE_DESCRIPTION("Sample mdev driver: device without IOMMU backing");
MODULE_LICENSE("GPL");
