// SPDX-License-Identifier: GPL-2.0
/* The user tracks and asks while devices come, move and go, and memory does. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <harness/assigned.h>
#include <harness/sim.h>

#include "fixtures/puppet.h"

#define ROUNDS 60

/**
 * struct asker - a thread that asks, or starts and stops, until it is told not to
 * @space: of which
 * @dev: with what, if it needs one
 * @step: what it does over and over; returns 0 or -errno, which ends it
 * @seen: pages that it was told of and nobody has taken yet
 * @rounds: how often
 * @end: set by the test
 * @ret: what the last step returned
 */
struct asker {
	struct space *space;
	struct member *dev;
	int (*step)(struct asker *asker);
	atomic_ullong seen;
	atomic_uint rounds;
	atomic_bool end;
	int ret;
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct asker *asker = arg;

	while (!asker->ret && !atomic_load(&asker->end)) {
		asker->ret = asker->step(asker);
		atomic_fetch_add(&asker->rounds, 1);
	}
	return NULL;
}

static struct asker *asker_of(struct space *space, int (*step)(struct asker *asker),
			      struct member *dev)
{
	struct asker *asker = zalloc(sizeof(*asker));

	asker->space = space;
	asker->dev = dev;
	asker->step = step;
	check(!pthread_create(&asker->thread, NULL, ask, asker));
	return asker;
}

static void end_asker(struct asker *asker)
{
	atomic_store(&asker->end, true);
	check(!pthread_join(asker->thread, NULL));
	equal(asker->ret, 0);
	check(atomic_load(&asker->rounds) > 1);
}

/* As many rounds as the test wants, and some of those it races with */
static bool goes_on(struct asker *asker, int round, int rounds)
{
	return round < rounds ||
	       (atomic_load(&asker->rounds) < 3 && round < 1000 * rounds);
}

static int get(struct asker *asker)
{
	uint64_t bitmap = 0;
	int ret = try_get(asker->space, 0, PAGES, 0, &bitmap);

	atomic_fetch_or(&asker->seen, bitmap);
	return ret;
}

static int start_and_stop(struct asker *asker)
{
	uint64_t bitmap = 0;
	int ret = try_track(asker->space, true);

	if (!ret)
		ret = try_get(asker->space, 0, PAGES, 0, &bitmap);
	return ret ? ret : try_track(asker->space, false);
}

/* Each write is told, whether it is asked about before, in or after the unmap */
TEST(race, get_and_unmap)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct asker *asker;
	int i;

	start(space);
	asker = asker_of(space, get, NULL);
	for (i = 0; i < ROUNDS; i++) {
		cpu_writes(dev, i % PAGES);
		ok(try_unmap(space, 0, PAGES));
		map_pages(space, 0, PAGES);
		check(comes_true(atomic_load(&asker->seen) & P(i % PAGES), 5000));
		atomic_store(&asker->seen, 0);
	}
	end_asker(asker);
}

TEST(race, get_and_unpin)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);
	struct asker *asker;
	int i;

	start(space);
	asker = asker_of(space, get, NULL);
	for (i = 0; i < ROUNDS; i++) {
		make(dev, PIN(i % PAGES));
		make(dev, UNPIN(i % PAGES));
		check(comes_true(atomic_load(&asker->seen) & P(i % PAGES), 5000));
		atomic_store(&asker->seen, 0);
	}
	end_asker(asker);
	dirty(space);
	same(dirty(space), NONE);
}

TEST(race, tracking_and_close, .limit = 120)
{
	struct space *space = space_new();
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	struct asker *asker;
	int i;

	start(space);
	asker = asker_of(space, start_and_stop, NULL);
	for (i = 0; goes_on(asker, i, ROUNDS); i++) {
		struct member *dev = space_add(space, mdev);

		window(dev, 3);
		cpu_writes(dev, 4);
		close_member(dev);
	}
	end_asker(asker);
	equal(scope_of(space).out_pinned_pages, 0);
}

/* Whatever it meets on its way, a driver is stopped as often as it is started */
TEST(race, tracking_and_moves, .limit = 120)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct puppet *dev = space_puppet(space);
	struct asker *asker, *beside;
	int i;

	map_pages(other, 0, PAGES);
	make(dev, REGISTER);
	script(dev, PUPPET_START, PIN(5));
	start(space);
	start(other);
	asker = asker_of(space, start_and_stop, NULL);
	beside = asker_of(other, start_and_stop, NULL);
	for (i = 0; goes_on(asker, i, ROUNDS) || goes_on(beside, i, ROUNDS); i++)
		ok(try_attach(dev->dev, i % 2 ? space->id : other->id));
	end_asker(asker);
	end_asker(beside);
	ok(try_detach(dev->dev));
	check(runs(dev, PUPPET_START) > 0);
	equal(runs(dev, PUPPET_START), runs(dev, PUPPET_STOP));
}

/* Who asks holds each access for a moment; who destroys one finds nobody else */
TEST(race, get_and_close, .limit = 120)
{
	struct space *space = space_new();
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	struct asker *asker;
	int i;

	start(space);
	asker = asker_of(space, get, NULL);
	for (i = 0; goes_on(asker, i, 10 * ROUNDS); i++) {
		struct member *dev = member_of(space, mdev);

		ok(try_bind(dev));
		ok(try_attach(dev, space->id));
		close_member(dev);
	}
	end_asker(asker);
}

/* An access that has pinned is asked to return it, and so is each other one */
static int pin_and_unmap(struct asker *asker)
{
	int ret = try_command(asker->dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(3), PAGE);

	if (!ret)
		ret = try_unmap(asker->space, 0, PAGES);
	if (!ret)
		ret = try_command(asker->dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(3), PAGE);
	if (!ret)
		ret = try_map(asker->space, 0, PAGES,
			      IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE);
	return ret;
}

/* Who unmaps holds each access for a moment, too */
TEST(race, unmap_and_close, .limit = 120)
{
	struct space *space = space_new();
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	struct asker *asker = asker_of(space, pin_and_unmap, space_emulated(space));
	int i;

	for (i = 0; goes_on(asker, i, 50 * ROUNDS); i++) {
		struct member *dev = member_of(space, mdev);

		ok(try_bind(dev));
		ok(try_attach(dev, space->id));
		close_member(dev);
	}
	end_asker(asker);
}

static int attach_and_detach(struct asker *asker)
{
	int ret = try_attach(asker->dev, asker->space->id);

	/* While the other device of the group is elsewhere, this one cannot be here */
	if (ret == -EINVAL)
		return 0;
	return ret ? ret : try_detach(asker->dev);
}

/* One that is detached is so from where its group has been moved to meanwhile */
TEST(race, group_moves_and_one_is_detached, .limit = 120)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct member *dev, *beside;
	struct asker *asker;
	const char *function;
	int i;

	need_sim();
	map_pages(other, 0, PAGES);
	function = sim_new(SIM_GROUP, NULL);
	dev = space_add(space, mdev_new(BACKED, function));
	beside = member_of(space, mdev_new(BACKED, function));
	ok(try_bind(beside));
	start(space);
	asker = asker_of(space, attach_and_detach, beside);
	for (i = 0; goes_on(asker, i, 20 * ROUNDS); i++)
		ok(try_attach(dev, i % 2 ? space->id : other->id));
	end_asker(asker);
	ok(try_detach(dev));
	equal(scope_of(space).out_nr_devices, 0);
	equal(scope_of(other).out_nr_devices, 0);
}

/**
 * struct saver - a thread that saves a device, again and again
 * @member: the device
 * @done: it has come to its end
 * @saved: how often
 * @ret: of the last change of state
 */
struct saver {
	struct member *member;
	atomic_bool done;
	int saved;
	int ret;
};

/* To save it the driver has the function on its own domain for a moment. */
static void *save_on(void *arg)
{
	struct saver *saver = arg;
	int i;

	for (i = 0; i < 2000 && saver->saved < 10 && !saver->ret; i++) {
		saver->ret = try_enter(saver->member, VFIO_DEVICE_STATE_STOP_COPY);
		saver->saved += !saver->ret;
		/* While the user attaches or detaches, it cannot */
		if (saver->ret == -EBUSY) {
			saver->ret = 0;
			doze(5);
		}
		if (!saver->ret)
			saver->ret = try_enter(saver->member, VFIO_DEVICE_STATE_RUNNING);
	}
	atomic_store(&saver->done, true);
	return NULL;
}

TEST(race, domains_change_while_a_function_is_saved, .limit = 120, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new(), *beside = space_beside(space);
	struct member *member = member_of_bound(space, assigned_function(0, NULL));
	struct saver saver = { member };
	pthread_t thread;
	int i;

	ok(try_bind(member));
	ok(try_attach(member, space->id));
	check(!pthread_create(&thread, NULL, save_on, &saver));
	for (i = 0; !atomic_load(&saver.done); i++) {
		doze(20);
		switch (i % 3) {
		case 0:
			ok(try_attach(member, beside->id));
			break;
		case 1:
			ok(try_detach(member));
			break;
		default:
			ok(try_attach(member, space->id));
		}
	}
	check(!pthread_join(thread, NULL));
	equal(saver.ret, 0);
	equal(saver.saved, 10);
	check(i > 3);
}
