// SPDX-License-Identifier: GPL-2.0
/* Groups with different page sizes in a container, and memory for large pages. */
#include <errno.h>

#include "fixtures/memory.h"
#include "fixtures/soft.h"

#define BASE SIZE_2M

static const struct sim_options only_4k = { .no_large_pages = true };
static const struct sim_options of_64k = { .page_size = SIZE_64K };
static const struct sim_options only_64k = {
	.page_size = SIZE_64K,
	.no_large_pages = true,
};

static struct device *new_backed(struct vm *vm, unsigned int group,
				 const struct sim_options *options)
{
	return device_of(vm, mdev_new(BACKED, sim_new(group, options)));
}

static uint64_t page_sizes(struct vm *vm)
{
	struct pinscope_container_info info;

	ok(pinscope_container_get_info(vm->container, &info));
	return info.pgsizes;
}

/* The container is as if nobody had tried to attach the second group. */
static void nothing_in_common(const struct sim_options *first,
			      const struct sim_options *second)
{
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = vm_new(), *other = vm_new();
	struct device *a, *b;
	unsigned int locked;

	vm->unmapped = true;
	other->unmapped = true;
	a = new_backed(vm, SIM_GROUP, first);
	b = new_backed(vm, SIM_GROUP + 1, second);
	attach(a);
	open_device(a);
	refused(try_attach(b), EINVAL);
	map_at(vm, ram, BASE, SIZE_64K);
	locked = locked_kb();
	equal(locked, SIZE_64K / 1024);
	refused(try_attach(b), EINVAL);
	locked_is(locked);
	ok(try_command(a, PINSCOPE_CMD_DMA_WRITE, BASE, PAGE));
	check(page_sizes(vm) ==
	      (first->page_size ? first->page_size : PAGE));
	start(vm);
	ok(try_unmap_at(vm, BASE, SIZE_64K));
	b->vm = other;
	attach(b);
	open_device(b);
}

TEST(sizes, only_64k_is_refused_beside_only_4k)
{
	nothing_in_common(&only_4k, &only_64k);
}

TEST(sizes, only_4k_is_refused_beside_only_64k)
{
	nothing_in_common(&only_64k, &only_4k);
}

TEST(sizes, groups_need_a_size_that_all_have)
{
	struct vm *vm = vm_new();
	struct device *third = new_backed(vm, SIM_GROUP + 2, &only_4k);

	vm->unmapped = true;
	attach(new_backed(vm, SIM_GROUP, NULL));
	equal(page_sizes(vm), PAGE | SIZE_2M);
	attach(new_backed(vm, SIM_GROUP + 1, &of_64k));
	equal(page_sizes(vm), SIZE_2M);
	refused(try_attach(third), EINVAL);
	equal(page_sizes(vm), SIZE_2M);
	third = new_backed(vm, SIM_GROUP + 3, &only_64k);
	refused(try_attach(third), EINVAL);
}

/* The kernel has nothing to complain of: neither of a user nor of itself. */
TEST(sizes, contiguous_memory_is_mapped_for_large_pages)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = new_backed(vm, SIM_GROUP, &only_64k);
	attach(dev);
	open_device(dev);
	map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_2M);
	locked_is(SIZE_2M / 1024);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BASE + SIZE_2M - PAGE,
		       PAGE));
	refused(try_unmap_at(vm, BASE, SIZE_64K), EINVAL);
	ok(try_unmap_at(vm, BASE, SIZE_2M));
	locked_is(0);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BASE, PAGE), EFAULT);
}

TEST(sizes, parts_of_large_pages_are_not_mapped)
{
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = vm_new();

	vm->unmapped = true;
	attach(new_backed(vm, SIM_GROUP, &only_64k));
	refused(try_map_at(vm, ram, BASE, PAGE), EINVAL);
	refused(try_map_at(vm, ram, BASE + PAGE, SIZE_64K), EINVAL);
	refused(try_map_at(vm, ram + PAGE, BASE, SIZE_64K), EINVAL);
	locked_is(0);
}

TEST(sizes, scattered_memory_is_refused_for_large_pages)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	attach(new_backed(vm, SIM_GROUP, &only_64k));
	refused(try_map_at(vm, scattered_memory(), BASE, SIZE_64K), EINVAL);
	locked_is(0);
	ok(try_map_at(vm, huge_memory(SIZE_2M), BASE, SIZE_64K));
}

/* What was mapped of it, contiguous as it is, is unmapped again. */
TEST(sizes, memory_that_is_scattered_in_part_is_refused)
{
	uint8_t *ram = huge_memory(2 * SIZE_2M);
	struct vm *vm = vm_new();

	vm->unmapped = true;
	attach(new_backed(vm, SIM_GROUP, &only_64k));
	scatter(ram + SIZE_2M + 3 * SIZE_64K);
	refused(try_map_at(vm, ram, BASE, 2 * SIZE_2M), EINVAL);
	locked_is(0);
	ok(try_map_at(vm, ram, BASE, SIZE_2M + 3 * SIZE_64K));
}

/* The container has mapped it for 4K pages: it stays as it is. */
static void does_not_join_scattered_memory(const struct sim_options *second)
{
	uint8_t *ram = huge_memory(2 * SIZE_2M);
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = new_backed(vm, SIM_GROUP, NULL);
	attach(dev);
	open_device(dev);
	scatter(ram + SIZE_2M + 3 * SIZE_64K);
	map_at(vm, ram, BASE, 2 * SIZE_2M);
	refused(try_attach(new_backed(vm, SIM_GROUP + 1, second)), EINVAL);
	locked_is(2 * SIZE_2M / 1024);
	equal(page_sizes(vm), PAGE | SIZE_2M);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, BASE, PAGE));
	ok(try_unmap_at(vm, BASE, 2 * SIZE_2M));
	locked_is(0);
}

TEST(sizes, large_pages_do_not_join_scattered_memory)
{
	does_not_join_scattered_memory(&of_64k);
}

/* That takes back what is left of a large entry */
TEST(sizes, large_pages_of_intel_do_not_join_scattered_memory)
{
	static const struct sim_options of_64k_intel = {
		.page_size = SIZE_64K, .model = "intel",
	};

	does_not_join_scattered_memory(&of_64k_intel);
}

/* Nothing was pinned before, as no group has an IOMMU: all of it is unpinned. */
TEST(sizes, large_pages_do_not_join_memory_not_pinned_yet)
{
	uint8_t *ram = huge_memory(2 * SIZE_2M);
	struct vm *vm = vm_new();

	vm->unmapped = true;
	vm_emulated(vm);
	scatter(ram + SIZE_2M + 3 * SIZE_64K);
	map_at(vm, ram, BASE, 2 * SIZE_2M);
	refused(try_attach(new_backed(vm, SIM_GROUP, &of_64k)), EINVAL);
	locked_is(0);
}

/* Groups are attached, but for what is mapped there is no IOMMU yet. */
TEST(sizes, groups_that_do_not_go_together_get_no_iommu)
{
	struct vm *vm = vm_new();
	struct device *a = new_backed(vm, SIM_GROUP, &only_4k);
	struct device *b = new_backed(vm, SIM_GROUP + 1, &only_64k);

	vm->unmapped = true;
	ok(pinscope_group_open_device(a->name, &a->group));
	ok(pinscope_group_open_device(b->name, &b->group));
	ok(pinscope_group_attach(a->group, vm->container));
	ok(pinscope_group_attach(b->group, vm->container));
	refused(pinscope_container_set_iommu(vm->container), EINVAL);
	detach(b);
	ok(pinscope_container_set_iommu(vm->container));
	vm->has_iommu = true;
	open_device(a);
}
