// SPDX-License-Identifier: GPL-2.0
/*
 * One thread reads the bitmap of a container, the others have devices write, open
 * and close them, pin and unpin. What ends before a GET begins has to be in its
 * answer; what goes on meanwhile may be in that or in the next. Each thread
 * writes to pages of its own, so that two counters a page tell which it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "generate.h"
#include "own.h"
#include "threads.h"
#include "times.h"

static atomic_uint begun[PAGES], done[PAGES];
static atomic_int at_work;	/* writers */
static atomic_long turns;
static atomic_bool over;

struct writer {
	pthread_t thread;
	struct dice dice;
	int d;
	int first, nr;		/* its pages */
	long steps;		/* to be made */
	unsigned long writes;
};

static int device_named(const char *name)
{
	int d;

	for (d = 0; strcmp(config[d].name, name); d++)
		;
	return d;
}

static int make(enum op op, int d, int first, int nr)
{
	struct step step = {
		.op = op, .d = d, .first = first, .nr = nr, .prot = R | W,
		.unit = 1,
	};
	struct outcome out;

	hands_do(&step, &out);
	return out.ret;
}

static void must_make(enum op op, int d, int first, int nr)
{
	int ret = make(op, d, first, nr);

	if (ret < 0)
		die(op_name(op), -ret);
}

static void writes(struct writer *writer)
{
	int p = writer->first + dice_roll(&writer->dice) % writer->nr;

	atomic_fetch_add(&begun[p], 1);
	if (make(OP_DMA, writer->d, p, 1))
		atomic_fetch_sub(&begun[p], 1);
	else
		atomic_fetch_add(&done[p], 1);
	writer->writes++;
}

/* A device that logs its writes, closed while somebody may be asking for them */
static void hwlog_turn(struct writer *writer)
{
	int i;

	must_make(OP_OPEN, writer->d, 0, 0);
	must_make(OP_WINDOW, writer->d, writer->first, writer->nr);
	for (i = dice_roll(&writer->dice) % 16; i; i--)
		writes(writer);
	must_make(OP_CLOSE, writer->d, 0, 0);
}

/* Behind an IOMMU that tracks; pins come and go beside */
static void tracked_turn(struct writer *writer)
{
	int p = writer->first + dice_roll(&writer->dice) % writer->nr;

	if (dice_roll(&writer->dice) % 4)
		writes(writer);
	else if (make(OP_PIN, writer->d, p, 1) == 1)
		must_make(OP_UNPIN, writer->d, p, 1);
}

static void *write_on(void *arg)
{
	struct writer *writer = arg;

	for (; writer->steps > 0 && !atomic_load(&over); writer->steps--) {
		if (config[writer->d].driver == HWLOG)
			hwlog_turn(writer);
		else
			tracked_turn(writer);
		atomic_fetch_add(&turns, 1);
	}
	atomic_fetch_sub(&at_work, 1);
	return NULL;
}

/* Returns the pages that are lost */
static set look(unsigned int *told)
{
	struct step step = { .op = OP_GET, .nr = PAGES, .unit = 1 };
	unsigned int before[PAGES];
	struct outcome out;
	set lost = 0;
	int p;

	for (p = 0; p < PAGES; p++)
		before[p] = atomic_load(&done[p]);
	hands_do(&step, &out);
	if (out.ret)
		die("get", -out.ret);
	for (p = 0; p < PAGES; p++) {
		if (out.words[0] & page(p))
			told[p] = atomic_load(&begun[p]);
		else if ((int)(before[p] - told[p]) > 0)
			lost |= page(p);
	}
	return lost;
}

static struct writer writers[2];

static void begin(int nr, uint64_t seed, long steps)
{
	static const char * const names[] = { "hwlog", "t0" };
	int i;

	for (i = 0; i < nr; i++) {
		writers[i].d = device_named(names[i]);
		writers[i].first = i * PAGES / 2;
		writers[i].nr = PAGES / 2;
		writers[i].steps = steps;
		writers[i].writes = 0;
		dice_init(&writers[i].dice, seed, i);
		if (!hands_have(writers[i].d))
			die(names[i], ENODEV);
		must_make(OP_ATTACH, writers[i].d, 0, 0);
	}
	must_make(OP_MAP, 0, 0, PAGES);
	if (nr > 1)
		must_make(OP_OPEN, writers[1].d, 0, 0);
	must_make(OP_START, 0, 0, 0);
}

static void show_progress(double begin, double *said, long all)
{
	double now = times_seconds();
	long made = atomic_load(&turns);

	if (now - *said < 10)
		return;
	*said = now;
	printf("%ld of %ld turns, %.0f a second\n", made, all,
	       made / (now - begin));
	fflush(stdout);
}

int threads_run(uint64_t seed, long steps, int threads)
{
	unsigned int told[PAGES] = { 0 };
	double start = times_seconds(), said = start;
	unsigned long looks = 0;
	set lost = 0;
	int i;

	printf("seed %llu, %d threads, %ld turns each\n",
	       (unsigned long long)seed, threads, steps);
	fflush(stdout);
	hands_let_go();
	atomic_store(&over, false);
	memset((void *)begun, 0, sizeof(begun));
	memset((void *)done, 0, sizeof(done));
	atomic_store(&turns, 0);
	begin(threads - 1, seed, steps);
	atomic_store(&at_work, threads - 1);
	for (i = 0; i < threads - 1; i++)
		if (pthread_create(&writers[i].thread, NULL, write_on,
				   &writers[i]))
			die("thread", errno);
	while (!lost && atomic_load(&at_work)) {
		lost = look(told);
		looks++;
		show_progress(start, &said, steps * (threads - 1));
	}
	atomic_store(&over, true);
	for (i = 0; i < threads - 1; i++)
		pthread_join(writers[i].thread, NULL);
	if (lost)
		printf("# LOST: pages %#llx were written before GET %lu and are not reported\n",
		       (unsigned long long)lost, looks);
	for (i = 0; i < threads - 1; i++)
		printf("%s: %lu writes\n", config[writers[i].d].name,
		       writers[i].writes);
	printf("%lu bitmaps, %.0f turns a second\n", looks,
	       atomic_load(&turns) / (times_seconds() - start));
	return lost ? 1 : 0;
}
