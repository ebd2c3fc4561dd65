// SPDX-License-Identifier: GPL-2.0
/*
 * Events that meet: one is held up in the middle, by a driver that waits to be
 * released, and the other happens. What a cell of tests/events.def cannot say.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/late_page.h"
#include "fixtures/memory.h"
#include "fixtures/puppet.h"
#include "fixtures/sharing.h"
#include "fixtures/soft.h"
#include "fixtures/view.h"

static const struct sim_options untracked = { .no_tracking = true };

static void need_clients(struct puppet *puppet)
{
	if (!(puppet->features & PUPPET_FEATURE_TRACKED))
		missing("dirty clients");
}

/* START finds a group narrow by pins that are older, and has nothing to widen */
TEST(event, first_pin_while_tracking_is_off)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, lone_edu(0));

	check(!scope_pinned(vm));
	make(dev, PIN(9));
	check(scope_pinned(vm));
	make(dev, WRITES(3));
	start(vm);
	same(dirty(vm), P(9));
	same(dirty(vm), P(9));
	stop(vm);
	check(scope_pinned(vm));
	make(dev, UNPIN(9));
	check(scope_pinned(vm));
	start(vm);
	same(dirty(vm), ALL);
}

/*
 * A driver that keeps a log marks what is in it before it takes its client
 * back. A bitmap that is read in the middle of the closing has the page.
 */
TEST(event, get_beside_a_close_has_what_was_marked)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, sim_new(SIM_GROUP, &untracked));
	struct task *closes;

	need_clients(dev);
	make(dev, PIN_TRACKED(4));
	make(dev, REGISTER);
	start(vm);
	same(dirty(vm), NONE);
	make(dev, WRITES(4));
	script(dev, CLOSE, MARK(4), UNREGISTER, BLOCK);
	closes = begin_task(task_close, dev->dev);
	wait_blocked(dev, PUPPET_CLOSE);
	same(dirty(vm), P(4));
	release(dev, PUPPET_CLOSE);
	equal(end_task(closes), 0);
	same(dirty(vm), ALL);
}

static int task_get(void *vm)
{
	uint64_t bitmap = 0;

	return try_get(vm, 0, PAGES, &bitmap, sizeof(bitmap));
}

/* The close waits for the answer, so that what sync() marks is in it */
TEST(event, close_waits_for_a_sync_that_is_under_way)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, sim_new(SIM_GROUP, &untracked));
	struct task *gets, *closes;

	need_clients(dev);
	make(dev, PIN_TRACKED(4));
	make(dev, REGISTER);
	start(vm);
	script(dev, SYNC, BLOCK, MARK(4));
	gets = begin_task(task_get, vm);
	wait_blocked(dev, PUPPET_SYNC);
	script(dev, CLOSE, UNREGISTER, BLOCK);
	closes = begin_task(task_close, dev->dev);
	doze(100);
	equal(query(dev).events[PUPPET_CLOSE].blocked, 0);
	release(dev, PUPPET_SYNC);
	equal(end_task(gets), 0);
	equal(ran(dev, PUPPET_SYNC, 1), 0);
	wait_blocked(dev, PUPPET_CLOSE);
	release(dev, PUPPET_CLOSE);
	equal(end_task(closes), 0);
}

/* One device of a group has written, and pins while another is being opened */
TEST(event, narrowing_in_start_settles_for_who_was_open)
{
	struct vm *vm = sharing_vm();
	struct puppet *one = vm_puppet(vm, sim_new(SIM_GROUP, &untracked));
	struct puppet *two = puppet_of(vm, sim_new(SIM_GROUP, &untracked));
	struct task *opens;

	need_clients(one);
	attach(two->dev);
	start(vm);
	same(dirty(vm), ALL);
	make(one, WRITES(7));
	script(two, OPEN, BLOCK, REGISTER);
	script(two, START, PIN(10));
	opens = begin_task(task_open, two->dev);
	wait_blocked(two, PUPPET_OPEN);
	make(one, PIN(9));
	release(two, PUPPET_OPEN);
	equal(end_task(opens), 0);
	equal(ran(two, PUPPET_START, 0), 1);
	holds(dirty(vm), P(7) | P(9) | P(10));
	same(dirty(vm), P(9) | P(10));
}

/* The same, but the other one was opened later, before the first registers */
TEST(event, narrowing_in_start_settles_for_who_was_opened_meanwhile)
{
	struct vm *vm = sharing_vm();
	struct puppet *one = puppet_of(vm, sim_new(SIM_GROUP, &untracked));
	struct puppet *two = puppet_of(vm, sim_new(SIM_GROUP, &untracked));
	struct task *opens;

	need_clients(one);
	attach(one->dev);
	attach(two->dev);
	start(vm);
	script(one, OPEN, BLOCK, REGISTER);
	script(one, START, PIN(10));
	opens = begin_task(task_open, one->dev);
	wait_blocked(one, PUPPET_OPEN);
	open_device(two->dev);
	same(dirty(vm), ALL);
	make(two, WRITES(7));
	make(two, PIN(9));
	release(one, PUPPET_OPEN);
	equal(end_task(opens), 0);
	equal(ran(one, PUPPET_START, 0), 1);
	holds(dirty(vm), P(7) | P(9) | P(10));
	same(dirty(vm), P(9) | P(10));
}

/* Nor does the one that writes have to stay */
TEST(event, narrowing_in_start_settles_for_who_came_and_went)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, &untracked);
	struct puppet *one = puppet_of(vm, sim);
	struct puppet *two = puppet_of(vm, sim);
	struct task *opens;

	need_clients(one);
	attach(one->dev);
	start(vm);
	script(one, OPEN, BLOCK, REGISTER);
	script(one, START, PIN(10));
	opens = begin_task(task_open, one->dev);
	wait_blocked(one, PUPPET_OPEN);
	attach(two->dev);
	open_device(two->dev);
	same(dirty(vm), ALL);
	make(two, WRITES(7));
	close_device(two->dev);
	detach(two->dev);
	release(one, PUPPET_OPEN);
	equal(end_task(opens), 0);
	equal(ran(one, PUPPET_START, 0), 1);
	holds(dirty(vm), P(7) | P(10));
	same(dirty(vm), P(10));
}

#define STOPS 300

/*
 * A driver that registers while the user stops is told of both, in that order, or of
 * neither: it holds no pin after STOP.
 */
TEST(event, stop_beside_an_open_comes_after_start)
{
	struct vm *vm = vm_new();
	struct puppet *dev = puppet_of(vm, sim_new(SIM_GROUP, &untracked));
	unsigned int i, started;
	struct task *opens;

	need_clients(dev);
	attach(dev->dev);
	script(dev, OPEN, REGISTER);
	script(dev, START, PIN(10));
	script(dev, STOP, UNPIN(10));
	script(dev, CLOSE, UNREGISTER);
	for (i = 0; i < STOPS; i++) {
		start(vm);
		opens = begin_task(task_open, dev->dev);
		doze(i % 3);
		stop(vm);
		equal(end_task(opens), 0);
		equal(query(dev).pages, 0);
		close_device(dev->dev);
	}
	started = runs(dev, PUPPET_START);
	equal(runs(dev, PUPPET_STOP), started);
	note("%u of %u opens were before STOP", started, STOPS);
}

/* A domain whose tracking failed at START comes to track when a group joins it */
TEST(event, tracking_that_comes_late_settles)
{
	struct vm *vm = vm_new();
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct puppet *one = vm_puppet(vm, sim), *two;

	need_clients(one);
	faults(sim, FAULT_SET_TRACKING);
	start(vm);
	same(dirty(vm), ALL);
	make(one, WRITES(5));
	faults(sim, 0);
	two = puppet_of(vm, sim_new(SIM_GROUP + 1, NULL));
	attach(two->dev);
	holds(dirty(vm), P(5));
}

/* dma_unmap() is called anew for pins made since, and gives up in the end */
TEST(event, pins_made_in_dma_unmap_make_it_busy)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, NULL);
	struct puppet_script keeps = {
		.event = PUPPET_DMA_UNMAP,
		.flags = PUPPET_SCRIPT_KEEP,
	};

	make(dev, PIN(1));
	script_of(dev, keeps, UNPIN(1), PIN(1));
	refused(try_unmap(vm, 0, PAGES), EBUSY);
	check(runs(dev, PUPPET_DMA_UNMAP) > 1);
	equal(query(dev).pins, 1);
	set_script(dev, (struct puppet_script){ .event = PUPPET_DMA_UNMAP },
		   NULL, 0);
	unmap_pages(vm, 0, PAGES);
	equal(query(dev).pins, 0);
}

/* STOP waits for a START that is under way in a driver, and then tells it */
TEST(event, stop_waits_for_a_start_that_is_held_up)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, NULL);
	struct task *starts, *stops;

	need_clients(dev);
	script(dev, START, BLOCK);
	make(dev, REGISTER);
	starts = begin_task(task_start, vm);
	wait_blocked(dev, PUPPET_START);
	stops = begin_task(task_stop, vm);
	doze(100);
	check(!task_is_done(stops));
	equal(query(dev).events[PUPPET_STOP].entered, 0);
	release(dev, PUPPET_START);
	equal(end_task(starts), 0);
	equal(end_task(stops), 0);
	equal(runs(dev, PUPPET_STOP), 1);
}

/* A client that comes while others are told is told by itself, and once */
TEST(event, client_that_comes_during_start_is_told_once)
{
	struct vm *vm = vm_new();
	struct puppet *first = vm_puppet(vm, NULL), *late = vm_puppet(vm, NULL);
	struct task *starts;

	need_clients(first);
	script(first, START, BLOCK);
	make(first, REGISTER);
	starts = begin_task(task_start, vm);
	wait_blocked(first, PUPPET_START);
	make(late, REGISTER);
	equal(runs(late, PUPPET_START), 1);
	release(first, PUPPET_START);
	equal(end_task(starts), 0);
	equal(runs(late, PUPPET_START), 1);
	stop(vm);
	equal(runs(late, PUPPET_STOP), 1);
}

/* One that comes while they are told of the end has nothing to be told */
TEST(event, client_that_comes_during_stop_is_told_nothing)
{
	struct vm *vm = vm_new();
	struct puppet *first = vm_puppet(vm, NULL), *late = vm_puppet(vm, NULL);
	struct task *stops;

	need_clients(first);
	script(first, STOP, BLOCK);
	make(first, REGISTER);
	start(vm);
	stops = begin_task(task_stop, vm);
	wait_blocked(first, PUPPET_STOP);
	make(late, REGISTER);
	release(first, PUPPET_STOP);
	equal(end_task(stops), 0);
	equal(runs(late, PUPPET_START), 0);
	equal(runs(late, PUPPET_STOP), 0);
	start(vm);
	equal(runs(late, PUPPET_START), 1);
}

/*
 * A device that pins nothing is closed while the user's own page fault holds up
 * a GET: the close must not wait for the user.
 */
TEST(event, close_does_not_wait_for_a_page_fault)
{
	struct vm *vm = vm_new();
	struct task *gets, *closes;
	struct device *leaves;
	struct late_page late;
	bool closed;

	if (!core_is_patched())
		missing("IOMMU-backed mdev registration");
	leaves = vm_backed(vm, sim_new(SIM_GROUP, &untracked));
	start(vm);
	late_page(&late, vm);
	gets = begin_get(&late);
	closes = begin_task(task_close, leaves);
	closed = comes_true(task_is_done(closes), 1000);
	end_get(&late, gets);
	equal(end_task(closes), 0);
	if (!closed)
		fail("the close has waited for the page fault");
}

/*
 * A driver that calls the core after its close_device(), which the core has not
 * finished: it waits for a callback of the device that is held up here.
 */
TEST(event, call_after_the_device_was_closed_is_refused)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, NULL);
	struct puppet_call pin = PIN(2), mark = MARK(2), opt_out = OPT_OUT;
	struct task *unmaps, *closes;

	need_clients(dev);
	make(dev, PIN(1));
	script_once(dev, DMA_UNMAP, BLOCK);
	unmaps = begin_task(task_unmap, vm);
	wait_blocked(dev, PUPPET_DMA_UNMAP);
	closes = begin_task(task_close, dev->dev);
	doze(200);
	check(!task_is_done(closes));

	pin.flags = PUPPET_CALL_LATE | PUPPET_CALL_UNSAFE;
	mark.flags = pin.flags;
	opt_out.flags = pin.flags;
	refused(try_make(dev, pin), ENODEV);
	refused(try_make(dev, mark), ENODEV);
	equal(try_make(dev, opt_out), 0);

	release(dev, PUPPET_DMA_UNMAP);
	equal(end_task(unmaps), 0);
	equal(end_task(closes), 0);
}

/* Of pages that others have, by who has none and is being closed */
TEST(event, pages_returned_by_who_has_none_stay)
{
	struct puppet_call back = {
		.op = PUPPET_UNPIN, .count = 1,
		.flags = PUPPET_CALL_LATE | PUPPET_CALL_UNSAFE,
	};
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, NULL), *other = vm_puppet(vm, NULL);
	struct task *unmaps, *closes;

	need_clients(dev);
	map_at(vm, small_memory(PAGE), 1ull << 32, PAGE);
	make(dev, PIN(1));
	script_once(dev, DMA_UNMAP, BLOCK);
	unmaps = begin_task(task_unmap, vm);
	wait_blocked(dev, PUPPET_DMA_UNMAP);
	closes = begin_task(task_close, dev->dev);
	doze(200);
	check(!task_is_done(closes));
	make(other, PIN(5));
	/* No chunk, in front of a run, behind it, a table of single pages */
	back.iova = 1ull << 32;
	equal(try_make(dev, back), 0);
	back.iova = IOVA(4);
	equal(try_make(dev, back), 0);
	back.iova = IOVA(6);
	equal(try_make(dev, back), 0);
	make(other, PIN(7));
	equal(try_make(dev, back), 0);
	equal(query(other).pages, 2);
	release(dev, PUPPET_DMA_UNMAP);
	equal(end_task(unmaps), 0);
	equal(end_task(closes), 0);
}

static int task_pin(void *puppet)
{
	return try_make(puppet, PIN(0));
}

TEST(event, pin_in_a_group_that_grows_meanwhile_is_refused)
{
	struct vm *vm = vm_new();
	struct late_page late;
	struct task *pins_it;
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, sim_new(SIM_GROUP, &untracked));
	need_clients(dev);
	late_page(&late, vm);
	fill(&late);
	ok(pinscope_map(vm->container, late.page, IOVA(0), PAGE, PINSCOPE_MAP_RW));
	/* The pin waits for the page, which the IOMMU has another one of */
	madvise(late.page, PAGE, MADV_DONTNEED);
	pins_it = begin_task(task_pin, dev);
	doze(200);
	check(!task_is_done(pins_it));
	sim_new(SIM_GROUP, &untracked);
	fill(&late);
	equal(end_task(pins_it), -EXDEV);
	equal(query(dev).pages, 0);
	check(!scope_pinned(vm));
}

TEST(event, unmapper_killed_while_pins_are_returned_unmaps_nothing)
{
	struct vm *vm = vm_new();
	struct puppet *dev = vm_puppet(vm, NULL);
	int status;
	pid_t pid;

	need_clients(dev);
	make(dev, PIN(1));
	script_once(dev, DMA_UNMAP, BLOCK);
	pid = fork();
	check(pid >= 0);
	if (!pid)
		_exit(!!try_unmap(vm, 0, PAGES));
	wait_blocked(dev, PUPPET_DMA_UNMAP);
	kill(pid, SIGKILL);
	equal(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status));
	refused(try_map(vm, 0, PAGES, PINSCOPE_MAP_RW), EEXIST);
}
