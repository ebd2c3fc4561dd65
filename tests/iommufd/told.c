// SPDX-License-Identifier: GPL-2.0
/*
 * R4, R10 and R11 for devices without DMA: drivers are told when their space is tracked,
 * tell what they have written, and are asked before the user is told.
 */
#include <errno.h>

#include "fixtures/puppet.h"

TEST(told, marked_page_is_dirty_once)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	start(space);
	make(dev, PIN_TRACKED(3));
	same(dirty(space), NONE);
	make(dev, MARK(3));
	same(dirty(space), P(3));
	same(dirty(space), NONE);
	make(dev, UNPIN(3));
	same(dirty(space), NONE);
}

TEST(told, mark_outlives_the_pin)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	start(space);
	make(dev, PIN_TRACKED(3));
	make(dev, MARK(3));
	make(dev, UNPIN(3));
	same(dirty(space), P(3));
	same(dirty(space), NONE);
}

TEST(told, only_what_is_pinned_so_can_be_marked)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space), *other = space_puppet(space);

	start(space);
	make(dev, PIN(2));
	make(dev, PIN_TRACKED_TO_READ(3));
	make(other, PIN_TRACKED(4));
	equal(try_make(dev, MARK(2)), -ENOENT);
	equal(try_make(dev, MARK(3)), -EPERM);
	equal(try_make(dev, MARK(4)), -ENOENT);
	equal(try_make(dev, CALL(MARK, PAGES - 1, 2)), -ENOENT);
	same(dirty(space), P(2));
}

TEST(told, mark_without_tracking_is_nothing)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	make(dev, PIN_TRACKED(3));
	make(dev, MARK(3));
	start(space);
	same(dirty(space), NONE);
}

/* A device that cannot tell has pinned it as well */
TEST(told, page_pinned_in_both_ways_is_dirty)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space), *other = space_puppet(space);

	start(space);
	make(dev, PIN_TRACKED(3));
	make(other, PIN(3));
	same(dirty(space), P(3));
	same(dirty(space), P(3));
}

TEST(told, driver_is_told_of_start_and_stop)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	make(dev, REGISTER);
	script(dev, PUPPET_START, PIN(5));
	script(dev, PUPPET_STOP, UNPIN(5));
	start(space);
	start(space);
	equal(runs(dev, PUPPET_START), 1);
	same(dirty(space), P(5));
	stop(space);
	equal(runs(dev, PUPPET_STOP), 1);
	equal(scope_of(space).out_pinned_pages, 0);
	make(dev, UNREGISTER);
	start(space);
	equal(runs(dev, PUPPET_START), 1);
}

/* It has been opened before it was attached */
TEST(told, device_that_joins_is_told)
{
	struct space *space = space_new();
	struct puppet *dev = bound_puppet(space);

	start(space);
	make(dev, REGISTER);
	script(dev, PUPPET_START, PIN(5));
	equal(runs(dev, PUPPET_START), 0);
	ok(try_attach(dev->dev, space->id));
	equal(runs(dev, PUPPET_START), 1);
	same(dirty(space), P(5));
	ok(try_detach(dev->dev));
	equal(runs(dev, PUPPET_STOP), 1);
	same(dirty(space), P(5));
	same(dirty(space), NONE);
}

TEST(told, device_that_moves_is_told_by_both)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct puppet *dev = space_puppet(space);

	map_pages(other, 0, PAGES);
	make(dev, REGISTER);
	script(dev, PUPPET_START, PIN(5));
	start(space);
	ok(try_attach(dev->dev, other->id));
	equal(runs(dev, PUPPET_STOP), 1);
	start(other);
	equal(runs(dev, PUPPET_START), 2);
	ok(try_attach(dev->dev, space->id));
	equal(runs(dev, PUPPET_STOP), 2);
	equal(runs(dev, PUPPET_START), 3);
	same(dirty(space), P(5));
	same(dirty(other), P(5));
	same(dirty(other), NONE);
}

TEST(told, device_is_asked_before_the_user_is_told)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	make(dev, REGISTER);
	start(space);
	make(dev, PIN_TRACKED(7));
	script(dev, PUPPET_SYNC, MARK(7));
	same(dirty(space), P(7));
	same(look(space), P(7));
	equal(runs(dev, PUPPET_SYNC), 2);
}

/* Any page of the range may have been written; the rest was not asked about */
TEST(told, device_that_cannot_tell_makes_all_dirty)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	make(dev, REGISTER);
	start(space);
	script_fails(dev, PUPPET_SYNC, EIO);
	same(dirty(space), ALL);
	script_fails(dev, PUPPET_SYNC, 0);
	same(dirty(space), NONE);
}

/* With the mapping gone there is no page to mark */
TEST(told, device_is_asked_before_memory_is_unmapped)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	make(dev, REGISTER);
	start(space);
	make(dev, PIN_TRACKED(7));
	script(dev, PUPPET_SYNC, MARK(7));
	ok(try_unmap(space, 0, PAGES));
	script_fails(dev, PUPPET_SYNC, 0);
	map_pages(space, 0, PAGES);
	same(dirty(space), P(7));
	same(dirty(space), NONE);
}
