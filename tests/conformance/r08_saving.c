// SPDX-License-Identifier: GPL-2.0
/*
 * R8: IOMMU-backed drivers opt in only while a migration saves, and opt out
 * when it ends or is cancelled.
 */
#include <errno.h>

#include "fixtures/vm.h"

TEST(r08, windows_are_pinned_only_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	equal(pins(dev), 0);
	start(vm);
	equal(pins(dev), 1);
	stop(vm);
	equal(pins(dev), 0);
	writes(dev, 9);
}

TEST(r08, cancelled_migration_widens)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	dirty(vm);
	same(dirty(vm), P(9));
	enter(dev, PINSCOPE_STATE_RUNNING);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	writes(dev, 9);
	same(dirty(vm), ALL);
}

TEST(r08, stop_copy_keeps_what_is_pinned)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	dirty(vm);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	equal(pins(dev), 1);
	same(dirty(vm), P(9));
	enter(dev, PINSCOPE_STATE_STOP);
	holds(dirty(vm), P(9));
}

/* What is unmapped under a window is not written any more, as its memory may change */
TEST(r08, unmap_while_it_saves_unpins)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "precopy");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 3);
	window(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	dirty(vm);
	equal(pins(dev), 2);
	unmap_pages(vm, 0, 8);
	equal(pins(dev), 1);
	refused(try_write(dev, 3), EFAULT);
	map_pages(vm, 0, 8);
	refused(try_write(dev, 3), EFAULT);
	no_window(dev, 3);
	window(dev, 3);
	writes(dev, 3);
	holds(dirty(vm), P(3) | P(9));
}

TEST(r08, next_migration_starts_wide_and_narrows_again)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");
	int round;

	window(dev, 9);
	for (round = 0; round < 3; round++) {
		start(vm);
		same(dirty(vm), ALL);
		enter(dev, PINSCOPE_STATE_PRE_COPY);
		same(dirty(vm), ALL);
		same(dirty(vm), P(9));
		enter(dev, PINSCOPE_STATE_RUNNING);
		stop(vm);
		equal(pins(dev), 0);
	}
}

TEST(r08, start_notification_repeats)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	int round;

	window(dev, 9);
	for (round = 0; round < 5; round++) {
		start(vm);
		same(dirty(vm), P(9));
		same(dirty(vm), P(9));
		stop(vm);
		equal(pins(dev), 0);
	}
}
