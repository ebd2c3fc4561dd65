// SPDX-License-Identifier: GPL-2.0
/*
 * R3, R4, R5, R7, R13, R14 and R15 of scope-rules.rst, with "IOAS" for "container": which
 * devices behind an IOMMU make everything dirty, and which do not.
 */
#include <errno.h>
#include <linux/vfio.h>

#include "fixtures/puppet.h"

/* What was written before the pin is told once more, and then the pin limits it */
TEST(ioas_scope, pin_narrows, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	start(space);
	equal(scope_of(space).out_nr_devices_wide, 1);
	same(dirty(space), ALL);
	make(dev, DMA_WRITES(9));
	make(dev, PIN(3));
	equal(scope_of(space).out_nr_devices_wide, 0);
	check(scope_of(space).out_flags & IOMMU_IOAS_DIRTY_SCOPE_PINNED);
	same(dirty(space), ALL);
	same(dirty(space), P(3));
	make(dev, DMA_WRITES(3));
	make(dev, UNPIN(3));
	same(dirty(space), P(3));
	same(dirty(space), NONE);
}

TEST(ioas_scope, pin_at_start_leaves_nothing_to_settle, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, REGISTER);
	script(dev, PUPPET_START, PIN(5));
	script(dev, PUPPET_STOP, UNPIN(5));
	start(space);
	same(dirty(space), P(5));
	stop(space);
	equal(scope_of(space).out_nr_devices_wide, 1);
}

TEST(ioas_scope, pins_of_before_narrow_the_next_start, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, PIN(5));
	start(space);
	same(dirty(space), P(5));
	make(dev, UNPIN(5));
	stop(space);
	start(space);
	same(dirty(space), ALL);
}

TEST(ioas_scope, tracked_pin_narrows, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, PIN_TRACKED(5));
	start(space);
	same(dirty(space), NONE);
	make(dev, MARK(5));
	same(dirty(space), P(5));
}

TEST(ioas_scope, opt_out_widens, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, PIN(5));
	start(space);
	same(dirty(space), P(5));
	make(dev, OPT_OUT);
	same(dirty(space), ALL);
	same(dirty(space), ALL);
	make(dev, PIN(6));
	same(dirty(space), ALL);
	same(dirty(space), P(5) | P(6));
}

TEST(ioas_scope, reset_without_pins_widens, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, PIN(5));
	start(space);
	ok(raw(dev->dev->fd, VFIO_DEVICE_RESET, NULL));
	same(dirty(space), P(5));
	make(dev, UNPIN(5));
	same(dirty(space), P(5));
	ok(raw(dev->dev->fd, VFIO_DEVICE_RESET, NULL));
	same(dirty(space), ALL);
}

/* What one pins says nothing of what the other writes */
TEST(ioas_scope, devices_of_one_group_may_not_pin, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0)), *other;

	make(dev, PIN(3));
	start(space);
	same(dirty(space), P(3));
	other = puppet_over(space, lone_edu(0));
	equal(try_make(other, PIN(4)), -EXDEV);
	equal(try_make(dev, PIN(4)), -EXDEV);
	same(dirty(space), ALL);
	close_member(other->dev);
	make(dev, PIN(4));
	same(dirty(space), ALL);
	same(dirty(space), P(3) | P(4));
}

TEST(ioas_scope, one_wide_device_makes_all_dirty, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *emulated = space_emulated(space), *wide;
	struct puppet *dev = puppet_over(space, lone_edu(0));

	window(emulated, 1);
	make(dev, PIN(2));
	start(space);
	same(dirty(space), P(1) | P(2));
	wide = member_of_pci(space, lone_edu(1));
	ok(try_bind(wide));
	ok(try_attach(wide, space->id));
	equal(scope_of(space).out_nr_devices, 3);
	equal(scope_of(space).out_nr_devices_wide, 1);
	same(dirty(space), ALL);
	close_member(wide);
	same(dirty(space), ALL);
	same(dirty(space), P(1) | P(2));
}

/* Not in the one that it leaves, but for what it wrote there, and in the other */
TEST(ioas_scope, device_takes_its_scope_along, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct puppet *dev = puppet_over(space, lone_edu(0));

	map_pages(other, 0, PAGES);
	start(space);
	start(other);
	same(dirty(other), NONE);
	ok(try_attach(dev->dev, other->id));
	equal(scope_of(space).out_nr_devices, 0);
	same(dirty(space), ALL);
	same(dirty(space), NONE);
	equal(scope_of(other).out_nr_devices_wide, 1);
	same(dirty(other), ALL);
	make(dev, PIN(3));
	same(dirty(other), ALL);
	same(dirty(other), P(3));
}

/* The next one to open it writes what it likes */
TEST(ioas_scope, close_and_detach_tell_all_once, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0));

	make(dev, PIN(3));
	start(space);
	same(dirty(space), P(3));
	close_member(dev->dev);
	holds(dirty(space), P(3));
	same(dirty(space), NONE);
}

/* A read-only mapping is clean, whoever may write */
TEST(ioas_scope, what_can_only_be_read_is_clean, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();

	puppet_over(space, lone_edu(0));
	ok(try_unmap(space, 0, PAGES));
	ok(try_map(space, 0, 4, IOMMU_IOAS_MAP_READABLE));
	map_pages(space, 4, 12);
	start(space);
	same(dirty(space), ALL & ~(P(0) | P(1) | P(2) | P(3)));
}

/*
 * One that is bound reaches what the other is attached to: what it writes is not limited
 * to the pins of the other
 */
TEST(ioas_scope, device_that_is_bound_only_is_a_second_one, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *dev = puppet_over(space, lone_edu(0)), *beside;

	start(space);
	make(dev, PIN(3));
	same(dirty(space), ALL);
	same(dirty(space), P(3));
	beside = puppet_bound_over(space, lone_edu(0));
	equal(scope_of(space).out_nr_devices, 2);
	equal(scope_of(space).out_nr_devices_wide, 2);
	make(beside, DMA_WRITES(5));
	same(dirty(space), ALL);
	equal(try_make(dev, PIN(4)), -EXDEV);
	ok(try_attach(beside->dev, space->id));
	ok(try_detach(beside->dev));
	make(beside, DMA_WRITES(6));
	same(dirty(space), ALL);
	close_member(beside->dev);
	equal(scope_of(space).out_nr_devices, 1);
}

/* And so it is for one that was there before the other was attached */
TEST(ioas_scope, device_that_was_bound_before_is_a_second_one, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct puppet *beside = puppet_bound_over(space, lone_edu(0));
	struct puppet *dev = puppet_over(space, lone_edu(0));

	start(space);
	equal(try_make(dev, PIN(3)), -EXDEV);
	make(beside, DMA_WRITES(5));
	same(dirty(space), ALL);
}
