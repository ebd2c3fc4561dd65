/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMA buffers that most rules work with: two, with memory between them.
 */
#ifndef PINSCOPE_CERTIFY_BUFFERS_H
#define PINSCOPE_CERTIFY_BUFFERS_H

#include "cli/certify/rig/rig.h"

#define BUFFER_A	8u
#define BUFFER_B	32u

/* Both buffers are given to the device, if it has an exerciser */
enum outcome buffers_add(struct run *run);
/* The device is opened and has the buffers, and tracking begins after that */
enum outcome buffers_open(struct run *run);
/* The same, and what was before is in no later answer */
enum outcome buffers_ready(struct run *run);
/* The first is taken away from the device */
enum outcome buffers_drop(struct run *run);
/* Writes a page of each buffer: the first of A each time, one after the other of B */
enum outcome buffers_write(struct run *run, unsigned int round);

#endif /* PINSCOPE_CERTIFY_BUFFERS_H */
