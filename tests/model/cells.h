/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which cells of tests/events.def the steps have come to, and whether the rules do
 * what the table says. The rules tell of an event before and after it.
 */
#ifndef MODEL_CELLS_H
#define MODEL_CELLS_H

#include "rules.h"

enum kind {
#define KIND(kind, ...) KIND_ ## kind,
#include <events.def>
	NR_KINDS
};

enum happening {
#define EVENT(event, ...) EVENT_ ## event,
#include <events.def>
	NR_HAPPENINGS
};

/**
 * struct cell_state - a group that is about to meet an event
 * @kind: as the table has them, -1: not in the table
 * @tracking: is on
 * @scope: of the group
 * @cause: of it
 * @reports: settling reports because of it so far
 * @touched: what drivers have said of the group so far
 * @holders: devices of the group that hold pins, by number
 * @bare: another open device has opted in and holds none
 */
struct cell_state {
	int kind;
	bool tracking;
	enum scope scope;
	enum cause cause;
	unsigned int reports;
	unsigned int touched;
	uint32_t holders;
	bool bare;
};

/* Whose event it is */
enum whose {
	OWN,		/* of an open device of the group */
	OTHERS,		/* of one that is not open */
	JOINERS,	/* of one that joins the container */
	ALL,		/* of all its devices */
};

/* @d: the device; of the group, if the event is one of ALL */
struct cell_state cell_before(const struct world *w, int c, int d,
			      enum whose whose);
void cell_met(const struct world *w, int c, int d, enum happening what,
	      const struct cell_state *before);

/* Of ALL groups of a container. The states are kept in between. */
void cells_before(const struct world *w, int c);
void cells_met(const struct world *w, int c, bool start);

/*
 * A device is opened, or told of START: what it pins while its start() runs counts
 * from there.
 */
void cell_begin(const struct world *w, int d, enum whose whose);
void cell_end(int d);
void cell_started(const struct world *w, int d);

/* What the rules did that the table does not say, once; or NULL */
const char *cells_wrong(void);

/* How many cells were met, and which were not though there is a test */
void cells_print(void);

#endif /* MODEL_CELLS_H */
