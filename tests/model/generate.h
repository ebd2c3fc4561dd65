/* SPDX-License-Identifier: GPL-2.0 */
/* Random steps, the same for the same seed */
#ifndef MODEL_GENERATE_H
#define MODEL_GENERATE_H

#include "step.h"

struct dice {
	uint64_t state;
};

uint64_t dice_roll(struct dice *dice);

/* The dice of the n-th sequence of a seed */
void dice_init(struct dice *dice, uint64_t seed, uint64_t n);

/* How a sequence is, rolled at its begin */
struct mood {
	int weight[NR_OPS];
	int odd;	/* of 1000 calls, how many have bad arguments */
	bool devices[DEVICES];	/* those that take part */
};

void mood_roll(struct dice *dice, struct mood *mood);

/* The next step, which fits this world */
void generate(struct dice *dice, const struct mood *mood,
	      const struct world *w, struct step *step);

#endif /* MODEL_GENERATE_H */
