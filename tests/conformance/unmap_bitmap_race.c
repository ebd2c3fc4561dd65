// SPDX-License-Identifier: GPL-2.0
/* Unmapping with the dirty bitmap while another thread switches tracking. */
#include <errno.h>

#include "fixtures/race.h"
#include "fixtures/vm.h"

/* What a device holds pins of, and drivers take their time to return. */
struct pinned {
	struct vm *vm;
	struct device *devs[4];
};

static int pin_and_unmap_with_bitmap(void *arg)
{
	struct pinned *p = arg;
	uint64_t bits;
	int i, ret;

	/* The unmap before has taken the pins of the window that is there */
	for (i = 0; i < 4; i++) {
		ret = try_command(p->devs[i], PINSCOPE_CMD_REMOVE_WINDOW,
				  IOVA(i), PAGE);
		ret = either(ret, -ENOENT, 0);
		if (!ret)
			ret = try_window(p->devs[i], i);
		if (ret)
			return ret;
	}
	ret = try_unmap_get(p->vm, 0, PAGES, &bits, sizeof(bits));
	/* Tracking is off, or was switched off while the pins were returned */
	if (ret == -EINVAL)
		return 0;
	return ret ? ret : try_map(p->vm, 0, PAGES, PINSCOPE_MAP_RW);
}

static int start_and_stop(void *arg)
{
	struct pinned *p = arg;
	int ret = pinscope_dirty_start(p->vm->container);

	return ret ? ret : pinscope_dirty_stop(p->vm->container);
}

TEST(unmap, with_bitmap_while_tracking_stops, .limit = 60)
{
	struct vm *vm = vm_new();
	struct pinned p = { vm };
	struct racer racers[] = {
		RACER(pin_and_unmap_with_bitmap, &p), RACER(start_and_stop, &p),
	};
	int i;

	for (i = 0; i < 4; i++)
		p.devs[i] = vm_emulated(vm);
	race(racers, 2, 4000);
}
