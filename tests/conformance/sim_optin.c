// SPDX-License-Identifier: GPL-2.0
/*
 * Opting in on the software IOMMU goes as it does on hardware. As long as it does
 * not track what is written, that is; for the rest see r11.
 */
#include <string.h>

#include "fixtures/soft.h"

#define PIN_REFUSED "*pin refused (-EXDEV)*"

static const struct sim_options untracked = { .no_tracking = true };

static struct device *optin_in(struct vm *vm, unsigned int group)
{
	return vm_optin(vm, sim_new(group, &untracked), "start");
}

TEST(sim, pinning_narrows)
{
	struct vm *vm = vm_new();
	struct device *dev = optin_in(vm, SIM_GROUP);

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	writes(dev, 9);
	same(dirty(vm), P(9));
	check(!strcmp(mdev_get(dev->mdev, "scope"), "pinned"));
	stop(vm);
	equal(pins(dev), 0);
}

TEST(sim, backed_is_wide)
{
	struct vm *vm = vm_new();

	vm_backed(vm, sim_new(SIM_GROUP, &untracked));
	start(vm);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

TEST(sim, two_groups_have_to_opt_in)
{
	struct vm *vm = vm_new();
	struct device *a = optin_in(vm, SIM_GROUP);
	struct device *b = vm_optin(vm, sim_new(SIM_GROUP + 1, &untracked),
				    "precopy");

	window(a, 2);
	window(b, 3);
	start(vm);
	same(dirty(vm), ALL);
	enter(b, PINSCOPE_STATE_PRE_COPY);
	/* What b wrote since the first bitmap is reported once. */
	same(dirty(vm), ALL);
	same(dirty(vm), P(2) | P(3));
	enter(b, PINSCOPE_STATE_RUNNING);
	same(dirty(vm), ALL);
}

static void group_of(int size)
{
	struct vm *vm = vm_new();
	struct device *dev = optin_in(vm, SIM_GROUP);
	int i;

	for (i = 1; i < size; i++)
		sim_new(SIM_GROUP, &untracked);
	window(dev, 4);
	start(vm);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	check(!strncmp(mdev_get(dev->mdev, "scope"),
		       text("refused: the IOMMU group has %d devices", size),
		       strlen("refused: the IOMMU group has N devices")));
}

TEST(sim, a_group_of_two_stays_wide, .says = PIN_REFUSED)
{
	group_of(2);
}

TEST(sim, a_group_of_five_stays_wide, .says = PIN_REFUSED)
{
	group_of(5);
}

TEST(sim, optin_beside_backed_stays_wide, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm_backed(vm, sim_new(SIM_GROUP, &untracked));
	dev = optin_in(vm, SIM_GROUP);
	window(dev, 9);
	start(vm);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
}

/* A device comes up in a group that was alone when it opted in. */
TEST(sim, a_group_that_grows_widens, .says = PIN_REFUSED)
{
	struct vm *vm = vm_new();
	struct device *dev = optin_in(vm, SIM_GROUP);
	const char *sim;

	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	sim = sim_new(SIM_GROUP, &untracked);
	writes(dev, 9);
	writes(vm_backed(vm, sim), 3);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	stop(vm);
	start(vm);
	equal(pins(dev), 0);
	same(dirty(vm), ALL);
}

TEST(sim, opted_in_on_both_kinds_of_iommu)
{
	struct vm *vm = vm_new();
	struct device *soft = optin_in(vm, SIM_GROUP);
	struct device *edu = vm_optin(vm, lone_edu(0), "start");

	window(soft, 2);
	window(edu, 3);
	start(vm);
	same(dirty(vm), P(2) | P(3));
	writes(soft, 2);
	writes(edu, 3);
	stop(vm);
}

TEST(sim, a_group_belongs_to_one_container)
{
	struct vm *vm = vm_new(), *other = vm_new();
	const char *a = sim_new(SIM_GROUP, &untracked), *b = sim_new(SIM_GROUP, &untracked);
	struct device *dev;

	vm_backed(vm, a);
	dev = device_of(other, mdev_new(BACKED, b));
	check(try_attach(dev) < 0);
	ok(try_attach(device_of(vm, mdev_new(BACKED, b))));
}

/* Its first pin was alone in its group, that of the next window is not. */
static void window_in_a_group_that_has_grown(const char *driver)
{
	struct vm *vm = vm_new();
	struct device *dev;

	dev = vm_add(vm, mdev_new(driver, sim_new(SIM_GROUP, &untracked)));
	window(dev, 9);
	start(vm);
	if (!strcmp(driver, PRECOPY))
		enter(dev, PINSCOPE_STATE_PRE_COPY);
	dirty(vm);
	check(scope_pinned(vm));
	sim_new(SIM_GROUP, &untracked);
	window(dev, 4);
	equal(windows(dev), 2);
	equal(pins(dev), 0);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	writes(dev, 4);
}

TEST(sim, optin_window_in_a_group_that_has_grown, .says = PIN_REFUSED)
{
	window_in_a_group_that_has_grown(OPTIN);
}

TEST(sim, precopy_window_in_a_group_that_has_grown, .says = PIN_REFUSED)
{
	window_in_a_group_that_has_grown(PRECOPY);
}

TEST(sim, hwlog_window_in_a_group_that_has_grown, .says = PIN_REFUSED)
{
	window_in_a_group_that_has_grown(HWLOG);
}
