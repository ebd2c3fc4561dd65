// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>

#include <pinscope/error.h>

struct explanation {
	enum pinscope_op op;
	int err;
	const char *text;
};

static const struct explanation explanations[] = {
	{ PINSCOPE_OP_CONTAINER_OPEN, ENOENT,
	  "there is no /dev/vfio/vfio: load the modules with 'modprobe -a vfio vfio_iommu_type1'" },
	{ PINSCOPE_OP_CONTAINER_OPEN, ENODEV,
	  "the VFIO module is not loaded: 'modprobe vfio'" },
	{ PINSCOPE_OP_CONTAINER_OPEN, EACCES,
	  "no permission for /dev/vfio/vfio: run as root, or give your user access to it" },

	{ PINSCOPE_OP_GROUP_OPEN, ENODEV,
	  "there is no such device: 'pinscope list' shows what there is" },
	{ PINSCOPE_OP_GROUP_OPEN, ENOENT,
	  "the device has no VFIO group: bind it to vfio-pci, or create an mdev, and see that "
	  "the IOMMU is on" },
	{ PINSCOPE_OP_GROUP_OPEN, EBUSY,
	  "another process holds the group: 'pinscope scope' shows which" },
	{ PINSCOPE_OP_GROUP_OPEN, EACCES,
	  "no permission for the group's node in /dev/vfio: run as root, or change its owner" },

	{ PINSCOPE_OP_GROUP_ATTACH, EPERM,
	  "the group is not viable, or another container owns the IOMMU group behind it: bind "
	  "all its devices to vfio-pci, and use one container for them" },
	{ PINSCOPE_OP_GROUP_ATTACH, EINVAL,
	  "the group is attached already" },
	{ PINSCOPE_OP_SET_IOMMU, EPERM,
	  "the IOMMU cannot isolate interrupts: load vfio_iommu_type1 with "
	  "allow_unsafe_interrupts=1 if you trust the device" },
	{ PINSCOPE_OP_SET_IOMMU, ENODEV,
	  "the type 1 IOMMU module is not loaded: 'modprobe vfio_iommu_type1'" },

	{ PINSCOPE_OP_DEVICE_OPEN, ENODEV,
	  "the group has no such device, or its driver is going away" },
	{ PINSCOPE_OP_DEVICE_OPEN, EBUSY,
	  "the device is in use" },

	{ PINSCOPE_OP_MAP, EEXIST,
	  "the addresses are mapped already" },
	{ PINSCOPE_OP_MAP, ENOMEM,
	  "the limit of locked memory is reached: raise 'ulimit -l', or map less" },
	{ PINSCOPE_OP_MAP, EINVAL,
	  "the address or the size is no multiple of the page size, or outside what the IOMMU "
	  "can address" },

	{ PINSCOPE_OP_DIRTY, EINVAL,
	  "the container does not track dirty pages, or the range cuts a mapping in two" },
	{ PINSCOPE_OP_DIRTY, ENOTTY,
	  "this IOMMU backend does not track dirty pages: use a legacy type 1 container" },

	{ PINSCOPE_OP_SAMPLE, EFAULT,
	  "the device may not reach this address: map it, or register a window there" },
	{ PINSCOPE_OP_SAMPLE, ENXIO,
	  "this is not the sample device: choose an mdev of a pinscope type" },
	{ PINSCOPE_OP_SAMPLE, EEXIST,
	  "the window overlaps one that is registered" },
	{ PINSCOPE_OP_SAMPLE, ENOENT,
	  "no such window is registered" },
	{ PINSCOPE_OP_SAMPLE, EIO,
	  "the device may not master the bus: enable it first, or it is stopped" },

	{ PINSCOPE_OP_MIGRATION, ENOTTY,
	  "the device cannot migrate" },
	{ PINSCOPE_OP_MIGRATION, EINVAL,
	  "the device does not have this state, or cannot go there from where it is" },

	{ PINSCOPE_OP_MDEV, ENODEV,
	  "no such parent, type or device: 'pinscope list' shows what there is" },
	{ PINSCOPE_OP_MDEV, EEXIST,
	  "a device of this UUID exists" },
	{ PINSCOPE_OP_MDEV, EUSERS,
	  "the parent has no instance left: remove a device first" },
	{ PINSCOPE_OP_MDEV, EBUSY,
	  "the device is in use" },

	{ PINSCOPE_OP_BIND, ENODEV,
	  "there is no such PCI function" },
	{ PINSCOPE_OP_BIND, ENOENT,
	  "the driver is not loaded: load its module first" },
	{ PINSCOPE_OP_BIND, EIO,
	  "the driver did not take the function: the kernel log says why" },

	{ PINSCOPE_OP_SCOPE, EOPNOTSUPP,
	  "this VFIO core does not show its scope: build and load the patched modules, see "
	  "Documentation/patches.rst" },
	{ PINSCOPE_OP_SCOPE, ENOENT,
	  "debugfs is not mounted: 'mount -t debugfs none /sys/kernel/debug'" },
	{ PINSCOPE_OP_SCOPE, EACCES,
	  "no permission to read debugfs: run as root" },
};

const char *pinscope_explain(enum pinscope_op op, int err)
{
	size_t i;

	if (err < 0)
		err = -err;
	for (i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].op == op && explanations[i].err == err)
			return explanations[i].text;

	if (err == EACCES || err == EPERM)
		return "no permission: run as root";
	return "the kernel log may say more ('dmesg | tail')";
}
