// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of the sequence are left out, halves first, single steps last, as long
 * as what is left fails in the same way; then its steps are made smaller.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shrink.h"

static time_t deadline;

/* "LOST: ...", "it ends with ...": up to the first number or name */
static bool same_kind(const struct failure *a, const struct failure *b)
{
	return !strncmp(a->what, b->what, 7);
}

/* Fails in the same way? If so it is what we have. */
static bool still_fails(struct steps *have, struct failure *f,
			const struct steps *try)
{
	struct failure now;

	if (run_steps(try, &now) || !same_kind(&now, f))
		return false;
	memcpy(have->step, try->step, try->nr * sizeof(*try->step));
	have->nr = now.step + 1;
	*f = now;
	return true;
}

static bool leave_out(struct steps *have, struct failure *f,
		      struct steps *try, int first, int nr)
{
	int i;

	try->nr = 0;
	for (i = 0; i < have->nr; i++)
		if (i < first || i >= first + nr)
			steps_add(try, &have->step[i]);
	return still_fails(have, f, try);
}

static void drop_steps(struct steps *have, struct failure *f,
		       struct steps *try)
{
	int nr, first;

	for (nr = have->nr / 2; nr; nr = nr > 1 ? (nr + 1) / 2 : 0) {
		/* From the end: what comes late needs what was before */
		for (first = have->nr - nr; first > -nr; first -= nr) {
			if (time(NULL) > deadline)
				return;
			leave_out(have, f, try, first < 0 ? 0 : first,
				  first < 0 ? nr + first : nr);
			if (first > have->nr)
				first = have->nr;
		}
	}
}

static bool simpler(struct step *s, int way)
{
	switch (way) {
	case 0:
		if (s->op != OP_GET || (s->first == 0 && s->nr == PAGES))
			return false;
		s->first = 0;
		s->nr = PAGES;
		return true;
	case 1:
		if (s->nr < 2 || s->op == OP_GET)
			return false;
		s->nr = 1;
		return true;
	case 2:
		if (s->prot == (R | W) || !s->prot)
			return false;
		s->prot = R | W;
		return true;
	case 3:
		if (s->actor == PARENT)
			return false;
		s->actor = PARENT;
		return true;
	default:
		return false;
	}
}

static void simplify(struct steps *have, struct failure *f, struct steps *try)
{
	int i, way;

	for (i = 0; i < have->nr; i++) {
		for (way = 0; way < 4; way++) {
			if (time(NULL) > deadline)
				return;
			try->nr = 0;
			for (int j = 0; j < have->nr; j++)
				steps_add(try, &have->step[j]);
			if (i < try->nr && simpler(&try->step[i], way))
				still_fails(have, f, try);
		}
	}
}

void shrink(struct steps *steps, struct failure *f, int seconds)
{
	struct steps try = { 0 };
	struct failure again;
	int before;

	deadline = time(NULL) + seconds;
	steps->nr = f->step + 1;
	if (run_steps(steps, &again) || !same_kind(&again, f)) {
		/* What is compared now and then only: another step, perhaps */
		thorough = INFO_ALWAYS;
		if (run_steps(steps, &again)) {
			thorough = ALWAYS;
			if (run_steps(steps, &again)) {
				printf("# it does not fail when it is made again\n");
				thorough = NOW_AND_THEN;
				return;
			}
		}
		*f = again;
		steps->nr = f->step + 1;
	}
	do {
		before = steps->nr;
		drop_steps(steps, f, &try);
	} while (steps->nr < before && time(NULL) <= deadline);
	simplify(steps, f, &try);
	drop_steps(steps, f, &try);
	free(try.step);
	thorough = NOW_AND_THEN;
}
