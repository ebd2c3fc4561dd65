// SPDX-License-Identifier: GPL-2.0
/* Users whose kernel memory runs out: what is not known is dirty, and nothing is lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/soft.h"

#define CG "/tmp/pinscope-cgroup"
#define STEP (128ull << 20)
#define FAR (1ull << 40)
#define MAPPINGS 600
#define MAP_BYTES (STEP / PAGE / 8)

static char *cg;
static int asks[2], answers[2];
static pid_t helper;

/* Somebody who has memory: what it writes to memory.max comes by a pipe */
static void limiter(void)
{
	char *path = text("%s/memory.max", cg);
	long more;

	/* It must not hold what the test is going to close */
	asks[0] = fcntl(asks[0], F_DUPFD, 64);
	answers[1] = fcntl(answers[1], F_DUPFD, 64);
	dup2(asks[0], STDERR_FILENO + 1);
	dup2(answers[1], STDERR_FILENO + 2);
	closefrom(STDERR_FILENO + 3);
	while (read(STDERR_FILENO + 1, &more, sizeof(more)) == sizeof(more)) {
		put_file(path, more < 0 ? "max" :
			 text("%ld", atol(get_line(text("%s/memory.current",
							cg))) + more));
		write(STDERR_FILENO + 2, "", 1);
	}
	_exit(0);
}

static void leave_cgroup(void *arg)
{
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
	put_file(CG "/cgroup.procs", text("%d", getpid()));
	rmdir(arg);
}

static void set_limit(long more)
{
	char byte;

	write(asks[1], &more, sizeof(more));
	read(answers[0], &byte, 1);
}

static void no_limit(void)
{
	set_limit(-1);
}

static void raise_limit(void *arg)
{
	(void)arg;
	no_limit();
}

static void enter_cgroup(void)
{
	mkdir(CG, 0755);
	if (access(CG "/cgroup.procs", F_OK))
		ok(mount("none", CG, "cgroup2", 0, NULL) ? -errno : 0);
	ok(put_file(CG "/cgroup.subtree_control", "+memory"));
	cg = text("%s/test-%d", CG, getpid());
	ok(mkdir(cg, 0755) ? -errno : 0);
	ok(pipe(asks) ? -errno : 0);
	ok(pipe(answers) ? -errno : 0);
	helper = fork();
	check(helper >= 0);
	if (!helper)
		limiter();
	defer(RESTORE_HOST, leave_cgroup, cg);
	defer(CLOSE_FILES, raise_limit, NULL);
	ok(put_file(text("%s/cgroup.procs", cg), text("%d", getpid())));
	ok(put_file("/proc/self/oom_score_adj", "-1000"));
}

/* From now on there are so many bytes left. Nobody can be killed for more. */
static void limit(long more)
{
	ok(mlockall(MCL_CURRENT) ? -errno : 0);
	set_limit(more);
	ok(munlockall() ? -errno : 0);
}

static uint64_t at(int n)
{
	return FAR + n * STEP;
}

static int page_of(int n)
{
	return n * 7 % PAGES;
}

static void map_all(struct vm *vm)
{
	int n;

	memset(vm->ram, 1, RAM_SIZE);
	for (n = 0; n < MAPPINGS; n++)
		map_at(vm, vm->ram, at(n), RAM_SIZE);
}

static uint64_t *bitmap_of_all(void)
{
	uint64_t *p = mmap(NULL, MAPPINGS * MAP_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	check(p != MAP_FAILED);
	return p;
}

/* Writes one page of each; those that could be written */
static int write_all(struct device *dev, uint32_t cmd, bool *written)
{
	int n, nr = 0;

	for (n = 0; n < MAPPINGS; n++) {
		written[n] = !try_command(dev, cmd, at(n) + page_of(n) * PAGE,
					  64);
		nr += written[n];
	}
	return nr;
}

/* Written are none */
static const bool none[MAPPINGS];

/* All that was written is in the answer; returns how many pages are */
static int told(struct vm *vm, uint64_t *bitmap, const bool *written)
{
	int n, pages = 0, lost = 0;
	int ret;

	memset(bitmap, 0, MAPPINGS * MAP_BYTES);
	ret = try_get_in(vm, FAR, MAPPINGS * STEP, PAGE, bitmap,
			 MAPPINGS * MAP_BYTES);
	note("GET: %d", ret);
	if (ret) {
		no_limit();
		ok(try_get_in(vm, FAR, MAPPINGS * STEP, PAGE, bitmap,
			      MAPPINGS * MAP_BYTES));
	}
	for (n = 0; n < MAPPINGS; n++) {
		uint64_t bits = bitmap[n * MAP_BYTES / 8];

		pages += __builtin_popcountll(bits);
		if (written[n] && !(bits & P(page_of(n))))
			lost++;
	}
	if (lost)
		fail("%d pages lost", lost);
	return pages;
}

TEST(mem, cpu_writes_without_memory_are_dirty, .log = "*", .limit = 40)
{
	struct vm *vm = vm_new();
	bool written[MAPPINGS] = { };
	struct device *em;
	uint64_t *bitmap;
	int nr, pages;

	vm->unmapped = true;
	em = vm_emulated(vm);
	enter_cgroup();
	map_all(vm);
	bitmap = bitmap_of_all();
	start(vm);
	limit(256 << 10);
	nr = write_all(em, PINSCOPE_CMD_CPU_WRITE, written);
	pages = told(vm, bitmap, written);
	no_limit();
	note("%d written, %d told", nr, pages);
	equal(told(vm, bitmap, none), 0);
}

TEST(mem, tracked_writes_without_memory_are_dirty, .log = "*", .limit = 40)
{
	struct vm *vm = vm_new();
	bool written[MAPPINGS] = { };
	struct device *dev;
	uint64_t *bitmap;
	int nr, pages;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	enter_cgroup();
	map_all(vm);
	bitmap = bitmap_of_all();
	start(vm);
	nr = write_all(dev, PINSCOPE_CMD_DMA_WRITE, written);
	limit(256 << 10);
	pages = told(vm, bitmap, written);
	no_limit();
	note("%d written, %d told", nr, pages);
	pages = told(vm, bitmap, none);
	note("then %d", pages);
	equal(told(vm, bitmap, none), 0);
}

TEST(mem, dirt_kept_without_memory_is_dirty, .log = "*", .limit = 40)
{
	struct vm *vm = vm_new();
	bool written[MAPPINGS] = { };
	struct device *dev;
	uint64_t *bitmap;
	int nr, pages, n;

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	enter_cgroup();
	map_all(vm);
	bitmap = bitmap_of_all();
	start(vm);
	nr = write_all(dev, PINSCOPE_CMD_DMA_WRITE, written);
	limit(64 << 10);
	for (n = 0; n < MAPPINGS; n++)
		ok(try_unmap_at(vm, at(n), RAM_SIZE));
	no_limit();
	map_all(vm);
	pages = told(vm, bitmap, written);
	note("%d written, %d told", nr, pages);
	pages = told(vm, bitmap, none);
	note("then %d", pages);
	equal(told(vm, bitmap, none), 0);
}

TEST(mem, pins_without_memory, .log = "*", .limit = 40)
{
	struct vm *vm = vm_new();
	struct device *dev;
	bool written[MAPPINGS] = { };
	uint64_t *bitmap;
	int n, nr = 0, pages;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	enter_cgroup();
	map_all(vm);
	bitmap = bitmap_of_all();
	start(vm);
	limit(128 << 10);
	for (n = 0; n < 64; n++) {
		if (try_command(dev, PINSCOPE_CMD_ADD_WINDOW, at(n), 3 * PAGE))
			continue;
		nr++;
	}
	note("%d windows, %u pins", nr, pins(dev));
	equal(pins(dev), nr * 3);
	/* The last of them go in the middle of others */
	for (n = 0; n < 64; n++)
		try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, at(n), 3 * PAGE);
	equal(pins(dev), 0);
	pages = told(vm, bitmap, written);
	no_limit();
	note("%d told", pages);
	check(pages >= nr * 3);
	equal(told(vm, bitmap, none), 0);
}

static long charged(void)
{
	return atol(get_line(text("%s/memory.current", cg)));
}

/* As a driver whose DMA goes on in a work item. A chunk of bits takes 4 KiB. */
TEST(mem, what_threads_of_the_kernel_write_is_charged, .limit = 40)
{
	struct vm *vm = vm_new();
	struct puppet *dev;
	long before;
	int n;

	vm->unmapped = true;
	enter_cgroup();
	dev = vm_puppet(vm, NULL);
	map_all(vm);
	start(vm);
	before = charged();
	for (n = 0; n < MAPPINGS; n++)
		make(dev, (struct puppet_call){
			.op = PUPPET_RW_WRITE, .flags = PUPPET_CALL_WORK,
			.iova = at(n), .count = 64,
		});
	note("%ld bytes charged, of %ld", charged() - before, charged());
	check(charged() - before >= MAPPINGS / 2 * PAGE);
}

TEST(mem, map_without_memory, .log = "*", .limit = 40)
{
	struct vm *vm = vm_new();
	struct device *dev;
	int n, nr = 0, ret, last = 0;
	bool mapped[MAPPINGS] = { };

	vm->unmapped = true;
	dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	enter_cgroup();
	memset(vm->ram, 1, RAM_SIZE);
	start(vm);
	limit(256 << 10);
	for (n = 0; n < MAPPINGS; n++) {
		ret = try_map_at(vm, vm->ram, at(n), RAM_SIZE);
		if (ret)
			last = ret;
		mapped[n] = !ret;
		nr += !ret;
	}
	no_limit();
	note("%d mapped, others %d, locked %u kB", nr, last, locked_kb());
	locked_is(nr * RAM_SIZE / 1024);
	for (n = 0; n < MAPPINGS; n++)
		if (mapped[n])
			ok(try_command(dev, PINSCOPE_CMD_DMA_WRITE, at(n), 64));
		else
			refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, at(n),
					    64), EFAULT);
	for (n = 0; n < MAPPINGS; n++)
		ok(try_unmap_at(vm, at(n), RAM_SIZE));
	locked_is(0);
}
