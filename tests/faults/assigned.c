// SPDX-License-Identifier: GPL-2.0
/* A function that is assigned: its registers, transfers, and what it migrates. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <harness/assigned.h>

#include "fixtures/edu.h"
#include "fixtures/memory.h"
#include "subject.h"
#include "sweep.h"

#define VALUE 0x3c

static struct device *assigned(struct vm *vm, const char *opt_in)
{
	struct device *dev = device_of_bound(vm, assigned_function(0, opt_in));

	attach(dev);
	open_device(dev);
	return dev;
}

static const char *call_of_site(void)
{
	const char *last = strrchr(sweep.site, ' ');

	return last ? last + 1 : "";
}

/*
 * A device that is not told to start is wide, and works. One whose domain could not be
 * attached again needs the group to be attached anew.
 */
FAULTS(open_assigned)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of_bound(vm, assigned_function(0, "start"));

	vm_emulated(vm);
	attach(dev);
	start(vm);
	SWEEP_PARTS("open", NOTHING, open_only(dev)) {
		if (dev->dev) {
			ok(pinscope_device_enable(dev->dev));
			edu_writes(dev, 4);
			if (!(dirty(vm) & P(4)))
				complain("page 4 is lost");
			close_device(dev);
		} else if (!strcmp(call_of_site(), "iommu_attach_group")) {
			detach(dev);
			attach(dev);
		}
	}
}

FAULTS(assigned_registers)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");
	uint64_t value;

	SWEEP("read a register", NOTHING, edu_try_get(dev, EDU_LIVE, &value, 4))
		continue;
	SWEEP("write a register", NOTHING, edu_try_put(dev, EDU_LIVE, 7, 4))
		continue;
}

/* All but the command */
static void program(struct device *dev, int page)
{
	memset(dev->vm->ram, 0, RAM_SIZE);
	ok(edu_try_put(dev, EDU_DMA_SRC, EDU_BUFFER, 8));
	ok(edu_try_put(dev, EDU_DMA_DST, IOVA(page), 8));
	ok(edu_try_put(dev, EDU_DMA_COUNT, 64, 8));
}

static void let_go(struct device *dev)
{
	if (edu_is_busy(dev))
		edu_ends(dev);
}

/* What has come into memory is reported, whether the transfer was refused or not */
FAULTS(assigned_transfer)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");
	uint64_t pages;
	int turn = 0;

	edu_fill(dev, 0, VALUE);
	start(vm);
	SWEEP_PARTS("begin a transfer", program(dev, 4 + turn),
		    edu_try_put(dev, EDU_DMA_CMD, EDU_DMA_RUN | EDU_DMA_TO_RAM, 8)) {
		let_go(dev);
		pages = dirty(vm);
		if (edu_has_written(dev, 4 + turn, VALUE) &&
		    !(pages & P(4 + turn)))
			complain("page %d is lost", 4 + turn);
		/* Each pins anew, and the place of the last one counts */
		turn = !turn;
		stop(vm);
		edu_fill(dev, 0, VALUE);
		start(vm);
		dirty(vm);
	}
}

#define HIGH (1ull << 36)

/* A function of which nobody knows how far it reaches */
static void program_far(struct device *dev)
{
	close_device(dev);
	detach(dev);
	ok(pinscope_pci_unbind(dev->name));
	ok(pinscope_pci_bind(dev->name, ASSIGNED));
	attach(dev);
	open_device(dev);
	edu_fill(dev, 0, VALUE);
	program(dev, 4);
	ok(edu_try_put(dev, EDU_DMA_DST, HIGH, 8));
}

/* The first transfer to addresses of more bits asks the function for them. */
FAULTS(assigned_transfer_far)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, NULL);

	/* Memory stays mapped, whoever comes and goes */
	vm_emulated(vm);
	map_at(vm, vm->ram, HIGH, PAGE);
	SWEEP_PARTS("begin a transfer far away", program_far(dev),
		    edu_try_put(dev, EDU_DMA_CMD, EDU_DMA_RUN | EDU_DMA_TO_RAM, 8)) {
		if (!sweep.ret)
			let_go(dev);
	}
}

FAULTS(assigned_start)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 4);
	SWEEP_PARTS("start", NOTHING, pinscope_dirty_start(vm->container)) {
		if (scope_of(vm).tracking) {
			edu_writes(dev, 5);
			if (!(dirty(vm) & P(5)))
				complain("page 5 is lost");
			stop(vm);
		}
	}
}

/* One whose buffer could not be reached is fenced, and in ERROR */
static void back(struct device *dev)
{
	enum pinscope_migration_state now = state_of(dev);

	end_session(dev);
	if (now == PINSCOPE_STATE_ERROR || now == PINSCOPE_STATE_RESUMING)
		reset(dev);
	else if (now != PINSCOPE_STATE_RUNNING)
		enter(dev, PINSCOPE_STATE_RUNNING);
	end_session(dev);
	ok(pinscope_device_enable(dev->dev));
}

static int save(struct device *dev, enum pinscope_migration_state first)
{
	size_t len;
	void *data;
	int ret = try_enter(dev, first);

	if (!ret && first != PINSCOPE_STATE_STOP_COPY)
		ret = try_enter(dev, PINSCOPE_STATE_STOP_COPY);
	if (!ret)
		ret = pinscope_migration_save(dev->data_fd, &data, &len);
	if (!ret)
		free(data);
	return ret;
}

static void still_tracked(struct vm *vm, struct device *dev, int page)
{
	edu_writes(dev, page);
	if (!(dirty(vm) & P(page)))
		complain("page %d is lost", page);
	/* One that had to be fenced opts in again at the next START */
	stop(vm);
	start(vm);
	dirty(vm);
}

FAULTS(move_assigned)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");
	struct pinscope_precopy_info info;
	size_t len;
	void *data;

	edu_fill(dev, 0, VALUE);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, &data, &len));
	back(dev);
	edu_writes(dev, 4);
	start(vm);
	SWEEP_PARTS("save", NOTHING, save(dev, PINSCOPE_STATE_STOP_COPY)) {
		back(dev);
		still_tracked(vm, dev, 4);
	}
	SWEEP_PARTS("save early", NOTHING, save(dev, PINSCOPE_STATE_PRE_COPY)) {
		back(dev);
		still_tracked(vm, dev, 5);
	}
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	SWEEP("ask for what is left", NOTHING,
	      pinscope_migration_get_precopy_info(dev->data_fd, &info))
		continue;
	back(dev);
	SWEEP_PARTS("load", NOTHING, try_load(dev, data, len)) {
		back(dev);
		still_tracked(vm, dev, 6);
	}
	free(data);
}

FAULTS(reset_assigned)
{
	struct vm *vm = vm_new();
	struct device *dev = assigned(vm, "start");

	edu_writes(dev, 4);
	start(vm);
	SWEEP_PARTS("reset", edu_fill(dev, 0, VALUE),
		    pinscope_device_reset(dev->dev)) {
		back(dev);
		still_tracked(vm, dev, 4);
	}
}

FAULTS(bind_assigned)
{
	const char *bdf = assigned_function(0, NULL);
	struct vm *vm;

	ok(pinscope_pci_unbind(bdf));
	/* The library sees that there is no driver, not why */
	sweep_returns(EIO);
	SWEEP_PARTS("bind", NOTHING, pinscope_pci_bind(bdf, ASSIGNED))
		if (pci_driver(bdf)[0])
			ok(pinscope_pci_unbind(bdf));
	ok(pinscope_pci_bind(bdf, ASSIGNED));
	/* It works after that */
	vm = vm_new();
	edu_writes(assigned(vm, NULL), 4);
}
