// SPDX-License-Identifier: GPL-2.0-only
/* In the kernel this is no module, so it says nothing of a module's licence */

#include <linux/module.h>

#include "iova_bitmap.c"

MODULE_DESCRIPTION("Bitmaps of dirty I/O virtual addresses in user memory");
MODULE_LICENSE("GPL");
