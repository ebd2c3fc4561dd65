// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <unistd.h>

#include "subject.h"

/* Numbers from here on are for sweeps. */
#define FIRST_GROUP (SIM_GROUP + 300)

const struct kind emulated = { EMULATED, .pins = true };
const struct kind backed = { BACKED };
const struct kind tracked = { BACKED, .tracks = true };
const struct kind optin = { OPTIN, .pins = true };
const struct kind precopy = { PRECOPY, .pins = true };
const struct kind hwlog = { HWLOG, .pins = true };
const struct kind backed_edu = { BACKED, .edu = true };
const struct kind optin_edu = { OPTIN, .edu = true, .pins = true };
const struct kind hwlog_edu = { HWLOG, .edu = true, .pins = true };

const char *new_sim(bool tracks)
{
	static int made;
	struct sim_options options = { .no_tracking = !tracks };

	return sim_new(FIRST_GROUP + made++, &options);
}

struct mdev *new_mdev_type(const struct kind *kind, const char *type)
{
	if (kind->driver == emulated.driver)
		return mdev_new_type(EMULATED, type, NULL);
	return mdev_new_type(kind->driver, type,
			     kind->edu ? lone_edu(0) : new_sim(kind->tracks));
}

struct mdev *new_mdev(const struct kind *kind)
{
	return new_mdev_type(kind, "dma");
}

struct device *new_device_of(const struct kind *kind, struct vm *vm)
{
	return vm_add(vm, new_mdev(kind));
}

/* To a window whose memory was unmapped there is no DMA until it is made anew */
static void drop_dead_window(struct device *dev)
{
	if (windows(dev) && try_write(dev, 4) == -EFAULT)
		no_window(dev, 4);
}

void let_write(struct device *dev, const struct kind *kind)
{
	if (kind->pins)
		drop_dead_window(dev);
	if (kind->pins && !windows(dev))
		window(dev, 4);
	writes(dev, 4);
}

int open_only(struct device *dev)
{
	int ret = pinscope_device_open(dev->group, dev->name, &dev->dev);

	if (ret)
		dev->dev = NULL;
	else
		dev->fd = pinscope_device_fd(dev->dev);
	return ret;
}

void end_session(struct device *dev)
{
	if (dev->data_fd >= 0)
		close(dev->data_fd);
	dev->data_fd = -1;
}

int try_load(struct device *dev, const void *data, size_t len)
{
	int ret = try_enter(dev, PINSCOPE_STATE_RESUMING);

	if (!ret)
		ret = pinscope_migration_load(dev->data_fd, data, len);
	if (!ret)
		ret = try_enter(dev, PINSCOPE_STATE_STOP);
	if (!ret)
		ret = try_enter(dev, PINSCOPE_STATE_RUNNING);
	return ret;
}
