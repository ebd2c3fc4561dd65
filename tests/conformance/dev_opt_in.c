// SPDX-License-Identifier: GPL-2.0
/* The attribute opt_in: its values, and when it can be written. */
#include <errno.h>
#include <string.h>

#include "fixtures/vm.h"

TEST(dev, opt_in_has_these_values)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));

	check(!strcmp(mdev_get(mdev, "opt_in"), "start"));
	ok(mdev_put(mdev, "opt_in", "never\n"));
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
	ok(mdev_put(mdev, "opt_in", "start"));
	check(!strcmp(mdev_get(mdev, "opt_in"), "start"));
	ok(mdev_put(mdev, "opt_in", "never"));
	refused(mdev_put(mdev, "opt_in", "sometimes"), EINVAL);
	refused(mdev_put(mdev, "opt_in", "\n"), EINVAL);
	refused(mdev_put(mdev, "opt_in", "startx"), EINVAL);
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
}

/* How it opts in is its driver, or its type. Definitions of old say otherwise. */
static void opts_in_so(struct mdev *mdev, const char *so, const char *not_so)
{
	check(!strcmp(mdev_get(mdev, "opt_in"), so));
	refused(mdev_put(mdev, "opt_in", not_so), EOPNOTSUPP);
	check(!strcmp(mdev_get(mdev, "opt_in"), so));
	ok(mdev_put(mdev, "opt_in", so));
	ok(mdev_put(mdev, "opt_in", "never"));
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
}

TEST(dev, opt_in_is_a_type, .says = "*what does it otherwise is another type*")
{
	opts_in_so(mdev_new(OPTIN, lone_edu(0)), "start", "precopy");
	opts_in_so(mdev_new(PRECOPY, lone_edu(1)), "precopy", "stopcopy");
	opts_in_so(mdev_new_type(PRECOPY, "stopcopy", lone_edu(1)), "stopcopy",
		   "start");
}

TEST(dev, opt_in_cannot_change_while_open)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	refused(mdev_put(dev->mdev, "opt_in", "never"), EBUSY);
	check(!strcmp(mdev_get(dev->mdev, "opt_in"), "start"));
	close_device(dev);
	ok(mdev_put(dev->mdev, "opt_in", "never"));
}
