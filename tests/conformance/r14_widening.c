// SPDX-License-Identifier: GPL-2.0
/*
 * R14: scope is never narrower than the truth. Closing the device, reset, STOP
 * without pins, a group that grows and a group that joins widen it again.
 */
#include "fixtures/edu.h"
#include "fixtures/puppet.h"
#include "fixtures/vm.h"

/* An opt-in device whose group narrowed: it pins page 9. */
static struct device *pinning(struct vm *vm)
{
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	dirty(vm);
	same(dirty(vm), P(9));
	return dev;
}

/* The same, and it pins nothing any more. */
static struct device *narrowed(struct vm *vm)
{
	struct device *dev = pinning(vm);

	no_window(dev, 9);
	equal(pins(dev), 0);
	same(dirty(vm), P(9));
	same(dirty(vm), NONE);
	return dev;
}

TEST(r14, close_and_reopen)
{
	struct vm *vm = vm_new();
	struct device *dev = narrowed(vm);

	close_device(dev);
	open_device(dev);
	window(dev, 5);
	writes(dev, 5);
	holds(dirty(vm), P(5));
	same(dirty(vm), ALL);
}

TEST(r14, close_and_reopen_over_stop_and_start)
{
	struct vm *vm = vm_new();
	struct device *dev = narrowed(vm);

	close_device(dev);
	stop(vm);
	open_device(dev);
	start(vm);
	window(dev, 5);
	writes(dev, 5);
	holds(dirty(vm), P(5));
	same(dirty(vm), ALL);
}

TEST(r14, close_while_pages_are_pinned)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	writes(dev, 9);
	close_device(dev);
	same(dirty(vm), ALL);
	stop(vm);
	start(vm);
	same(dirty(vm), ALL);
}

TEST(r14, reset_without_pins)
{
	struct vm *vm = vm_new();
	struct device *dev = narrowed(vm);

	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	window(dev, 6);
	writes(dev, 6);
	holds(dirty(vm), P(6));
	same(dirty(vm), ALL);
}

TEST(r14, reset_while_pages_are_pinned)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	writes(dev, 9);
	reset(dev);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

/*
 * Narrow while tracking is off, by a pin that is gone by the time it starts: from
 * STOP the scope cannot have widened.
 */
TEST(r14, start_again_without_pins)
{
	struct vm *vm = vm_new();
	struct device *dev = narrowed(vm);

	stop(vm);
	enter(dev, PINSCOPE_STATE_RUNNING);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	equal(pins(dev), 0);
	window(dev, 6);
	equal(pins(dev), 1);
	check(scope_pinned(vm));
	no_window(dev, 6);
	equal(pins(dev), 0);
	check(scope_pinned(vm));
	start(vm);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	window(dev, 3);
	same(dirty(vm), ALL);
	same(dirty(vm), P(3));
}

TEST(r14, stop_without_pins)
{
	struct vm *vm = vm_new();

	narrowed(vm);
	check(scope_pinned(vm));
	stop(vm);
	check(!scope_pinned(vm));
}

/* Each returned by itself, from a chunk that has others */
TEST(r14, stop_without_scattered_pins)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	make(dev, PIN(2));
	make(dev, PIN(5));
	start(vm);
	make(dev, UNPIN(2));
	make(dev, UNPIN(5));
	check(scope_pinned(vm));
	stop(vm);
	check(!scope_pinned(vm));
}

/* Another device of the function that pinning() has, which pins nothing. */
static struct device *never_pinning(struct vm *vm)
{
	struct mdev *mdev = mdev_new(PRECOPY, lone_edu(0));

	ok(mdev_put(mdev, "opt_in", "never"));
	return vm_add(vm, mdev);
}

TEST(r14, second_mdev_of_the_group_writes)
{
	struct vm *vm = vm_new();
	struct device *two;

	pinning(vm);
	two = never_pinning(vm);
	window(two, 6);
	writes(two, 6);
	holds(dirty(vm), P(6) | P(9));
	same(dirty(vm), ALL);
}

TEST(r14, second_mdev_of_the_group_leaves_again)
{
	struct vm *vm = vm_new();
	struct device *two;

	pinning(vm);
	two = never_pinning(vm);
	window(two, 6);
	writes(two, 6);
	leave_vm(two);
	holds(dirty(vm), P(6) | P(9));
	/* From here on only device one writes, and it has pinned all it may. */
	holds(dirty(vm), P(9));
}

TEST(r14, sibling_that_never_pins_attached_but_closed)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *one = vm_optin(vm, parent, "start"), *two;

	two = device_of(vm, mdev_new_optin(parent, "never"));
	window(one, 9);
	start(vm);
	dirty(vm);
	attach(two);
	open_device(two);
	window(two, 2);
	writes(two, 2);
	holds(dirty(vm), P(2) | P(9));
}

TEST(r14, detach_and_attach)
{
	struct vm *vm = vm_new();
	struct device *dev, *em = vm_emulated(vm);

	dev = narrowed(vm);
	leave_vm(dev);
	dirty(vm);
	same(dirty(vm), NONE);
	attach(dev);
	open_device(dev);
	window(dev, 4);
	window(em, 1);
	writes(dev, 4);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(r14, wide_group_joins)
{
	struct vm *vm = vm_new();
	struct device *pci;

	narrowed(vm);
	pci = vm_add_pci(vm, lone_edu(1));
	edu_writes(pci, 13);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(r14, narrow_group_stays_narrow_without_cause)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	struct device *em;
	int i;

	window(dev, 9);
	start(vm);
	em = vm_emulated(vm);
	for (i = 0; i < 3; i++)
		same(dirty(vm), P(9));
	window(em, 1);
	no_window(em, 1);
	leave_vm(em);
	same(dirty(vm), P(1) | P(9));
	same(dirty(vm), P(9));
	start(vm);
	same(dirty(vm), P(9));
}
