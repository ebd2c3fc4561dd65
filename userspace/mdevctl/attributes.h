/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attributes of the sample devices that a configuration can set.
 */
#ifndef PINSCOPE_CALLOUT_ATTRIBUTES_H
#define PINSCOPE_CALLOUT_ATTRIBUTES_H

#include <stdbool.h>

#include "complaint.h"

/**
 * struct attribute - an attribute that devices of one type have
 * @type: type of the devices
 * @name: its file in the device's directory
 * @initial: what a new device has
 * @values: all that can be written, NULL at the end
 */
struct attribute {
	const char *type;
	const char *name;
	const char *initial;
	const char *const *values;
};

/* Whether a type is one of the sample drivers'. */
bool type_is_ours(const char *type);

/*
 * The attributes of a type, one by one: give NULL for the first. Returns NULL
 * after the last.
 */
const struct attribute *attribute_next(const char *type,
				       const struct attribute *last);

/* Whether devices of a type take this value; if not, says why. */
bool attribute_check(const char *type, const char *name, const char *value,
		     struct complaint *why);

#endif /* PINSCOPE_CALLOUT_ATTRIBUTES_H */
