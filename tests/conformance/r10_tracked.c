// SPDX-License-Identifier: GPL-2.0
/* R10: pages that a driver may mark are those that it has pinned to do so. */
#include <errno.h>

#include "fixtures/puppet.h"

#define PIN_TO_READ(page) CALL(PIN_TRACKED, page, 1, .prot = PUPPET_PROT_READ)

static struct puppet *tracked_puppet(struct vm *vm)
{
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	if (!(dev->features & PUPPET_FEATURE_TRACKED))
		missing("tracked pins");
	return dev;
}

TEST(r10, page_pinned_twice_is_marked_until_both_are_returned)
{
	struct vm *vm = vm_new();
	struct puppet *dev = tracked_puppet(vm);

	make(dev, PIN_TRACKED(4));
	make(dev, PIN_TRACKED(4));
	start(vm);
	same(dirty(vm), NONE);
	make(dev, UNPIN(4));
	make(dev, WRITES(4));
	make(dev, MARK(4));
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
	make(dev, UNPIN(4));
	refused(try_make(dev, MARK(4)), ENOENT);
	same(dirty(vm), NONE);
}

TEST(r10, page_pinned_to_read_is_not_marked)
{
	struct vm *vm = vm_new();
	struct puppet *dev = tracked_puppet(vm);

	make(dev, PIN_TO_READ(4));
	start(vm);
	refused(try_make(dev, MARK(4)), EPERM);
	same(dirty(vm), NONE);
	/* For as long as it is pinned at all, once it may be written */
	make(dev, PIN_TRACKED(4));
	make(dev, MARK(4));
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
}

/* All of the pages of a mark, or none: the range is refused as a whole */
TEST(r10, mark_of_several_pages_is_all_or_nothing)
{
	struct vm *vm = vm_new();
	struct puppet *dev = tracked_puppet(vm);

	make(dev, PIN_TRACKED(4));
	make(dev, PIN_TRACKED(6));
	start(vm);
	refused(try_make(dev, CALL(MARK, 4, 3)), ENOENT);
	same(dirty(vm), NONE);
	make(dev, PIN_TRACKED(5));
	make(dev, CALL(MARK, 4, 3));
	same(dirty(vm), P(4) | P(5) | P(6));
	same(dirty(vm), NONE);
}

TEST(r10, calls_that_make_no_sense_are_refused)
{
	struct vm *vm = vm_new();
	struct puppet *dev = tracked_puppet(vm);

	refused(try_make(dev, CALL(PIN_TRACKED, 4, 0, CALL_RW)), EINVAL);
	refused(try_make(dev, CALL(MARK, 4, 0)), EINVAL);
	make(dev, REGISTER);
	refused(try_make(dev, REGISTER), EBUSY);
	make(dev, UNREGISTER);
	make(dev, REGISTER);
}
