/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmaps as the kernel's ioctls take them. Not installed.
 */
#ifndef PINSCOPE_LIB_BITMAP_H
#define PINSCOPE_LIB_BITMAP_H

#include <linux/vfio.h>

#include <pinscope/dirty.h>

/**
 * bitmap_for_kernel() - what an ioctl is told of a bitmap
 * @bitmap: handle, prepared; the kernel writes into it
 *
 * Return: the kernel's structure, good until the bitmap is prepared anew.
 */
struct vfio_bitmap bitmap_for_kernel(struct pinscope_bitmap *bitmap);

#endif /* PINSCOPE_LIB_BITMAP_H */
