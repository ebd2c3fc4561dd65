/* SPDX-License-Identifier: GPL-2.0 */
/* Where the time of a run goes, by kind of step */
#ifndef MODEL_TIMES_H
#define MODEL_TIMES_H

#include <stdint.h>

/* What takes time beside the steps, numbered after them */
enum { TIME_RULES = 64, TIME_ANEW, TIME_INFO, TIME_VIEW, NR_TIMES };

/* Nanoseconds, of no particular beginning */
uint64_t times_now(void);
/* The same in seconds */
double times_seconds(void);

/* What began at @since has ended */
void times_add(int what, uint64_t since);

/* A table, longest first */
void times_print(void);

#endif /* MODEL_TIMES_H */
