/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that write while others read the bitmap: no page may be lost */
#ifndef MODEL_THREADS_H
#define MODEL_THREADS_H

#include <stdint.h>

/* @threads: 2 or 3, one of them reads bitmaps. Returns 0, or 1 if a page is lost. */
int threads_run(uint64_t seed, long steps, int threads);

#endif /* MODEL_THREADS_H */
