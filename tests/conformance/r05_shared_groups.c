// SPDX-License-Identifier: GPL-2.0
/*
 * Beyond R5: with vfio_iommu_type1's parameter pin_shared_groups, the devices of
 * a larger IOMMU group may pin, and the group narrows when all that are open
 * have opted in. They join, leave and close in every order.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/sharing.h"
#include "fixtures/soft.h"
#include "fixtures/view.h"

/* Or it would be the IOMMU that tells what is dirty. */
static const struct sim_options untracked = { .no_tracking = true };

/* Devices of one IOMMU group, with a window each: page n for the n-th. */
#define MEMBERS 3

struct members {
	struct vm *vm;
	struct device *dev[MEMBERS];
};

static void members_new(struct members *m, unsigned int group,
			const char *opt_in)
{
	const char *sim[MEMBERS];
	int i;

	m->vm = sharing_vm();
	for (i = 0; i < MEMBERS; i++)
		sim[i] = sim_new(group, &untracked);
	for (i = 0; i < MEMBERS; i++) {
		m->dev[i] = vm_optin(m->vm, sim[i], opt_in);
		window(m->dev[i], i);
	}
}

#define MEMBERS_PAGES (P(0) | P(1) | P(2))

TEST(r05, shared_group_narrows_when_all_have_opted_in)
{
	struct members m;
	int i;

	members_new(&m, SIM_GROUP, "start");
	start(m.vm);
	same(dirty(m.vm), MEMBERS_PAGES);
	for (i = 0; i < MEMBERS; i++) {
		writes(m.dev[i], i);
		equal(view_device(m.dev[i]).opted_in, true);
		equal(view_device(m.dev[i]).pins, 1);
	}
	same(dirty(m.vm), MEMBERS_PAGES);
	stop(m.vm);
	check(!scope_pinned(m.vm));
}

TEST(r05, shared_group_is_wide_until_the_last_opts_in)
{
	struct members m;
	int i;

	members_new(&m, SIM_GROUP, "precopy");
	start(m.vm);
	for (i = 0; i < MEMBERS; i++) {
		same(dirty(m.vm), ALL);
		equal(view_device(m.dev[i]).opted_in, false);
		enter(m.dev[i], PINSCOPE_STATE_PRE_COPY);
		equal(view_device(m.dev[i]).opted_in, true);
	}
	/* What they wrote before that, and nobody has been told of */
	same(dirty(m.vm), ALL);
	same(dirty(m.vm), MEMBERS_PAGES);
}

TEST(r05, shared_group_widens_when_one_opts_out)
{
	struct members m;
	int i, j;

	for (i = 0; i < MEMBERS; i++) {
		members_new(&m, SIM_GROUP + i, "precopy");
		for (j = 0; j < MEMBERS; j++)
			enter(m.dev[j], PINSCOPE_STATE_PRE_COPY);
		start(m.vm);
		same(dirty(m.vm), MEMBERS_PAGES);
		enter(m.dev[i], PINSCOPE_STATE_RUNNING);
		same(dirty(m.vm), ALL);
		same(dirty(m.vm), ALL);
		enter(m.dev[i], PINSCOPE_STATE_PRE_COPY);
		same(dirty(m.vm), ALL);
		same(dirty(m.vm), MEMBERS_PAGES);
		vm_close(m.vm);
	}
}

/* They close in each of the orders of three. */
TEST(r05, shared_group_members_close_in_any_order, .limit = 60)
{
	static const int orders[][MEMBERS] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct members m;
	uint64_t left;
	size_t o;
	int i;

	for (o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		members_new(&m, SIM_GROUP + o, "start");
		start(m.vm);
		same(dirty(m.vm), MEMBERS_PAGES);
		left = MEMBERS_PAGES;
		for (i = 0; i < MEMBERS - 1; i++) {
			writes(m.dev[orders[o][i]], orders[o][i]);
			close_device(m.dev[orders[o][i]]);
			/* What it wrote is reported, then only the others */
			same(dirty(m.vm), left);
			left &= ~P(orders[o][i]);
			same(dirty(m.vm), left);
		}
		/* None is open: the next one may write anywhere */
		close_device(m.dev[orders[o][i]]);
		same(dirty(m.vm), ALL);
		vm_close(m.vm);
	}
}

TEST(r05, shared_group_narrows_when_the_one_that_never_pins_closes)
{
	struct vm *vm = sharing_vm();
	const char *a = sim_new(SIM_GROUP, &untracked);
	const char *b = sim_new(SIM_GROUP, &untracked);
	struct device *optin = vm_optin(vm, a, "start");
	struct device *backed = vm_backed(vm, b);

	window(optin, 9);
	start(vm);
	same(dirty(vm), ALL);
	equal(pins(optin), 1);
	writes(backed, 3);
	close_device(backed);
	/* Page 3 is in no pin */
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
	open_device(backed);
	writes(backed, 4);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	leave_vm(backed);
	same(dirty(vm), ALL);
	same(dirty(vm), P(9));
}

TEST(r05, shared_group_widens_when_one_joins)
{
	struct vm *vm = sharing_vm();
	const char *a = sim_new(SIM_GROUP, &untracked);
	const char *b = sim_new(SIM_GROUP, &untracked);
	struct device *first = vm_optin(vm, a, "start"), *second;

	window(first, 1);
	start(vm);
	same(dirty(vm), P(1));
	second = vm_optin(vm, b, "start");
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	/* Its first window is its first pin */
	window(second, 2);
	writes(second, 2);
	same(dirty(vm), ALL);
	same(dirty(vm), P(1) | P(2));
}

TEST(r05, shared_group_reset_of_one_widens)
{
	struct members m;

	members_new(&m, SIM_GROUP, "start");
	start(m.vm);
	same(dirty(m.vm), MEMBERS_PAGES);
	reset(m.dev[1]);
	equal(pins(m.dev[1]), 0);
	holds(ALL, dirty(m.vm));
	same(dirty(m.vm), ALL);
	equal(view_device(m.dev[0]).opted_in, true);
	equal(view_device(m.dev[1]).opted_in, false);
}

TEST(r05, shared_function_narrows_for_two_mdevs)
{
	struct vm *vm = sharing_vm();
	const char *parent = lone_edu(0);
	struct device *one = vm_optin(vm, parent, "start");
	struct device *two = vm_optin(vm, parent, "start");

	window(one, 9);
	window(two, 4);
	start(vm);
	same(dirty(vm), P(9) | P(4));
	leave_vm(one);
	same(dirty(vm), P(9) | P(4));
	same(dirty(vm), P(4));
}

#define PIN_REFUSED "pin refused (-EXDEV)"

TEST(r05, switch_is_for_containers_set_up_later, .says = PIN_REFUSED)
{
	struct vm *strict = vm_new(), *sharing;
	const char *strict_sim = sim_new(SIM_GROUP, &untracked);
	const char *sim = sim_new(SIM_GROUP + 1, &untracked);
	struct device *dev;

	sim_new(SIM_GROUP, &untracked);
	sim_new(SIM_GROUP + 1, &untracked);
	dev = vm_optin(strict, strict_sim, "start");
	window(dev, 9);

	sharing = sharing_vm();
	start(strict);
	equal(pins(dev), 0);
	same(dirty(strict), ALL);

	dev = vm_optin(sharing, sim, "start");
	window(dev, 9);
	share_groups(false);
	start(sharing);
	same(dirty(sharing), P(9));
}
