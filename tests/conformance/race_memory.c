// SPDX-License-Identifier: GPL-2.0
/*
 * A process changes its memory in every way there is while devices pin it and write to
 * it, and while it is mapped and unmapped: what a write did that succeeded is told,
 * and in the end nothing is pinned or locked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/memory.h"
#include "fixtures/race.h"
#include "fixtures/soft.h"

#define FAR (1ull << 32)
#define AREA (2 * SIZE_2M)
#define RACE_MS 5000

/* Of headers newer than some */
#define ADVICE_PAGEOUT 21
#define ADVICE_COLLAPSE 25
#define REMAP_DONTUNMAP 4

struct area {
	struct vm *vm;
	struct device *emulated;
	struct device *backed;	/* or NULL */
	uint8_t *p;
	int fd;			/* of the file it is, or -1 */
	size_t unit;
	unsigned int seed[2];
	unsigned int writes;
	unsigned int lost;
};

static void fork_and_write(uint8_t *p, size_t len)
{
	pid_t pid = fork();
	size_t at;

	if (!pid) {
		for (at = 0; at < len; at += PAGE)
			p[at] = 1;
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void move_away(uint8_t *p, size_t len)
{
	void *to = mremap(p, len, len, MREMAP_MAYMOVE | REMAP_DONTUNMAP);

	if (to != MAP_FAILED)
		munmap(to, len);
}

static void replace(struct area *a, uint8_t *p, size_t len)
{
	if (a->fd < 0)
		mmap(p, len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	else
		mmap(p, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     a->fd, p - a->p);
}

static void cut_off(struct area *a, size_t size)
{
	if (ftruncate(a->fd, size) || ftruncate(a->fd, AREA))
		note("truncate: %d", errno);
}

static int change_somehow(void *arg)
{
	struct area *a = arg;
	unsigned int r = rand_r(&a->seed[0]);
	size_t units = AREA / a->unit, first = (r >> 8) % units;
	size_t len = ((r >> 16) % (units - first) + 1) * a->unit;
	uint8_t *p = a->p + first * a->unit;

	switch (r % 10) {
	case 0:
		madvise(p, len, MADV_DONTNEED);
		break;
	case 1:
		madvise(p, len, MADV_FREE);
		break;
	case 2:
		madvise(a->p, AREA, ADVICE_COLLAPSE);
		break;
	case 3:
		move_away(p, len);
		break;
	case 4:
		fork_and_write(p, len);
		break;
	case 5:
		madvise(p, len, MADV_MERGEABLE);
		break;
	case 6:
		madvise(p, len, ADVICE_PAGEOUT);
		break;
	case 7:
		if (a->fd >= 0)
			fallocate(a->fd, FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, p - a->p, len);
		break;
	case 8:
		if (a->fd >= 0 && r & 0x100)
			cut_off(a, p - a->p);
		mprotect(p, len, PROT_READ);
		mprotect(p, len, PROT_READ | PROT_WRITE);
		break;
	default:
		replace(a, p, len);
	}
	return 0;
}

static int is_told(struct area *a, int page)
{
	uint64_t bits[AREA / PAGE / 64] = { };
	int ret = try_get_in(a->vm, FAR, AREA, PAGE, bits, sizeof(bits));

	return ret ? ret : bits[page / 64] >> page % 64 & 1;
}

static int unmap_and_map(struct area *a)
{
	int ret = try_unmap_at(a->vm, FAR, AREA);

	if (ret)
		return either(ret, -EBUSY, 0);
	/* There may be no memory where the file ends, or where nothing is for now */
	do {
		ret = try_map_at(a->vm, a->p, FAR, AREA);
	} while (ret == -EFAULT || ret == -ENOMEM);
	return ret;
}

static int write_somehow(void *arg)
{
	struct area *a = arg;
	unsigned int r = rand_r(&a->seed[1]);
	int nr = (r >> 4) % 8 + 1, page = (r >> 8) % (AREA / PAGE - nr), told, ret;
	uint64_t at = FAR + page * PAGE;
	struct device *dev = a->emulated;
	bool windowed = r % 4 == 1;

	if (r % 4 == 0)
		return unmap_and_map(a);
	if (windowed && try_command(dev, PINSCOPE_CMD_ADD_WINDOW, at, nr * PAGE))
		return 0;
	if (windowed)
		ret = try_command(dev, PINSCOPE_CMD_DMA_WRITE, at, 64);
	else if (a->backed && r & 2)
		ret = try_command(a->backed, PINSCOPE_CMD_DMA_WRITE, at, 64);
	else
		ret = try_command(dev, PINSCOPE_CMD_CPU_WRITE, at, 64);
	if (windowed && r & 0x10000000)
		try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, at, nr * PAGE);
	told = is_told(a, page);
	if (windowed)
		try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, at, nr * PAGE);
	a->writes += !ret;
	a->lost += !ret && !told;
	return told < 0 ? told : 0;
}

static void race_with(struct area *a, bool backed)
{
	struct racer racers[] = {
		RACER(change_somehow, a), RACER(write_somehow, a),
	};
	struct vm *vm = vm_new();

	a->vm = vm;
	a->seed[0] = now_ms();
	a->seed[1] = a->seed[0] + 1;
	note("seed %u", a->seed[0]);
	vm->unmapped = true;
	a->emulated = vm_emulated(vm);
	if (backed)
		a->backed = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	map_at(vm, a->p, FAR, AREA);
	start(vm);
	race(racers, 2, RACE_MS);
	note("%u changes, %u writes", racers[0].rounds, a->writes);
	if (a->lost)
		fail("%u pages lost", a->lost);
	equal(pins(a->emulated), 0);
	ok(try_unmap_at(vm, FAR, AREA));
	locked_is(0);
}

static struct area anonymous(void)
{
	return (struct area){
		.p = huge_memory(AREA), .fd = -1, .unit = PAGE,
	};
}

static struct area file(unsigned int flags)
{
	struct area a = anonymous();

	a.fd = ok(memfd_create("area", MFD_CLOEXEC | flags));
	a.unit = flags & MFD_HUGETLB ? SIZE_2M : PAGE;
	ok(ftruncate(a.fd, AREA));
	check(mmap(a.p, AREA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		   a.fd, 0) != MAP_FAILED);
	return a;
}

TEST(race, memory_changes_under_pins, .limit = 60)
{
	struct area a = anonymous();

	race_with(&a, false);
}

TEST(race, memory_changes_under_dma, .limit = 60)
{
	struct area a = anonymous();

	race_with(&a, true);
}

TEST(race, file_changes_under_pins, .limit = 60)
{
	struct area a = file(0);

	race_with(&a, false);
}

TEST(race, file_changes_under_dma, .limit = 60)
{
	struct area a = file(0);

	race_with(&a, true);
}

#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"

static void restore_huge_pages(void *arg)
{
	put_file(HUGE_PAGES, arg);
}

TEST(race, hugetlb_file_changes_under_dma, .limit = 60)
{
	char *before = get_line(HUGE_PAGES);
	struct area a;

	defer(RESTORE_HOST, restore_huge_pages, before);
	ok(put_file(HUGE_PAGES, text("%d", atoi(before) + 8)));
	a = file(MFD_HUGETLB);
	race_with(&a, true);
}
