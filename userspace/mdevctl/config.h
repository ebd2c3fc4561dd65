/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of a device, as mdevctl hands it to a callout:
 *
 *	{ "mdev_type": ..., "start": ..., "attrs": [ { NAME: VALUE }, ... ] }
 */
#ifndef PINSCOPE_CALLOUT_CONFIG_H
#define PINSCOPE_CALLOUT_CONFIG_H

#include <json-c/json.h>
#include <stdbool.h>

#include "complaint.h"

/* The configuration in a buffer, or NULL, and why. */
struct json_object *config_parse(const char *buf, int length,
				 struct complaint *why);

/* The same, read from a file. */
struct json_object *config_read(int fd, struct complaint *why);

/* Whether all attributes are such that devices of the type take them. */
bool config_check(struct json_object *config, const char *type,
		  struct complaint *why);

/*
 * What a checked configuration sets an attribute to: of several settings the
 * last, as when they are written one by one. NULL if it does not set it.
 */
const char *config_value(struct json_object *config, const char *name);

#endif /* PINSCOPE_CALLOUT_CONFIG_H */
