/* SPDX-License-Identifier: GPL-2.0 */
/* A sequence of steps made in the world and on the kernel, and compared */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include "hands.h"

/**
 * struct failure - what the kernel did otherwise than the rules say
 * @step: which step showed it
 * @what: in words
 */
struct failure {
	int step;
	char what[256];
};

/* Of all runs, for the rate */
extern unsigned long steps_made;
extern unsigned long answers_seen;	/* bitmaps that had something to tell */

/* How often what GET_INFO and debugfs show is compared */
enum thorough {
	NOW_AND_THEN,
	INFO_ALWAYS,	/* GET_INFO after each step, debugfs never */
	ALWAYS,
};

extern enum thorough thorough;

/* Begins anew: a new world, nothing open */
void run_begin(struct world *w);

/* One step; false if it failed, and then the run is over */
bool run_step(struct world *w, const struct step *step, struct failure *f);

/* All steps of a sequence, from the beginning. Steps that do not fit are left out. */
bool run_steps(const struct steps *steps, struct failure *f);

#endif /* MODEL_RUN_H */
