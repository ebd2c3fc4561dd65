// SPDX-License-Identifier: GPL-2.0
/* Random steps, until they are enough or one has failed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "generate.h"
#include "modes.h"
#include "shrink.h"
#include "times.h"

bool show;

static void print_step(const struct step *step)
{
	char text[128];

	step_print(step, text, sizeof(text));
	printf("%s\n", text);
	fflush(stdout);
}

void print_script(const char *what, const struct steps *steps,
		  const struct failure *f)
{
	int i;

	printf("# %s: %s\n", what, f->what);
	for (i = 0; i <= f->step; i++)
		print_step(&steps->step[i]);
	fflush(stdout);
}

/* A sequence of random steps. Returns false if one failed, with all in @steps. */
static bool sequence(uint64_t seed, uint64_t n, long max, struct steps *steps,
		     struct failure *f)
{
	static struct world w;
	struct step step;
	struct mood mood;
	struct dice dice;
	long nr;

	dice_init(&dice, seed, n);
	mood_roll(&dice, &mood);
	nr = 50 + roll(&dice, 600);
	steps->nr = 0;
	run_begin(&w);
	for (; nr && max; nr--, max--) {
		if (!steps->nr && mood.share)
			step = (struct step){ .op = OP_SHARE, .on = true };
		else
			generate(&dice, &mood, &w, &step);
		steps_add(steps, &step);
		if (show)
			print_step(&step);
		if (run_step(&w, &step, f))
			continue;
		f->step = steps->nr - 1;
		return false;
	}
	return true;
}

/**
 * struct progress - sequences of one seed
 * @seed: theirs
 * @n: the one that is being made, or has failed
 * @steps: its steps
 * @made: in all
 * @quiet: says nothing meanwhile
 */
struct progress {
	uint64_t seed;
	uint64_t n;
	struct steps steps;
	long made;
	bool quiet;
};

static bool sequences(struct progress *p, long max, struct failure *f)
{
	unsigned long before = steps_made;
	double begin = times_seconds(), said = begin;

	for (p->n = 0; (p->made = steps_made - before) < max; p->n++) {
		if (!sequence(p->seed, p->n, max - p->made, &p->steps, f)) {
			p->made = steps_made - before;
			return false;
		}
		if (p->quiet || times_seconds() - said < 10)
			continue;
		said = times_seconds();
		printf("%lu of %ld steps, %.0f a second\n",
		       steps_made - before, max,
		       (steps_made - before) / (said - begin));
		fflush(stdout);
	}
	return true;
}

int random_steps(uint64_t seed, long steps)
{
	struct progress p = { .seed = seed };
	unsigned long answers = answers_seen;
	double begin = times_seconds();
	struct failure f;
	bool same;

	printf("seed %llu, %ld steps\n", (unsigned long long)seed, steps);
	fflush(stdout);
	same = sequences(&p, steps, &f);
	if (!same) {
		printf("# seed %llu, sequence %llu, step %ld: %s\n",
		       (unsigned long long)seed, (unsigned long long)p.n,
		       p.made, f.what);
		fflush(stdout);
		shrink(&p.steps, &f, 120);
		print_script("FAILED", &p.steps, &f);
		print_test(&p.steps, &f);
	} else {
		printf("%ld steps in %llu sequences, %.0f a second\n", p.made,
		       (unsigned long long)p.n, p.made / (times_seconds() - begin));
		printf("%lu bitmaps neither empty nor full\n",
		       answers_seen - answers);
		printf("figure seed=%llu\n", (unsigned long long)seed);
		printf("figure rate=%.0f\n", p.made / (times_seconds() - begin));
	}
	free(p.steps.step);
	return !same;
}

int many_seeds(uint64_t seed, long steps, int seeds)
{
	int n, ret = 0;

	for (n = 0; !ret && n < seeds; n++)
		ret = random_steps(seed + n, steps / seeds);
	if (ret)
		return ret;
	cells_print();
	printf("figure steps=%lu\n", steps_made);
	return 0;
}

const struct broken_rule broken_rules[NR_BROKEN] = {
	{ "INTACT", "none" },
#define BROKEN(name, ...) { #name, __VA_ARGS__ },
#include "broken.def"
#undef BROKEN
};

/* Rules that are broken have to be noticed */
int selftest(uint64_t seed, long steps)
{
	struct progress p = { .seed = seed, .quiet = true };
	struct failure f;
	bool scripts = show;
	int missed = 0;

	show = false;
	printf("seed %llu, up to %ld steps for each rule\n",
	       (unsigned long long)seed, steps);
	for (broken = INTACT + 1; broken < NR_BROKEN; broken++) {
		if (sequences(&p, steps, &f)) {
			printf("NOT NOTICED: %s\n", broken_rules[broken].what);
			missed++;
			continue;
		}
		printf("step %6ld  %s: %s\n", p.made,
		       broken_rules[broken].what, f.what);
		fflush(stdout);
		if (!scripts)
			continue;
		shrink(&p.steps, &f, 60);
		printf("# notices %s\n", broken_rules[broken].name);
		print_script(broken_rules[broken].what, &p.steps, &f);
	}
	broken = INTACT;
	free(p.steps.step);
	printf("%d broken rules, %d not noticed\n", NR_BROKEN - 1, missed);
	return missed ? 1 : 0;
}
