/* SPDX-License-Identifier: GPL-2.0 */
/* Random steps, the same for the same seed */
#ifndef MODEL_GENERATE_H
#define MODEL_GENERATE_H

#include "step.h"

struct dice {
	uint64_t state;
};

uint64_t dice_roll(struct dice *dice);

static inline int roll(struct dice *dice, int sides)
{
	return dice_roll(dice) % sides;
}

static inline bool often(struct dice *dice, int of_1000)
{
	return roll(dice, 1000) < of_1000;
}

/* The dice of the n-th sequence of a seed */
void dice_init(struct dice *dice, uint64_t seed, uint64_t n);

/* How a sequence is, rolled at its begin */
struct mood {
	int weight[NR_OPS];
	int odd;		/* of 1000 calls, how many have bad arguments */
	int purpose;		/* of 1000 steps, how many lead to a narrow scope */
	int containers;		/* that are used */
	bool idle;		/* tracking is off most of the time */
	bool clients;		/* drivers that pin in start() */
	bool late;		/* groups grow when they are pinned, mostly */
	bool share;		/* it begins with pin_shared_groups */
	int devices[DEVICES];	/* those that take part */
	int nr_devices;
};

void mood_roll(struct dice *dice, struct mood *mood);

/* The next step, which fits this world */
void generate(struct dice *dice, const struct mood *mood,
	      const struct world *w, struct step *step);

#endif /* MODEL_GENERATE_H */
