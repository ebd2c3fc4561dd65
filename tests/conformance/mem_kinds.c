// SPDX-License-Identifier: GPL-2.0
/* Memory of other kinds than anonymous pages, under pins and DMA. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/soft.h"

/* Puts other memory where some pages of the VM's are, or are mapped from. */
static void replace(struct vm *vm, int first, int nr, int flags, int fd)
{
	check(mmap(vm->ram + first * PAGE, nr * PAGE, PROT_READ | PROT_WRITE,
		   flags | MAP_FIXED, fd, 0) != MAP_FAILED);
}

static int memory_file(void)
{
	int fd = ok(memfd_create("mem", MFD_CLOEXEC));

	ok(ftruncate(fd, RAM_SIZE));
	return fd;
}

/* The word at the start of a page of a file, as others see it. */
static uint32_t word_of(int fd, int page)
{
	uint32_t word;

	equal(pread(fd, &word, sizeof(word), page * PAGE), sizeof(word));
	return word;
}

static uint32_t word_at(struct vm *vm, int page)
{
	return __atomic_load_n((uint32_t *)(vm->ram + page * PAGE),
			       __ATOMIC_RELAXED);
}

TEST(mem, shared_file_gets_what_the_device_writes)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int fd = memory_file();

	replace(vm, 0, PAGES, MAP_SHARED, fd);
	dev = vm_emulated(vm);
	start(vm);
	window(dev, 3);
	writes(dev, 3);
	same(dirty(vm), P(3));
	equal(word_of(fd, 3), word_at(vm, 3));
	check(word_of(fd, 3));
	close(fd);
}

/* A pin for writing comes after the copy, not before. */
TEST(mem, private_file_stays_as_it_is)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int fd = memory_file();

	replace(vm, 0, PAGES, MAP_PRIVATE, fd);
	dev = vm_emulated(vm);
	start(vm);
	/* The page of the file is there already */
	equal(word_at(vm, 3), 0);
	window(dev, 3);
	writes(dev, 3);
	cpu_writes(dev, 5);
	same(dirty(vm), P(3) | P(5));
	equal(word_of(fd, 3), 0);
	equal(word_of(fd, 5), 0);
	close(fd);
}

TEST(mem, backed_device_writes_to_a_shared_file)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int fd = memory_file();

	replace(vm, 0, PAGES, MAP_SHARED, fd);
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	start(vm);
	dirty(vm);
	writes(dev, 7);
	same(dirty(vm), P(7));
	equal(word_of(fd, 7), word_at(vm, 7));
	check(word_of(fd, 7));
	close(fd);
}

/* The file shrinks under the pin: the page is nobody's, and still the device's. */
TEST(mem, file_cut_off_under_a_window)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int fd = memory_file();

	replace(vm, 0, PAGES, MAP_SHARED, fd);
	dev = vm_emulated(vm);
	start(vm);
	window(dev, 3);
	ok(ftruncate(fd, 0));
	ok(try_write(dev, 3));
	same(dirty(vm), P(3));
	no_window(dev, 3);
	/* There is no such page any more */
	refused(try_window(dev, 3), EFAULT);
	equal(pins(dev), 0);
	close(fd);
}

#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"

static void restore_huge_pages(void *arg)
{
	put_file(HUGE_PAGES, arg);
}

static uint8_t *hugetlb_page(void)
{
	char *before = get_line(HUGE_PAGES);
	uint8_t *p;

	defer(RESTORE_HOST, restore_huge_pages, before);
	ok(put_file(HUGE_PAGES, text("%d", atoi(before) + 4)));
	p = mmap(NULL, SIZE_2M, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		skip("needs a free huge page");
	return p;
}

/* The first pages that are dirty of the huge page mapped, which has 512. */
static uint64_t dirty_of_huge(struct vm *vm)
{
	uint64_t bitmap[8] = { };
	int i;

	ok(try_get_in(vm, SIZE_2M, SIZE_2M, PAGE, bitmap, sizeof(bitmap)));
	for (i = 1; i < 8; i++)
		same(bitmap[i], NONE);
	return bitmap[0];
}

/* Those of its pages that are pinned count, and no others. */
static void pages_of_a_huge_page(struct device *dev, uint8_t *huge)
{
	struct vm *vm = dev->vm;
	const int nr = 3;

	map_at(vm, huge, SIZE_2M, SIZE_2M);
	start(vm);
	same(dirty_of_huge(vm), NONE);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, SIZE_2M + 5 * PAGE,
		       nr * PAGE));
	equal(pins(dev), nr);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, SIZE_2M + 6 * PAGE, 64));
	check(!pinscope_sample_verify(huge + 6 * PAGE, 64, dev->seed));
	same(dirty_of_huge(vm), P(5) | P(6) | P(7));
	ok(try_unmap_at(vm, SIZE_2M, SIZE_2M));
	equal(pins(dev), 0);
}

TEST(mem, pages_of_a_hugetlb_page)
{
	uint8_t *huge = hugetlb_page();
	struct vm *vm = vm_new();

	vm->unmapped = true;
	pages_of_a_huge_page(vm_emulated(vm), huge);
	munmap(huge, SIZE_2M);
}

TEST(mem, backed_device_writes_to_a_hugetlb_page)
{
	/* A large entry of the IOMMU would make all of it dirty */
	static const struct sim_options small = { .no_large_pages = true };
	uint8_t *huge = hugetlb_page();
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, &small));
	map_at(vm, huge, SIZE_2M, SIZE_2M);
	start(vm);
	same(dirty_of_huge(vm), NONE);
	ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, SIZE_2M + 6 * PAGE, 64));
	check(!pinscope_sample_verify(huge + 6 * PAGE, 64, dev->seed));
	same(dirty_of_huge(vm), P(6));
	ok(try_unmap_at(vm, SIZE_2M, SIZE_2M));
	munmap(huge, SIZE_2M);
}

TEST(mem, registers_of_a_device_are_mapped_and_not_pinned)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	uint8_t *bar = bar_memory(vm);

	map_at(vm, bar, BAR_IOVA, RAM_SIZE);
	refused(try_command(em, PINSCOPE_CMD_ADD_WINDOW, BAR_IOVA, PAGE),
		EREMOTEIO);
	equal(pins(em), 0);
	window(em, 3);
	start(vm);
	/* vfio-pci is there: everything, and that it can write to as well */
	same(dirty_in(vm, BAR_IOVA, RAM_SIZE, PAGE), ALL);
	same(dirty(vm), ALL);
	ok(try_unmap_at(vm, BAR_IOVA, RAM_SIZE));
}

/* A driver that works without pins takes the window, and is wide from then on. */
static void goes_wide(struct vm *vm, struct device *dev, uint8_t *bar)
{
	map_at(vm, bar, BAR_IOVA, RAM_SIZE);
	equal(pins(dev), 1);
	refused(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, BAR_IOVA + RAM_SIZE, PAGE),
		EINVAL);
	equal(pins(dev), 1);
	ok(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, BAR_IOVA, PAGE));
	equal(windows(dev), 2);
	equal(pins(dev), 0);
	check(!strcmp(mdev_get(dev->mdev, "scope"),
		      "refused: a window could not be pinned (-EREMOTEIO)"));
	writes(dev, 3);
	ok(try_unmap_at(vm, BAR_IOVA, RAM_SIZE));
}

#define NO_PAGES "pin refused (-EREMOTEIO)"

TEST(mem, registers_of_a_device_make_optin_wide, .says = NO_PAGES)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	uint8_t *bar = bar_memory(vm);

	window(dev, 3);
	start(vm);
	goes_wide(vm, dev, bar);
}

TEST(mem, registers_of_a_device_make_precopy_wide, .says = NO_PAGES)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");
	uint8_t *bar = bar_memory(vm);

	window(dev, 3);
	start(vm);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	goes_wide(vm, dev, bar);
}

TEST(mem, registers_of_a_device_make_hwlog_wide, .says = NO_PAGES)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_add(vm, mdev_new(HWLOG, lone_edu(0)));
	uint8_t *bar = bar_memory(vm);

	window(dev, 3);
	start(vm);
	goes_wide(vm, dev, bar);
}

#define KSM "/sys/kernel/mm/ksm/"

static void restore_ksm(void *arg)
{
	put_file(KSM "run", arg);
}

/* Makes one page of pages 3 and 4, which say the same. */
static void merge(struct vm *vm)
{
	if (access(KSM "run", W_OK))
		skip("needs KSM");
	defer(RESTORE_HOST, restore_ksm, get_line(KSM "run"));
	memset(vm->ram + 3 * PAGE, 0x5a, 2 * PAGE);
	ok(madvise(vm->ram + 3 * PAGE, 2 * PAGE, MADV_MERGEABLE) ? -errno : 0);
	ok(put_file(KSM "pages_to_scan", "10000"));
	ok(put_file(KSM "sleep_millisecs", "1"));
	ok(put_file(KSM "run", "1"));
}

static bool merged(void)
{
	return atoi(get_line(KSM "pages_sharing")) > 0;
}

TEST(mem, merged_page_is_split_by_a_pin)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	merge(vm);
	check(comes_true(merged(), 10000));
	start(vm);
	window(dev, 3);
	writes(dev, 3);
	equal(word_at(vm, 4), 0x5a5a5a5a);
	same(dirty(vm), P(3));
}

TEST(mem, pinned_page_is_not_merged)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	long scans;

	start(vm);
	window(dev, 3);
	merge(vm);
	scans = atol(get_line(KSM "full_scans"));
	check(comes_true(atol(get_line(KSM "full_scans")) > scans + 2, 10000));
	writes(dev, 3);
	equal(word_at(vm, 4), 0x5a5a5a5a);
	same(dirty(vm), P(3));
}

/* Pages that a user brings in itself when they are touched, as post-copy does. */
static int watch_faults(struct vm *vm, int first, int nr)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = {
			(uintptr_t)vm->ram + first * PAGE, nr * PAGE,
		},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		skip("needs userfaultfd");
	ok(raw(fd, UFFDIO_API, &api));
	ok(raw(fd, UFFDIO_REGISTER, &range));
	return fd;
}

static void bring_in(struct vm *vm, int fd, int page)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)vm->ram + page * PAGE,
		.src = (uintptr_t)zalloc(PAGE),
		.len = PAGE,
	};

	ok(raw(fd, UFFDIO_COPY, &copy));
	equal(copy.copy, PAGE);
}

static int task_window(void *arg)
{
	return try_window(arg, 3);
}

/* A pin waits for its page, as any access to it would, and nobody but the user. */
TEST(mem, pin_waits_for_a_page_that_is_to_come)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int fd = watch_faults(vm, 3, 2);
	struct task *pins_it;

	start(vm);
	if (!core_is_patched()) {
		/* It is told that there is no such page. */
		refused(try_window(dev, 3), EFAULT);
		equal(pins(dev), 0);
		bring_in(vm, fd, 3);
		window(dev, 3);
	} else {
		pins_it = begin_task(task_window, dev);
		doze(200);
		check(!task_is_done(pins_it));
		bring_in(vm, fd, 3);
		equal(end_task(pins_it), 0);
	}
	writes(dev, 3);
	same(dirty(vm), P(3));
	close(fd);
}

/* The device goes on with the memory it has, the process has another. */
TEST(mem, memory_replaced_under_a_window)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	start(vm);
	window(dev, 3);
	writes(dev, 3);
	replace(vm, 3, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ok(try_write(dev, 3));
	equal(word_at(vm, 3), 0);
	same(dirty(vm), P(3));
	/* A window made anew is on what is there now */
	no_window(dev, 3);
	window(dev, 3);
	writes(dev, 3);
	same(dirty(vm), P(3));
	unmap_pages(vm, 0, PAGES);
	equal(pins(dev), 0);
}

TEST(mem, memory_replaced_under_a_backed_device)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	unsigned int locked = locked_kb();

	start(vm);
	writes(dev, 3);
	replace(vm, 3, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ok(try_write(dev, 3));
	equal(word_at(vm, 3), 0);
	locked_is(locked);
	unmap_pages(vm, 0, PAGES);
	locked_is(locked - RAM_SIZE / 1024);
	map_pages(vm, 0, PAGES);
	writes(dev, 3);
	check(dirty(vm) & P(3));
}

#define LONG_SIZE (64ull << 20)

struct long_map {
	struct vm *vm;
	uint8_t *ram;
};

static int task_map_long(void *arg)
{
	struct long_map *map = arg;

	return try_map_at(map->vm, map->ram, SIZE_2M, LONG_SIZE + PAGE);
}

/* A mapping fails at its last page, and a device has written to its first */
TEST(mem, written_while_a_mapping_fails_is_dirty_once_mapped)
{
	struct long_map map = { .vm = vm_new() };
	struct device *dev;
	struct task *maps;
	int rounds, ret = 0;

	map.vm->unmapped = true;
	dev = vm_backed(map.vm, sim_new(SIM_GROUP, NULL));
	map.ram = small_memory(LONG_SIZE + PAGE);
	ok(mprotect(map.ram + LONG_SIZE, PAGE, PROT_NONE) ? -errno : 0);
	start(map.vm);
	for (rounds = 0; rounds < 20; rounds++) {
		maps = begin_task(task_map_long, &map);
		do {
			ret = try_command(dev, PINSCOPE_CMD_DMA_WRITE, SIZE_2M,
					  64);
		} while (ret && !task_is_done(maps));
		refused(end_task(maps), EFAULT);
		if (!ret)
			break;
	}
	note("written in round %d", rounds);
	check(!ret);
	check(!pinscope_sample_verify(map.ram, 64, dev->seed));
	map_at(map.vm, map.ram, SIZE_2M, RAM_SIZE);
	same(dirty_in(map.vm, SIZE_2M, RAM_SIZE, PAGE), ALL);
}
