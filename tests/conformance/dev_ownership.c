// SPDX-License-Identifier: GPL-2.0
/*
 * Who may translate the DMA of an IOMMU group: one container at a time, and
 * not beside vfio-pci or another driver on the same group.
 */
#include <errno.h>

#include "fixtures/vm.h"

TEST(dev, mdevs_of_one_function_share_a_container)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *one = vm_backed(vm, parent);
	struct device *two = vm_backed(vm, parent);

	writes(one, 1);
	writes(two, 2);
	leave_vm(one);
	writes(two, 3);
}

TEST(dev, mdevs_of_one_function_refuse_two_containers)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new(), *other = vm_new();
	struct device *one = vm_backed(vm, parent);
	struct device *two = device_of(other, mdev_new(BACKED, parent));

	refused(try_attach(two), EPERM);
	writes(one, 1);
	leave_vm(one);
	attach(two);
	open_device(two);
	writes(two, 2);
}

TEST(dev, mdevs_of_one_group_refuse_two_containers)
{
	struct vm *vm = vm_new(), *other = vm_new();
	struct device *one = vm_backed(vm, paired_edu(0));
	struct device *two = device_of(other, mdev_new(BACKED, paired_edu(1)));

	refused(try_attach(two), EPERM);
	writes(one, 1);
	leave_vm(one);
	attach(two);
	open_device(two);
	writes(two, 2);
}

TEST(dev, mdevs_of_one_group_share_a_container)
{
	struct vm *vm = vm_new();
	struct device *one = vm_backed(vm, paired_edu(0));
	struct device *two = vm_backed(vm, paired_edu(1));

	writes(one, 1);
	writes(two, 2);
}

/* QEMU opens no group that is not viable, so the second must be so, too. */
TEST(dev, group_of_a_second_mdev_is_viable)
{
	struct vm *vm = vm_new();
	struct mdev *mdev = mdev_new(BACKED, paired_edu(1));
	struct pinscope_group_status status;
	struct pinscope_group *group;

	vm_backed(vm, paired_edu(0));
	ok(pinscope_group_open_device(mdev->uuid, &group));
	ok(pinscope_group_get_status(group, &status));
	check(status.viable);
	check(!status.attached);
	pinscope_group_close(group);
}

TEST(dev, vfio_pci_sibling_is_refused)
{
	struct vm *vm = vm_new(), *other = vm_new();
	struct device *dev = vm_backed(vm, paired_edu(0));

	refused(try_attach(device_of_pci(other, paired_edu(1))), EPERM);
	writes(dev, 1);
}

TEST(dev, mdev_beside_vfio_pci_sibling_is_refused)
{
	struct vm *vm = vm_new(), *other = vm_new();
	struct mdev *mdev = mdev_new(BACKED, paired_edu(0));

	vm_add_pci(vm, paired_edu(1));
	refused(try_attach(device_of(other, mdev)), EPERM);
}

TEST(dev, emulated_mdevs_use_any_container)
{
	struct vm *one = vm_new(), *two = vm_new();
	struct device *a = vm_emulated(one), *b = vm_emulated(two);

	window(a, 1);
	window(b, 1);
	writes(a, 1);
	writes(b, 1);
}
