/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process of an exerciser that is a program. Functions return 0, or a negative
 * errno and say why in @ex->why.
 */
#ifndef PINSCOPE_CERTIFY_PROCESS_H
#define PINSCOPE_CERTIFY_PROCESS_H

#include "cli/certify/exerciser/exerciser.h"

/** PROGRAM_LINE_MAX - bytes of a line, its end included */
#define PROGRAM_LINE_MAX	256u

int program_start(struct exerciser *ex, struct run *run);
/* It has a moment to end by itself */
void program_end(struct exerciser *ex, struct run *run);
/* One line that it says, without its end */
int program_hear(struct exerciser *ex, struct run *run, char line[PROGRAM_LINE_MAX]);
/* Tells it a line, and hears what it answers */
int program_ask(struct exerciser *ex, struct run *run, char answer[PROGRAM_LINE_MAX],
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif /* PINSCOPE_CERTIFY_PROCESS_H */
