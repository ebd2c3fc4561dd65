// SPDX-License-Identifier: GPL-2.0
/* The page tables of the software IOMMU: sizes of entries, and their cost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define BASE 0x40000000ull

static const char *mapped_by(const char *model, uint8_t *ram, uint64_t iova,
			     uint64_t size)
{
	const char *sim = sim_new(SIM_GROUP,
				  &(struct sim_options){ .model = model });
	struct vm *vm = vm_new();

	vm->unmapped = true;
	vm_backed(vm, sim);
	map_at(vm, ram, iova, size);
	return sim;
}

static void need_2m(const char *sim, const char *line)
{
	if (!has_entries(sim, line))
		skip("needs huge pages that are free");
}

/* 4K, 64K and 2M beside each other, up to the boundaries of larger ones. */
static void sizes_are_mixed(const char *model, bool of_64k)
{
	uint8_t *ram = huge_memory(2 * SIZE_2M) + SIZE_2M - SIZE_64K - PAGE;
	const char *sim = mapped_by(model, ram,
				    BASE + SIZE_2M - SIZE_64K - PAGE,
				    PAGE + SIZE_64K + SIZE_2M);

	need_2m(sim, "0x40200000 0x200000 rw 0x200000");
	if (of_64k) {
		check(has_entries(sim, "0x401ef000 0x1000 rw 0x1000"));
		check(has_entries(sim, "0x401f0000 0x10000 rw 0x10000"));
	} else {
		check(has_entries(sim, "0x401ef000 0x11000 rw 0x1000"));
	}
	check(!strcmp(first_mapping(sim), "0x401ef000 0x211000 rw"));
}

TEST(sim, entries_have_the_sizes_of_memory_intel)
{
	sizes_are_mixed("intel", false);
}

TEST(sim, entries_have_the_sizes_of_memory_amd)
{
	sizes_are_mixed("amd", true);
}

TEST(sim, entries_have_the_sizes_of_memory_smmu)
{
	sizes_are_mixed("smmu", false);
}

TEST(sim, exact_entries_are_small)
{
	const char *sim = mapped_by("exact", huge_memory(SIZE_2M), BASE,
				    SIZE_2M);

	check(has_entries(sim, "0x40000000 0x200000 rw 0x1000"));
}

/* 4K, 64K and 2M: 529 pages. */
#define MIXED (PAGE + SIZE_64K + SIZE_2M)

static void get_mixed(struct vm *vm, uint64_t from, uint64_t *bits)
{
	memset(bits, 0, 9 * sizeof(*bits));
	ok(try_get_in(vm, from, MIXED, PAGE, bits, 9 * sizeof(*bits)));
}

TEST(sim, all_of_an_entry_is_dirty)
{
	const char *sim = sim_new(SIM_GROUP,
				  &(struct sim_options){ .model = "amd" });
	uint8_t *ram = huge_memory(2 * SIZE_2M) + SIZE_2M - SIZE_64K - PAGE;
	uint64_t from = BASE + SIZE_2M - SIZE_64K - PAGE;
	struct vm *vm = vm_new();
	uint64_t bits[9];
	struct device *dev;
	int i;

	vm->unmapped = true;
	dev = vm_backed(vm, sim);
	map_at(vm, ram, from, MIXED);
	need_2m(sim, "0x40200000 0x200000 rw 0x200000");
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, from + 2 * PAGE, 64));
	get_mixed(vm, from, bits);
	same(bits[0], 0x1fffe);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, from, 64));
	get_mixed(vm, from, bits);
	same(bits[0], 1);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BASE + SIZE_2M + PAGE, 1));
	get_mixed(vm, from, bits);
	same(bits[0], ~0ull << 17);
	for (i = 1; i < 8; i++)
		same(bits[i], ~0ull);
	same(bits[8], 0x1ffff);
	ok(try_unmap_at(vm, from, MIXED));
	check(!has_entries(sim, "0x40200000 0x200000 rw 0x200000"));
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, from, 64), EFAULT);
}

TEST(sim, models_do_not_share_a_domain)
{
	struct vm *vm = vm_new();
	const char *a = sim_new(SIM_GROUP,
				&(struct sim_options){ .model = "intel" });
	const char *b = sim_new(SIM_GROUP + 1,
				&(struct sim_options){ .model = "smmu" });
	struct device *x = vm_backed(vm, a), *y = vm_backed(vm, b);

	track(a, true);
	writes(x, 2);
	writes(y, 3);
	same(marks(a), P(2));
	same(marks(b), P(3));
}

TEST(sim, bad_models_are_refused)
{
	need_sim();
	sim_new(SIM_GROUP, &(struct sim_options){ .model = "amd" });
	ok(sim_try_mkdir("test-a"));
	equal(strcmp(sim_get("test-a", "dirty_model"), "exact"), 0);
	refused(sim_put("test-a", "dirty_model", "none"), EINVAL);
	ok(sim_put("test-a", "group", text("%u", SIM_GROUP)));
	refused(sim_put("test-a", "live", "1"), EEXIST);
	ok(sim_put("test-a", "dirty_model", "amd"));
	ok(sim_put("test-a", "live", "1"));
	refused(sim_put("test-a", "dirty_model", "intel"), EBUSY);
}

/* Random steps, and an array that says what has to be there. */
TEST(sim, page_table_agrees_with_an_array, .limit = 120)
{
	unsigned int seed = time(NULL), i;

	need_sim();
	for (i = 0; i < 4; i++) {
		note("seed %u", seed + i);
		if (command("modprobe pinscope_iommu_test seed=%u", seed + i))
			fail("it does not; the kernel's log says where");
		ok(module_try_unload("pinscope_iommu_test"));
	}
}

#define CGROUPS "/tmp/pinscope-cgroups"
#define GROUP CGROUPS "/test"

static void leave_group(void *arg)
{
	put_file(CGROUPS "/cgroup.procs", "0");
	rmdir(GROUP);
	umount(CGROUPS);
	rmdir(CGROUPS);
}

static void enter_group(void)
{
	mkdir(CGROUPS, 0755);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL))
		skip("needs control groups");
	defer(RESTORE_HOST, leave_group, NULL);
	if (put_file(CGROUPS "/cgroup.subtree_control", "+memory"))
		skip("needs control groups of memory");
	mkdir(GROUP, 0755);
	ok(put_file(GROUP "/cgroup.procs", "0"));
}

static long long charged(void)
{
	return atoll(get_line(GROUP "/memory.current"));
}

/* One page at many addresses: each takes a table of 4K, and little else. */
#define TABLES 1024

TEST(sim, page_tables_are_charged)
{
	struct vm *vm = vm_new();
	long long before, mapped;
	uint64_t i;

	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, NULL));
	enter_group();
	memset(vm->ram, 1, PAGE);
	before = charged();
	for (i = 0; i < TABLES; i++)
		map_at(vm, vm->ram, i * SIZE_2M, PAGE);
	mapped = charged() - before;
	for (i = 0; i < TABLES; i++)
		ok(try_unmap_at(vm, i * SIZE_2M, PAGE));
	note("%lld bytes charged for %d tables, %lld when they are empty",
	     mapped, TABLES, charged() - before);
	check(mapped > TABLES * (long long)PAGE * 9 / 10);
	check(charged() - before < TABLES * (long long)PAGE / 4);
}
