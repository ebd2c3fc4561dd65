// SPDX-License-Identifier: GPL-2.0
/*
 * R10: a driver whose device tracks writes in hardware still pins, and says
 * clean or dirty per pinned page. R11: the container asks it when the user reads
 * the bitmap.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/hwlog.h"

TEST(r10, pinned_page_is_clean_until_written)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	wide_window(dev, 2, 8);
	window(dev, 12);
	start(vm);
	equal(pins(dev), 9);
	check(scope_pinned(vm));
	check(scope_says(dev, "pinned: what the write log has is dirty"));
	same(dirty(vm), NONE);
	writes(dev, 5);
	same(dirty(vm), P(5));
	same(dirty(vm), NONE);
	writes(dev, 9);
	writes(dev, 12);
	writes(dev, 9);
	same(dirty(vm), P(9) | P(12));
	same(dirty(vm), NONE);
}

TEST(r11, log_is_read_when_the_user_asks)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	wide_window(dev, 0, 16);
	start(vm);
	writes(dev, 3);
	writes(dev, 4);
	equal(log_unread(parent), 2);
	same(dirty(vm), P(3) | P(4));
	equal(log_unread(parent), 0);
}

/* What was written before START is copied anyway, and not asked for. */
TEST(r10, nothing_is_logged_before_start_or_after_stop)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	window(dev, 3);
	window(dev, 4);
	writes(dev, 3);
	equal(log_slots(parent), 0);
	start(vm);
	equal(log_slots(parent), 2);
	same(dirty(vm), NONE);
	writes(dev, 3);
	stop(vm);
	equal(pins(dev), 0);
	equal(log_slots(parent), 0);
	check(!scope_pinned(vm));
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 4);
	same(dirty(vm), P(4));
}

TEST(r10, window_removed_after_a_write_is_reported)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	window(dev, 3);
	wide_window(dev, 6, 4);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 7);
	ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(6), 4 * PAGE));
	equal(pins(dev), 1);
	same(dirty(vm), P(7));
	same(dirty(vm), NONE);
	check(scope_pinned(vm));
}

TEST(r10, window_added_while_tracking_is_logged)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	start(vm);
	same(dirty(vm), ALL);
	check(scope_says(dev, "wide: no window to pin yet"));
	/* The first pin narrows, so all is reported once more */
	window(dev, 3);
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
	window(dev, 5);
	same(dirty(vm), NONE);
	writes(dev, 5);
	same(dirty(vm), P(5));
	no_window(dev, 3);
	no_window(dev, 5);
	same(dirty(vm), NONE);
}

TEST(r10, unmap_with_bitmap_has_what_was_written)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap = 0;

	vm->unmapped = true;
	dev = vm_hwlog(vm, lone_edu(0));
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	wide_window(dev, 1, 4);
	wide_window(dev, 10, 4);
	start(vm);
	writes(dev, 2);
	writes(dev, 11);
	ok(try_unmap_get(vm, 0, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, P(2));
	equal(pins(dev), 4);
	/* The other mapping's is not lost */
	ok(try_get(vm, 8, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, P(11 - 8));
	/* A window that has lost its pins is not written any more */
	map_pages(vm, 0, 8);
	refused(try_write(dev, 2), EFAULT);
	same(dirty(vm), NONE);
}

TEST(r10, bitmap_of_another_mapping_leaves_the_log)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap = 0;

	vm->unmapped = true;
	dev = vm_hwlog(vm, lone_edu(0));
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 2);
	/* In both mappings */
	wide_window(dev, 6, 4);
	start(vm);
	writes(dev, 2);
	writes(dev, 6);
	writes(dev, 9);
	ok(try_get(vm, 8, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, P(9 - 8));
	ok(try_get(vm, 8, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, NONE);
	same(dirty(vm), P(2) | P(6));
	same(dirty(vm), NONE);
}

/* R16: the log was read for it, and is empty when it is asked again. */
TEST(r10, failed_get_loses_nothing_of_the_log)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	wide_window(dev, 0, 16);
	start(vm);
	writes(dev, 3);
	refused(try_get(vm, 0, PAGES, (void *)8, 8), EFAULT);
	equal(log_unread(parent), 0);
	writes(dev, 12);
	same(dirty(vm), P(3) | P(12));
	same(dirty(vm), NONE);
}

TEST(r10, reset_with_an_unread_log_widens)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	window(dev, 3);
	start(vm);
	writes(dev, 3);
	reset(dev);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	window(dev, 5);
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
	writes(dev, 5);
	same(dirty(vm), P(5));
}

TEST(r10, close_with_an_unread_log_widens)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	window(dev, 3);
	start(vm);
	writes(dev, 3);
	equal(log_unread(parent), 1);
	close_device(dev);
	equal(log_slots(parent), 0);
	same(dirty(vm), ALL);
	detach(dev);
	vm_close(vm);
}

TEST(r10, page_written_by_the_cpu_is_reported)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	window(dev, 3);
	start(vm);
	cpu_writes(dev, 3);
	cpu_writes(dev, 8);
	same(dirty(vm), P(3) | P(8));
	same(dirty(vm), NONE);
}

TEST(r10, window_to_read_is_clean)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	read_window(dev, 5);
	start(vm);
	equal(pins(dev), 1);
	equal(log_slots(parent), 0);
	check(scope_pinned(vm));
	same(dirty(vm), NONE);
	refused(try_write(dev, 5), EFAULT);
	ok(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(5), 64));
	same(dirty(vm), NONE);
	window(dev, 6);
	writes(dev, 6);
	no_window(dev, 5);
	same(dirty(vm), P(6));
}

TEST(r10, state_changes_leave_pins_and_log)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, lone_edu(0));

	wide_window(dev, 2, 8);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 3);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), P(3));
	writes(dev, 4);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	equal(pins(dev), 8);
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
	enter(dev, PINSCOPE_STATE_RUNNING);
	writes(dev, 9);
	same(dirty(vm), P(9));
}
