/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the drivers call in the patched VFIO core, for a core that does not have
 * it. vfio.mk looks for three of the functions and for sync() in <linux/vfio.h>. A
 * driver that is built against a patched kernel needs none of this.
 */
#ifndef PINSCOPE_VFIO_CORE_COMPAT_H
#define PINSCOPE_VFIO_CORE_COMPAT_H

#include <linux/vfio.h>

#ifndef HAVE_VFIO_REGISTER_IOMMU_BACKED_DEV
static inline int vfio_register_iommu_backed_dev(struct vfio_device *device,
						 struct device *iommu_dev)
{
	dev_err(device->dev, "this VFIO core has no IOMMU-backed devices, see vfio-core-patches\n");
	return -EOPNOTSUPP;
}
#endif

#ifndef HAVE_VFIO_REGISTER_DIRTY_CLIENT
struct vfio_dirty_client_ops {
	void	(*start)(struct vfio_device *vdev);
	void	(*stop)(struct vfio_device *vdev);
	int	(*sync)(struct vfio_device *vdev, dma_addr_t iova, u64 size);
};

struct vfio_dirty_client {
	const struct vfio_dirty_client_ops *ops;
};

static inline int vfio_register_dirty_client(struct vfio_device *vdev,
					     struct vfio_dirty_client *client)
{
	return -EOPNOTSUPP;
}

static inline void
vfio_unregister_dirty_client(struct vfio_dirty_client *client)
{
}
#endif

#ifndef HAVE_VFIO_DIRTY_OPT_OUT
static inline void vfio_dirty_opt_out(struct vfio_device *vdev)
{
}
#endif

/*
 * A core that has these, but does not ask what was written, counts as one that
 * has not: what is marked too late would be in no report.
 */
#ifndef HAVE_VFIO_DIRTY_SYNC
static inline int pinscope_no_pin_tracked(struct vfio_device *vdev,
					  dma_addr_t iova, int npage, int prot,
					  struct page **pages)
{
	return -EOPNOTSUPP;
}

static inline int pinscope_no_mark_dirty(struct vfio_device *vdev,
					 dma_addr_t iova, int npage)
{
	return -EOPNOTSUPP;
}

#define vfio_pin_pages_tracked	pinscope_no_pin_tracked
#define vfio_mark_pages_dirty	pinscope_no_mark_dirty
#endif

/* sync() of vfio_dirty_client_ops, which a core may have without */
#if defined(HAVE_VFIO_DIRTY_SYNC) || !defined(HAVE_VFIO_REGISTER_DIRTY_CLIENT)
#define PINSCOPE_DIRTY_SYNC_OP(...)	.sync = __VA_ARGS__,
#else
#define PINSCOPE_DIRTY_SYNC_OP(...)
#endif

#endif /* PINSCOPE_VFIO_CORE_COMPAT_H */
