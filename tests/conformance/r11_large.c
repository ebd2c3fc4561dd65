// SPDX-License-Identifier: GPL-2.0
/* R11 with much memory, with large pages of the IOMMU, and what it costs. */
#include <stdlib.h>
#include <string.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define BASE 0x40000000ull
#define SIZE_64M (64ull << 20)
#define MANY (SIZE_64M / PAGE)
#define AT(page) (BASE + (page) * PAGE)

static uint64_t expected[MANY / 64], got[MANY / 64];

static struct device *vm_with_64m(struct vm *vm, const char *sim)
{
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim);
	map_at(vm, small_memory(SIZE_64M), BASE, SIZE_64M);
	start(vm);
	return dev;
}

static void write_pages(struct device *dev, uint64_t first, uint64_t nr)
{
	uint64_t page, now;

	for (page = first; page < first + nr; page++)
		expected[page / 64] |= 1ull << page % 64;
	for (page = first; page < first + nr; page += now) {
		now = first + nr - page;
		if (now > 256)
			now = 256;
		ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(page),
			       now * PAGE));
	}
}

/* Exactly what was written since the last time. */
static void get_expected(struct vm *vm)
{
	size_t i;

	memset(got, 0, sizeof(got));
	ok(try_get_in(vm, BASE, SIZE_64M, PAGE, got, sizeof(got)));
	for (i = 0; i < MANY / 64; i++)
		if (got[i] != expected[i])
			fail("pages %zu to %zu: %llx is dirty, not %llx",
			     i * 64, i * 64 + 63, (unsigned long long)got[i],
			     (unsigned long long)expected[i]);
	memset(expected, 0, sizeof(expected));
}

TEST(r11, few_of_many_pages_are_told)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_with_64m(vm, sim_new(SIM_GROUP, NULL));
	int i, n;

	get_expected(vm);
	write_pages(dev, 0, 1);
	write_pages(dev, MANY - 1, 1);
	get_expected(vm);
	write_pages(dev, MANY - 1, 1);
	get_expected(vm);
	write_pages(dev, 4095, 2);
	write_pages(dev, 8191, 1);
	get_expected(vm);
	for (n = 0; n < 20; n++) {
		for (i = 0; i <= n; i++)
			write_pages(dev, random() % (MANY - 32),
				    1 + random() % 32);
		get_expected(vm);
	}
	get_expected(vm);
}

TEST(r11, all_of_many_pages_are_told)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_with_64m(vm, sim_new(SIM_GROUP, NULL));
	int i;

	write_pages(dev, 0, MANY);
	get_expected(vm);
	get_expected(vm);
	for (i = 0; i < (int)MANY; i += 3)
		write_pages(dev, i, 1);
	get_expected(vm);
}

/* As most drivers of IOMMUs look: entry by entry, some at a time */
static void scattered_pages_are_told(const char *model)
{
	struct sim_options options = { .no_large_pages = true, .model = model };
	struct vm *vm = vm_new();
	struct device *dev = vm_with_64m(vm, sim_new(SIM_GROUP, &options));
	int i;

	get_expected(vm);
	for (i = 0; i < (int)MANY; i += 50)
		write_pages(dev, i, 1);
	get_expected(vm);
	get_expected(vm);
}

TEST(r11, scattered_pages_are_told_intel)
{
	scattered_pages_are_told("intel");
}

TEST(r11, scattered_pages_are_told_amd)
{
	scattered_pages_are_told("amd");
}

TEST(r11, scattered_pages_are_told_smmu)
{
	scattered_pages_are_told("smmu");
}

static struct looks cost_of_get(struct vm *vm, const char *sim)
{
	struct looks before = looks(sim), after;

	get_expected(vm);
	after = looks(sim);
	return (struct looks){
		after.calls - before.calls, after.pages - before.pages,
	};
}

TEST(r11, clean_memory_takes_one_look)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_with_64m(vm, sim);

	equal(cost_of_get(vm, sim).calls, 1);
	write_pages(dev, 77, 1);
	equal(cost_of_get(vm, sim).calls, 2);
	equal(cost_of_get(vm, sim).calls, 1);
}

/* Neither few dirty pages nor many make it look at a page again and again. */
TEST(r11, what_a_look_costs_is_bounded)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_with_64m(vm, sim);
	uint64_t step, page;
	struct looks cost;

	for (step = 1; step < MANY; step *= 4) {
		for (page = 0; page < MANY; page += step)
			write_pages(dev, page, 1);
		cost = cost_of_get(vm, sim);
		note("every %llu. page dirty: %lld looks at %lld pages",
		     (unsigned long long)step, cost.calls, cost.pages);
		check(cost.pages <= 4 * (long long)MANY);
		check(cost.calls <= 32 * (long long)(MANY / step) + 2);
	}
}

static const struct sim_options of_64k = { .page_size = SIZE_64K };

TEST(r11, all_of_a_large_page_is_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, &of_64k));
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	start(vm);
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), NONE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(21), 64));
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), P(1));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(21), 64));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, AT(511), 64));
	memset(got, 0, sizeof(got));
	ok(try_get_in(vm, BASE, SIZE_2M, PAGE, got, 64));
	same(got[0], 0xffffull << 16);
	same(got[1], NONE);
	same(got[7], 0xffffull << 48);
	same(dirty_in(vm, BASE, SIZE_2M, SIZE_64K), NONE);
}

/* The core asks for no more than 1 GiB at a time: it has three pieces of this */
#define SLICE (1ull << 30)
#define MUCH_START (2 * SLICE - SIZE_2M)
#define MUCH (SLICE + 2 * SIZE_2M)

/*
 * Small pages of memory may follow each other by chance. An IOMMU with larger pages
 * would make one of them, and tell all of it.
 */
static void pieces_are_told(const char *model)
{
	static const uint64_t pages[] = {
		0, 511, 512, 512 + SLICE / PAGE / 2, 511 + SLICE / PAGE,
		512 + SLICE / PAGE, MUCH / PAGE - 1,
	};
	static uint64_t bits[MUCH / PAGE / 64], want[MUCH / PAGE / 64];
	const struct sim_options options = {
		.model = model, .no_large_pages = true,
	};
	struct vm *vm = vm_new();
	struct device *dev;
	size_t i;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, &options));
	map_at(vm, repeated_memory(MUCH), MUCH_START, MUCH);
	/* START forgets this */
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, MUCH_START + SLICE, 64));
	start(vm);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE,
			       MUCH_START + pages[i] * PAGE, 64));
		want[pages[i] / 64] |= 1ull << pages[i] % 64;
	}
	ok(try_get_in(vm, MUCH_START, MUCH, PAGE, bits, sizeof(bits)));
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		same(bits[i], want[i]);
	memset(bits, 0, sizeof(bits));
	ok(try_get_in(vm, MUCH_START, MUCH, PAGE, bits, sizeof(bits)));
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		same(bits[i], NONE);
}

TEST(r11, all_pieces_of_a_large_mapping_are_told_intel, .limit = 120)
{
	pieces_are_told("intel");
}

TEST(r11, all_pieces_of_a_large_mapping_are_told_amd, .limit = 120)
{
	pieces_are_told("amd");
}

TEST(r11, small_and_large_pages_in_one_container)
{
	struct vm *vm = vm_new();
	struct device *small, *large;

	vm->unmapped = true;
	small = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	start(vm);
	ok(try_command(small, PINSCOPE_CMD_DMA_WRITE, AT(3), 64));
	large = vm_backed(vm, sim_new(SIM_GROUP + 1, &of_64k));
	memset(got, 0, sizeof(got));
	ok(try_get_in(vm, BASE, SIZE_2M, PAGE, got, 64));
	same(got[0], P(3));
	ok(try_command(small, PINSCOPE_CMD_DMA_WRITE, AT(3), 64));
	ok(try_command(large, PINSCOPE_CMD_DMA_WRITE, AT(17), 64));
	memset(got, 0, sizeof(got));
	ok(try_get_in(vm, BASE, SIZE_2M, PAGE, got, 64));
	same(got[0], P(3) | 0xffffull << 16);
	ok(try_command(small, PINSCOPE_CMD_DMA_WRITE, AT(5), 64));
	ok(try_command(large, PINSCOPE_CMD_DMA_WRITE, AT(40), 64));
	leave_vm(large);
	memset(got, 0, sizeof(got));
	ok(try_get_in(vm, BASE, SIZE_2M, PAGE, got, 64));
	same(got[0], P(5) | 0xffffull << 32);
}
