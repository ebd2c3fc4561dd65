// SPDX-License-Identifier: GPL-2.0
/*
 * R9: a user can tell which participants have not opted in: by the capability
 * of VFIO_IOMMU_GET_INFO, by debugfs and by the mdev's own attributes.
 */
#include <string.h>
#include <unistd.h>

#include "fixtures/puppet.h"
#include "fixtures/view.h"
#include "fixtures/vm.h"

TEST(r09, info_counts_who_is_wide)
{
	struct vm *vm = vm_new();
	struct pinscope_scope_counts s;

	vm_emulated(vm);
	s = scope_of(vm);
	equal(s.nr_groups, 1);
	equal(s.nr_devices, 1);
	equal(s.nr_groups_wide, 0);
	equal(s.nr_devices_wide, 0);
	check(s.scope == PINSCOPE_SCOPE_PINNED && !s.tracking);
	vm_add_pci(vm, lone_edu(1));
	s = scope_of(vm);
	equal(s.nr_groups, 2);
	equal(s.nr_devices, 2);
	equal(s.nr_groups_wide, 1);
	equal(s.nr_devices_wide, 1);
	check(s.scope == PINSCOPE_SCOPE_WIDE);
}

TEST(r09, info_counts_groups_without_open_device)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of_pci(vm, lone_edu(1));

	attach(dev);
	equal(scope_of(vm).nr_groups, 1);
	equal(scope_of(vm).nr_groups_wide, 1);
	equal(scope_of(vm).nr_devices, 0);
	equal(scope_of(vm).nr_devices_wide, 0);
}

TEST(r09, info_tells_of_tracking)
{
	struct vm *vm = vm_new();

	vm_emulated(vm);
	check(!scope_of(vm).tracking);
	start(vm);
	check(scope_of(vm).tracking);
	stop(vm);
	check(!scope_of(vm).tracking);
}

TEST(r09, info_counts_each_pinned_page_once)
{
	struct vm *vm = vm_new();
	struct device *a = vm_emulated(vm), *b = vm_emulated(vm);

	equal(scope_of(vm).pinned_pages, 0);
	window(a, 1);
	window(a, 2);
	window(b, 2);
	equal(scope_of(vm).pinned_pages, 2);
	no_window(a, 2);
	equal(scope_of(vm).pinned_pages, 2);
	close_device(b);
	equal(scope_of(vm).pinned_pages, 1);
}

TEST(r09, info_follows_opt_in)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 4);
	check(!scope_pinned(vm));
	equal(scope_of(vm).nr_devices_wide, 1);
	start(vm);
	check(scope_pinned(vm));
	equal(scope_of(vm).nr_devices_wide, 0);
	equal(scope_of(vm).pinned_pages, 1);
	stop(vm);
	check(!scope_pinned(vm));
}

TEST(r09, debugfs_names_each_device)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *pci = vm_add_pci(vm, lone_edu(1));

	check(!strcmp(view_device(em).driver, EMULATED));
	equal(view_group(em).scope, PINSCOPE_SCOPE_EMULATED);
	equal(view_group(em).members, 1);
	check(!strcmp(view_device(pci).driver, "vfio-pci"));
	equal(view_group(pci).scope, PINSCOPE_SCOPE_WIDE);
	check(view_device(pci).open);
	close_device(pci);
	check(!view_device(pci).open);
}

TEST(r09, debugfs_tells_the_cause_of_scope)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 4);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
	check(!strcmp(view_group(dev).cause, "attach"));
	start(vm);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_PINNED);
	check(!strcmp(view_group(dev).cause, "pin"));
	equal(view_group(dev).pins, 1);
	close_device(dev);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
	check(!strcmp(view_group(dev).cause, "close"));
	equal(view_group(dev).pins, 0);
}

TEST(r09, debugfs_totals_agree_with_info)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct pinscope_scope_counts s;

	vm_add_pci(vm, lone_edu(1));
	window(em, 4);
	start(vm);
	s = scope_of(vm);
	equal(view_container(em).nr_groups, s.nr_groups);
	equal(view_container(em).nr_groups_wide, s.nr_groups_wide);
	equal(view_container(em).nr_devices, s.nr_devices);
	equal(view_container(em).nr_devices_wide, s.nr_devices_wide);
	equal(view_container(em).pinned_pages, s.pinned_pages);
	check(view_container(em).tracking);
	equal(view_container(em).scope, PINSCOPE_SCOPE_WIDE);
}

TEST(r09, mdev_attributes_tell_its_state)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);

	check(!strncmp(mdev_get(em->mdev, "scope"), "emulated", 8));
	window(em, 3);
	window(em, 4);
	check(!strcmp(mdev_get(em->mdev, "windows"), "2"));
	check(!strcmp(mdev_get(em->mdev, "pinned_pages"), "2"));
	no_window(em, 3);
	check(!strcmp(mdev_get(em->mdev, "pinned_pages"), "1"));
}

TEST(r09, optin_attributes_follow_scope)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 3);
	check(!strncmp(mdev_get(dev->mdev, "scope"), "wide", 4));
	check(!strcmp(mdev_get(dev->mdev, "windows"), "1"));
	check(!strcmp(mdev_get(dev->mdev, "pinned_pages"), "0"));
	start(vm);
	check(!strncmp(mdev_get(dev->mdev, "scope"), "pinned", 6));
	check(!strcmp(mdev_get(dev->mdev, "pinned_pages"), "1"));
}

TEST(r09, backed_group_links_to_its_parent)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));
	char target[256] = "";

	if (readlink(text("/sys/class/vfio/%d/backing", group_number(dev)),
		     target, sizeof(target) - 1) < 0)
		fail("the group has no link to what backs it");
	check(!strcmp(strrchr(target, '/') + 1, lone_edu(0)));
}

TEST(r09, device_tells_that_it_has_opted_in)
{
	struct vm *vm = vm_new();
	struct device *optin = vm_optin(vm, lone_edu(0), "start");
	struct device *backed = vm_backed(vm, lone_edu(1));

	window(optin, 9);
	if (!view_device(optin).told)
		missing("devices that have opted in, in debugfs");
	equal(view_device(optin).opted_in, false);
	start(vm);
	equal(view_device(optin).opted_in, true);
	equal(view_device(optin).pins, 1);
	equal(view_device(backed).opted_in, false);
	equal(view_device(backed).pins, 0);
	stop(vm);
	equal(view_device(optin).opted_in, false);
}

TEST(r09, pins_of_a_device_are_counted_by_page)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	equal(try_make(dev, CALL(PIN, 0, 8, CALL_RW)), 8);
	if (!view_device(dev->dev).told)
		missing("devices that have opted in, in debugfs");
	equal(view_device(dev->dev).pins, 8);
	equal(view_group(dev->dev).pins, 8);
	make(dev, CALL(UNPIN, 2, 3));
	equal(view_device(dev->dev).pins, 5);
	/* It still holds some: STOP has no reason to widen */
	start(vm);
	stop(vm);
	check(scope_pinned(vm));
	make(dev, CALL(UNPIN, 0, 2));
	make(dev, CALL(UNPIN, 5, 3));
	equal(view_device(dev->dev).pins, 0);
	start(vm);
	check(!scope_pinned(vm));
}
