// SPDX-License-Identifier: GPL-2.0
/* Devices are opened by their own nodes, and bound to an address space of iommufd. */
#include <errno.h>
#include <string.h>

#include "fixtures/puppet.h"

TEST(cdev, emulated_writes_to_what_is_mapped)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	window(dev, 3);
	writes(dev, 3);
	equal(reg(dev, PINSCOPE_REG_PINNED), 1);
	refused(try_command(dev, PINSCOPE_CMD_DMA_WRITE, IOVA(4), 64), EFAULT);
	no_window(dev, 3);
	equal(reg(dev, PINSCOPE_REG_PINNED), 0);
	cpu_writes(dev, 5);
}

TEST(cdev, emulated_pins_nothing_that_is_not_mapped)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	ok(try_unmap(space, 0, PAGES));
	check(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(3), PAGE) < 0);
	equal(reg(dev, PINSCOPE_REG_PINNED), 0);
}

/* Drivers tell it from other errors, and are the same as in a container */
TEST(cdev, what_is_not_mapped_is_the_error_of_a_container)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);

	equal(try_make(dev, PIN(PAGES)), -EINVAL);
	equal(try_make(dev, PIN_TRACKED(PAGES)), -EINVAL);
	equal(try_make(dev, CALL(RW_READ, PAGES, 8)), -EINVAL);
	equal(try_make(dev, CALL(RW_WRITE, PAGES - 1, PAGE + 8)), -EINVAL);
}

/* The driver is asked for the pages, and returns them */
TEST(cdev, unmap_returns_pins)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	window(dev, 3);
	ok(try_unmap(space, 0, PAGES));
	equal(reg(dev, PINSCOPE_REG_PINNED), 0);
	no_window(dev, 3);
	map_pages(space, 0, PAGES);
	window(dev, 3);
	writes(dev, 3);
}

TEST(cdev, device_leaves_one_space_for_another)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct member *dev = space_emulated(space);

	window(dev, 2);
	ok(try_attach(dev, other->id));
	equal(reg(dev, PINSCOPE_REG_PINNED), 0);
	no_window(dev, 2);
	check(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(2), PAGE) < 0);
	map_pages(other, 0, PAGES);
	window(dev, 2);
	writes(dev, 2);
	ok(try_detach(dev));
	equal(reg(dev, PINSCOPE_REG_PINNED), 0);
}

TEST(cdev, pci_function_is_bound_and_attached, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev = member_of_pci(space, lone_edu(0));

	ok(try_bind(dev));
	ok(try_attach(dev, space->id));
	ok(try_detach(dev));
}
