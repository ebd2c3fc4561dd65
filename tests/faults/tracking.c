// SPDX-License-Identifier: GPL-2.0
/* START, GET and STOP. */
#include <errno.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixtures/late_page.h"
#include "fixtures/memory.h"
#include "fixtures/sharing.h"
#include "subject.h"
#include "sweep.h"

static void start_of(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, 3);
	map_pages(vm, 3, 13);
	let_write(dev, kind);
	sweep_watch(vm);
	SWEEP("START", NOTHING, pinscope_dirty_start(vm->container)) {
		if (!!sweep.ret == scope_of(vm).tracking)
			complain("tracking is %d", scope_of(vm).tracking);
		if (!scope_of(vm).tracking)
			start(vm);
		writes(dev, 4);
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
		stop(vm);
	}
}

ON(start_of, emulated)
ON(start_of, backed)
ON(start_of, tracked)
ON(start_of, optin)
ON(start_of, hwlog)
ON(start_of, optin_edu)
ON(start_of, hwlog_edu)

static void stop_of(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	let_write(dev, kind);
	start(vm);
	sweep_watch(vm);
	SWEEP("STOP", NOTHING, pinscope_dirty_stop(vm->container)) {
		if (!!sweep.ret != scope_of(vm).tracking)
			complain("tracking is %d", scope_of(vm).tracking);
		if (scope_of(vm).tracking)
			stop(vm);
		start(vm);
	}
}

ON(stop_of, emulated)
ON(stop_of, tracked)
ON(stop_of, optin)
ON(stop_of, hwlog)

/* What a GET that failed would have told, the next one does */
static void get_in_mappings(const struct kind *kind, int first, uint32_t cmd)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	uint64_t bitmap = 0, page = P(4 - first);

	if (first) {
		unmap_pages(vm, 0, PAGES);
		map_pages(vm, first, 2);
		map_pages(vm, first + 2, PAGES - first - 2);
	}
	start(vm);
	if (kind->pins)
		window(dev, 4);
	ok(try_command(dev, cmd, IOVA(4), 64));
	sweep_watch(vm);
	SWEEP("GET", bitmap = 0,
	      try_get(vm, first, PAGES - first, &bitmap, 8)) {
		if (!sweep.ret && !(bitmap & page))
			complain("page 4 is lost");
		if (sweep.ret) {
			ok(try_get(vm, first, PAGES - first, &bitmap, 8));
			if (!(bitmap & page))
				complain("it failed, and page 4 is lost");
		}
		ok(try_command(dev, cmd, IOVA(4), 64));
	}
}

static void get(const struct kind *kind)
{
	get_in_mappings(kind, 0, PINSCOPE_CMD_DMA_WRITE);
}

static void get_two_mappings(const struct kind *kind)
{
	get_in_mappings(kind, 1, PINSCOPE_CMD_DMA_WRITE);
}

static void get_cpu_writes(const struct kind *kind)
{
	get_in_mappings(kind, 1, PINSCOPE_CMD_CPU_WRITE);
}

ON(get, emulated)
ON(get, backed)
ON(get, tracked)
ON(get, optin)
ON(get, hwlog)
ON(get, hwlog_edu)
ON(get_two_mappings, backed)
ON(get_two_mappings, tracked)
ON(get_two_mappings, hwlog)
ON(get_cpu_writes, emulated)
ON(get_cpu_writes, hwlog)

/* The bitmap begins before what is mapped: its first word is read, and kept in part */
static void get_before_a_mapping(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	uint64_t bitmap = 0;

	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 3, PAGES - 3);
	start(vm);
	writes(dev, 4);
	sweep_watch(vm);
	SWEEP("GET", bitmap = 1, try_get(vm, 0, PAGES, &bitmap, 8)) {
		if (sweep.ret)
			ok(try_get(vm, 0, PAGES, &bitmap, 8));
		if (!(bitmap & P(4)))
			complain("page 4 is lost");
		if (!(bitmap & P(0)))
			complain("what is not mapped was written");
		writes(dev, 4);
	}
}

ON(get_before_a_mapping, tracked)

/* So many pages that all of their bits are copied in one go, or cleared */
static void get_of_many_pages(const struct kind *kind)
{
	const size_t size = 8192 * PAGE, bytes = size / PAGE / 8;
	const uint64_t iova = 1ull << 32;
	struct vm *vm = vm_new();
	uint64_t *bitmap = zalloc(bytes);

	new_device_of(kind, vm);
	map_at(vm, small_memory(size), iova, size);
	start(vm);
	sweep_watch(vm);
	SWEEP("GET", memset(bitmap, 0x55, bytes),
	      try_get_in(vm, iova, size, PAGE, bitmap, bytes)) {
		if (sweep.ret)
			ok(try_get_in(vm, iova, size, PAGE, bitmap, bytes));
		if (bitmap[0] != (kind->pins ? 0 : ~0ull) ||
		    bitmap[bytes / 8 - 1] != bitmap[0])
			complain("the bitmap is %llx",
				 (unsigned long long)bitmap[0]);
	}
}

ON(get_of_many_pages, emulated)
ON(get_of_many_pages, backed)

static void cpu_writes_at(struct device *dev, uint64_t iova)
{
	ok(try_command(dev, PINSCOPE_CMD_CPU_WRITE, iova, 64));
}

/* What is clean is cleared, the little that is dirty written on top */
static void get_few_of_many_pages(const struct kind *kind)
{
	const size_t size = 8192 * PAGE, bytes = size / PAGE / 8;
	const uint64_t iova = 1ull << 32;
	struct vm *vm = vm_new();
	uint64_t *bitmap = zalloc(bytes);
	struct device *dev = new_device_of(kind, vm);

	map_at(vm, small_memory(size), iova, size);
	start(vm);
	sweep_watch(vm);
	SWEEP("GET", (memset(bitmap, 0x55, bytes), cpu_writes_at(dev, iova + 4100 * PAGE)),
	      try_get_in(vm, iova, size, PAGE, bitmap, bytes)) {
		if (sweep.ret)
			ok(try_get_in(vm, iova, size, PAGE, bitmap, bytes));
		if (bitmap[4100 / 64] != 1ull << 4100 % 64)
			complain("page 4100 is lost");
		if (bitmap[0] || bitmap[bytes / 8 - 1])
			complain("other pages are dirty");
	}
}

ON(get_few_of_many_pages, emulated)

/* Part of a mapping, all of which is dirty: the rest stays so */
static void get_ranges(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	struct device *other = new_device_of(&backed, vm);
	uint64_t bits;

	leave_vm(other);
	start(vm);
	let_write(dev, kind);
	sweep_watch(vm);
	SWEEP("GET for ranges", NOTHING, try_ranges(vm, 2, 6, &bits)) {
		if (sweep.ret)
			ok(try_ranges(vm, 2, 6, &bits));
		if (!(bits & P(2)))
			complain("page 4 is lost");
		let_write(dev, kind);
	}
	/* A mapping that is dirty as a whole because a device leaves it */
	SWEEP("GET for ranges of a settling report",
	      (attach(other), open_device(other), leave_vm(other)),
	      try_ranges(vm, 2, 6, &bits)) {
		if (sweep.ret)
			ok(try_ranges(vm, 2, 6, &bits));
		if ((bits & 0x3f) != 0x3f)
			complain("of pages 2 to 7 %llx are reported",
				 (unsigned long long)bits);
		if ((dirty(vm) & ALL & ~(0x3full << 2)) != (ALL & ~(0x3full << 2)))
			complain("the rest is lost");
		let_write(dev, kind);
	}
}

ON(get_ranges, emulated)
ON(get_ranges, tracked)

struct marker {
	struct late_page late;
	struct puppet *dev;
};

/* When the GET waits for the page of its answer */
static int mark_and_fill(void *arg)
{
	struct marker *m = arg;
	struct uffd_msg msg;

	if (read(m->late.fd, &msg, sizeof(msg)) != sizeof(msg))
		return -errno;
	make(m->dev, MARK(5));
	fill(&m->late);
	return 0;
}

static struct task *begin_marking(struct vm *vm, struct marker *m)
{
	stop(vm);
	start(vm);
	madvise(m->late.page, PAGE, MADV_DONTNEED);
	return begin_task(mark_and_fill, m);
}

static void end_marking(struct marker *m, struct task *marks)
{
	/* If the GET has failed before it came to the page */
	madvise(m->late.page, PAGE, MADV_POPULATE_READ);
	equal(end_task(marks), 0);
}

FAULTS(get_beside_a_mark)
{
	struct vm *vm = vm_new();
	struct marker m = { .dev = vm_puppet(vm, new_sim(false)) };
	struct task *marks;

	make(m.dev, PIN_TRACKED(5));
	late_page(&m.late, vm);
	fill(&m.late);
	start(vm);
	SWEEP_PARTS("GET beside a mark", marks = begin_marking(vm, &m),
		    try_get(vm, 0, PAGES, m.late.page, 8)) {
		end_marking(&m, marks);
		if (!(dirty(vm) & P(5)))
			complain("page 5 is lost");
	}
	/* That of the turn in which nothing was left to fail */
	end_marking(&m, marks);
}

/* Pages 0 to 15 are a piece of the answer, which waits, and page 64 the next one */
static int get_two_pieces(void *arg)
{
	struct late_page *late = arg;

	return try_get(late->vm, 0, 65, late->page, 16);
}

static struct task *begin_two_pieces(struct marker *m)
{
	struct vm *vm = m->late.vm;
	struct uffd_msg msg;
	struct task *gets;

	stop(vm);
	make(m->dev, PIN(64));
	start(vm);
	madvise(m->late.page, PAGE, MADV_DONTNEED);
	gets = begin_task(get_two_pieces, &m->late);
	equal(read(m->late.fd, &msg, sizeof(msg)), sizeof(msg));
	return gets;
}

static uint64_t end_two_pieces(struct marker *m, struct task *gets)
{
	fill(&m->late);
	equal(end_task(gets), 0);
	return ((uint64_t *)m->late.page)[1];
}

/* It may be the last GET, so that the next one is no place for what it leaves out */
FAULTS(unpin_beside_a_get)
{
	struct vm *vm = vm_new();
	struct marker m = { .dev = vm_puppet(vm, new_sim(false)) };
	struct task *gets;

	map_at(vm, small_memory(PAGE), IOVA(64), PAGE);
	late_page(&m.late, vm);
	fill(&m.late);
	SWEEP_PARTS("unpin beside a GET", gets = begin_two_pieces(&m),
		    (make(m.dev, UNPIN(64)), 0))
		if (!(end_two_pieces(&m, gets) & 1))
			complain("page 64 is lost");
	check(end_two_pieces(&m, gets) & 1);
}
