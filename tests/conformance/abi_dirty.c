// SPDX-License-Identifier: GPL-2.0
/* VFIO_IOMMU_DIRTY_PAGES: START, STOP and GET_BITMAP. */
#include <errno.h>

#include "fixtures/vm.h"

struct dirty {
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

#define HEAD sizeof(struct vfio_iommu_type1_dirty_bitmap)
#define GET VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP
#define START VFIO_IOMMU_DIRTY_PAGES_FLAG_START
#define STOP VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP

static uint64_t word;

static struct dirty good_get(void)
{
	return (struct dirty){
		.head.argsz = sizeof(struct dirty),
		.head.flags = GET,
		.get.iova = RAM_IOVA,
		.get.size = RAM_SIZE,
		.get.bitmap = { PAGE, sizeof(word), (void *)&word },
	};
}

static long call(struct vm *vm, struct dirty arg)
{
	return raw(vm->fd, VFIO_IOMMU_DIRTY_PAGES, &arg);
}

static long control(struct vm *vm, uint32_t argsz, uint32_t flags)
{
	struct dirty arg = { .head = { .argsz = argsz, .flags = flags } };

	return call(vm, arg);
}

static bool tracks(struct vm *vm)
{
	return !call(vm, good_get());
}

TEST(abi, dirty_start_and_stop_argsz)
{
	struct vm *vm = vm_new();
	uint32_t argsz;

	vm_emulated(vm);
	for (argsz = 0; argsz < HEAD; argsz++)
		refused(control(vm, argsz, START), EINVAL);
	check(!tracks(vm));
	ok(control(vm, HEAD, START));
	check(tracks(vm));
	for (argsz = 0; argsz < HEAD; argsz++)
		refused(control(vm, argsz, STOP), EINVAL);
	check(tracks(vm));
	ok(control(vm, HEAD, STOP));
	check(!tracks(vm));
	ok(control(vm, HEAD + 100, START));
	ok(control(vm, HEAD + 100, STOP));
}

TEST(abi, dirty_flags)
{
	struct vm *vm = vm_new();
	int bit;

	vm_emulated(vm);
	refused(control(vm, HEAD, 0), EINVAL);
	refused(control(vm, HEAD, START | STOP), EINVAL);
	refused(control(vm, HEAD, START | GET), EINVAL);
	refused(control(vm, HEAD, STOP | GET), EINVAL);
	refused(control(vm, HEAD, START | STOP | GET), EINVAL);
	for (bit = 3; bit < 32; bit++) {
		refused(control(vm, HEAD, 1u << bit), EINVAL);
		refused(control(vm, HEAD, START | 1u << bit), EINVAL);
	}
	check(!tracks(vm));
}

TEST(abi, dirty_get_argsz)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct dirty arg = good_get();

	start(vm);
	cpu_writes(dev, 3);
	for (arg.head.argsz = 0; arg.head.argsz < sizeof(arg);
	     arg.head.argsz++)
		refused(call(vm, arg), EINVAL);
	word = 0;
	arg.head.argsz = sizeof(arg) + 48;
	ok(call(vm, arg));
	same(word, P(3));
}

TEST(abi, dirty_get_range)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct dirty arg = good_get();

	start(vm);
	cpu_writes(dev, 3);
	arg.get.size = 0;
	refused(call(vm, arg), EINVAL);
	arg.get.size = RAM_SIZE - 1;
	refused(call(vm, arg), EINVAL);
	arg.get.size = RAM_SIZE + 1;
	refused(call(vm, arg), EINVAL);
	arg = good_get();
	arg.get.iova += 1;
	refused(call(vm, arg), EINVAL);
	arg.get.iova += PAGE / 2;
	refused(call(vm, arg), EINVAL);
	word = 0;
	ok(call(vm, good_get()));
	same(word, P(3));
}

TEST(abi, dirty_get_wraparound)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct dirty arg = good_get();

	start(vm);
	cpu_writes(dev, 3);
	arg.get.iova = -PAGE;
	arg.get.size = 2 * PAGE;
	refused(call(vm, arg), EINVAL);
	arg = good_get();
	arg.get.size = -PAGE;
	refused(call(vm, arg), EINVAL);
	arg.get.iova = 0;
	refused(call(vm, arg), EINVAL);
	word = 0;
	ok(call(vm, good_get()));
	same(word, P(3));
}

TEST(abi, dirty_get_page_size)
{
	struct vm *vm = vm_new();
	struct dirty arg = good_get();
	uint64_t pgsize;

	vm_emulated(vm);
	start(vm);
	for (pgsize = 0; pgsize < 4 * PAGE; pgsize += PAGE / 2) {
		arg.get.bitmap.pgsize = pgsize;
		if (pgsize != PAGE)
			refused(call(vm, arg), EINVAL);
	}
	arg.get.bitmap.pgsize = 1ull << 63;
	refused(call(vm, arg), EINVAL);
	arg.get.bitmap.pgsize = PAGE + 1;
	refused(call(vm, arg), EINVAL);
}

TEST(abi, dirty_get_bitmap_size)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct dirty arg = good_get();

	start(vm);
	cpu_writes(dev, 3);
	for (arg.get.bitmap.size = 0; arg.get.bitmap.size < 8;
	     arg.get.bitmap.size++)
		refused(call(vm, arg), EINVAL);
	arg.get.bitmap.size = largest_bitmap(vm) + 8;
	refused(call(vm, arg), EINVAL);
	arg.get.bitmap.size = -1ull;
	refused(call(vm, arg), EINVAL);
	/* A buffer that is too large is fine, and only its beginning used. */
	arg.get.bitmap.size = 4096;
	word = 0;
	ok(call(vm, arg));
	same(word, P(3));
}

TEST(abi, dirty_get_bad_addresses)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct dirty arg = good_get();

	start(vm);
	cpu_writes(dev, 3);
	refused(raw(vm->fd, VFIO_IOMMU_DIRTY_PAGES, NULL), EFAULT);
	arg.get.bitmap.data = NULL;
	refused(call(vm, arg), EFAULT);
	arg.get.bitmap.data = (void *)-PAGE;
	refused(call(vm, arg), EINVAL);
	word = 0;
	ok(call(vm, good_get()));
	same(word, P(3));
}

TEST(abi, dirty_needs_the_second_version_of_type1)
{
	struct vm *vm = vm_new();
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	struct pinscope_group *group;

	ok(pinscope_group_open_device(mdev->uuid, &group));
	ok(pinscope_group_attach(group, vm->container));
	ok(raw(vm->fd, VFIO_SET_IOMMU, (void *)VFIO_TYPE1_IOMMU));
	refused(control(vm, HEAD, START), EACCES);
	pinscope_group_close(group);
}

TEST(abi, pins_need_the_second_version_of_type1)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of(vm, mdev_new(EMULATED, NULL));

	ok(pinscope_group_open_device(dev->name, &dev->group));
	ok(pinscope_group_attach(dev->group, vm->container));
	ok(raw(vm->fd, VFIO_SET_IOMMU, (void *)VFIO_TYPE1_IOMMU));
	map_pages(vm, 0, PAGES);
	open_device(dev);
	refused(try_window(dev, 3), EACCES);
	equal(windows(dev), 0);
	cpu_writes(dev, 3);
}
