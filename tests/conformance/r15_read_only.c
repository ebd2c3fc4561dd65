// SPDX-License-Identifier: GPL-2.0
/*
 * R15: pages pinned for reading only are not dirty, nor are mappings that the
 * device may not write.
 */
#include <errno.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/vm.h"

TEST(r15, page_pinned_for_reading_is_clean)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	read_window(dev, 5);
	window(dev, 3);
	equal(pins(dev), 2);
	start(vm);
	same(dirty(vm), P(3));
	same(dirty(vm), P(3));
	read_window(dev, 6);
	same(dirty(vm), P(3));
}

TEST(r15, opting_in_with_pages_to_read_narrows)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	read_window(dev, 5);
	start(vm);
	equal(pins(dev), 1);
	same(dirty(vm), NONE);
	window(dev, 3);
	same(dirty(vm), P(3));
}

TEST(r15, settling_report_comes_for_pages_to_read)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");

	window(dev, 4);
	start(vm);
	same(dirty(vm), ALL);
	writes(dev, 4);
	no_window(dev, 4);
	read_window(dev, 5);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
}

TEST(r15, page_read_by_one_and_written_by_another_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *reader = vm_emulated(vm), *writer = vm_emulated(vm);

	read_window(reader, 4);
	start(vm);
	same(dirty(vm), NONE);
	window(writer, 4);
	same(dirty(vm), P(4));
	same(dirty(vm), P(4));
	/* Until the last pin has gone, as it is not known whose that is */
	no_window(writer, 4);
	same(dirty(vm), P(4));
	no_window(reader, 4);
	holds(P(4), dirty(vm));
	same(dirty(vm), NONE);
}

TEST(r15, window_in_a_mapping_to_read_is_clean)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	ok(try_map(vm, 0, 8, VFIO_DMA_MAP_FLAG_READ));
	map_pages(vm, 8, 8);
	read_window(dev, 3);
	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
}

TEST(r15, writing_to_a_window_to_read_is_refused)
{
	struct vm *vm = vm_new();
	struct device *emulated = vm_emulated(vm);
	struct device *optin = vm_optin(vm, lone_edu(0), "start");

	read_window(emulated, 5);
	refused(try_write(emulated, 5), EFAULT);
	ok(try_command(emulated, PINSCOPE_CMD_DMA_READ, IOVA(5), PAGE));
	read_window(optin, 6);
	refused(try_write(optin, 6), EFAULT);
	ok(try_command(optin, PINSCOPE_CMD_DMA_READ, IOVA(6), 64));
}

TEST(r15, copy_by_the_cpu_to_a_page_to_read_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	read_window(dev, 5);
	start(vm);
	cpu_writes(dev, 5);
	same(dirty(vm), P(5));
	same(dirty(vm), NONE);
}

/* Whatever the devices may write is dirty, but no more. */
TEST(r15, wide_scope_leaves_mappings_to_read_out)
{
	struct vm *vm = vm_new();
	uint64_t bitmap = 0;

	vm->unmapped = true;
	vm_backed(vm, lone_edu(1));
	ok(try_map(vm, 0, 4, VFIO_DMA_MAP_FLAG_READ));
	ok(try_map(vm, 4, 4, VFIO_DMA_MAP_FLAG_WRITE));
	map_pages(vm, 8, 8);
	start(vm);
	same(dirty(vm), ALL & ~(P(0) | P(1) | P(2) | P(3)));
	ok(try_unmap_get(vm, 0, 4, &bitmap, sizeof(bitmap)));
	same(bitmap, NONE);
	stop(vm);
}

/* Of pages that are returned in one call, those pinned for reading stay clean */
TEST(r15, pages_returned_together_are_told_apart)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	make(dev, CALL(PIN, 0, 2, CALL_RW));
	make(dev, CALL(PIN, 2, 1, .prot = PUPPET_PROT_READ));
	make(dev, CALL(PIN, 3, 1, CALL_RW));
	make(dev, CALL(PIN, 4, 2, .prot = PUPPET_PROT_READ));
	start(vm);
	make(dev, CALL(UNPIN, 0, 6));
	same(dirty(vm), P(0) | P(1) | P(3));
	same(dirty(vm), NONE);
}

/* The pages that are still pinned for reading were next to one that was written */
TEST(r15, what_is_read_stays_clean_when_what_was_written_is_gone)
{
	const uint64_t iova = 1ull << 32;
	struct vm *vm = vm_new();
	struct puppet *dev;
	struct puppet_call call = { .iova = iova, .count = 1 };

	dev = vm_puppet(vm, lone_edu(0));
	map_at(vm, small_memory(64 * PAGE), iova, 64 * PAGE);
	call.op = PUPPET_PIN;
	call.prot = PUPPET_PROT_READ | PUPPET_PROT_WRITE;
	make(dev, call);
	call.iova += 2 * PAGE;
	call.prot = PUPPET_PROT_READ;
	make(dev, call);
	start(vm);
	same(dirty_in(vm, iova, 64 * PAGE, PAGE), P(0));
	call.op = PUPPET_UNPIN;
	call.prot = 0;
	call.iova = iova;
	make(dev, call);
	same(dirty_in(vm, iova, 64 * PAGE, PAGE), P(0));
	same(dirty_in(vm, iova, 64 * PAGE, PAGE), NONE);
	same(dirty_in(vm, iova, 64 * PAGE, PAGE), NONE);
	call.op = PUPPET_PIN;
	call.prot = PUPPET_PROT_READ | PUPPET_PROT_WRITE;
	call.iova = iova + 4 * PAGE;
	make(dev, call);
	same(dirty_in(vm, iova, 64 * PAGE, PAGE), P(4));
}
