/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules are told in: steps, of which the first that does not pass ends the rule.
 */
#ifndef PINSCOPE_CERTIFY_STEPS_H
#define PINSCOPE_CERTIFY_STEPS_H

#include "cli/certify/rig/buffers.h"
#include "cli/certify/rig/rig.h"

/**
 * struct step - a step of a rule
 * @act: does it, if nothing else has to be said of it
 * @take: does it, if the following has
 * @label: what was done, for who reads the rounds
 * @number: which one, or how many
 * @cause: why pages are lost, if some are
 */
struct step {
	enum outcome (*act)(struct run *run);
	enum outcome (*take)(struct run *run, const struct step *step);
	const char *label;
	unsigned int number;
	enum cause cause;
};

/* Any function is a step */
#define DO(function)		{ .act = (function) }
/* RIG_* */
#define OPEN(flags)		{ .take = step_open, .number = (flags) }
/* A page of each buffer, see buffers_write() */
#define WRITE(round)		{ .take = step_write, .number = (round) }
#define STATE(state)		{ .take = step_state, .number = (state) }
#define GET(words)		{ .take = step_get, .label = (words) }
/* A GET, in which nothing may be lost */
#define CHECK(why, words)	{ .take = step_check, .label = (words), .cause = (why) }
/* Writes and checks, as often as that */
#define ROUNDS(nr, when)	{ .take = step_rounds, .label = (when), .number = (nr) }
#define END			{ .act = NULL }

/**
 * steps_run() - take one step after the other
 * @run: the run
 * @steps: they end with END
 *
 * Return: how the last one that was taken ended.
 */
enum outcome steps_run(struct run *run, const struct step *steps);

enum outcome step_open(struct run *run, const struct step *step);
enum outcome step_write(struct run *run, const struct step *step);
enum outcome step_state(struct run *run, const struct step *step);
enum outcome step_get(struct run *run, const struct step *step);
enum outcome step_check(struct run *run, const struct step *step);
enum outcome step_rounds(struct run *run, const struct step *step);

#endif /* PINSCOPE_CERTIFY_STEPS_H */
