// SPDX-License-Identifier: GPL-2.0
/*
 * R4: a vendor driver opts in by pinning pages; from then on the scope of its
 * IOMMU group is the pinned pages.
 */
#include <errno.h>

#include "fixtures/vm.h"

TEST(r04, pin_narrows_scope)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	equal(pins(dev), 0);
	start(vm);
	equal(pins(dev), 1);
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
}

TEST(r04, precopy_narrows_scope)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 2);
	window(dev, 3);
	start(vm);
	same(dirty(vm), ALL);
	equal(pins(dev), 0);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	equal(pins(dev), 2);
	dirty(vm);
	same(dirty(vm), P(2) | P(3));
}

/* Its pins are there at START, so there is nothing to settle. */
TEST(r04, first_pin_while_tracking_is_off_narrows)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 9);
	check(!scope_pinned(vm));
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	equal(pins(dev), 1);
	check(scope_pinned(vm));
	start(vm);
	check(scope_pinned(vm));
	same(dirty(vm), P(9));
}

TEST(r04, device_that_never_pins_stays_wide)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "never");

	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(r04, nothing_to_pin_nothing_narrowed)
{
	struct vm *vm = vm_new();

	vm_optin(vm, lone_edu(0), "start");
	start(vm);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(r04, write_in_window_lands_and_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 6);
	start(vm);
	same(dirty(vm), P(6));
	writes(dev, 6);
	same(dirty(vm), P(6));
}

TEST(r04, window_added_while_tracking_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 1);
	start(vm);
	same(dirty(vm), P(1));
	window(dev, 8);
	equal(pins(dev), 2);
	same(dirty(vm), P(1) | P(8));
}

TEST(r04, scope_stays_narrow_when_last_page_is_unpinned)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	no_window(dev, 9);
	equal(pins(dev), 0);
	same(dirty(vm), P(9));
	same(dirty(vm), NONE);
}

TEST(r04, unmap_under_window_unpins)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "start");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 2);
	window(dev, 9);
	start(vm);
	equal(pins(dev), 2);
	unmap_pages(vm, 0, 8);
	equal(pins(dev), 1);
	same(dirty(vm), P(9));
	writes(dev, 9);
	/* A window that has lost its pins is not written, whatever is there now */
	map_pages(vm, 0, 8);
	refused(try_write(dev, 2), EFAULT);
	same(dirty(vm), P(2) | P(9));
}

/* As it does for a window that only ends in what is unmapped */
TEST(r04, unmap_under_the_end_of_a_window_unpins)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "start");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(6), 4 * PAGE));
	window(dev, 2);
	start(vm);
	equal(pins(dev), 5);
	unmap_pages(vm, 8, 8);
	equal(pins(dev), 1);
	refused(try_write(dev, 6), EFAULT);
	writes(dev, 2);
}

TEST(r04, unmap_with_bitmap_shows_pinned_pages)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	uint64_t bitmap = 0;

	window(dev, 2);
	window(dev, 9);
	start(vm);
	same(dirty(vm), P(2) | P(9));
	writes(dev, 9);
	ok(try_unmap_get(vm, 0, PAGES, &bitmap, sizeof(bitmap)));
	same(bitmap, P(2) | P(9));
	equal(pins(dev), 0);
}

TEST(r04, unaligned_window_pins_every_page_it_touches)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(4) - 64,
		       PAGE + 128));
	start(vm);
	equal(pins(dev), 3);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4) - 64, 128));
	ok(pinscope_sample_verify(vm->ram + 4 * PAGE - 64, 128, dev->seed));
	same(dirty(vm), P(3) | P(4) | P(5));
}

TEST(r04, refused_pin_narrows_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "start");
	map_pages(vm, 0, 8);
	start(vm);
	same(dirty(vm), (P(8) - 1));
	check(try_window(dev, 12) < 0);
	equal(pins(dev), 0);
	same(dirty(vm), (P(8) - 1));
	same(dirty(vm), (P(8) - 1));
}
