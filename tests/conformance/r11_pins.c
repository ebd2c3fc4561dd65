// SPDX-License-Identifier: GPL-2.0
/* R11 with drivers that pin, and with IOMMUs that fail. */
#include <errno.h>
#include <string.h>

#include "fixtures/race.h"
#include "fixtures/soft.h"
#include "fixtures/view.h"

static const char *cause_of(struct device *dev)
{
	return text("%s", view_group(dev).cause);
}

TEST(r11, pins_are_dirty_as_ever)
{
	struct vm *vm = vm_new();
	struct device *optin, *dev;

	optin = vm_optin(vm, sim_new(SIM_GROUP, NULL), "start");
	dev = vm_backed(vm, sim_new(SIM_GROUP + 1, NULL));
	window(optin, 9);
	start(vm);
	same(dirty(vm), P(9));
	writes(dev, 2);
	same(dirty(vm), P(2) | P(9));
	same(dirty(vm), P(9));
}

/* There is nothing to settle: the IOMMU knew what was written before. */
TEST(r11, pinning_in_precopy_needs_no_settling_report)
{
	struct vm *vm = vm_new();
	struct device *dev;

	dev = vm_optin(vm, sim_new(SIM_GROUP, NULL), "precopy");
	window(dev, 4);
	window(dev, 9);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 9);
	no_window(dev, 9);
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	same(dirty(vm), P(4) | P(9));
	same(dirty(vm), P(4));
	enter(dev, PINSCOPE_STATE_RUNNING);
	check(scope_pinned(vm));
	/* Its pins are gone, and what it wrote is told by the IOMMU again. */
	same(dirty(vm), P(4));
	writes(dev, 4);
	same(dirty(vm), P(4));
	same(dirty(vm), NONE);
}

TEST(r11, closing_and_opening_goes_on_being_tracked)
{
	struct vm *vm = vm_new();
	struct device *dev;

	dev = vm_optin(vm, sim_new(SIM_GROUP, NULL), "start");
	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	close_device(dev);
	check(scope_pinned(vm));
	same(dirty(vm), P(9));
	open_device(dev);
	same(dirty(vm), NONE);
	check(scope_pinned(vm));
}

TEST(r11, scope_is_shown_as_written)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, NULL));
	struct pinscope_scope_group group;
	char words[256];

	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
	check(view_group(dev).can_track);
	check(!strcmp(cause_of(dev), "attach"));
	check(!scope_of(vm).iommu);
	start(vm);
	group = view_group(dev);
	equal(group.scope, PINSCOPE_SCOPE_WRITTEN);
	check(!strcmp(group.cause, "iommu"));
	check(scope_of(vm).iommu && scope_pinned(vm));
	check(view_container(dev).iommu);
	ok(pinscope_scope_group_reason(&group, words, sizeof(words)));
	check(strstr(words, "written pages, told by the IOMMU"));
	stop(vm);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
	check(!strcmp(cause_of(dev), "stop"));
	check(!scope_of(vm).iommu);
}

TEST(r11, an_iommu_that_cannot_track_is_shown_as_such)
{
	static const struct sim_options untracked = { .no_tracking = true };
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, sim_new(SIM_GROUP, &untracked));

	start(vm);
	check(!view_group(dev).can_track);
	equal(view_group(dev).scope, PINSCOPE_SCOPE_WIDE);
	check(!scope_of(vm).iommu);
}

static void start_fails(unsigned int fault)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_backed(vm, sim);
	struct pinscope_scope_group group;
	char words[256];

	faults(sim, fault);
	start(vm);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	group = view_group(dev);
	equal(group.scope, PINSCOPE_SCOPE_WIDE);
	check(!strcmp(group.cause, "iommu-error"));
	ok(pinscope_scope_group_reason(&group, words, sizeof(words)));
	check(strstr(words, "failed"));
	faults(sim, 0);
	same(dirty(vm), ALL);
	stop(vm);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 3);
	same(dirty(vm), P(3));
}

TEST(r11, start_succeeds_if_the_iommu_cannot_begin)
{
	start_fails(FAULT_SET_TRACKING);
}

TEST(r11, start_succeeds_if_the_iommu_cannot_forget)
{
	start_fails(FAULT_READ_DIRTY);
}

TEST(r11, if_the_iommu_cannot_tell_all_is_dirty)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_backed(vm, sim);

	start(vm);
	writes(dev, 3);
	faults(sim, FAULT_READ_DIRTY);
	same(dirty(vm), ALL);
	same(dirty(vm), ALL);
	writes(dev, 5);
	faults(sim, 0);
	same(dirty(vm), P(3) | P(5));
	same(dirty(vm), NONE);
}

/* One that cannot be switched off is not asked any more. */
TEST(r11, stop_succeeds_if_the_iommu_cannot_end)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct device *dev = vm_backed(vm, sim);

	start(vm);
	faults(sim, FAULT_SET_TRACKING);
	stop(vm);
	check(!scope_pinned(vm));
	writes(dev, 3);
	faults(sim, 0);
	start(vm);
	same(dirty(vm), NONE);
	writes(dev, 4);
	same(dirty(vm), P(4));
}

/*
 * @due: of each page that was written, the first GET that may tell it, which is
 *	one under way when that began, or else the next
 * @told: of each page the last GET that told it
 * @done: how many GETs there were
 */
struct traffic {
	struct device *dev;
	unsigned int page;
	unsigned int due[PAGES];
	unsigned int told[PAGES];
	unsigned int done;
};

static int write_next(void *arg)
{
	struct traffic *t = arg;
	unsigned int due = __atomic_load_n(&t->done, __ATOMIC_SEQ_CST) + 1;
	int ret;

	t->page = (t->page + 5) % PAGES;
	ret = try_write(t->dev, t->page);
	if (!ret)
		__atomic_store_n(&t->due[t->page], due, __ATOMIC_SEQ_CST);
	return ret;
}

/* What was written before this GET it tells, if none before has. */
static int get_written(void *arg)
{
	struct traffic *t = arg;
	unsigned int due[PAGES];
	uint64_t bits = 0;
	int page, ret;

	for (page = 0; page < PAGES; page++)
		due[page] = __atomic_exchange_n(&t->due[page], 0,
						__ATOMIC_SEQ_CST);
	ret = try_get(t->dev->vm, 0, PAGES, &bits, sizeof(bits));
	for (page = 0; page < PAGES; page++) {
		if (bits & P(page))
			t->told[page] = t->done + 1;
		if (!ret && t->told[page] < due[page])
			ret = -ENODATA;
	}
	__atomic_store_n(&t->done, t->done + 1, __ATOMIC_SEQ_CST);
	return ret;
}

TEST(r11, no_page_is_lost_while_it_is_written)
{
	struct vm *vm = vm_new();
	struct traffic t = {
		.dev = vm_backed(vm, sim_new(SIM_GROUP, NULL)),
	};
	struct racer racers[] = {
		RACER(write_next, &t), RACER(get_written, &t),
	};

	start(vm);
	race(racers, 2, 3000);
}
