/* SPDX-License-Identifier: GPL-2.0-only */
/* The device of pinscope_assigned, and its attributes */
#ifndef PINSCOPE_ASSIGNED_H
#define PINSCOPE_ASSIGNED_H

#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/vfio_pci_core.h>

#include "../kernel_compat.h"
#include "../vfio_core_compat.h"
#include "hw.h"
#include "migration.h"

/* On a core that would lose pages when a driver pins, the driver does not */
#ifdef HAVE_VFIO_DIRTY_OPT_OUT
#define ASSIGNED_CORE_OPTS_IN	true
#else
#define ASSIGNED_CORE_OPTS_IN	false
#endif

#if IS_ENABLED(CONFIG_IOMMUFD)
int assigned_attach_ioas(struct vfio_device *vdev, u32 *pt_id);
void assigned_detach_ioas(struct vfio_device *vdev);
#else
#define assigned_attach_ioas	vfio_iommufd_physical_attach_ioas
#define assigned_detach_ioas	vfio_iommufd_physical_detach_ioas
#endif

/* What every driver that is built on vfio-pci-core has in its vfio_device_ops */
#define ASSIGNED_CORE_OPS						\
	.init = vfio_pci_core_init_dev,					\
	.release = vfio_pci_core_release_dev,				\
	.mmap = vfio_pci_core_mmap,					\
	.request = vfio_pci_core_request,				\
	.match = vfio_pci_core_match,					\
	PINSCOPE_PCI_OPS						\
	.bind_iommufd = vfio_iommufd_physical_bind,			\
	.unbind_iommufd = vfio_iommufd_physical_unbind,			\
	.attach_ioas = assigned_attach_ioas,				\
	.detach_ioas = assigned_detach_ioas,

enum assigned_opt_in { ASSIGNED_START, ASSIGNED_PRECOPY, ASSIGNED_NEVER };

/**
 * struct assigned - a device
 * @core: for vfio-pci-core; with @client not protected
 * @client: to hear of dirty tracking, for open and close only
 * @lock: Protects all that follows, and keeps the user from the command register. Taken
 *	  before any lock of the VFIO core's IOMMU driver, so it may be held for
 *	  vfio_pin_pages(), and by dma_unmap() and the client's callbacks. Whoever has
 *	  it knows that no transfer begins, and may wait for the end of one that goes on.
 * @hw: the function
 * @mig: migration state and streams
 * @mode: attribute opt_in, does not change while @open
 * @open: the user has it open
 * @opted_in: a transfer is pinned before it begins
 * @narrow: something was pinned since then
 * @refused: why that cannot be, or 0
 * @refused_limit: how often the log may be told of that
 * @pinned: pages that are, if there are any
 */
struct assigned {
	struct vfio_pci_core_device core;
	struct vfio_dirty_client client;

	struct mutex lock;	/* protects all that follows */
	struct assigned_hw hw;
	struct assigned_mig mig;
	enum assigned_opt_in mode;
	bool open;
	bool opted_in;
	bool narrow;
	int refused;
	struct ratelimit_state refused_limit;
	struct assigned_hw_pages pinned;
};

static inline struct assigned *to_assigned(struct vfio_device *vdev)
{
	return container_of(vdev, struct assigned, core.vdev);
}

static inline bool assigned_has_pinned(const struct assigned *assigned,
				       u64 iova, u64 length)
{
	const struct assigned_hw_pages *pinned = &assigned->pinned;

	return pinned->npages && pinned->iova <= iova + (length - 1) &&
	       iova <= pinned->iova + (pinned->npages * PAGE_SIZE - 1);
}

/* trap.c: for vfio_device_ops, and what they have in common */
ssize_t assigned_trap_read(struct vfio_device *vdev, char __user *buf,
			   size_t count, loff_t *ppos);
ssize_t assigned_trap_write(struct assigned *assigned, const char __user *buf,
			    size_t count, loff_t *ppos, __le64 data,
			    u64 *start);
ssize_t assigned_trap_pass(struct vfio_device *vdev, const char __user *buf,
			   size_t count, loff_t *ppos, __le64 *data);
long assigned_trap_ioctl(struct vfio_device *vdev, unsigned int cmd,
			 unsigned long arg);
int assigned_trap_feature(struct vfio_device *vdev, u32 flags,
			  void __user *arg, size_t argsz);
void assigned_trap_all(struct assigned *assigned);

/* function.c: for pci_driver */
int assigned_function_probe(struct pci_dev *pdev,
			    const struct vfio_device_ops *ops,
			    const struct vfio_migration_ops *mig_ops,
			    const struct vfio_dirty_client_ops *client_ops);
void assigned_function_remove(struct pci_dev *pdev);

/* attributes.c */
void assigned_init_opt_in(struct assigned *assigned);
void assigned_set_open(struct assigned *assigned, bool open);
void assigned_set_refused(struct assigned *assigned, const char *what, int ret);
void assigned_tell_failed(struct assigned *assigned);
extern const struct attribute_group *assigned_groups[];

#endif /* PINSCOPE_ASSIGNED_H */
