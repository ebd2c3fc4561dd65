/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device says of its dirty scope, and its other attributes: see scope.c */
#ifndef PINSCOPE_SCOPE_H
#define PINSCOPE_SCOPE_H

#include "device.h"

/* For drivers */
void pinscope_scope_refused(struct pinscope_device *pd, const char *what,
			    int ret);
extern const struct attribute_group pinscope_group;
extern const struct attribute_group *pinscope_groups[];

#endif /* PINSCOPE_SCOPE_H */
