/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it the UUID of a device? Such words become parts of paths. */
#ifndef PINSCOPE_CALLOUT_UUID_H
#define PINSCOPE_CALLOUT_UUID_H

#include <stdbool.h>

/* 8-4-4-4-12 hexadecimal digits, small or large. */
bool is_uuid(const char *text);

#endif /* PINSCOPE_CALLOUT_UUID_H */
