// SPDX-License-Identifier: GPL-2.0
/*
 * R11, R13: a device that logs its writes is closed while the user reads a
 * bitmap. What it wrote is in the first answer after that, though the device may
 * be gone before the group is wide.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <harness/sim.h>

#include "fixtures/hwlog.h"

#define CANNOT_READ "write log cannot be read"

struct closing {
	struct device *dev;
	bool begins;
	pthread_t thread;
};

static void *close_it(void *arg)
{
	struct closing *c = arg;

	__atomic_store_n(&c->begins, true, __ATOMIC_RELEASE);
	close_device(c->dev);
	return NULL;
}

static void begin_close(struct closing *c, struct device *dev)
{
	*c = (struct closing){ .dev = dev };
	equal(pthread_create(&c->thread, NULL, close_it, c), 0);
	while (!__atomic_load_n(&c->begins, __ATOMIC_ACQUIRE))
		;
}

static void end_close(struct closing *c)
{
	equal(pthread_join(c->thread, NULL), 0);
}

/*
 * With a log that hangs, reading it for each window takes a moment. When the first
 * pins have gone, and others are still there, nothing must be left in it.
 */
TEST(r11, log_is_read_before_pins_go_at_close, .log = CANNOT_READ)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_hwlog(vm, parent);
	struct closing c;
	int page, left;

	for (page = 0; page < PAGES; page++)
		window(dev, page);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, PAGES - 1);
	log_fault(parent, "hang");
	begin_close(&c, dev);
	check(comes_true(left = atoi(mdev_get(dev->mdev, "pinned_pages")),
			 0) || true);
	while ((left = atoi(mdev_get(dev->mdev, "pinned_pages"))) == PAGES)
		;
	holds(dirty(vm), P(PAGES - 1));
	end_close(&c);
	note("%d pages were pinned when the bitmap was read", left);
	check(left);
}

/* The first answer after the write has it, wherever the close has got to. */
TEST(r11, no_write_is_late_beside_close, .limit = 60)
{
	struct mdev *mdev = mdev_new(HWLOG, sim_new(SIM_GROUP, NULL));
	unsigned int round, narrow = 0;
	struct vm *vm = vm_new();
	struct closing c;
	uint64_t bitmap;
	struct device *dev;
	int page;

	/* So that the container is not empty */
	vm_emulated(vm);
	start(vm);
	dev = device_of(vm, mdev);
	attach(dev);
	for (round = 0; round < 300; round++) {
		ok(try_open(dev));
		for (page = 0; page < PAGES; page++)
			window(dev, page);
		/* The settling report, when it narrows */
		dirty(vm);
		writes(dev, PAGES - 1);
		begin_close(&c, dev);
		usleep(random() % 400);
		bitmap = dirty(vm);
		end_close(&c);
		holds(bitmap, P(PAGES - 1));
		narrow += bitmap != ALL;
	}
	note("%u bitmaps of %u were read while the group was narrow", narrow,
	     round);
	check(narrow > round / 20);
}
