/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steps made on the kernel: the devices of the world are made once, what is
 * open and attached goes with each hands_let_go().
 */
#ifndef MODEL_HANDS_H
#define MODEL_HANDS_H

#include "step.h"

#define WORDS 32	/* of a bitmap */

/**
 * struct outcome - what a step has ended with
 * @ret: 0 or a negative errno, of pins how many
 * @words: bitmap
 * @value: pages unmapped
 */
struct outcome {
	int ret;
	uint64_t words[WORDS];
	uint64_t value;
};

/* Makes the devices. Those there is no driver for are not available. */
void hands_make(void);
void hands_remove(void);
bool hands_have(int d);

/* Everything closed and detached, containers new */
void hands_let_go(void);

void hands_do(const struct step *step, struct outcome *out);

/* How often marks are to be read until the device writes; negative: not known */
int hands_looks_left(int d);

/* The capability of GET_INFO; false if there is none */
struct pinscope_scope_counts;
bool hands_info(int c, struct pinscope_scope_counts *counts, uint64_t *sizes,
		uint64_t *dirty_sizes);

/* What debugfs shows of the container; false if it cannot be read */
struct pinscope_scope_view;
bool hands_view(int c, struct pinscope_scope_view *view);
unsigned int hands_group(int d);
const char *hands_name(int d);

#endif /* MODEL_HANDS_H */
