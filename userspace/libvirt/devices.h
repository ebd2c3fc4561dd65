/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mediated devices of this host, and which of them are free.
 */
#ifndef PINSCOPE_HOOK_DEVICES_H
#define PINSCOPE_HOOK_DEVICES_H

#include <pinscope/mdev.h>

#include "complaint.h"

/**
 * struct devices - those that are there
 * @mdevs: as many as @nr
 * @taken: which of them have been given away
 * @nr: number of devices
 */
struct devices {
	struct pinscope_mdev *mdevs;
	bool *taken;
	size_t nr;
};

bool devices_find(struct devices *devices, struct complaint *why);

void devices_free(struct devices *devices);

/* Takes one by its UUID; if it is not there, in use or taken, says so. */
const char *devices_take(struct devices *devices, const char *uuid, struct complaint *why);

/* Takes one of a type that is free, the first by UUID. */
const char *devices_take_type(struct devices *devices, const char *type,
			      struct complaint *why);

#endif /* PINSCOPE_HOOK_DEVICES_H */
