// SPDX-License-Identifier: GPL-2.0
/*
 * R13: nothing is lost when scope narrows. A page the device wrote before,
 * and that no GET has reported, is still reported: everything that was mapped
 * and writable once more, then the pinned pages only.
 */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/edu.h"
#include "fixtures/vm.h"

/*
 * QEMU's order: START, first GET, and only then PRE_COPY, where the driver
 * pins. What the device wrote in between is in no report but this one.
 */
TEST(r13, page_written_before_precopy_is_reported)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 7);
	start(vm);
	same(dirty(vm), ALL);
	writes(dev, 7);
	no_window(dev, 7);
	window(dev, 9);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	holds(dirty(vm), P(7) | P(9));
	same(dirty(vm), P(9));
}

/* A device without PRE_COPY saves when all has stopped: the last report. */
TEST(r13, page_written_before_stop_copy_is_reported)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "stopcopy");

	refused(try_enter(dev, PINSCOPE_STATE_PRE_COPY), EINVAL);
	window(dev, 7);
	start(vm);
	same(dirty(vm), ALL);
	writes(dev, 7);
	no_window(dev, 7);
	window(dev, 9);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	equal(pins(dev), 1);
	holds(dirty(vm), P(7) | P(9));
}

TEST(r13, everything_is_reported_exactly_once)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
}

TEST(r13, start_notification_costs_no_extra_report)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	window(dev, 2);
	same(dirty(vm), P(2) | P(9));
}

TEST(r13, first_window_while_tracking_settles)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	/* No window at START: nothing was pinned, the group stayed wide. */
	start(vm);
	same(dirty(vm), ALL);
	window(dev, 5);
	same(dirty(vm), ALL);
	same(dirty(vm), P(5));
}

TEST(r13, device_opened_while_tracking_narrows)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm), *dev;

	window(em, 1);
	start(vm);
	same(dirty(vm), P(1));
	dev = vm_optin(vm, lone_edu(0), "start");
	window(dev, 5);
	writes(dev, 5);
	/* Not pinned in its start(): it may have written before. */
	same(dirty(vm), ALL);
	same(dirty(vm), P(1) | P(5));
}

TEST(r13, each_mapping_has_its_report)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap = 0;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "precopy");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	ok(try_get(vm, 0, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, P(8) - 1);
	bitmap = 0;
	ok(try_get(vm, 0, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, NONE);
	/* The second mapping was not asked for: its report waits. */
	same(dirty(vm), ALL & ~(P(8) - 1));
	same(dirty(vm), P(9));
}

TEST(r13, failed_get_does_not_consume_the_report)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");
	void *hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	refused(try_get(vm, 0, PAGES, hole, 8), EFAULT);
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
}

TEST(r13, unmap_with_bitmap_reports_it)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap = 0;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "precopy");
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	ok(try_unmap_get(vm, 0, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, P(8) - 1);
}

TEST(r13, mapping_made_after_narrowing_is_clean)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "precopy");
	map_pages(vm, 0, 8);
	window(dev, 2);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	map_pages(vm, 8, 8);
	same(dirty(vm), P(8) - 1);
	same(dirty(vm), P(2));
}

TEST(r13, page_that_may_not_be_written_is_not_in_it)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_optin(vm, lone_edu(0), "precopy");
	map_pages(vm, 0, 8);
	ok(try_map(vm, 8, 8, PINSCOPE_MAP_READ));
	window(dev, 2);
	start(vm);
	dirty(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), P(8) - 1);
	same(dirty(vm), P(2));
}

/* Wide only because a neighbour was: its leaving is a narrowing, too. */
TEST(r13, wide_neighbour_leaving_settles)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	struct device *pci = vm_add_pci(vm, lone_edu(1));

	window(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	edu_writes(pci, 4);
	leave_vm(pci);
	holds(dirty(vm), P(4) | P(9));
	same(dirty(vm), P(9));
}

TEST(r13, last_of_two_to_narrow_settles)
{
	struct vm *vm = vm_new();
	struct device *a = vm_optin(vm, lone_edu(0), "precopy");
	struct device *b = vm_optin(vm, lone_edu(1), "precopy");

	window(a, 1);
	window(b, 7);
	start(vm);
	same(dirty(vm), ALL);
	enter(a, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), ALL);
	writes(b, 7);
	no_window(b, 7);
	window(b, 2);
	enter(b, PINSCOPE_STATE_PRE_COPY);
	holds(dirty(vm), P(7) | P(1) | P(2));
	same(dirty(vm), P(1) | P(2));
}

/* Nobody has opened its device; who bound it before may have left it running. */
TEST(r13, wide_group_that_was_never_opened_leaves)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm), *dev;

	window(em, 1);
	start(vm);
	same(dirty(vm), P(1));
	dev = device_of(vm, mdev_new_optin(lone_edu(0), "start"));
	attach(dev);
	same(dirty(vm), ALL);
	detach(dev);
	same(dirty(vm), ALL);
	same(dirty(vm), P(1));
}
