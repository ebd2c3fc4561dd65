/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steps, as data and as text. A script has one a line: its name, then what the
 * letters of its operands stand for:
 *
 *	c	container: c0 c1 c2
 *	d	device, see config[] in rules.c
 *	r	range of pages: FIRST+COUNT
 *	b	range of bytes: START:LENGTH
 *	p	permissions: r, w, rw, none
 *	u	unit of a bitmap: 4K, 8K ... 2M
 *	f	the user's buffer: good, nowhere ...
 *	e	event of a driver: open, close ...
 *	k	call of a driver: pin, mark ...
 *	s	migration state: RUNNING ...
 *	n	number
 *	o	on or off
 *
 * "child" before the name has the other process make the call.
 */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include <stdio.h>

#include "rules.h"

enum op {
#define STEP(id, ...) OP_ ## id,
#include "steps.def"
#undef STEP
	NR_OPS
};

struct step {
	enum op op;
	enum process actor;
	int c, d;
	int first, nr;
	uint64_t start, len;
	unsigned int prot;
	unsigned int unit;	/* pages */
	enum buffer buffer;
	enum event event;
	enum call call;
	enum state state;
	int number;
	bool on;
	const struct script *script;	/* once it is applied: of the event */
};

struct steps {
	struct step *step;
	int nr, room;
};

void steps_add(struct steps *steps, const struct step *step);

const char *op_name(enum op op);

/* Those that set the script of a callback */
static inline bool op_is_script(enum op op)
{
	return op >= OP_ON && op <= OP_ON_CLEAR;
}

extern const char * const event_names[NR_EVENTS];
extern const char * const call_names[NR_CALLS];

/* One line, without its end */
void step_print(const struct step *step, char *buf, size_t size);

/*
 * Reads a script. An error is printed with the script's name, the line and the
 * word that is wrong, and nothing is returned then.
 */
int steps_read(const char *name, FILE *in, struct steps *out);

/* Whether the step can be made at all in this world; those that cannot are left out */
bool step_fits(const struct world *w, const struct step *step);

/* What it does, by the rules */
void step_apply(struct world *w, const struct step *step, struct answer *a);

#endif /* MODEL_STEP_H */
