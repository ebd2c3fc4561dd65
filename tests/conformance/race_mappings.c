// SPDX-License-Identifier: GPL-2.0
/* Mappings, pins and tracking changed by several threads at once. */
#include <errno.h>

#include "fixtures/race.h"
#include "fixtures/vm.h"

/* A lock taken twice shows soon: the others are not to wait for it long. */
#define RACE(what) TEST(race, what, .limit = 40)

#define RACE_MS 700

/* A part of memory one racer works on. */
struct part {
	struct device *dev;
	int first;
	int nr;
};

static int remap(void *arg)
{
	struct part *p = arg;
	int ret;

	/* Drivers that pin again and again may win: then it is still mapped. */
	ret = try_unmap(p->dev->vm, p->first, p->nr);
	if (ret)
		return either(ret, -EBUSY, 0);
	return try_map(p->dev->vm, p->first, p->nr, PINSCOPE_MAP_RW);
}

static int pin_and_unpin(void *arg)
{
	struct part *p = arg;
	int ret;

	/* Not mapped just now; a window that an unmap left without pins. */
	ret = either(try_window(p->dev, p->first), -EINVAL, -EEXIST);
	if (ret)
		return ret;
	return either(try_command(p->dev, PINSCOPE_CMD_REMOVE_WINDOW,
				  IOVA(p->first), PAGE), -ENOENT, 0);
}

static int start_get_stop(void *arg)
{
	struct part *p = arg;
	uint64_t bitmap = 0;
	int ret;

	ret = pinscope_dirty_start(p->dev->vm->container);
	if (!ret)
		ret = try_get(p->dev->vm, 0, PAGES, &bitmap, sizeof(bitmap));
	if (!ret)
		ret = pinscope_dirty_stop(p->dev->vm->container);
	return ret;
}

static int get(void *arg)
{
	struct part *p = arg;
	uint64_t bitmap = 0;

	return try_get(p->dev->vm, 0, PAGES, &bitmap, sizeof(bitmap));
}

static int close_and_open(void *arg)
{
	struct part *p = arg;

	close_device(p->dev);
	return try_open(p->dev);
}

static void no_pins_left(struct device *dev)
{
	close_device(dev);
	open_device(dev);
	equal(pins(dev), 0);
	window(dev, 1);
	writes(dev, 1);
}

RACE(unmap_and_pin)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct part all = { dev, 0, PAGES };
	struct racer racers[] = {
		RACER(remap, &all), RACER(pin_and_unpin, &all),
	};

	start(vm);
	race(racers, 2, RACE_MS);
	no_pins_left(dev);
}

/* Pins in one part, put back as soon as the other thread's unmap took them. */
static int keep_pinned(void *arg)
{
	struct part *p = arg;

	try_command(p->dev, PINSCOPE_CMD_REMOVE_WINDOW, IOVA(p->first), PAGE);
	return either(try_window(p->dev, p->first), -EINVAL, -EEXIST);
}

static int pin_and_remap(void *arg)
{
	int ret = keep_pinned(arg);

	return ret ? ret : remap(arg);
}

/*
 * Two unmaps at once, each of a mapping with pins: each asks the drivers to
 * unpin, and none may wait for a lock the other holds.
 */
RACE(unmap_and_unmap)
{
	struct vm *vm = vm_new();
	struct part low, high;
	struct racer racers[] = {
		RACER(pin_and_remap, &low), RACER(pin_and_remap, &high),
	};

	vm->unmapped = true;
	low = (struct part){ vm_emulated(vm), 0, 8 };
	high = (struct part){ vm_emulated(vm), 8, 8 };
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	race(racers, 2, 2 * RACE_MS);
	no_pins_left(low.dev);
	no_pins_left(high.dev);
}

/* A device that registers window after window, and forgets them by a reset. */
struct registrar {
	struct device *dev;
	unsigned int windows;
};

#define MAX_WINDOWS 64
#define WINDOW (PAGE / MAX_WINDOWS)

static int one_more_window(void *arg)
{
	struct registrar *r = arg;
	struct pinscope_device *dev = r->dev->dev;

	if (r->windows == MAX_WINDOWS) {
		r->windows = 0;
		pinscope_device_reset(dev);
	}
	if (!r->windows)
		pinscope_sample_write32(dev, PINSCOPE_REG_LEN, WINDOW);
	pinscope_sample_write32(dev, PINSCOPE_REG_IOVA,
				IOVA(3) + WINDOW * r->windows++);
	return pinscope_sample_write32(dev, PINSCOPE_REG_CMD,
				       PINSCOPE_CMD_ADD_WINDOW);
}

/*
 * Pinned anew all the time, a mapping may stay; the kernel must survive it. The
 * devices opened last are asked to unpin first: they can pin again while those
 * before them look through their many windows.
 */
TEST(race, unmap_and_many_pins, .limit = 40)
{
	struct vm *vm = vm_new();
	struct part all = { vm_emulated(vm), 0, PAGES };
	struct racer racers[3] = { RACER(remap, &all) };
	struct registrar r[2];
	int i, j;

	for (i = 0; i < 12; i++) {
		r[0] = (struct registrar){ vm_emulated(vm), 0 };
		for (j = 0; j < MAX_WINDOWS; j++)
			ok(one_more_window(&r[0]));
	}
	for (i = 0; i < 2; i++) {
		r[i] = (struct registrar){ vm_emulated(vm), 0 };
		racers[i + 1] = (struct racer)RACER(one_more_window, &r[i]);
	}
	race(racers, 3, 6 * RACE_MS);
	no_pins_left(all.dev);
}

/*
 * Two mappings that are pinned again in turn, while an unmap of both asks for pins:
 * it ends, one way or the other.
 */
static int remap_both(void *arg)
{
	struct vm *vm = arg;
	int ret = try_unmap(vm, 0, PAGES);

	if (ret == -EBUSY)
		return 0;
	if (!ret)
		ret = try_map(vm, 0, 8, PINSCOPE_MAP_RW);
	if (!ret)
		ret = try_map(vm, 8, 8, PINSCOPE_MAP_RW);
	return ret;
}

RACE(unmap_and_pins_in_turn)
{
	struct vm *vm = vm_new();
	struct part low, high;
	struct racer racers[] = {
		RACER(remap_both, vm), RACER(pin_and_unpin, &low),
		RACER(pin_and_unpin, &high),
	};

	vm->unmapped = true;
	low = (struct part){ vm_emulated(vm), 0, 8 };
	high = (struct part){ vm_emulated(vm), 8, 8 };
	map_pages(vm, 0, 8);
	map_pages(vm, 8, 8);
	race(racers, 3, 2 * RACE_MS);
}

RACE(open_and_unmap)
{
	struct vm *vm = vm_new();
	struct part opens = { vm_emulated(vm), 0, PAGES };
	struct part maps = { vm_emulated(vm), 0, PAGES };
	struct racer racers[] = {
		RACER(close_and_open, &opens), RACER(pin_and_remap, &maps),
	};

	race(racers, 2, RACE_MS);
	no_pins_left(maps.dev);
}

RACE(start_stop_and_pin)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct part all = { dev, 5, 1 };
	struct racer racers[] = {
		RACER(start_get_stop, &all), RACER(pin_and_unpin, &all),
	};

	race(racers, 2, RACE_MS);
	no_pins_left(dev);
}

RACE(get_and_unmap)
{
	struct vm *vm = vm_new();
	struct part all = { vm_emulated(vm), 0, PAGES };
	struct racer racers[] = { RACER(get, &all), RACER(remap, &all) };

	start(vm);
	race(racers, 2, RACE_MS);
}

RACE(get_and_open)
{
	struct vm *vm = vm_new();
	struct part opens = { vm_emulated(vm), 0, PAGES };
	struct part gets = { vm_emulated(vm), 0, PAGES };
	struct racer racers[] = {
		RACER(close_and_open, &opens), RACER(get, &gets),
	};

	start(vm);
	race(racers, 2, RACE_MS);
}

RACE(start_notification_and_window)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	struct part all = { dev, 5, 1 };
	struct racer racers[] = {
		RACER(start_get_stop, &all), RACER(pin_and_unpin, &all),
	};

	race(racers, 2, RACE_MS);
	stop(vm);
	equal(pins(dev), 0);
	window(dev, 9);
	start(vm);
	same(dirty(vm), P(9));
}

/* At START the window may have no memory: the driver says that, and goes on. */
TEST(race, start_notification_and_unmap, .limit = 40, .log = "pin refused (-EINVAL)")
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	struct part all = { dev, 0, PAGES };
	struct racer racers[] = {
		RACER(start_get_stop, &all), RACER(remap, &all),
	};

	window(dev, 9);
	race(racers, 2, RACE_MS);
	stop(vm);
	equal(pins(dev), 0);
}

RACE(start_notification_and_close)
{
	struct vm *vm = vm_new();
	struct part opens = { vm_optin(vm, lone_edu(0), "start"), 0, PAGES };
	struct racer racers[] = {
		RACER(close_and_open, &opens), RACER(start_get_stop, &opens),
	};

	race(racers, 2, RACE_MS);
	stop(vm);
	equal(pins(opens.dev), 0);
}

static int precopy_and_back(void *arg)
{
	struct part *p = arg;
	int ret = try_enter(p->dev, PINSCOPE_STATE_PRE_COPY);

	return ret ? ret : try_enter(p->dev, PINSCOPE_STATE_RUNNING);
}

RACE(precopy_and_start)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "precopy");
	struct part all = { dev, 0, PAGES };
	struct racer racers[] = {
		RACER(precopy_and_back, &all), RACER(start_get_stop, &all),
	};

	window(dev, 9);
	race(racers, 2, RACE_MS);
	equal(pins(dev), 0);
	start(vm);
	same(dirty(vm), ALL);
}

static int reset_device(void *arg)
{
	struct part *p = arg;

	return pinscope_device_reset(p->dev->dev);
}

RACE(reset_and_window)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct part all = { dev, 5, 1 };
	struct racer racers[] = {
		RACER(reset_device, &all), RACER(pin_and_unpin, &all),
	};

	race(racers, 2, RACE_MS);
	reset(dev);
	equal(windows(dev), 0);
	equal(pins(dev), 0);
}
