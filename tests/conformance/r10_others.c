// SPDX-License-Identifier: GPL-2.0
/* R10 with other devices in the container, and of the IOMMU group. */
#include <string.h>

#include "fixtures/hwlog.h"
#include "fixtures/sharing.h"
#include "fixtures/soft.h"

TEST(r10, two_devices_log_for_themselves)
{
	struct vm *vm = vm_new();
	struct device *a = vm_hwlog(vm, lone_edu(0));
	struct device *b = vm_hwlog(vm, lone_edu(1));

	wide_window(a, 2, 4);
	wide_window(b, 4, 4);
	start(vm);
	same(dirty(vm), NONE);
	writes(a, 2);
	writes(b, 7);
	same(dirty(vm), P(2) | P(7));
	/* A page of both */
	writes(a, 4);
	same(dirty(vm), P(4));
	writes(b, 4);
	ok(try_command(a, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(2), 4 * PAGE));
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
}

TEST(r10, beside_a_device_that_never_pins_all_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));
	struct device *backed;

	window(dev, 3);
	start(vm);
	same(dirty(vm), NONE);
	backed = vm_backed(vm, lone_edu(1));
	same(dirty(vm), ALL);
	leave_vm(backed);
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
	writes(dev, 3);
	same(dirty(vm), P(3));
}

TEST(r10, page_that_another_has_pinned_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));
	struct device *emulated = vm_emulated(vm);

	wide_window(dev, 2, 4);
	window(emulated, 4);
	window(emulated, 8);
	start(vm);
	same(dirty(vm), P(4) | P(8));
	writes(dev, 2);
	same(dirty(vm), P(2) | P(4) | P(8));
	/* Until the last pin has gone, as it is not known whose that is */
	no_window(emulated, 4);
	same(dirty(vm), P(4) | P(8));
	ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(2), 4 * PAGE));
	holds(P(4) | P(8), dirty(vm));
	same(dirty(vm), P(8));
	wide_window(dev, 2, 4);
	same(dirty(vm), P(8));
	writes(dev, 4);
	same(dirty(vm), P(4) | P(8));
}

TEST(r10, group_of_two_stays_wide, .says = "pin refused (-EXDEV)")
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, paired_edu(0));

	window(dev, 3);
	start(vm);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	check(scope_says(dev, "refused: the IOMMU group has 2 devices"));
	writes(dev, 3);
	same(dirty(vm), ALL);
}

/*
 * Where scope stays narrow when a device is closed, what its log had must be in
 * the bitmap: nobody else knows of it.
 */
TEST(r10, close_of_one_in_a_group_reports_its_log)
{
	struct vm *vm = sharing_vm();
	const char *one = sim_new(SIM_GROUP, NULL);
	const char *two = sim_new(SIM_GROUP, NULL);
	struct device *a = vm_hwlog(vm, one), *b = vm_hwlog(vm, two);

	wide_window(a, 2, 4);
	wide_window(b, 8, 4);
	start(vm);
	same(dirty(vm), NONE);
	writes(a, 3);
	equal(log_unread(one), 1);
	close_device(a);
	check(scope_pinned(vm));
	same(dirty(vm), P(3));
	same(dirty(vm), NONE);
	writes(b, 9);
	same(dirty(vm), P(9));
}
