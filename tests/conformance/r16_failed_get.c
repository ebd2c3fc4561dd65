// SPDX-License-Identifier: GPL-2.0
/*
 * R16: a GET that fails loses and shifts nothing; the next good one returns
 * what the failed one would have.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fixtures/vm.h"

/* Memory whose first page can be written and whose second cannot. */
static uint8_t *cliff(void)
{
	uint8_t *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED);
	ok(mprotect(p + PAGE, PAGE, PROT_NONE));
	return p;
}

static void *hole(void)
{
	return cliff() + PAGE;
}

TEST(r16, fault_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	cpu_writes(dev, 2);
	window(dev, 5);
	refused(try_get(vm, 0, PAGES, hole(), 8), EFAULT);
	refused(try_get(vm, 0, PAGES, hole(), 8), EFAULT);
	same(dirty(vm), P(2) | P(5));
	same(dirty(vm), P(5));
}

/* Mappings whose bits do not begin at a word are shifted by the kernel. */
TEST(r16, fault_shifts_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 5);
	map_pages(vm, 8, 8);
	start(vm);
	cpu_writes(dev, 1);
	cpu_writes(dev, 4);
	cpu_writes(dev, 13);
	refused(try_get(vm, 0, PAGES, hole(), 8), EFAULT);
	refused(try_get(vm, 3, 13, hole(), 8), EFAULT);
	same(dirty(vm), P(1) | P(4) | P(13));
	same(dirty(vm), NONE);
}

TEST(r16, no_stale_bits_without_a_fault)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int i;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 13);
	start(vm);
	for (i = 3; i < PAGES; i++)
		cpu_writes(dev, i);
	same(dirty(vm), ALL & ~(P(3) - 1));
	same(dirty(vm), NONE);
	same(dirty(vm), NONE);
}

#define FIRST 32707	/* pages: 61 bits short of one page of bitmap */
#define SECOND 200

/* Memory nobody touches: an emulated device's mappings pin nothing. */
static uint8_t *map_two(struct vm *vm, uint64_t iova)
{
	uint64_t size = (FIRST + SECOND) * PAGE;
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	check(p != MAP_FAILED);
	ok(pinscope_map(vm->container, p, iova, FIRST * PAGE,
			PINSCOPE_MAP_RW));
	ok(pinscope_map(vm->container, p + FIRST * PAGE, iova + FIRST * PAGE,
			SECOND * PAGE, PINSCOPE_MAP_RW));
	return p;
}

static bool bit(const uint8_t *bitmap, unsigned int n)
{
	return bitmap[n / 8] >> n % 8 & 1;
}

static unsigned int bits(const uint8_t *bitmap, size_t bytes)
{
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		sum += __builtin_popcount(bitmap[i]);
	return sum;
}

/*
 * The bitmap of the first mapping fits in the page that can be written, that
 * of the second reaches beyond: GET fails after the first one's share.
 */
TEST(r16, fault_in_second_mapping_keeps_the_first_ones_share)
{
	const uint64_t iova = 1ull << 32, size = (FIRST + SECOND) * PAGE;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint8_t *bitmap = zalloc(2 * PAGE), *bad = cliff();
	int i;

	map_two(vm, iova);
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, iova + 17 * PAGE, 64));
	for (i = 0; i < SECOND; i += 3)
		ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE,
			       iova + (FIRST + i) * PAGE, 64));
	refused(try_get_range(vm, iova, size, bad, 2 * PAGE), EFAULT);
	refused(try_get_range(vm, iova, size, bad, 2 * PAGE), EFAULT);
	ok(try_get_range(vm, iova, size, bitmap, 2 * PAGE));
	check(bit(bitmap, 17));
	for (i = 0; i < SECOND; i++)
		if (bit(bitmap, FIRST + i) != !(i % 3))
			fail("page %d of the second mapping is wrong", i);
	equal(bits(bitmap, 2 * PAGE), 1 + (SECOND + 2) / 3);
	memset(bitmap, 0, 2 * PAGE);
	ok(try_get_range(vm, iova, size, bitmap, 2 * PAGE));
	equal(bits(bitmap, 2 * PAGE), 0);
}

/* Here the fault comes with the first mapping. */
TEST(r16, fault_in_first_mapping_loses_nothing_of_the_second)
{
	const uint64_t iova = 1ull << 32, size = (FIRST + SECOND) * PAGE;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint8_t *bitmap = zalloc(2 * PAGE);

	map_two(vm, iova);
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, iova + 32000 * PAGE, 64));
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE,
		       iova + (FIRST + 5) * PAGE, 64));
	refused(try_get_range(vm, iova, size, cliff() + PAGE - 64, 2 * PAGE),
		EFAULT);
	ok(try_get_range(vm, iova, size, bitmap, 2 * PAGE));
	check(bit(bitmap, 32000) && bit(bitmap, FIRST + 5));
	equal(bits(bitmap, 2 * PAGE), 2);
}

TEST(r16, bitmap_in_the_middle_of_a_word_keeps_its_neighbours)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t bitmap[2] = { 0, 0x5555555555555555ull };

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 5);
	map_pages(vm, 5, 7);
	map_pages(vm, 12, 4);
	start(vm);
	window(dev, 4);
	window(dev, 5);
	window(dev, 12);
	ok(try_get(vm, 0, PAGES, bitmap, sizeof(bitmap[0])));
	same(bitmap[0], P(4) | P(5) | P(12));
	equal(bitmap[1], 0x5555555555555555ull);
}

TEST(r16, refused_arguments_lose_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint64_t bitmap = 0;

	start(vm);
	cpu_writes(dev, 6);
	refused(try_get(vm, 0, PAGES, &bitmap, 0), EINVAL);
	refused(try_get(vm, 0, 8, &bitmap, 8), EINVAL);
	refused(try_get(vm, 8, 8, &bitmap, 8), EINVAL);
	refused(try_get(vm, 1, 30, &bitmap, 8), EINVAL);
	same(bitmap, NONE);
	same(dirty(vm), P(6));
}

TEST(r16, fault_in_unmap_with_bitmap_unmaps_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint64_t bitmap = 0;

	start(vm);
	cpu_writes(dev, 6);
	refused(try_unmap_get(vm, 0, PAGES, hole(), 8), EFAULT);
	cpu_writes(dev, 7);
	ok(try_unmap_get(vm, 0, PAGES, &bitmap, 8));
	same(bitmap, P(6) | P(7));
	refused(try_command(dev, PINSCOPE_CMD_CPU_WRITE, IOVA(6), 64), EINVAL);
}

TEST(r16, fault_in_unmap_of_two_mappings_unmaps_none)
{
	const uint64_t iova = 1ull << 32, size = (FIRST + SECOND) * PAGE;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	uint8_t *bitmap = zalloc(2 * PAGE);

	map_two(vm, iova);
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, iova + 17 * PAGE, 64));
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE,
		       iova + (FIRST + 5) * PAGE, 64));
	refused(try_unmap_get_range(vm, iova, size, cliff(), 2 * PAGE),
		EFAULT);
	/* Both are there as before, with all that was dirty. */
	ok(try_unmap_get_range(vm, iova, size, bitmap, 2 * PAGE));
	check(bit(bitmap, 17) && bit(bitmap, FIRST + 5));
	equal(bits(bitmap, 2 * PAGE), 2);
}

/* The first word holds bits of others, so it is read before it is written. */
TEST(r16, bitmap_that_can_only_be_read_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev;
	uint64_t *bitmap;

	bitmap = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(bitmap != MAP_FAILED);
	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 3, PAGES - 3);
	start(vm);
	bitmap[0] = P(0);
	ok(mprotect(bitmap, PAGE, PROT_READ) ? -errno : 0);
	refused(try_get(vm, 0, PAGES, bitmap, 8), EFAULT);
	cpu_writes(dev, 4);
	refused(try_get(vm, 0, PAGES, bitmap, 8), EFAULT);
	same(dirty(vm), P(4));
}
