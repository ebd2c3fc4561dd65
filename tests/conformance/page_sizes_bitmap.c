// SPDX-License-Identifier: GPL-2.0
/*
 * Dirty bitmaps in containers whose smallest IOMMU page is not the CPU's, and
 * where that changes while tracking is on.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/hwlog.h"
#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define BASE SIZE_2M
#define AT(page) (BASE + (page) * PAGE)

/* In these tests what is dirty is for drivers to tell, not for the IOMMU. */
static const struct sim_options of_4k = { .no_tracking = true };
static const struct sim_options of_64k = {
	.page_size = SIZE_64K,
	.no_tracking = true,
};

static struct vm *vm_without_memory(void)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	return vm;
}

/* Bit n for the n-th 4K page of the 2M at BASE. */
struct bits {
	uint64_t words[8];
};

static struct bits dirty_4k(struct vm *vm)
{
	struct bits bits = { 0 };

	ok(try_get_in(vm, BASE, SIZE_2M, PAGE, &bits, sizeof(bits)));
	return bits;
}

static void all_dirty(struct bits bits)
{
	int i;

	for (i = 0; i < 8; i++)
		same(bits.words[i], ~0ull);
}

static void only_dirty(struct bits bits, uint64_t first, uint64_t last)
{
	int i;

	same(bits.words[0], first);
	for (i = 1; i < 7; i++)
		same(bits.words[i], NONE);
	same(bits.words[7], last);
}

static void pin_at(struct device *dev, int page)
{
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, AT(page), PAGE));
}

static void cpu_writes_at(struct device *dev, int page)
{
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, AT(page), 64));
}

/* Tracking starts beside a group with 64K pages, which then leaves. */
static struct device *large_pages_come_and_go(struct vm *vm)
{
	struct device *em = vm_emulated(vm), *large;

	large = vm_backed(vm, sim_new(SIM_GROUP, &of_64k));
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	start(vm);
	leave_vm(large);
	return em;
}

/* Slab debugging looks at what is behind a bitmap when STOP frees it. */
TEST(sizes, large_pages_leave_and_tracking_stops)
{
	struct vm *vm = vm_without_memory();

	large_pages_come_and_go(vm);
	stop(vm);
}

TEST(sizes, large_pages_leave_while_tracking)
{
	struct vm *vm = vm_without_memory();

	large_pages_come_and_go(vm);
	all_dirty(dirty_4k(vm));
	only_dirty(dirty_4k(vm), NONE, NONE);
	stop(vm);
}

TEST(sizes, pins_after_large_pages_have_left)
{
	struct vm *vm = vm_without_memory();
	struct device *em = large_pages_come_and_go(vm);

	all_dirty(dirty_4k(vm));
	pin_at(em, 511);
	cpu_writes_at(em, 5);
	only_dirty(dirty_4k(vm), P(5), P(63));
	only_dirty(dirty_4k(vm), NONE, P(63));
	stop(vm);
}

TEST(sizes, large_pages_come_while_tracking)
{
	struct vm *vm = vm_without_memory();
	struct device *em = vm_emulated(vm), *large;

	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	start(vm);
	cpu_writes_at(em, 3);
	large = vm_backed(vm, sim_new(SIM_GROUP, &of_64k));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), ~0ull >> 32);
	leave_vm(large);
	all_dirty(dirty_4k(vm));
	cpu_writes_at(em, 511);
	only_dirty(dirty_4k(vm), NONE, P(63));
}

/* Of 4K and 2M, and of 64K and 2M, only 2M is common: the mapping is smaller. */
TEST(sizes, mappings_smaller_than_the_common_page_are_dirty)
{
	struct vm *vm = vm_without_memory();

	vm_backed(vm, sim_new(SIM_GROUP, &of_4k));
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_64K);
	start(vm);
	vm_backed(vm, sim_new(SIM_GROUP + 1, &of_64k));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_2M), 1);
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_2M), 1);
}

static struct device *optin_of_64k(struct vm *vm)
{
	return vm_optin(vm, sim_new(SIM_GROUP, &of_64k), "start");
}

TEST(sizes, pins_are_told_in_every_size_up_to_the_iommus)
{
	struct vm *vm = vm_without_memory();
	struct device *dev = optin_of_64k(vm);
	uint64_t unit, expected;

	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	pin_at(dev, 9);
	pin_at(dev, 37);
	start(vm);
	only_dirty(dirty_4k(vm), P(9) | P(37), NONE);
	for (unit = SIZE_64K; unit >= SIZE_64K / 2; unit /= 2) {
		expected = P(9 * PAGE / unit) | P(37 * PAGE / unit);
		same(dirty_in(vm, BASE, SIZE_2M, unit), expected);
	}
	only_dirty(dirty_4k(vm), P(9) | P(37), NONE);
}

TEST(sizes, other_sizes_are_refused)
{
	struct vm *vm = vm_without_memory();
	uint64_t word;

	optin_of_64k(vm);
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	start(vm);
	refused(try_get_in(vm, BASE, SIZE_2M, SIZE_64K * 2, &word, 8), EINVAL);
	refused(try_get_in(vm, BASE, SIZE_2M, SIZE_2M, &word, 8), EINVAL);
	refused(try_get_in(vm, BASE, SIZE_64K, 2048, &word, 8), EINVAL);
	refused(try_get_in(vm, BASE, SIZE_64K, 0, &word, 8), EINVAL);
	refused(try_get_in(vm, BASE, SIZE_64K, PAGE + 64, &word, 8), EINVAL);
	refused(try_get_in(vm, BASE + PAGE, SIZE_64K, SIZE_64K, &word, 8),
		EINVAL);
	refused(try_unmap_get_in(vm, BASE, SIZE_2M, SIZE_64K * 2, &word, 8),
		EINVAL);
	refused(try_unmap_get_in(vm, BASE, SIZE_2M, 2048, &word, 128), EINVAL);
	refused(try_unmap_get_in(vm, BASE, SIZE_2M, 0, &word, 8), EINVAL);
	ok(try_get_in(vm, BASE, SIZE_2M, SIZE_64K, &word, 8));
}

TEST(sizes, the_capability_lists_them)
{
	struct vm *vm = vm_without_memory();
	struct pinscope_container_info info;
	struct device *dev;

	vm_emulated(vm);
	ok(pinscope_container_get_info(vm->container, &info));
	equal(info.dirty_pgsizes, PAGE);
	dev = optin_of_64k(vm);
	ok(pinscope_container_get_info(vm->container, &info));
	equal(info.dirty_pgsizes, 0x1f000);
	equal(info.pgsizes, SIZE_64K | SIZE_2M);
	leave_vm(dev);
	ok(pinscope_container_get_info(vm->container, &info));
	equal(info.dirty_pgsizes, PAGE);
}

TEST(sizes, bitmaps_of_unmaps_in_small_and_large_pages)
{
	struct vm *vm = vm_without_memory();
	struct device *dev = optin_of_64k(vm);
	uint8_t *ram = huge_memory(2 * SIZE_2M);
	uint64_t words[8] = { 0 };

	map_at(vm, ram, BASE, SIZE_2M);
	map_at(vm, ram + SIZE_2M, BASE + SIZE_2M, SIZE_2M);
	pin_at(dev, 70);
	pin_at(dev, 512 + 500);
	start(vm);
	ok(try_unmap_get_in(vm, BASE, SIZE_2M, PAGE, words, sizeof(words)));
	same(words[0], NONE);
	same(words[1], P(6));
	ok(try_unmap_get_in(vm, BASE + SIZE_2M, SIZE_2M, SIZE_64K, words, 8));
	same(words[0], P(500 / 16));
}

/*
 * Two mappings of 64K in one common page of 2M: each may be what makes its bit.
 */
static void page_shared_by_mappings(int pinned)
{
	struct vm *vm = vm_without_memory();
	struct device *small, *large;
	uint8_t *ram = huge_memory(SIZE_2M);

	small = vm_optin(vm, sim_new(SIM_GROUP + 1, &of_4k), "start");
	map_at(vm, ram, BASE, SIZE_64K);
	map_at(vm, ram + 2 * SIZE_64K, BASE + 2 * SIZE_64K, SIZE_64K);
	large = optin_of_64k(vm);
	pin_at(small, pinned);
	pin_at(large, pinned);
	start(vm);
	check(scope_pinned(vm));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_2M), 1);
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), P(pinned / 16));
	same(dirty_in(vm, BASE, SIZE_64K * 3, PAGE), P(pinned));
}

TEST(sizes, two_mappings_in_a_page_and_the_first_is_dirty)
{
	page_shared_by_mappings(15);
}

TEST(sizes, two_mappings_in_a_page_and_the_second_is_dirty)
{
	page_shared_by_mappings(32);
}

TEST(sizes, mappings_older_than_large_pages_can_be_unmapped)
{
	struct vm *vm = vm_without_memory();
	uint8_t *ram = huge_memory(SIZE_2M);
	uint64_t word = 0;

	vm_backed(vm, sim_new(SIM_GROUP, &of_4k));
	map_at(vm, ram, BASE, SIZE_64K);
	map_at(vm, ram + SIZE_64K, BASE + SIZE_64K, SIZE_64K);
	vm_backed(vm, sim_new(SIM_GROUP + 1, &of_64k));
	start(vm);
	refused(try_unmap_at(vm, BASE, PAGE), EINVAL);
	ok(try_unmap_at(vm, BASE, SIZE_64K));
	/* A bit for 2M would also be for what remains mapped. */
	refused(try_unmap_get_in(vm, BASE + SIZE_64K, SIZE_64K, SIZE_2M, &word,
				 8), EINVAL);
	ok(try_unmap_get_in(vm, BASE + SIZE_64K, SIZE_64K, SIZE_64K, &word, 8));
	same(word, 1);
}

/* A log of 4K pages behind an IOMMU of 64K: a bit of the bitmap is for sixteen. */
TEST(sizes, log_has_smaller_pages_than_the_iommu)
{
	struct vm *vm = vm_without_memory();
	struct device *dev = vm_hwlog(vm, sim_new(SIM_GROUP, &of_64k));

	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, AT(16), 32 * PAGE));
	start(vm);
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), NONE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(17), 64));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(31), 64));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), P(1));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(47), 64));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), P(2));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), NONE);
}

/* What the log has when large pages come is reported in their unit. */
TEST(sizes, large_pages_come_while_a_log_is_unread)
{
	struct vm *vm = vm_without_memory();
	struct device *dev = vm_hwlog(vm, sim_new(SIM_GROUP, &of_4k)), *large;

	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, AT(16), 32 * PAGE));
	start(vm);
	only_dirty(dirty_4k(vm), NONE, NONE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(20), 64));
	large = vm_backed(vm, sim_new(SIM_GROUP + 1, &of_64k));
	leave_vm(large);
	all_dirty(dirty_4k(vm));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(21), 64));
	only_dirty(dirty_4k(vm), P(21), NONE);
	only_dirty(dirty_4k(vm), NONE, NONE);
}
