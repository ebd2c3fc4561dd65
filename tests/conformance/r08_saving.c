// SPDX-License-Identifier: GPL-2.0
/*
 * R8: IOMMU-backed drivers opt in only while a migration saves, and opt out
 * when it ends or is cancelled.
 */
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
