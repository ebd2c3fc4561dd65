// SPDX-License-Identifier: GPL-2.0
/*
 * An assigned function whose driver pins what the guest programs: when its group
 * narrows, and what is reported.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <harness/assigned.h>
#include <harness/kernel.h>

#include "fixtures/edu.h"
#include "fixtures/memory.h"

static struct device *assigned(struct vm *vm, const char *opt_in)
{
	struct device *dev = device_of_bound(vm, assigned_function(0, opt_in));

	attach(dev);
	open_device(dev);
	return dev;
}

/* The last transfer was to page 9, and the container tracks. */
static struct device *narrow(struct vm *vm)
{
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 9);
	start(vm);
	check(scope_pinned(vm));
	return dev;
}

TEST(assigned, start_narrows_to_the_last_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	check(assigned_says(dev->name, "pinned"));
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
	stop(vm);
	check(!scope_pinned(vm));
	check(assigned_says(dev->name, "wide: the container does not track"));
}

/* What was pinned before is reported once more. */
TEST(assigned, each_transfer_is_pinned_before_it_begins)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	same(dirty(vm), P(9));
	edu_fill(dev, 0, 0x31);
	ok(edu_try_write(dev, 5));
	holds(dirty(vm), P(5));
	edu_ends(dev);
	check(edu_has_written(dev, 5, 0x31));
	same(dirty(vm), P(5));
	ok(edu_try_write(dev, 6));
	edu_ends(dev);
	same(dirty(vm), P(5) | P(6));
	same(dirty(vm), P(6));
}

TEST(assigned, transfer_over_two_pages)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	ok(edu_try_begin(dev, EDU_BUFFER, IOVA(5) + PAGE - 8, 16, EDU_DMA_TO_RAM));
	edu_ends(dev);
	same(dirty(vm), P(5) | P(6) | P(9));
	same(dirty(vm), P(5) | P(6));
}

TEST(assigned, what_it_only_reads_is_clean)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	same(dirty(vm), P(9));
	ok(edu_try_fill(dev, 3));
	edu_ends(dev);
	same(dirty(vm), P(9));
	same(dirty(vm), NONE);
	check(scope_pinned(vm));
}

TEST(assigned, transfer_that_goes_on_at_start)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_fill(dev, 0, 0x42);
	memset(vm->ram + 7 * PAGE, 0, PAGE);
	ok(edu_try_write(dev, 7));
	start(vm);
	check(scope_pinned(vm));
	same(dirty(vm), P(7));
	edu_ends(dev);
	check(edu_has_written(dev, 7, 0x42));
	same(dirty(vm), P(7));
}

TEST(assigned, nothing_programmed_at_start)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	start(vm);
	check(!scope_pinned(vm));
	check(assigned_says(dev->name, "wide: no transfer to pin yet"));
	same(dirty(vm), ALL);
	edu_writes(dev, 4);
	check(scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), P(4));
}

TEST(assigned, opened_while_the_container_tracks)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm_emulated(vm);
	start(vm);
	same(dirty(vm), NONE);
	dev = assigned(vm, "start");
	edu_writes(dev, 4);
	check(scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), P(4));
}

TEST(assigned, precopy_narrows_with_one_more_report)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "precopy");

	edu_writes(dev, 9);
	start(vm);
	same(dirty(vm), ALL);
	check(assigned_says(dev->name, "wide: no migration saves the device"));
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	check(scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
	enter(dev, PINSCOPE_STATE_RUNNING);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
}

TEST(assigned, never_opts_in)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "never");

	edu_writes(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	edu_writes(dev, 4);
	check(!scope_pinned(vm));
	check(assigned_says(dev->name, "wide: opt_in is never"));
	same(dirty(vm), ALL);
}

TEST(assigned, memory_that_is_not_mapped)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	unmap_pages(vm, 0, PAGES);
	ok(try_map(vm, 0, 8, PINSCOPE_MAP_RW));
	ok(try_map(vm, 8, 1, PINSCOPE_MAP_READ));
	refused(edu_try_write(dev, 12), EFAULT);
	refused(edu_try_fill(dev, 12), EFAULT);
	refused(edu_try_write(dev, 8), EFAULT);
	check(!edu_is_busy(dev));
	ok(edu_try_fill(dev, 8));
	edu_ends(dev);
	edu_writes(dev, 2);
	check(scope_pinned(vm));
}

/* It is mapped, but not made of pages: peer-to-peer DMA, which nobody refuses. */
TEST(assigned, transfer_to_registers_makes_its_group_wide, .says = "pin refused (-EREMOTEIO)")
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");
	uint8_t *bar = bar_memory(vm);

	map_at(vm, bar, BAR_IOVA, RAM_SIZE);
	edu_writes(dev, 9);
	start(vm);
	check(assigned_says(dev->name, "pinned"));
	refused(edu_try_begin(dev, BAR_IOVA + RAM_SIZE, EDU_BUFFER, 64, 0), EFAULT);
	check(assigned_says(dev->name, "pinned"));
	ok(edu_try_begin(dev, BAR_IOVA, EDU_BUFFER, 64, 0));
	edu_ends(dev);
	check(assigned_says(dev->name, "refused: a transfer could not be pinned"));
	ok(try_unmap_at(vm, BAR_IOVA, RAM_SIZE));
}

/* The last transfer is at an address that is not mapped any more. */
TEST(assigned, start_after_its_memory_is_unmapped)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 9);
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, 8);
	start(vm);
	check(!scope_pinned(vm));
	edu_writes(dev, 4);
	check(scope_pinned(vm));
}

TEST(assigned, unmap_waits_for_the_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);
	uint64_t bits = 0;

	edu_fill(dev, 0, 0x5e);
	memset(vm->ram + 5 * PAGE, 0, PAGE);
	ok(edu_try_write(dev, 5));
	ok(try_unmap_get(vm, 0, PAGES, &bits, sizeof(bits)));
	check(edu_has_written(dev, 5, 0x5e));
	holds(bits, P(5));
	check(!edu_is_busy(dev));
	check(scope_pinned(vm));
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	map_pages(vm, 0, PAGES);
	edu_writes(dev, 5);
	holds(dirty(vm), P(5));
}

TEST(assigned, close_widens)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	vm_emulated(vm);
	same(dirty(vm), P(9));
	close_device(dev);
	check(!scope_pinned(vm));
	check(assigned_says(dev->name, "wide: the device is not open"));
	same(dirty(vm), ALL);
	open_device(dev);
	edu_writes(dev, 2);
	holds(dirty(vm), P(2));
	same(dirty(vm), P(2));
}

TEST(assigned, reset_widens_until_the_next_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	same(dirty(vm), P(9));
	reset(dev);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	edu_writes(dev, 2);
	check(scope_pinned(vm));
	same(dirty(vm), ALL);
	same(dirty(vm), P(2));
}

TEST(assigned, narrows_beside_an_emulated_device)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start"), *em = vm_emulated(vm);

	edu_writes(dev, 9);
	window(em, 1);
	start(vm);
	same(dirty(vm), P(1) | P(9));
	leave_vm(dev);
	dirty(vm);
	same(dirty(vm), P(1));
}

/*
 * A device that writes what was not pinned: the page is in memory, and in no report.
 * That is how the tests above, and those of migrations, would see it.
 */
TEST(assigned, page_written_without_a_pin_is_found)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	edu_fill(dev, 0, 0x66);
	memset(vm->ram + 5 * PAGE, 0, 2 * PAGE);
	dirty(vm);
	assigned_fault(dev->name, "astray");
	ok(edu_try_write(dev, 5));
	edu_ends(dev);
	check(!edu_has_written(dev, 5, 0x66));
	check(edu_has_written(dev, 6, 0x66));
	same(dirty(vm), P(5));
}

/* A pin of a page that its process does not let be written fails. */
static void protect(struct vm *vm, int page, bool on)
{
	ok(mprotect(vm->ram + page * PAGE, PAGE,
		    on ? PROT_NONE : PROT_READ | PROT_WRITE) ? -errno : 0);
}

#define PIN_REFUSED "pin refused (-EFAULT)"

TEST(assigned, transfer_that_cannot_be_pinned_makes_its_group_wide, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = narrow(vm);

	same(dirty(vm), P(9));
	edu_fill(dev, 0, 0x31);
	same(dirty(vm), P(9));
	protect(vm, 5, true);
	ok(edu_try_write(dev, 5));
	protect(vm, 5, false);
	edu_ends(dev);
	check(edu_has_written(dev, 5, 0x31));
	check(!scope_pinned(vm));
	check(assigned_says(dev->name, "refused: a transfer could not be pinned"));
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(assigned, start_beside_a_transfer_that_cannot_be_pinned_is_wide, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_fill(dev, 0, 0x42);
	protect(vm, 7, true);
	ok(edu_try_write(dev, 7));
	start(vm);
	check(!scope_pinned(vm));
	protect(vm, 7, false);
	edu_ends(dev);
	check(edu_has_written(dev, 7, 0x42));
	same(dirty(vm), ALL);
}

#define STARTS 60

/* A user who has nothing but the device could fill the disk. */
TEST(assigned, pins_refused_at_start_do_not_fill_the_log, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");
	int i, lines;

	protect(vm, 7, true);
	assigned_fault(dev->name, "hang");
	ok(edu_try_write(dev, 7));
	klog_mark();
	for (i = 0; i < STARTS; i++) {
		start(vm);
		check(!scope_pinned(vm));
		stop(vm);
	}
	lines = klog_count(PIN_REFUSED);
	if (!lines || lines > STARTS / 4)
		fail("%d pins refused, %d lines in the kernel's log", STARTS, lines);
	assigned_repair(dev->name, "hang");
	edu_ends(dev);
}

/* The last transfer was to page 9, and a device that opts in as it saves does so. */
static struct device *saving(struct vm *vm)
{
	struct device *dev = assigned(vm, "precopy");

	edu_writes(dev, 9);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), ALL);
	return dev;
}

TEST(assigned, stop_copy_keeps_what_is_pinned)
{
	struct vm *vm = vm_new();
	struct device *dev = saving(vm);

	enter(dev, PINSCOPE_STATE_STOP_COPY);
	check(scope_pinned(vm));
	same(dirty(vm), P(9));
}

TEST(assigned, reset_while_it_saves_widens)
{
	struct vm *vm = vm_new();
	struct device *dev = saving(vm);

	same(dirty(vm), P(9));
	reset(dev);
	check(!scope_pinned(vm));
	edu_writes(dev, 4);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(assigned, unmap_elsewhere_leaves_the_transfer_alone)
{
	struct vm *vm = vm_new();
	struct device *dev, *em;

	vm->unmapped = true;
	dev = assigned(vm, "start");
	/* Somebody else has a pin there, so all are told of the unmap */
	em = vm_emulated(vm);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(em, 12);
	edu_writes(dev, 4);
	start(vm);
	same(dirty(vm), P(4) | P(12));
	edu_fill(dev, 0, 0x5e);
	ok(edu_try_write(dev, 3));
	unmap_pages(vm, 8, 8);
	edu_ends(dev);
	check(edu_has_written(dev, 3, 0x5e));
	check(scope_pinned(vm));
	holds(dirty(vm), P(3));
	same(dirty(vm), P(3));
}
