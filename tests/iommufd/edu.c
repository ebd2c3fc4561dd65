// SPDX-License-Identifier: GPL-2.0
/*
 * To get at the buffer of edu, its engine takes the domain of the user away for moments.
 * The user attaches and detaches meanwhile: what he has detached stays so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <harness/sim.h>

#include "fixtures/space.h"

/* A transfer begins with a moment, of 100 ms, in which the domain is away. */
#define AWAY_MS 40
/* Two more pieces of a transfer, which has a few. */
#define MORE_MS 500
#define LONG 4

#define NOT_ATTACHED UNSAFE_INTERRUPTS "|*domain of the user cannot be attached*"

static const char *edu(void)
{
	if (is_sim(lone_edu(0)))
		skip("needs a function of edu");
	return lone_edu(0);
}

/* A domain of the user's own, which goes only when he says so. */
static uint32_t domain_for(struct member *dev, struct space *space)
{
	struct space *its = dev->space;
	uint32_t hwpt;

	dev->space = space;
	ok(try_hwpt(dev, 0, &hwpt));
	dev->space = its;
	return hwpt;
}

static void begins_and_is_away(struct member *dev)
{
	begins(dev, 3, LONG);
	doze(AWAY_MS);
}

/* Whatever it still does, it is not seen in memory. */
static void nothing_comes(struct space *space)
{
	uint8_t *before = zalloc(RAM_SIZE);

	memcpy(before, space->ram, RAM_SIZE);
	doze(MORE_MS);
	check(!memcmp(before, space->ram, RAM_SIZE));
}

static int writes_at_all(struct member *dev)
{
	return try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(9), 64);
}

TEST(edu, no_dma_after_detach, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));
	uint32_t hwpt = domain_for(dev, space);
	int i;

	ok(try_attach(dev, hwpt));
	for (i = 0; i < 3; i++) {
		begins_and_is_away(dev);
		ok(try_detach(dev));
		nothing_comes(space);
		equal(ends(dev), -EBUSY);
		check(writes_at_all(dev) < 0);
		ok(try_attach(dev, hwpt));
		writes(dev, 9);
	}
}

/* What was begun in the one goes on in the other. */
TEST(edu, no_dma_where_it_was_before_a_move, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));
	uint32_t here, there;

	other->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(other->ram != MAP_FAILED);
	map_pages(other, 0, PAGES);
	here = domain_for(dev, space);
	there = domain_for(dev, other);
	ok(try_attach(dev, here));
	begins_and_is_away(dev);
	ok(try_attach(dev, there));
	nothing_comes(space);
	equal(ends(dev), 0);
	nothing_comes(space);
	dev->space = other;
	writes(dev, 9);
	ok(try_attach(dev, here));
	dev->space = space;
	writes(dev, 9);
	munmap(other->ram, RAM_SIZE);
}

/* A group is attached as a whole, so that of one device serves the other's transfer. */
TEST(edu, no_dma_after_the_last_of_a_group_is_detached, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *beside = space_add(space, mdev_new(BACKED, edu()));
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));
	int i;

	for (i = 0; i < 3; i++) {
		begins_and_is_away(dev);
		ok(try_detach(dev));
		check(is_busy(dev));
		doze(AWAY_MS);
		ok(try_detach(beside));
		nothing_comes(space);
		equal(ends(dev), -EBUSY);
		ok(try_attach(beside, space->id));
		ok(try_attach(dev, space->id));
	}
	begins_and_is_away(dev);
	close_member(dev);
	writes(beside, 9);
}

TEST(edu, dma_goes_on_while_others_of_its_group_come_and_go, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct mdev *mdev = mdev_new(BACKED, edu());
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));
	int i;

	begins_and_is_away(dev);
	for (i = 0; i < 3; i++)
		close_member(space_add(space, mdev));
	equal(ends(dev), 0);
	if (pinscope_sample_verify(space->ram + 3 * PAGE, LONG * PAGE, dev->seed))
		fail("memory does not hold what the device wrote");
}

static void fault(const char *what)
{
	ok(put_file(text("/sys/kernel/debug/pinscope_engine/%s/fault", edu()), what));
}

static void repair(void *arg)
{
	(void)arg;
	fault("none");
}

static void loses_its_domain(struct member *dev)
{
	defer(CLOSE_FILES, repair, NULL);
	fault("attach");
	check(writes_at_all(dev) < 0);
	fault("none");
}

TEST(edu, domain_that_was_lost_comes_back, .log = NOT_ATTACHED)
{
	struct space *space = space_new();
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));

	loses_its_domain(dev);
	/* Nothing to do for iommufd */
	ok(try_attach(dev, space->id));
	writes(dev, 9);
}

TEST(edu, domain_that_was_lost_does_not_come_back_after_detach, .log = NOT_ATTACHED)
{
	struct space *space = space_new();
	struct member *dev = space_add(space, mdev_new(BACKED, edu()));

	loses_its_domain(dev);
	ok(try_detach(dev));
	check(writes_at_all(dev) < 0);
	ok(try_attach(dev, space->id));
	writes(dev, 9);
}

TEST(edu, domain_that_was_lost_is_not_that_of_the_next_user, .log = NOT_ATTACHED)
{
	struct space *space = space_new();
	struct mdev *mdev = mdev_new(BACKED, edu());
	struct member *dev = space_add(space, mdev);

	loses_its_domain(dev);
	close_member(dev);
	dev = member_of(space, mdev);
	ok(try_bind(dev));
	close_member(dev);
	writes(space_add(space, mdev), 9);
}

#define NOT_ALONE UNSAFE_INTERRUPTS "|*beside functions that other drivers have*"

/* Others may do to the domain of its group what the engine is not told */
TEST(edu, no_dma_beside_a_function_of_another_driver, .log = NOT_ALONE)
{
	struct space *space = space_new();
	struct member *dev;

	if (is_sim(paired_edu(0)))
		skip("needs functions of edu");
	pci_bind(paired_edu(1), "");
	dev = space_add(space, mdev_new(BACKED, paired_edu(0)));
	equal(writes_at_all(dev), -EBUSY);
	mdev_new(BACKED, paired_edu(1));
	writes(dev, 9);
}
