// SPDX-License-Identifier: GPL-2.0
/* Migration states, and what is saved and loaded. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "subject.h"
#include "sweep.h"

static void back_to(struct device *dev, enum pinscope_migration_state from)
{
	enum pinscope_migration_state now = state_of(dev);

	end_session(dev);
	/* What is to be resumed was not loaded: there is no way to go on */
	if (now == PINSCOPE_STATE_ERROR || now == PINSCOPE_STATE_RESUMING)
		reset(dev);
	else if (now != PINSCOPE_STATE_RUNNING)
		enter(dev, PINSCOPE_STATE_RUNNING);
	end_session(dev);
	if (from != PINSCOPE_STATE_RUNNING)
		enter(dev, from);
}

static void arc(struct vm *vm, struct device *dev,
		enum pinscope_migration_state from,
		enum pinscope_migration_state to)
{
	enum pinscope_migration_state now;
	const char *what = text("%s to %s", pinscope_migration_state_name(from),
				pinscope_migration_state_name(to));

	back_to(dev, from);
	SWEEP_PARTS(what, NOTHING, try_enter(dev, to)) {
		now = state_of(dev);
		if (!sweep.ret && now != to)
			complain("it is %s",
				 pinscope_migration_state_name(now));
		back_to(dev, from);
		/* A reset has taken it away */
		if (!windows(dev))
			window(dev, 4);
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
	}
}

static void states(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);

	start(vm);
	window(dev, 4);
	if (kind == &hwlog)
		return;
	arc(vm, dev, PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_PRE_COPY);
	arc(vm, dev, PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_STOP_COPY);
	arc(vm, dev, PINSCOPE_STATE_PRE_COPY, PINSCOPE_STATE_STOP_COPY);
	arc(vm, dev, PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_STOP);
	arc(vm, dev, PINSCOPE_STATE_RUNNING, PINSCOPE_STATE_RESUMING);
}

ON(states, emulated)
ON(states, optin)
ON(states, precopy)

/* To be saved: three windows, and CPU-written memory beside */
static void saved(struct device *dev, void **data, size_t *len)
{
	window(dev, 4);
	window(dev, 7);
	enter(dev, PINSCOPE_STATE_STOP_COPY);
	ok(pinscope_migration_save(dev->data_fd, data, len));
	end_session(dev);
	enter(dev, PINSCOPE_STATE_RUNNING);
	end_session(dev);
}

static int save(struct device *dev)
{
	size_t len;
	void *data;
	int ret = try_enter(dev, PINSCOPE_STATE_STOP_COPY);

	if (!ret)
		ret = pinscope_migration_save(dev->data_fd, &data, &len);
	if (!ret)
		free(data);
	return ret;
}

static int ask_migration(struct device *dev)
{
	struct vfio_device_feature_migration can;

	return pinscope_device_feature_get(dev->dev,
					   VFIO_DEVICE_FEATURE_MIGRATION, &can,
					   sizeof(can));
}

static void move(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(kind, vm);
	struct pinscope_precopy_info info;
	uint64_t bytes;
	size_t len;
	void *data;

	saved(dev, &data, &len);
	SWEEP_PARTS("save", NOTHING, save(dev)) {
		end_session(dev);
		if (state_of(dev) != PINSCOPE_STATE_RUNNING)
			enter(dev, PINSCOPE_STATE_RUNNING);
		end_session(dev);
	}
	SWEEP("ask what it can", NOTHING, ask_migration(dev))
		continue;
	SWEEP("ask for the size", NOTHING,
	      pinscope_migration_get_data_size(dev->dev, &bytes))
		continue;
	enter(dev, PINSCOPE_STATE_PRE_COPY);
	SWEEP("ask for what is left", NOTHING,
	      pinscope_migration_get_precopy_info(dev->data_fd, &info))
		continue;
	end_session(dev);
	enter(dev, PINSCOPE_STATE_RUNNING);

	start(vm);
	reset(dev);
	SWEEP_PARTS("load", NOTHING, try_load(dev, data, len)) {
		end_session(dev);
		if (!sweep.ret) {
			if (windows(dev) != 2)
				complain("%u windows", windows(dev));
			writes(dev, 7);
			if (!(dirty(vm) & P(7)))
				complain("page 7 is lost");
		}
		reset(dev);
	}
	free(data);
}

ON(move, emulated)
ON(move, optin)
ON(move, precopy)
ON(move, hwlog)
ON(move, backed)
