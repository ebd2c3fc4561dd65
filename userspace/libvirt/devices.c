// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <pinscope/group.h>

#include "devices.h"

bool devices_find(struct devices *devices, struct complaint *why)
{
	int ret;

	*devices = (struct devices){ 0 };
	ret = pinscope_mdev_find(&devices->mdevs, &devices->nr);
	if (ret)
		return complain(why, "the mediated devices of this host cannot be listed (%s)",
				strerror(-ret));
	devices->taken = calloc(devices->nr + 1, sizeof(*devices->taken));
	if (!devices->taken)
		return complain(why, "no memory for the devices of this host");
	return true;
}

void devices_free(struct devices *devices)
{
	free(devices->taken);
	pinscope_mdev_free(devices->mdevs);
	*devices = (struct devices){ 0 };
}

/*
 * A group is opened by one process at a time. To look for that process is not enough,
 * it may be in another container's PID namespace.
 */
static int try_open(const char *uuid)
{
	struct pinscope_group *group;
	int ret;

	ret = pinscope_group_open_device(uuid, &group);
	if (!ret)
		pinscope_group_close(group);
	return ret;
}

static const char *take(struct devices *devices, size_t n, struct complaint *why)
{
	const char *uuid = devices->mdevs[n].uuid;
	int ret = devices->taken[n] ? -EBUSY : try_open(uuid);

	if (ret == -EBUSY)
		complain(why, "device %s is in use", uuid);
	else if (ret)
		complain(why, "device %s cannot be opened (%s)", uuid, strerror(-ret));
	if (ret)
		return NULL;
	devices->taken[n] = true;
	return uuid;
}

const char *devices_take(struct devices *devices, const char *uuid, struct complaint *why)
{
	size_t i;

	for (i = 0; i < devices->nr; i++)
		if (!strcasecmp(devices->mdevs[i].uuid, uuid))
			return take(devices, i, why);
	complain(why, "device %s is not on this host", uuid);
	return NULL;
}

const char *devices_take_type(struct devices *devices, const char *type,
			      struct complaint *why)
{
	struct complaint last = { "" };
	const char *uuid;
	size_t i, nr = 0;

	for (i = 0; i < devices->nr; i++) {
		if (strcmp(devices->mdevs[i].type, type))
			continue;
		nr++;
		uuid = take(devices, i, &last);
		if (uuid)
			return uuid;
	}
	if (!nr)
		complain(why, "this host has no device of type '%s'", QUOTE(type));
	else
		complain(why, "none of the %zu devices of type '%s' is free, %s", nr,
			 QUOTE(type), last.text);
	return NULL;
}
