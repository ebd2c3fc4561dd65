// SPDX-License-Identifier: GPL-2.0
/* Ioctls of the sample device's own: lengths and values that are refused. */
#include <errno.h>
#include <string.h>

#include "fixtures/vm.h"

static uint8_t buf[256] __attribute__((aligned(8)));

/* The first word of each of these structures is argsz. */
static long call(struct device *dev, unsigned long request, uint32_t argsz)
{
	memset(buf, 0, sizeof(buf));
	memcpy(buf, &argsz, sizeof(argsz));
	return raw(dev->fd, request, buf);
}

static void lengths(unsigned long request, uint32_t shortest)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t argsz;

	for (argsz = 0; argsz < shortest; argsz++)
		refused(call(dev, request, argsz), EINVAL);
	ok(call(dev, request, shortest));
	ok(call(dev, request, sizeof(buf)));
	refused(raw(dev->fd, request, NULL), EFAULT);
}

TEST(abi, device_info_argsz)
{
	lengths(VFIO_DEVICE_GET_INFO,
		offsetof(struct vfio_device_info, cap_offset));
}

TEST(abi, device_region_info_argsz)
{
	lengths(VFIO_DEVICE_GET_REGION_INFO, sizeof(struct vfio_region_info));
}

TEST(abi, device_irq_info_argsz)
{
	lengths(VFIO_DEVICE_GET_IRQ_INFO, sizeof(struct vfio_irq_info));
}

TEST(abi, device_set_irqs_argsz)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct vfio_irq_set *set = (void *)buf;
	uint32_t argsz;

	for (argsz = 0; argsz < sizeof(*set) + sizeof(int32_t); argsz++) {
		memset(buf, 0, sizeof(buf));
		set->argsz = argsz;
		set->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
			     VFIO_IRQ_SET_DATA_EVENTFD;
		set->index = VFIO_PCI_MSI_IRQ_INDEX;
		set->count = 1;
		refused(raw(dev->fd, VFIO_DEVICE_SET_IRQS, set), EINVAL);
	}
	refused(raw(dev->fd, VFIO_DEVICE_SET_IRQS, NULL), EFAULT);
}

static long feature(struct device *dev, uint32_t argsz, uint32_t flags)
{
	struct vfio_device_feature *arg = (void *)buf;

	memset(buf, 0, sizeof(buf));
	arg->argsz = argsz;
	arg->flags = flags;
	return raw(dev->fd, VFIO_DEVICE_FEATURE, arg);
}

TEST(abi, device_feature_argsz_and_flags)
{
	const uint32_t get = VFIO_DEVICE_FEATURE_GET;
	const uint32_t mig = VFIO_DEVICE_FEATURE_MIGRATION;
	const uint32_t state = VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t argsz;

	for (argsz = 0; argsz < 16; argsz++)
		refused(feature(dev, argsz, get | mig), EINVAL);
	ok(feature(dev, 16, get | mig));
	ok(feature(dev, sizeof(buf), get | mig));
	refused(feature(dev, 16, get | VFIO_DEVICE_FEATURE_SET | state),
		EINVAL);
	refused(feature(dev, 16, VFIO_DEVICE_FEATURE_SET | mig), EINVAL);
	refused(feature(dev, 16, state), EINVAL);
	refused(feature(dev, 16, get | 0xfff), ENOTTY);
	ok(feature(dev, 8, VFIO_DEVICE_FEATURE_PROBE | get | state));
}

TEST(abi, device_unknown_ioctl)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	refused(raw(dev->fd, _IO(VFIO_TYPE, VFIO_BASE + 99), buf), ENOTTY);
}
