/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that nothing points to any more, as kmemleak finds it on a kernel that
 * was booted with kmemleak=on.
 */
#ifndef PINSCOPE_LEAK_H
#define PINSCOPE_LEAK_H

#include <stdbool.h>

/* Whether the kernel keeps account of its memory; to be asked before the tests. */
bool leak_watched(void);

/*
 * Has all memory looked through. Prints and counts what VFIO or the drivers have
 * lost; -1 if that cannot be found out. Takes a minute or more.
 */
int leak_check(void);

#endif /* PINSCOPE_LEAK_H */
