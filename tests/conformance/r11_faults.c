// SPDX-License-Identifier: GPL-2.0
/*
 * R11: a log that cannot be read makes everything dirty that it was asked for,
 * and nothing waits for it for long.
 */
#include <errno.h>
#include <string.h>

#include <harness/kernel.h>

#include "fixtures/hwlog.h"
#include "fixtures/view.h"

#define CANNOT_READ "write log cannot be read"

/* Most of what one call may take: a read of the log gives up after 20 ms. */
#define SOON_MS 3000

/* How long a call takes. */
#define ms_of(call)							\
	({								\
		uint64_t begin_ = now_ms();				\
									\
		call;							\
		now_ms() - begin_;					\
	})

static void broken_log_makes_all_dirty(const char *fault, int error,
				       const char *name)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	wide_window(dev, 2, 4);
	start(vm);
	writes(dev, 3);
	same(dirty(vm), P(3));
	equal(view_device(dev).sync_failures, 0);

	log_fault(parent, fault);
	check(ms_of(same(dirty(vm), ALL)) < SOON_MS);
	check(ms_of(same(dirty(vm), ALL)) < SOON_MS);
	check(scope_says(dev, text("pinned: the write log cannot be read (%s)",
				   name)));
	equal(view_device(dev).sync_failures, 2);
	equal(view_device(dev).sync_error, error);

	log_fault(parent, "none");
	/* Nothing that was asked for in vain is owed any more */
	same(dirty(vm), NONE);
	check(scope_says(dev, "pinned: what the write log has is dirty"));
	writes(dev, 4);
	same(dirty(vm), P(4));
	equal(view_device(dev).sync_failures, 2);
}

TEST(r11, log_that_fails_makes_all_dirty, .says = CANNOT_READ)
{
	broken_log_makes_all_dirty("fail", EIO, "-EIO");
}

TEST(r11, log_that_hangs_makes_all_dirty, .says = CANNOT_READ)
{
	broken_log_makes_all_dirty("hang", ETIMEDOUT, "-ETIMEDOUT");
}

TEST(r11, kernel_log_says_once_that_a_log_cannot_be_read, .says = CANNOT_READ)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	window(dev, 3);
	start(vm);
	klog_mark();
	log_fault(parent, "hang");
	dirty(vm);
	dirty(vm);
	equal(klog_count(CANNOT_READ), 1);
	log_fault(parent, "none");
	dirty(vm);
	log_fault(parent, "fail");
	dirty(vm);
	equal(klog_count(CANNOT_READ), 1);
}

/* The read has cleared what stands in the same word, of other mappings too. */
TEST(r11, what_a_failed_read_clears_is_reported, .says = CANNOT_READ)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	uint64_t bitmap = 0;
	struct device *dev;

	vm->unmapped = true;
	dev = vm_hwlog(vm, parent);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	wide_window(dev, 0, 16);
	start(vm);
	writes(dev, 12);
	log_fault(parent, "fail");
	ok(try_get(vm, 0, 8, &bitmap, sizeof(bitmap)));
	same(bitmap, ALL & (P(8) - 1));
	equal(log_unread(parent), 0);
	log_fault(parent, "none");
	ok(try_get(vm, 8, 8, &bitmap, sizeof(bitmap)));
	holds(bitmap, P(12 - 8));
	same(dirty(vm), NONE);
}

TEST(r11, log_that_hangs_keeps_what_it_has, .says = CANNOT_READ)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);

	wide_window(dev, 0, 8);
	start(vm);
	writes(dev, 3);
	log_fault(parent, "hang");
	same(dirty(vm), ALL);
	equal(log_unread(parent), 1);
	log_fault(parent, "none");
	same(dirty(vm), P(3));
	same(dirty(vm), NONE);
}

static void goes_although_the_log_is_broken(const char *fault)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	uint64_t bitmap = 0;
	struct device *dev;
	int i;

	vm->unmapped = true;
	dev = vm_hwlog(vm, parent);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	for (i = 0; i < PAGES; i++)
		window(dev, i);
	start(vm);
	writes(dev, 3);
	log_fault(parent, fault);
	/* A window that goes may have been written, others are not asked */
	check(ms_of(no_window(dev, 14)) < SOON_MS);
	log_fault(parent, "none");
	holds(dirty(vm), P(3) | P(14));
	log_fault(parent, fault);
	check(ms_of(try_unmap_get(vm, 0, 8, &bitmap, sizeof(bitmap))) <
	      SOON_MS);
	same(bitmap, ALL & (P(8) - 1));
	check(ms_of(unmap_pages(vm, 8, 8)) < SOON_MS);
	equal(pins(dev), 0);
	map_pages(vm, 0, PAGES);
	check(ms_of(stop(vm)) < SOON_MS);
	check(ms_of(start(vm)) < SOON_MS);
	equal(pins(dev), PAGES - 1);
	check(ms_of(close_device(dev)) < SOON_MS);
	same(dirty(vm), ALL);
}

TEST(r11, all_goes_on_although_the_log_hangs, .says = CANNOT_READ)
{
	goes_although_the_log_is_broken("hang");
}

TEST(r11, all_goes_on_although_the_log_fails, .says = CANNOT_READ)
{
	goes_although_the_log_is_broken("fail");
}

/* The log of one device is no matter of the other's. */
TEST(r11, one_of_two_logs_fails, .says = CANNOT_READ)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *a = vm_hwlog(vm, parent);
	struct device *b = vm_hwlog(vm, lone_edu(1));

	window(a, 2);
	window(b, 3);
	start(vm);
	writes(b, 3);
	log_fault(parent, "fail");
	same(dirty(vm), ALL);
	equal(view_device(a).sync_failures, 1);
	equal(view_device(b).sync_failures, 0);
	log_fault(parent, "none");
	same(dirty(vm), NONE);
	writes(b, 3);
	same(dirty(vm), P(3));
}
