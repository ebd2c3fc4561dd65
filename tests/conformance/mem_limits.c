// SPDX-License-Identifier: GPL-2.0
/* How much memory may be locked, how little and how much may be mapped. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <harness/kernel.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/soft.h"

#define REFUSED "RLIMIT_MEMLOCK"

/* The line of a refusal, and what says how often it was left out. */
#define ALLOWED REFUSED "|callbacks suppressed"

/* Nobody in particular, who may lock so many pages and not more. */
static void limit_pages(int nr)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];
	struct rlimit limit = { nr * PAGE, nr * PAGE };

	ok(setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0);
	ok(syscall(SYS_capget, &head, caps) ? -errno : 0);
	caps[0].effective &= ~(1u << CAP_IPC_LOCK);
	ok(syscall(SYS_capset, &head, caps) ? -errno : 0);
}

static struct vm *unmapped_vm(void)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	return vm;
}

TEST(mem, pin_beyond_the_limit_is_refused, .log = ALLOWED)
{
	struct vm *vm = unmapped_vm();
	struct device *dev = vm_emulated(vm);

	limit_pages(2);
	map_pages(vm, 0, PAGES);
	start(vm);
	window(dev, 1);
	window(dev, 2);
	refused(try_window(dev, 3), ENOMEM);
	/* Of several pages, none stays */
	no_window(dev, 2);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(5), 2 * PAGE),
		ENOMEM);
	equal(pins(dev), 1);
	same(dirty(vm), P(1) | P(2));
	same(dirty(vm), P(1));
	window(dev, 3);
	writes(dev, 3);
	same(dirty(vm), P(1) | P(3));
}

/* A page that is locked already costs nothing more. */
TEST(mem, page_pinned_twice_is_counted_once, .log = ALLOWED)
{
	struct vm *vm = unmapped_vm();
	struct device *a = vm_emulated(vm), *b = vm_emulated(vm);

	limit_pages(1);
	map_pages(vm, 0, PAGES);
	window(a, 1);
	window(b, 1);
	refused(try_window(b, 2), ENOMEM);
	no_window(a, 1);
	refused(try_window(b, 2), ENOMEM);
	no_window(b, 1);
	window(b, 2);
}

/* Nor does it cost more when all that is mapped becomes locked, for an IOMMU */
TEST(mem, pinned_page_that_is_mapped_is_counted_once)
{
	struct vm *vm = unmapped_vm();
	struct device *em = vm_emulated(vm), *dev;

	map_pages(vm, 0, PAGES);
	locked_is(0);
	window(em, 3);
	window(em, 5);
	locked_is(2 * PAGE / 1024);
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	locked_is(PAGES * PAGE / 1024);
	no_window(em, 5);
	locked_is(PAGES * PAGE / 1024);
	/* What is still pinned stays locked without the IOMMU */
	leave_vm(dev);
	locked_is(PAGE / 1024);
	no_window(em, 3);
	locked_is(0);
}

TEST(mem, map_beyond_the_limit_is_refused, .log = ALLOWED)
{
	struct vm *vm = unmapped_vm();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));

	limit_pages(4);
	map_pages(vm, 0, 4);
	refused(try_map(vm, 4, 1, PINSCOPE_MAP_RW), ENOMEM);
	refused(try_map(vm, 4, 8, PINSCOPE_MAP_RW), ENOMEM);
	locked_is(4 * PAGE / 1024);
	start(vm);
	writes(dev, 3);
	check(dirty(vm) & P(3));
	unmap_pages(vm, 0, 4);
	locked_is(0);
	map_pages(vm, 4, 4);
	writes(dev, 5);
}

/* What another mapping has pinned is none of the one that is not there */
TEST(mem, map_that_fails_at_0_beside_pins)
{
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm *vm = unmapped_vm();
	struct puppet *dev;

	check(nowhere != MAP_FAILED);
	dev = vm_puppet(vm, sim_new(SIM_GROUP, NULL));
	map_pages(vm, 0, PAGES);
	make(dev, PIN(1));
	refused(pinscope_map(vm->container, nowhere, 0, PAGE, PINSCOPE_MAP_RW), EFAULT);
	make(dev, WRITES(1));
	make(dev, UNPIN(1));
}

#define REFUSALS 200

/* Or whoever has nothing but a device fills the disk. */
TEST(mem, refusals_do_not_fill_the_log, .log = ALLOWED)
{
	struct vm *vm = unmapped_vm();
	struct device *dev = vm_emulated(vm);
	int i;

	limit_pages(1);
	map_pages(vm, 0, PAGES);
	window(dev, 1);
	klog_mark();
	for (i = 0; i < REFUSALS; i++)
		refused(try_window(dev, 2), ENOMEM);
	i = klog_count(REFUSED);
	if (i > REFUSALS / 4)
		fail("%d refusals, %d lines in the kernel's log", REFUSALS, i);
}

TEST(mem, one_page_is_mapped_and_pinned)
{
	struct vm *vm = unmapped_vm();
	struct device *em = vm_emulated(vm);
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	unsigned int locked = locked_kb();
	uint64_t bitmap = 0;

	map_pages(vm, 7, 1);
	locked_is(locked + PAGE / 1024);
	start(vm);
	ok(try_get(vm, 7, 1, &bitmap, sizeof(bitmap)));
	window(em, 7);
	refused(try_window(em, 6), EINVAL);
	refused(try_window(em, 8), EINVAL);
	writes(em, 7);
	writes(dev, 7);
	bitmap = 0;
	ok(try_get(vm, 7, 1, &bitmap, sizeof(bitmap)));
	same(bitmap, P(0));
	unmap_pages(vm, 7, 1);
	equal(pins(em), 0);
	locked_is(locked);
}

/* Addresses only: pages of it come into being when they are pinned. */
static void *reserve(uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		skip("needs %llu TiB of addresses",
		     (unsigned long long)size >> 40);
	return p;
}

#define TIB (1ull << 40)
#define FAR (1ull << 41)

static void tracks_a_mapping_of(uint64_t size)
{
	struct vm *vm = unmapped_vm();
	struct device *dev = vm_emulated(vm);
	void *ram = reserve(size);
	uint64_t pages = size / PAGE, last = FAR + size - PAGE, *bitmap;
	size_t bytes = (pages + 63) / 64 * 8;

	map_at(vm, ram, FAR, size);
	start(vm);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, last, PAGE));
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, last, 64));
	bitmap = reserve(bytes);
	ok(try_get_in(vm, FAR, size, PAGE, bitmap, bytes));
	same(bitmap[(pages - 1) / 64], P((pages - 1) % 64));
	same(bitmap[0], NONE);
	same(bitmap[(pages - 1) / 64 - 1], NONE);
	ok(try_unmap_at(vm, FAR, size));
	equal(pins(dev), 0);
	munmap(bitmap, bytes);
	munmap(ram, size);
}

TEST(mem, mapping_of_a_tib_is_tracked, .limit = 120)
{
	tracks_a_mapping_of(TIB - PAGE);
}

TEST(mem, mapping_of_8_tib_is_tracked, .limit = 120)
{
	tracks_a_mapping_of(8 * TIB);
}

/* Part of its memory is pinned, and counted, already: that stays so. */
TEST(mem, group_that_cannot_join_leaves_pins_counted, .log = ALLOWED)
{
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = unmapped_vm();
	struct device *em = vm_emulated(vm), *dev;

	dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP, NULL)));
	limit_pages(4);
	map_at(vm, ram, SIZE_2M, SIZE_2M);
	ok(try_command(em, PINSCOPE_CMD_ADD_WINDOW, SIZE_2M + PAGE, PAGE));
	locked_is(PAGE / 1024);
	refused(try_attach(dev), ENOMEM);
	locked_is(PAGE / 1024);
	ok(try_command(em, PINSCOPE_CMD_REMOVE_WINDOW, SIZE_2M + PAGE, PAGE));
	locked_is(0);
}
