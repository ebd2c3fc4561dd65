// SPDX-License-Identifier: GPL-2.0
/* R2: of an mdev without IOMMU backing, what it pins is dirty, nothing else. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fixtures/vm.h"

TEST(r02, nothing_pinned_nothing_dirty)
{
	struct vm *vm = vm_new();

	vm_emulated(vm);
	start(vm);
	same(dirty(vm), NONE);
}

TEST(r02, pinned_pages_are_dirty_in_every_get)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	window(dev, 2);
	window(dev, 9);
	same(dirty(vm), P(2) | P(9));
	same(dirty(vm), P(2) | P(9));
	equal(pins(dev), 2);
	equal(windows(dev), 2);
}

TEST(r02, unpinned_page_is_shown_once_more)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 6);
	start(vm);
	same(dirty(vm), P(6));
	no_window(dev, 6);
	equal(pins(dev), 0);
	same(dirty(vm), P(6));
	same(dirty(vm), NONE);
}

TEST(r02, pinned_and_unpinned_between_gets_is_shown)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	same(dirty(vm), NONE);
	window(dev, 11);
	writes(dev, 11);
	no_window(dev, 11);
	same(dirty(vm), P(11));
	same(dirty(vm), NONE);
}

TEST(r02, write_lands_in_window)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	writes(dev, 3);
	refused(try_write(dev, 4), EFAULT);
}

TEST(r02, read_sums_what_memory_holds)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t *words = (uint32_t *)(vm->ram + 5 * PAGE), sum = 0;
	unsigned int i;

	for (i = 0; i < 256; i++)
		sum += words[i] = i * 2654435761u;
	window(dev, 5);
	ok(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(5), 256 * 4));
	equal(reg(dev, PINSCOPE_REG_RESULT), sum);
}

TEST(r02, cpu_write_is_dirty_once)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	cpu_writes(dev, 10);
	same(dirty(vm), P(10));
	same(dirty(vm), NONE);
}

TEST(r02, copy_that_fails_half_way_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint8_t *end = vm->ram + 5 * PAGE;
	static const uint8_t nothing[64];

	start(vm);
	check(!mprotect(end, PAGE, PROT_NONE));
	refused(try_command(dev, PINSCOPE_CMD_CPU_WRITE, IOVA(5) - 64, 128), EFAULT);
	check(memcmp(end - sizeof(nothing), nothing, sizeof(nothing)));
	holds(dirty(vm), P(4));
}

TEST(r02, unaligned_window_pins_every_page_it_touches)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(4) - 8, PAGE + 16));
	equal(pins(dev), 3);
	same(dirty(vm), P(3) | P(4) | P(5));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4) - 8, 16));
}

TEST(r02, windows_on_one_page_pin_it_once)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(7), 64));
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(7) + 512, 64));
	same(dirty(vm), P(7));
	ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(7), 64));
	same(dirty(vm), P(7));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(7) + 512, 64));
	same(dirty(vm), P(7));
	ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(7) + 512, 64));
	equal(pins(dev), 0);
}

TEST(r02, pin_outside_mapping_is_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	refused(try_window(dev, PAGES), EINVAL);
	/* The last page is mapped, the one behind it is not: nothing stays. */
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(PAGES - 1), 2 * PAGE),
		EINVAL);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
}

TEST(r02, refused_pin_leaves_nothing_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(PAGES - 3),
			    4 * PAGE), EINVAL);
	same(dirty(vm), NONE);
}

TEST(r02, pin_beyond_permission_is_refused)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	ok(try_map(vm, 0, 8, VFIO_DMA_MAP_FLAG_READ));
	map_pages(vm, 8, 8);
	start(vm);
	refused(try_window(dev, 3), EPERM);
	/* Seven pages may be written, the first of the eight may not. */
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(7), 8 * PAGE), EPERM);
	equal(pins(dev), 0);
	same(dirty(vm), NONE);
}

TEST(r02, bad_windows_are_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(5), 0), EINVAL);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(0), ~0u), EINVAL);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, -PAGE, 2 * PAGE),
		EINVAL);
	refused(try_window(dev, 3), EEXIST);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(2), 2 * PAGE), EEXIST);
	refused(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(9), PAGE), ENOENT);
	refused(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(3), 64), ENOENT);
	equal(windows(dev), 1);
	equal(pins(dev), 1);
}

TEST(r02, bad_transfers_are_refused)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3), 0), EINVAL);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3),
			    PINSCOPE_SAMPLE_LEN_MAX + 4), EINVAL);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, -64ull, 128),
		EINVAL);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3), PAGE + 4), EFAULT);
	refused(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(4), 64), EFAULT);
	refused(try_command(dev, 0x77, IOVA(3), 64), EINVAL);
	writes(dev, 3);
}

TEST(r02, two_devices_pin_side_by_side)
{
	struct vm *vm = vm_new();
	struct device *a = vm_emulated(vm), *b = vm_emulated(vm);

	start(vm);
	window(a, 2);
	window(b, 12);
	window(b, 2);
	same(dirty(vm), P(2) | P(12));
	leave_vm(b);
	holds(dirty(vm), P(2));
	same(dirty(vm), P(2));
	writes(a, 2);
}

TEST(r02, close_unpins)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	window(dev, 4);
	close_device(dev);
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
	open_device(dev);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
}

TEST(r02, unmap_under_window_unpins)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	window(dev, 2);
	window(dev, 9);
	start(vm);
	unmap_pages(vm, 0, 8);
	equal(pins(dev), 1);
	refused(try_write(dev, 2), EFAULT);
	writes(dev, 9);
	same(dirty(vm), P(9));
}

/* Pages cut it in pieces that are no whole words either. */
TEST(r02, transfer_that_begins_and_ends_within_words)
{
	const uint32_t len = PAGE + 2, words = PAGE / 4;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint32_t sum = 0, i;

	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(3) + 1, len));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(3) + 1, len));
	check(!pinscope_sample_verify(vm->ram + 3 * PAGE + 1, PAGE, dev->seed));
	for (i = 0; i < words; i++)
		sum += dev->seed + i;
	sum += (dev->seed + words) & 0xffff;
	ok(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(3) + 1, len));
	equal(reg(dev, PINSCOPE_REG_RESULT), sum);
}
