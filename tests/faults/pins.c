// SPDX-License-Identifier: GPL-2.0
/* Pages that drivers pin, return, mark, and write by the CPU. */
#include <string.h>

#include "fixtures/puppet.h"
#include "subject.h"
#include "sweep.h"

static int add(struct device *dev, uint32_t cmd)
{
	return try_command(dev, cmd, IOVA(6), 3 * PAGE);
}

static void pin(const struct kind *kind, uint32_t cmd, bool tracking)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	if (tracking)
		start(vm);
	window(dev, 12);
	sweep_watch(vm);
	SWEEP_PARTS("pin three pages", NOTHING, add(dev, cmd)) {
		/* The command may be done though its end was not seen */
		if (windows(dev) == 2) {
			if (cmd == PINSCOPE_CMD_ADD_WINDOW)
				writes(dev, 7);
			if (cmd == PINSCOPE_CMD_ADD_WINDOW && tracking &&
			    !(dirty(vm) & P(7)))
				complain("page 7 is lost");
			ok(try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW,
				       IOVA(6), 3 * PAGE));
		} else if (windows(dev) != 1) {
			complain("%u windows", windows(dev));
		}
		writes(dev, 12);
		if (tracking && !(dirty(vm) & P(12)))
			complain("page 12 is lost");
	}
	ok(add(dev, cmd));
}

static void pin_while_tracking(const struct kind *kind)
{
	pin(kind, PINSCOPE_CMD_ADD_WINDOW, true);
}

static void pin_before(const struct kind *kind)
{
	pin(kind, PINSCOPE_CMD_ADD_WINDOW, false);
}

static void pin_to_read(const struct kind *kind)
{
	pin(kind, PINSCOPE_CMD_ADD_READ_WINDOW, true);
}

ON(pin_while_tracking, emulated)
ON(pin_while_tracking, optin)
ON(pin_while_tracking, hwlog)
ON(pin_while_tracking, hwlog_edu)
ON(pin_before, emulated)
ON(pin_before, optin)
ON(pin_before, hwlog)
ON(pin_to_read, emulated)
ON(pin_to_read, hwlog)

static void unpin(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	start(vm);
	window(dev, 12);
	window(dev, 4);
	dirty(vm);
	writes(dev, 4);
	SWEEP_PARTS("unpin", NOTHING,
		    try_command(dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(4),
				PAGE)) {
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
		if (windows(dev) == 1)
			window(dev, 4);
		dirty(vm);
		writes(dev, 4);
	}
}

ON(unpin, emulated)
ON(unpin, optin)
ON(unpin, hwlog)
ON(unpin, hwlog_edu)

/* What has come into memory is reported, whatever the command says */
static bool changed(struct vm *vm, int page)
{
	static const uint8_t zero[PAGE];

	return memcmp(vm->ram + page * PAGE, zero, PAGE);
}

static void transfer(const struct kind *kind, uint32_t cmd, uint32_t len)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	uint64_t pages;
	bool had_pins;

	start(vm);
	/* The CPU's writes need no window, but the scope has to be narrow */
	if (kind->pins && cmd == PINSCOPE_CMD_CPU_WRITE)
		window(dev, 9);
	else if (kind->pins)
		wide_window(dev, 4, 2);
	memset(vm->ram, 0, RAM_SIZE);
	dirty(vm);
	dirty(vm);
	had_pins = pins(dev);
	sweep_takes_workers();
	SWEEP_PARTS("transfer", NOTHING,
		    try_command(dev, cmd, IOVA(5) - len / 2, len)) {
		pages = dirty(vm);
		if (changed(vm, 4) && !(pages & P(4)))
			complain("page 4 has changed and is not reported");
		if (changed(vm, 5) && !(pages & P(5)))
			complain("page 5 has changed and is not reported");
		memset(vm->ram, 0, RAM_SIZE);
		/* It has given its pins up, and pins again at the next START */
		if (had_pins && !pins(dev)) {
			stop(vm);
			start(vm);
			dirty(vm);
		}
		dirty(vm);
	}
}

static void device_writes(const struct kind *kind)
{
	transfer(kind, PINSCOPE_CMD_DMA_WRITE, 64);
}

static void device_reads(const struct kind *kind)
{
	transfer(kind, PINSCOPE_CMD_DMA_READ, 64);
}

static void cpu_writes_two_pages(const struct kind *kind)
{
	transfer(kind, PINSCOPE_CMD_CPU_WRITE, 128);
}

ON(device_writes, emulated)
ON(device_writes, backed)
ON(device_writes, tracked)
ON(device_writes, optin)
ON(device_writes, hwlog)
ON(device_writes, backed_edu)
ON(device_writes, hwlog_edu)
ON(device_reads, emulated)
ON(device_reads, backed)

ON(cpu_writes_two_pages, emulated)
ON(cpu_writes_two_pages, hwlog)

FAULTS(cpu_reads)
{
	struct vm *vm = vm_new();
	struct puppet *puppet = vm_puppet(vm, NULL);
	struct puppet_call call = CALL(RW_READ, 4, 64);

	SWEEP("read by the CPU", NOTHING, try_make(puppet, call))
		continue;
}

#define FAR (1ull << 32)

static int add_far(struct device *dev, uint32_t cmd)
{
	return try_command(dev, cmd, FAR, 3 * PAGE);
}

/* Of which no two follow each other in memory */
FAULTS(pin_scattered)
{
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	dev = vm_emulated(vm);
	map_at(vm, scattered_memory(), FAR, SIZE_64K);
	SWEEP_PARTS("pin scattered pages", NOTHING,
		    add_far(dev, PINSCOPE_CMD_ADD_WINDOW))
		if (windows(dev))
			ok(add_far(dev, PINSCOPE_CMD_REMOVE_WINDOW));
}

/* What was one run is parts then. */
FAULTS(pin_part_of_a_run_again)
{
	struct puppet_call run = {
		.op = PUPPET_PIN, .iova = FAR, .count = 4, CALL_RW,
	};
	struct puppet_call part = {
		.op = PUPPET_PIN, .iova = FAR + PAGE, .count = 1, CALL_RW,
	};
	struct puppet_call back = { .op = PUPPET_UNPIN };
	struct vm *vm = vm_new();
	struct puppet *dev;

	vm->unmapped = true;
	dev = vm_puppet(vm, NULL);
	map_at(vm, huge_memory(SIZE_2M), FAR, SIZE_2M);
	SWEEP_PARTS("pin again", make(dev, run), try_make(dev, part)) {
		back.iova = part.iova;
		back.count = 1;
		if (sweep.ret >= 0)
			make(dev, back);
		back.iova = FAR;
		back.count = 4;
		make(dev, back);
	}
	/* That of the turn in which nothing was left to fail */
	make(dev, back);
}
