/* SPDX-License-Identifier: GPL-2.0-only */
/* From a device to the image of it in a migration stream, and back: see snapshot.c */
#ifndef PINSCOPE_SNAPSHOT_H
#define PINSCOPE_SNAPSHOT_H

#include "device.h"
#include "image.h"

void pinscope_snapshot_hello(struct pinscope_device *pd,
			     struct pinscope_hello *hello);
void pinscope_snapshot_put_hello(u8 *data, size_t *size,
				 const struct pinscope_hello *hello);
void pinscope_snapshot_put(struct pinscope_device *pd, u8 *data, size_t *size);
unsigned long pinscope_snapshot_size(const struct pinscope_device *pd);
int pinscope_snapshot_apply(struct pinscope_device *pd,
			    const struct pinscope_image *image);

#endif /* PINSCOPE_SNAPSHOT_H */
