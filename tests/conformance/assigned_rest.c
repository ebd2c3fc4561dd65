// SPDX-License-Identifier: GPL-2.0
/*
 * An assigned function comes to rest before anything depends on that, or is kept from
 * memory: no byte lands later.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <harness/assigned.h>

#include "fixtures/edu.h"
#include "fixtures/give_up.h"
#include "fixtures/memory.h"
#include "fixtures/puppet.h"

/* A transfer takes 100 ms, and in a busy machine a bit more. */
#define ENDED_MS 500

#define FENCED "transfer has not ended in time|has failed: fenced"
#define BUS_MASTER 0x4
#define VALUE 0x3c

static struct device *assigned(struct vm *vm, const char *opt_in)
{
	struct device *dev = device_of_bound(vm, assigned_function(0, opt_in));

	attach(dev);
	open_device(dev);
	return dev;
}

/* The buffer has VALUE, and a transfer to a page goes on. */
static void begin(struct device *dev, int page)
{
	edu_fill(dev, page ? 0 : 1, VALUE);
	memset(dev->vm->ram + page * PAGE, 0, PAGE);
	ok(edu_try_write(dev, page));
}

static bool nothing_comes(struct device *dev, int page)
{
	doze(ENDED_MS);
	return !edu_has_written(dev, page, VALUE);
}

TEST(assigned, p2p_waits_for_the_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	enter(dev, PINSCOPE_STATE_RUNNING_P2P);
	check(edu_has_written(dev, 3, VALUE));
	check(!edu_is_busy(dev));
	refused(edu_try_write(dev, 4), EBUSY);
	edu_put(dev, EDU_LIVE, 1);
	enter(dev, PINSCOPE_STATE_STOP);
	refused(edu_try_put(dev, EDU_LIVE, 0, 4), EBUSY);
	refused(edu_try_put(dev, EDU_DMA_CMD, EDU_DMA_RUN, 8), EBUSY);
	equal(edu_get(dev, EDU_LIVE), ~1u);
	enter(dev, PINSCOPE_STATE_RUNNING);
	edu_writes(dev, 4);
}

/* It has failed: no register, no bus mastering, no state; then it is reset. */
static void is_shut_off(struct device *dev, const char *fault)
{
	uint16_t command;

	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	refused(edu_try_put(dev, EDU_LIVE, 0, 4), EIO);
	ok(pinscope_device_read(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				&command, sizeof(command)));
	check(!(command & BUS_MASTER));
	command |= BUS_MASTER;
	refused(pinscope_device_write(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				      &command, sizeof(command)), EIO);
	refused(try_enter(dev, PINSCOPE_STATE_RUNNING), EINVAL);
	check(assigned_says(dev->name, core_is_patched() ?
			    "failed: the function is fenced" : "wide"));
	assigned_repair(dev->name, fault);
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	edu_writes(dev, 3);
}

/* The same before the transfer to page 3 has ended: it never does. */
static void is_fenced(struct device *dev)
{
	check(nothing_comes(dev, 3));
	is_shut_off(dev, "slow");
}

TEST(assigned, function_that_does_not_stop_is_fenced, .log = FENCED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	assigned_fault(dev->name, "slow");
	refused(try_enter(dev, PINSCOPE_STATE_STOP), ETIMEDOUT);
	is_fenced(dev);
}

TEST(assigned, function_that_hangs_is_fenced, .log = FENCED, .limit = 120)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	assigned_fault(dev->name, "hang");
	refused(try_enter(dev, PINSCOPE_STATE_STOP), ETIMEDOUT);
	is_shut_off(dev, "hang");
}

TEST(assigned, function_that_fails_makes_its_group_wide, .log = FENCED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
	begin(dev, 3);
	assigned_fault(dev->name, "slow");
	refused(try_enter(dev, PINSCOPE_STATE_STOP), ETIMEDOUT);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	is_fenced(dev);
	check(!scope_pinned(vm));
	stop(vm);
	start(vm);
	check(scope_pinned(vm));
	same(dirty(vm), P(3));
}

TEST(assigned, late_dma_does_not_follow_an_unmap, .log = FENCED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 9);
	start(vm);
	begin(dev, 3);
	assigned_fault(dev->name, "slow");
	unmap_pages(vm, 0, PAGES);
	map_pages(vm, 0, PAGES);
	is_fenced(dev);
}

TEST(assigned, reset_waits_for_the_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	reset(dev);
	check(!edu_is_busy(dev));
	check(nothing_comes(dev, 3));
	edu_writes(dev, 3);
}

TEST(assigned, reset_fails_while_it_hangs, .log = FENCED, .limit = 120)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	assigned_fault(dev->name, "hang");
	refused(pinscope_device_reset(dev->dev), EBUSY);
	check(nothing_comes(dev, 3));
	is_shut_off(dev, "hang");
}

/* The next user has other memory at the same address. */
TEST(assigned, late_dma_does_not_reach_the_next_user, .log = FENCED, .limit = 120)
{
	struct vm *vm = vm_new(), *next = vm_new();
	struct device *dev = assigned(vm, NULL), *other;

	begin(dev, 3);
	assigned_fault(dev->name, "slow");
	assigned_fault(dev->name, "hang");
	leave_vm(dev);
	other = device_of_bound(next, dev->name);
	attach(other);
	refused(try_open(other), EBUSY);
	check(nothing_comes(other, 3));
	check(nothing_comes(dev, 3));
	assigned_repair(dev->name, "hang");
	open_device(other);
	edu_writes(other, 3);
}

TEST(assigned, closed_during_a_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	close_device(dev);
	check(edu_has_written(dev, 3, VALUE));
	open_device(dev);
	edu_writes(dev, 4);
}

#define NOT_ATTACHED "domain of the user cannot be attached|has failed: fenced"

/* The domain of the user is taken away to save, and cannot be returned. */
TEST(assigned, domain_is_attached_again_by_reset, .log = NOT_ATTACHED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	edu_writes(dev, 3);
	assigned_fault(dev->name, "attach");
	check(try_enter(dev, PINSCOPE_STATE_STOP_COPY) < 0);
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	check(pinscope_device_reset(dev->dev) < 0);
	assigned_repair(dev->name, "attach");
	reset(dev);
	equal(state_of(dev), PINSCOPE_STATE_RUNNING);
	edu_writes(dev, 4);
}

/* Who switches interrupts on and off writes to the same register of the function. */
struct switcher {
	struct device *dev;
	uint32_t index;
	int fd;
	atomic_bool end;
};

static int task_switch(void *arg)
{
	struct switcher *s = arg;
	int ret = 0;

	while (!ret && !atomic_load(&s->end)) {
		ret = pinscope_device_irq_enable(s->dev->dev, s->index, 0, s->fd);
		if (!ret)
			ret = pinscope_device_irq_disable(s->dev->dev, s->index);
	}
	return ret;
}

static bool is_master(struct device *dev)
{
	uint16_t command;

	ok(pinscope_device_read(dev->dev, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				&command, sizeof(command)));
	return command & BUS_MASTER;
}

static void fence_holds_beside(uint32_t index)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);
	struct switcher s = { .dev = dev, .index = index };
	struct task *switches;
	int round, look;

	s.fd = ok(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	switches = begin_task(task_switch, &s);
	for (round = 0; round < 10; round++) {
		begin(dev, 3);
		assigned_fault(dev->name, "slow");
		refused(try_enter(dev, PINSCOPE_STATE_STOP), ETIMEDOUT);
		for (look = 0; look < 20; look++)
			check(!is_master(dev));
		check(nothing_comes(dev, 3));
		assigned_repair(dev->name, "slow");
		reset(dev);
	}
	atomic_store(&s.end, true);
	equal(end_task(switches), 0);
	close(s.fd);
}

TEST(assigned, fence_holds_beside_intx, .log = FENCED, .limit = 90)
{
	fence_holds_beside(VFIO_PCI_INTX_IRQ_INDEX);
}

TEST(assigned, fence_holds_beside_msi, .log = FENCED, .limit = 90)
{
	fence_holds_beside(VFIO_PCI_MSI_IRQ_INDEX);
}

/* Whoever drives the function next switches bus mastering on. */
TEST(assigned, unbind_waits_for_a_transfer_that_was_fenced, .log = FENCED)
{
	struct vm *vm = vm_new(), *next = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	assigned_fault(dev->name, "slow");
	leave_vm(dev);
	pci_bind(dev->name, "vfio-pci");
	dev = device_of_bound(next, dev->name);
	attach(dev);
	open_device(dev);
	check(!edu_is_busy(dev));
	check(nothing_comes(dev, 3));
}

#define LEFT_BUSY "still at a transfer"

/* It waits for some time only, and says what it leaves. */
TEST(assigned, unbind_tells_of_what_hangs, .log = FENCED, .says = LEFT_BUSY, .limit = 120)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	begin(dev, 3);
	assigned_fault(dev->name, "hang");
	leave_vm(dev);
	pci_bind(dev->name, "vfio-pci");
}

static int stop_and_copy(void *dev)
{
	return try_enter(dev, PINSCOPE_STATE_STOP_COPY);
}

/* Its buffer is read by a transfer of its own, and who waits for that may give up. */
TEST(assigned, function_whose_state_nobody_waits_for_is_fenced, .log = FENCED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	edu_writes(dev, 3);
	enter(dev, PINSCOPE_STATE_STOP);
	assigned_fault(dev->name, "hang");
	check(can_give_up(stop_and_copy, dev));
	is_shut_off(dev, "hang");
}

#define HIGH (1ull << 36)
#define LOST NOT_ATTACHED "|no domain of a user"

/* So is it asked how far it reaches. */
TEST(assigned, domain_that_is_lost_by_a_transfer_fences_it, .log = LOST)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	/* With another group the container keeps its memory */
	vm_backed(vm, lone_edu(1));
	edu_writes(dev, 3);
	map_at(vm, vm->ram, HIGH, PAGE);
	assigned_fault(dev->name, "attach");
	check(edu_try_begin(dev, EDU_BUFFER, HIGH, 64, EDU_DMA_TO_RAM) < 0);
	equal(state_of(dev), PINSCOPE_STATE_ERROR);
	close_device(dev);
	assigned_repair(dev->name, "attach");
	/* Nothing would get through */
	refused(try_open(dev), EIO);
	detach(dev);
	attach(dev);
	open_device(dev);
	edu_writes(dev, 3);
}

static int task_stop_device(void *dev)
{
	return try_enter(dev, PINSCOPE_STATE_STOP);
}

static int ask_state(void *arg)
{
	enum pinscope_migration_state state;
	struct device *dev = arg;

	return pinscope_migration_get_state(dev->dev, &state);
}

TEST(assigned, who_asks_for_the_state_can_give_up, .log = FENCED)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);
	struct task *stops;

	begin(dev, 4);
	assigned_fault(dev->name, "hang");
	stops = begin_task(task_stop_device, dev);
	doze(200);
	check(!task_is_done(stops));
	check(can_give_up(ask_state, dev));
	assigned_repair(dev->name, "hang");
	end_task(stops);
}
