// SPDX-License-Identifier: GPL-2.0
/*
 * R11: an IOMMU that can track dirty pages is asked for them. Its devices are
 * not wide while tracking is on, though their drivers never pin.
 */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/soft.h"

static const struct sim_options untracked = { .no_tracking = true };

static struct device *tracked_in(struct vm *vm, unsigned int group)
{
	return vm_backed(vm, sim_new(group, NULL));
}

static struct device *tracked(struct vm *vm)
{
	return tracked_in(vm, SIM_GROUP);
}

TEST(r11, only_pages_written_are_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);

	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 3);
	writes(dev, 9);
	same(dirty(vm), P(3) | P(9));
	same(dirty(vm), NONE);
	writes(dev, 9);
	same(dirty(vm), P(9));
}

TEST(r11, every_set_of_pages_is_told)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);
	uint32_t random = 1;
	uint64_t set;
	int i, page;

	start(vm);
	for (i = 0; i < 200; i++) {
		random = random * 1103515245 + 12345;
		set = i < PAGES ? P(i) : random >> 8 & ALL;
		for (page = 0; page < PAGES; page++)
			if (set & P(page))
				writes(dev, page);
		same(dirty(vm), set);
	}
	same(dirty(vm), NONE);
}

TEST(r11, pages_read_are_not_dirty)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);

	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_DMA_READ, IOVA(2), 3 * PAGE));
	same(dirty(vm), NONE);
}

TEST(r11, while_tracking_is_off_it_is_wide)
{
	struct vm *vm = vm_new();

	tracked(vm);
	check(!scope_pinned(vm));
	start(vm);
	check(scope_pinned(vm));
	equal(scope_of(vm).nr_groups_wide, 0);
	equal(scope_of(vm).nr_devices_wide, 0);
	stop(vm);
	check(!scope_pinned(vm));
	equal(scope_of(vm).nr_groups_wide, 1);
}

/* What was written before START was copied after it, and is no news. */
TEST(r11, start_forgets_what_was_written_before)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);

	writes(dev, 1);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 2);
	stop(vm);
	writes(dev, 3);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 4);
	same(dirty(vm), P(4));
}

TEST(r11, failed_get_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);
	void *hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	start(vm);
	writes(dev, 5);
	refused(try_get(vm, 0, PAGES, hole, 8), EFAULT);
	writes(dev, 6);
	refused(try_get(vm, 0, PAGES, hole, 8), EFAULT);
	same(dirty(vm), P(5) | P(6));
	same(dirty(vm), NONE);
}

TEST(r11, get_of_a_part_leaves_the_rest)
{
	struct vm *vm = vm_new();
	uint64_t bits = 0;
	struct device *dev;

	vm->unmapped = true;
	dev = tracked(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 13);
	start(vm);
	writes(dev, 2);
	writes(dev, 3);
	writes(dev, 15);
	ok(try_get(vm, 3, 13, &bits, sizeof(bits)));
	same(bits << 3, P(3) | P(15));
	same(dirty(vm), P(2));
}

TEST(r11, unmap_tells_what_was_written)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);
	uint64_t bits = 0;

	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 0);
	writes(dev, 13);
	ok(try_unmap_get(vm, 0, PAGES, &bits, sizeof(bits)));
	same(bits, P(0) | P(13));
	map_pages(vm, 0, PAGES);
	same(dirty(vm), NONE);
}

TEST(r11, failed_unmap_loses_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);
	void *hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	start(vm);
	writes(dev, 7);
	refused(try_unmap_get(vm, 0, PAGES, hole, 8), EFAULT);
	writes(dev, 8);
	same(dirty(vm), P(7) | P(8));
}

TEST(r11, mappings_made_while_tracking_are_tracked)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = tracked(vm);
	start(vm);
	map_pages(vm, 0, PAGES);
	same(dirty(vm), NONE);
	writes(dev, 11);
	same(dirty(vm), P(11));
	writes(dev, 12);
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, PAGES);
	/* R17: all, as it could be written until it was gone */
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
}

/* R15. The IOMMU is not even asked for what devices cannot write. */
TEST(r11, read_only_mappings_are_clean)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);

	vm->unmapped = true;
	vm_backed(vm, sim);
	ok(try_map(vm, 0, 8, PINSCOPE_MAP_READ));
	map_pages(vm, 8, 8);
	start(vm);
	same(dirty(vm), NONE);
	faults(sim, FAULT_READ_DIRTY);
	same(dirty(vm), ALL & ~(P(8) - 1));
}

TEST(r11, joining_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm), *dev;

	start(vm);
	cpu_writes(em, 1);
	dev = tracked(vm);
	check(scope_pinned(vm));
	same(dirty(vm), P(1));
	writes(dev, 2);
	cpu_writes(em, 3);
	same(dirty(vm), P(2) | P(3));
}

/* The domain of the device goes with it, and not what that knew. */
TEST(r11, leaving_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm_emulated(vm);
	dev = tracked(vm);
	start(vm);
	writes(dev, 4);
	same(dirty(vm), P(4));
	writes(dev, 6);
	leave_vm(dev);
	same(dirty(vm), P(6));
	same(dirty(vm), NONE);
}

TEST(r11, leaving_one_of_two_domains)
{
	static const struct sim_options other = { .no_large_pages = true };
	struct vm *vm = vm_new();
	struct device *a = tracked(vm);
	struct device *b = vm_backed(vm, sim_new(SIM_GROUP + 1, &other));

	start(vm);
	writes(a, 1);
	writes(b, 2);
	same(dirty(vm), P(1) | P(2));
	writes(a, 3);
	writes(b, 4);
	writes(a, 5);
	writes(b, 5);
	leave_vm(a);
	same(dirty(vm), P(3) | P(4) | P(5));
	writes(b, 6);
	same(dirty(vm), P(6));
}

TEST(r11, groups_in_a_domain_come_and_go)
{
	struct vm *vm = vm_new();
	struct device *a = tracked(vm), *b;

	start(vm);
	b = tracked_in(vm, SIM_GROUP + 1);
	check(scope_pinned(vm));
	writes(a, 1);
	writes(b, 2);
	leave_vm(b);
	same(dirty(vm), P(1) | P(2));
	writes(a, 3);
	same(dirty(vm), P(3));
}

/* As many devices of a group as there are: the IOMMU sees them all. */
TEST(r11, groups_of_several_devices_are_tracked)
{
	struct vm *vm = vm_new();
	struct device *a = tracked(vm), *b = tracked(vm);

	start(vm);
	writes(a, 1);
	writes(b, 2);
	same(dirty(vm), P(1) | P(2));
}

static void beside_untracked(struct vm *vm, struct device *dev,
			     struct device *wide)
{
	start(vm);
	same(dirty(vm), ALL);
	writes(dev, 2);
	same(dirty(vm), ALL);
	equal(scope_of(vm).nr_groups_wide, 1);
	writes(dev, 3);
	leave_vm(wide);
	/* What the other wrote is reported once more. */
	same(dirty(vm), ALL);
	same(dirty(vm), NONE);
	writes(dev, 4);
	same(dirty(vm), P(4));
}

TEST(r11, beside_a_group_that_cannot_be_tracked)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm);

	beside_untracked(vm, dev,
			 vm_backed(vm, sim_new(SIM_GROUP + 1, &untracked)));
}

TEST(r11, after_a_group_that_cannot_be_tracked)
{
	struct vm *vm = vm_new();
	struct device *wide;

	wide = vm_backed(vm, sim_new(SIM_GROUP + 1, &untracked));
	beside_untracked(vm, tracked(vm), wide);
}

TEST(r11, beside_emulated_devices)
{
	struct vm *vm = vm_new();
	struct device *dev = tracked(vm), *em = vm_emulated(vm);

	window(em, 1);
	start(vm);
	writes(dev, 2);
	cpu_writes(em, 3);
	same(dirty(vm), P(1) | P(2) | P(3));
	same(dirty(vm), P(1));
	no_window(em, 1);
	same(dirty(vm), P(1));
	same(dirty(vm), NONE);
}
