// SPDX-License-Identifier: GPL-2.0
/* R18: reading need not clear, and may be for ranges; both obey the other rules. */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/soft.h"

static const struct sim_options untracked = { .no_tracking = true };

struct ranges {
	struct vfio_iommu_type1_dirty_bitmap head;
	struct vfio_iommu_type1_dirty_ranges_get get;
};

static struct vfio_iommu_type1_dirty_range found[PAGES + 1];

static struct ranges good(void)
{
	return (struct ranges){
		.head.argsz = sizeof(struct ranges),
		.head.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES,
		.get.iova = RAM_IOVA,
		.get.size = RAM_SIZE,
		.get.ranges = (uintptr_t)found,
		.get.nr_ranges = PAGES,
	};
}

static long ask(struct vm *vm, struct ranges *arg)
{
	return raw(vm->fd, VFIO_IOMMU_DIRTY_PAGES, arg);
}

static void need_ranges(void)
{
	if (!core_is_patched())
		missing("dirty pages as ranges");
}

/* In bits, and asked for with room for so many ranges at a time */
static uint64_t ranges_of(struct vm *vm, int first, int nr, uint32_t room, bool look)
{
	uint64_t end = IOVA(first), bits = 0, page;
	struct ranges arg = good();
	uint32_t i;

	if (look)
		arg.head.flags |= VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR;
	arg.get.iova = IOVA(first);
	arg.get.size = nr * PAGE;
	do {
		arg.get.nr_ranges = room;
		ok(ask(vm, &arg));
		check(arg.get.nr_ranges <= room);
		check(!arg.get.size || arg.get.nr_ranges == room);
		for (i = 0; i < arg.get.nr_ranges; i++) {
			check(found[i].iova >= end);
			check(found[i].size && !(found[i].size % PAGE));
			end = found[i].iova + found[i].size;
			check(end <= IOVA(first + nr));
			for (page = found[i].iova; page < end; page += PAGE)
				bits |= P((page - RAM_IOVA) / PAGE);
		}
		check(!arg.get.size ||
		      (arg.get.iova >= end &&
		       arg.get.iova + arg.get.size == (uint64_t)IOVA(first + nr)));
	} while (arg.get.size);
	return bits;
}

static uint64_t ranges(struct vm *vm)
{
	uint64_t bits;

	ok(try_ranges(vm, 0, PAGES, &bits));
	return bits;
}

static uint64_t look(struct vm *vm)
{
	uint64_t bits = 0;

	ok(try_look(vm, 0, PAGES, &bits, sizeof(bits)));
	return bits;
}

TEST(r18, looking_forgets_nothing)
{
	struct vm *vm = vm_new();
	struct device *dev;

	need_ranges();
	dev = vm_emulated(vm);
	start(vm);
	cpu_writes(dev, 2);
	cpu_writes(dev, 3);
	cpu_writes(dev, 9);
	same(look(vm), P(2) | P(3) | P(9));
	same(ranges_of(vm, 0, PAGES, PAGES, true), P(2) | P(3) | P(9));
	same(dirty(vm), P(2) | P(3) | P(9));
	same(look(vm), NONE);
	same(ranges(vm), NONE);
}

TEST(r18, ranges_are_forgotten_once_told)
{
	struct vm *vm = vm_new();
	struct device *dev;

	need_ranges();
	dev = vm_emulated(vm);
	start(vm);
	cpu_writes(dev, 0);
	cpu_writes(dev, PAGES - 1);
	window(dev, 5);
	same(ranges(vm), P(0) | P(5) | P(PAGES - 1));
	same(ranges(vm), P(5));
	no_window(dev, 5);
	same(ranges(vm), P(5));
	same(dirty(vm), NONE);
}

/* What is next to each other is one range, also across mappings */
TEST(r18, neighbours_are_one_range)
{
	struct vm *vm = vm_new();
	struct device *dev;
	struct ranges arg = good();

	need_ranges();
	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 5);
	start(vm);
	cpu_writes(dev, 2);
	cpu_writes(dev, 3);
	cpu_writes(dev, 4);
	ok(ask(vm, &arg));
	equal(arg.get.nr_ranges, 1);
	equal(arg.get.size, 0);
	equal(found[0].iova, IOVA(2));
	equal(found[0].size, 3 * PAGE);
}

/* The kernel looks at 512 MiB at a time. That does not show in the answer. */
TEST(r18, range_over_two_pieces_is_one)
{
	const uint64_t size = 1ull << 30, far = 1ull << 32, piece = 131072;
	struct vm *vm = vm_new();
	struct device *dev;
	struct ranges arg = good();
	void *ram;

	need_ranges();
	vm->unmapped = true;
	dev = vm_emulated(vm);
	ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(ram != MAP_FAILED);
	ok(pinscope_map(vm->container, ram, far, size, PINSCOPE_MAP_RW));
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, far, 64));
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, far + piece * PAGE - 32,
		       64));
	arg.get.iova = far;
	arg.get.size = size;
	ok(ask(vm, &arg));
	equal(arg.get.nr_ranges, 2);
	equal(found[0].iova, far);
	equal(found[0].size, PAGE);
	equal(found[1].iova, far + (piece - 1) * PAGE);
	equal(found[1].size, 2 * PAGE);
}

TEST(r18, wide_mappings_come_one_at_a_time_if_need_be)
{
	struct vm *vm = vm_new();

	need_ranges();
	vm->unmapped = true;
	vm_backed(vm, sim_new(SIM_GROUP, &untracked));
	map_pages(vm, 1, 3);
	map_pages(vm, 6, 2);
	map_pages(vm, 11, 4);
	start(vm);
	same(ranges_of(vm, 0, PAGES, 1, false), 0x78ce);
	same(ranges_of(vm, 0, PAGES, 2, false), 0x78ce);
}

TEST(r18, without_room_for_all_there_is_a_next_time)
{
	struct vm *vm = vm_new();
	struct device *dev;
	struct ranges arg = good();
	int i;

	need_ranges();
	dev = vm_emulated(vm);
	start(vm);
	for (i = 1; i < PAGES; i += 2)
		cpu_writes(dev, i);
	arg.get.nr_ranges = 2;
	ok(ask(vm, &arg));
	equal(arg.get.nr_ranges, 2);
	equal(arg.get.iova, IOVA(5));
	equal(arg.get.size, RAM_SIZE - 5 * PAGE);
	/* What there was no room for is still dirty, and nothing else is */
	same(look(vm), ALL & 0xaaaa & ~(P(1) | P(3)));
	same(ranges_of(vm, 0, PAGES, 1, false), ALL & 0xaaaa & ~(P(1) | P(3)));
	same(dirty(vm), NONE);
}

/* A mapping that is dirty as a whole, told piece by piece */
TEST(r18, part_of_a_wide_mapping)
{
	struct vm *vm = vm_new();
	struct puppet *dev;

	need_ranges();
	dev = vm_puppet(vm, sim_new(SIM_GROUP, &untracked));
	start(vm);
	same(ranges(vm), ALL);
	same(ranges_of(vm, 4, 3, PAGES, false), P(4) | P(5) | P(6));
	make(dev, PIN(2));
	/* It has narrowed: everything once more, and in pieces */
	same(ranges_of(vm, 4, 3, PAGES, false), P(4) | P(5) | P(6));
	same(look(vm), ALL & ~(P(4) | P(5) | P(6)));
	same(ranges_of(vm, 0, 5, 1, false), P(0) | P(1) | P(2) | P(3));
	same(dirty(vm), (ALL & ~(P(7) - 1)) | P(2));
	same(dirty(vm), P(2));
}

TEST(r18, ranges_that_cannot_be_told_are_not_forgotten)
{
	uint8_t *cliff = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm *vm = vm_new();
	struct ranges arg = good();
	struct device *dev;

	need_ranges();
	check(cliff != MAP_FAILED);
	ok(mprotect(cliff + PAGE, PAGE, PROT_NONE));
	dev = vm_emulated(vm);
	start(vm);
	cpu_writes(dev, 3);
	cpu_writes(dev, 5);
	cpu_writes(dev, 7);
	arg.get.ranges = (uintptr_t)cliff + PAGE;
	refused(ask(vm, &arg), EFAULT);
	arg = good();
	arg.get.ranges = (uintptr_t)cliff + PAGE - 2 * sizeof(*found);
	refused(ask(vm, &arg), EFAULT);
	same(dirty(vm), P(3) | P(5) | P(7));
}

TEST(r18, arguments_of_ranges)
{
	struct vm *vm = vm_new();
	struct ranges arg = good();
	struct device *dev;

	need_ranges();
	dev = vm_emulated(vm);
	refused(ask(vm, &arg), ENODATA);
	start(vm);
	cpu_writes(dev, 1);
	for (arg.head.argsz = 0; arg.head.argsz < sizeof(arg); arg.head.argsz++)
		refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.head.flags |= VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP;
	refused(ask(vm, &arg), EINVAL);
	arg.head.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_START |
			 VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR;
	refused(ask(vm, &arg), EINVAL);
	arg.head.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR;
	refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.get.size = 0;
	refused(ask(vm, &arg), EINVAL);
	arg.get.size = PAGE / 2;
	refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.get.iova++;
	refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.get.ranges++;
	refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.get.reserved = 1;
	refused(ask(vm, &arg), EINVAL);
	arg = good();
	arg.get.iova = -PAGE;
	arg.get.size = 2 * PAGE;
	refused(ask(vm, &arg), EOVERFLOW);
	arg = good();
	arg.get.nr_ranges = 0;
	refused(ask(vm, &arg), ENOSPC);
	arg = good();
	arg.get.ranges = -PAGE;
	refused(ask(vm, &arg), EFAULT);
	same(dirty(vm), P(1));
}

/* All there is: nothing of it has to be mapped, and it ends where addresses end */
TEST(r18, the_whole_address_space)
{
	struct vm *vm = vm_new();
	struct ranges arg = good();
	struct device *dev;

	need_ranges();
	dev = vm_emulated(vm);
	start(vm);
	cpu_writes(dev, 6);
	arg.get.iova = PAGE;
	arg.get.size = -PAGE;
	ok(ask(vm, &arg));
	equal(arg.get.nr_ranges, 1);
	equal(arg.get.size, 0);
	equal(found[0].iova, IOVA(6));
}

/* What an IOMMU has seen is asked for once, and stays known to those who look */
TEST(r18, looking_at_what_an_iommu_tells)
{
	struct vm *vm = vm_new();
	struct device *dev;

	need_ranges();
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	start(vm);
	writes(dev, 3);
	same(look(vm), P(3));
	writes(dev, 8);
	same(ranges_of(vm, 0, PAGES, PAGES, true), P(3) | P(8));
	same(ranges(vm), P(3) | P(8));
	same(dirty(vm), NONE);
}

#define MANY 600

/* The answer has more ranges than the kernel writes at a time, and no room for them */
TEST(r18, many_ranges_that_cannot_be_written_are_not_forgotten)
{
	const uint64_t iova = 1ull << 32, size = 2 * MANY * PAGE;
	struct vfio_iommu_type1_dirty_range *room;
	struct ranges arg = good();
	struct puppet *dev;
	struct vm *vm = vm_new();
	int i;

	need_ranges();
	room = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(room != MAP_FAILED);
	dev = vm_puppet(vm, NULL);
	map_at(vm, small_memory(size), iova, size);
	start(vm);
	for (i = 0; i < MANY; i++)
		make(dev, (struct puppet_call){
			.op = PUPPET_RW_WRITE, .iova = iova + 2 * i * PAGE,
			.count = 8,
		});

	arg.get.iova = iova;
	arg.get.size = size;
	arg.get.ranges = (uintptr_t)room;
	arg.get.nr_ranges = 4 * PAGE / sizeof(*room);
	ok(mprotect((char *)room + PAGE, PAGE, PROT_NONE));
	refused(ask(vm, &arg), EFAULT);
	ok(mprotect((char *)room + PAGE, PAGE, PROT_READ | PROT_WRITE));

	ok(ask(vm, &arg));
	equal(arg.get.nr_ranges, MANY);
	equal(arg.get.size, 0);
	for (i = 0; i < MANY; i++) {
		same(room[i].iova, iova + 2 * i * PAGE);
		same(room[i].size, PAGE);
	}
}
