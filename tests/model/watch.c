// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "own.h"
#include "watch.h"

/* Seconds until scripts are taken away, and until we give up */
#define PATIENCE 15
#define LIMIT 60

static atomic_uint calls;	/* odd while one is going on */
static atomic_bool rescued;

static void rescue(void)
{
	int d;

	atomic_store(&rescued, true);
	for (d = 0; d < DEVICES; d++)
		puppet_forget(d);
}

static void *watch(void *unused)
{
	unsigned int before = 0, now, seconds = 0;

	for (;; sleep(1)) {
		now = atomic_load(&calls);
		seconds = now == before && now % 2 ? seconds + 1 : 0;
		before = now;
		if (seconds == PATIENCE)
			rescue();
		if (seconds < LIMIT)
			continue;
		fprintf(stderr, "pinscope-model: a call has not ended in %d s\n",
			LIMIT);
		_exit(3);
	}
	return unused;
}

void watch_start(void)
{
	pthread_t thread;
	int ret = pthread_create(&thread, NULL, watch, NULL);

	if (ret)
		die("thread", ret);
}

void watch_begin(void)
{
	atomic_fetch_add(&calls, 1);
}

bool watch_end(void)
{
	atomic_fetch_add(&calls, 1);
	return atomic_exchange(&rescued, false);
}
