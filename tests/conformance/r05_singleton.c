// SPDX-License-Identifier: GPL-2.0
/*
 * R5: only a singleton IOMMU group may pin. A pin from a larger one is
 * refused, pins nothing and changes no scope; the device goes on working.
 */
#include <string.h>

#include "fixtures/view.h"
#include "fixtures/vm.h"
#include <harness/kernel.h>

/* The opt-in device's driver was refused and says so; all is dirty. */
static void is_refused(struct vm *vm, struct device *dev)
{
	equal(pins(dev), 0);
	check(!strncmp(mdev_get(dev->mdev, "scope"), "refused: ", 9));
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

#define PIN_REFUSED "pin refused (-EXDEV)"

TEST(r05, optin_beside_backed_is_refused, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm_backed(vm, paired_edu(1));
	dev = vm_optin(vm, paired_edu(0), "start");
	window(dev, 9);
	start(vm);
	is_refused(vm, dev);
}

TEST(r05, backed_beside_optin_is_refused, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev;

	pci_bind(paired_edu(1), "");
	dev = vm_optin(vm, paired_edu(0), "start");
	window(dev, 9);
	start(vm);
	is_refused(vm, dev);
	vm_backed(vm, paired_edu(1));
	stop(vm);
	start(vm);
	is_refused(vm, dev);
}

TEST(r05, group_of_two_is_refused_even_alone, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, paired_edu(0), "precopy");

	window(dev, 4);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	is_refused(vm, dev);
}

TEST(r05, refused_device_works_on, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, paired_edu(0), "start");

	window(dev, 9);
	start(vm);
	writes(dev, 9);
	window(dev, 3);
	writes(dev, 3);
	is_refused(vm, dev);
	no_window(dev, 9);
	equal(windows(dev), 1);
}

TEST(r05, refusal_is_logged_once, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, paired_edu(0), "start");
	int i;

	window(dev, 9);
	klog_mark();
	for (i = 0; i < 3; i++) {
		start(vm);
		stop(vm);
	}
	equal(klog_count(dev->mdev->uuid), 1);
}

TEST(r05, refused_pins_are_counted, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, paired_edu(0), "start");

	window(dev, 9);
	equal(view_group(dev).refused, 0);
	start(vm);
	check(view_group(dev).refused > 0);
	equal(view_group(dev).pins, 0);
	equal(view_group(dev).members, 2);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
}

TEST(r05, second_mdev_of_a_function_makes_it_refused, .says = PIN_REFUSED)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *one, *two;

	one = vm_optin(vm, parent, "start");
	two = vm_optin(vm, parent, "start");
	window(one, 9);
	window(two, 4);
	start(vm);
	is_refused(vm, one);
	is_refused(vm, two);
}

TEST(r05, pins_again_once_the_second_mdev_left, .says = PIN_REFUSED)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *one, *two;

	one = vm_optin(vm, parent, "start");
	two = vm_optin(vm, parent, "never");
	window(one, 9);
	start(vm);
	same(dirty(vm), ALL);
	stop(vm);
	leave_vm(two);
	start(vm);
	equal(pins(one), 1);
	same(dirty(vm), P(9));
}

TEST(r05, emulated_mdevs_are_never_refused)
{
	struct vm *vm = vm_new();
	struct device *one = vm_emulated(vm), *two = vm_emulated(vm);

	window(one, 1);
	window(two, 2);
	start(vm);
	same(dirty(vm), P(1) | P(2));
}
