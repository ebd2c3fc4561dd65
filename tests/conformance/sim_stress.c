// SPDX-License-Identifier: GPL-2.0
/*
 * DMA while memory is mapped, unmapped and looked at: no byte is written once an
 * unmap has returned, and no write is without mark.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/sample.h>

#include "fixtures/race.h"
#include "fixtures/soft.h"

/* Pages that two devices write to meanwhile, unmapped after a write had got there. */
/* A kernel that looks for bugs makes as many in as long as others take for all */
#define MEETINGS 20000
#define STRESS_MS 1000
#define STRESS(what) TEST(sim, what, .limit = 240)

/* Commands one after the other, between which nothing else is asked. */
#define BURST 64

/* A device that writes to page after page. */
struct writer {
	struct device *dev;
	int first;
	int nr;
	uint32_t len;
	uint32_t seed;
	unsigned int hits;
	unsigned int faults;
};

static int set(struct device *dev, uint32_t reg, uint32_t value)
{
	return pinscope_sample_write32(dev->dev, reg, value);
}

static int status_of(struct writer *w)
{
	uint32_t status = 0;
	int ret;

	ret = pinscope_sample_read32(w->dev->dev, PINSCOPE_REG_STATUS,
				     &status);
	if (ret)
		return ret;
	if (!(status & PINSCOPE_STATUS_ERROR)) {
		w->hits++;
		return 0;
	}
	w->faults++;
	return either(-PINSCOPE_STATUS_ERRNO(status), -EFAULT, 0);
}

/* Another page, and another first word, which is not zero. */
static int choose(struct writer *w)
{
	int page = w->first + w->seed % w->nr, ret;

	w->seed += 0x1001;
	ret = set(w->dev, PINSCOPE_REG_IOVA, IOVA(page));
	return ret ? ret : set(w->dev, PINSCOPE_REG_SEED, w->seed | 1);
}

static int write_burst(void *arg)
{
	struct writer *w = arg;
	int i, ret = choose(w);

	for (i = 0; !ret && i < BURST; i++)
		ret = set(w->dev, PINSCOPE_REG_CMD, PINSCOPE_CMD_DMA_WRITE);
	return ret ? ret : status_of(w);
}

static int write_once(void *arg)
{
	struct writer *w = arg;
	int ret = choose(w);

	if (!ret)
		ret = set(w->dev, PINSCOPE_REG_CMD, PINSCOPE_CMD_DMA_WRITE);
	return ret ? ret : status_of(w);
}

static void set_up(struct writer *w)
{
	ok(set(w->dev, PINSCOPE_REG_IOVA + 4, 0));
	ok(set(w->dev, PINSCOPE_REG_LEN, w->len));
}

/* Who unmaps a page, and finds that it stays as it is from then on. */
struct unmapper {
	struct vm *vm;
	int first;
	int nr;
	unsigned int round;
	unsigned int written;
};

static bool is_zero(const uint8_t *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

static int unmap_and_watch(void *arg)
{
	struct unmapper *u = arg;
	int page = u->first + u->round++ % u->nr, i, ret;
	uint8_t *memory = u->vm->ram + page * PAGE;

	ret = try_unmap(u->vm, page, 1);
	if (ret)
		return ret;
	u->written += !is_zero(memory, PAGE);
	memset(memory, 0, PAGE);
	for (i = 0; i < 4; i++)
		if (!is_zero(memory, PAGE))
			return -EIO;
	/* Still so when others have had their turn. */
	usleep(0);
	if (!is_zero(memory, PAGE))
		return -EIO;
	return try_map(u->vm, page, 1, PINSCOPE_MAP_RW);
}

static void map_singly(struct vm *vm)
{
	int page;

	for (page = 0; page < PAGES; page++)
		map_pages(vm, page, 1);
}

STRESS(nothing_is_written_after_unmap)
{
	struct vm *vm = vm_new();
	struct writer a = { .first = 0, .nr = 2, .len = PAGE };
	struct writer b = { .first = 1, .nr = 2, .len = 64 };
	struct unmapper u = { .vm = vm, .first = 0, .nr = 3 };
	struct racer racers[] = {
		RACER(write_burst, &a), RACER(write_burst, &b),
		RACER(unmap_and_watch, &u),
	};
	unsigned int writes;

	vm->unmapped = true;
	a.dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	b.dev = vm_backed(vm, sim_new(SIM_GROUP + 1, NULL));
	map_singly(vm);
	set_up(&a);
	set_up(&b);
	do {
		race(racers, 3, STRESS_MS);
		writes = BURST * (racers[0].rounds + racers[1].rounds);
	} while (u.written < MEETINGS / time_factor());
	note("%u DMA writes; %u pages unmapped, %u of them written before",
	     writes, racers[2].rounds, u.written);
	check(a.hits && b.hits && a.faults && b.faults && u.written);
}

/* Who compares what has changed, by the first word of a page, with the marks. */
struct auditor {
	struct vm *vm;
	int fd;
	unsigned int changed;
};

static void look(struct auditor *a, uint32_t *words)
{
	uint32_t *word;
	int page;

	for (page = 0; page < PAGES; page++) {
		word = (uint32_t *)(a->vm->ram + page * PAGE);
		words[page] = __atomic_load_n(word, __ATOMIC_RELAXED);
	}
}

/*
 * What differs between two looks was written after the first look, hence after
 * the marks were cleared before it, so it is marked when they are read again.
 */
static int audit(void *arg)
{
	uint32_t before[PAGES], after[PAGES];
	struct auditor *a = arg;
	uint64_t marked;
	int page, i, ret;

	look(a, before);
	/* As soon as something has changed, for then it is likely unmarked. */
	for (i = 0; i < 200; i++) {
		look(a, after);
		if (memcmp(before, after, sizeof(after)))
			break;
	}
	ret = marks_of(a->fd, &marked);
	if (ret)
		return ret;
	for (page = 0; page < PAGES; page++) {
		if (before[page] == after[page])
			continue;
		a->changed++;
		if (!(marked & P(page)))
			return -EIO;
	}
	return 0;
}

STRESS(no_write_is_without_mark)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct vm *vm = vm_new();
	struct writer a = { .first = 0, .nr = 9, .len = 64 };
	struct writer b = { .first = 7, .nr = 8, .len = 64 };
	struct auditor auditor = { .vm = vm };
	struct racer racers[] = {
		RACER(write_once, &a), RACER(write_once, &b),
		RACER(audit, &auditor),
	};

	a.dev = vm_backed(vm, sim);
	b.dev = vm_backed(vm, sim_new(SIM_GROUP + 1, NULL));
	auditor.fd = marks_open(sim);
	track(sim, true);
	set_up(&a);
	set_up(&b);
	race(racers, 3, 3 * STRESS_MS);
	note("%u DMA writes; marks read %u times, of %u pages that had changed",
	     racers[0].rounds + racers[1].rounds,
	     racers[2].rounds, auditor.changed);
	equal(a.faults + b.faults, 0);
	check(auditor.changed);
	close(auditor.fd);
}
