// SPDX-License-Identifier: GPL-2.0
/*
 * R16: what becomes dirty while a GET writes its answer is in that answer or in
 * the next one, and in the next one if the GET has looked at the page before.
 */
#include "fixtures/late_page.h"
#include "fixtures/puppet.h"

static struct puppet *logging(struct vm *vm)
{
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	if (!(dev->features & PUPPET_FEATURE_TRACKED))
		missing("tracked pins");
	make(dev, PIN_TRACKED(2));
	make(dev, PIN_TRACKED(5));
	start(vm);
	same(dirty(vm), NONE);
	return dev;
}

TEST(r16, marked_while_a_get_waits_is_in_the_next)
{
	struct vm *vm = vm_new();
	struct puppet *dev = logging(vm);
	struct late_page late;
	struct task *gets;

	make(dev, MARK(2));
	late_page(&late, vm);
	gets = begin_get(&late);
	make(dev, MARK(5));
	same(end_get(&late, gets), P(2));
	same(dirty(vm), P(5));
	same(dirty(vm), NONE);
}

/* It is written again after it was looked at: once more it has to be told */
TEST(r16, marked_again_while_a_get_waits_is_in_the_next)
{
	struct vm *vm = vm_new();
	struct puppet *dev = logging(vm);
	struct late_page late;
	struct task *gets;

	make(dev, MARK(2));
	late_page(&late, vm);
	gets = begin_get(&late);
	make(dev, MARK(2));
	same(end_get(&late, gets), P(2));
	same(dirty(vm), P(2));
	same(dirty(vm), NONE);
}

/* Nothing was dirty before, and so there is nothing to add to */
TEST(r16, first_mark_while_a_get_waits_is_in_the_next)
{
	struct vm *vm = vm_new();
	struct puppet *dev = logging(vm);
	struct late_page late;
	struct task *gets;

	late_page(&late, vm);
	gets = begin_get(&late);
	make(dev, MARK(5));
	same(end_get(&late, gets), NONE);
	same(dirty(vm), P(5));
	same(dirty(vm), NONE);
}

/* It may have been written up to then, and the GET has told of before */
TEST(r16, unpinned_while_a_get_waits_is_in_the_next)
{
	struct vm *vm = vm_new();
	struct puppet *dev = logging(vm);
	struct late_page late;
	struct task *gets;

	make(dev, PIN(9));
	late_page(&late, vm);
	gets = begin_get(&late);
	make(dev, WRITES(9));
	make(dev, UNPIN(9));
	same(end_get(&late, gets), P(9));
	same(dirty(vm), P(9));
	same(dirty(vm), NONE);
}
