/* SPDX-License-Identifier: GPL-2.0 */
/* What pinscope-model can be told to do */
#ifndef MODEL_MODES_H
#define MODEL_MODES_H

#include <stdbool.h>
#include <stdint.h>

#include "run.h"

/* --show: prints each step before it is made */
extern bool show;

/* Rules that --selftest breaks: what they are */
struct broken_rule {
	const char *name;
	const char *what;
};

extern const struct broken_rule broken_rules[NR_BROKEN];

/* Each returns how the program exits: 0 as the rules say, 1 not, 2 not tried */
int random_steps(uint64_t seed, long steps);
int many_seeds(uint64_t seed, long steps, int seeds);
int selftest(uint64_t seed, long steps);
int replay(const char *script);
int suite(uint64_t seed, long steps, const char *found);

/* A script as it is and as far as it failed */
void print_script(const char *what, const struct steps *steps,
		  const struct failure *f);

#endif /* MODEL_MODES_H */
