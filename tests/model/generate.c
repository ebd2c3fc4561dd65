// SPDX-License-Identifier: GPL-2.0
/*
 * Random steps. Most make sense where they are made, or nothing would ever be
 * pinned; some do not.
 */
#include <errno.h>
#include <string.h>

#include "generate.h"

static enum op pick_op(struct dice *dice, const struct mood *mood)
{
	int sum = 0, op, n;

	for (op = 0; op < NR_OPS; op++)
		sum += mood->weight[op];
	n = roll(dice, sum);
	for (op = 0; n >= mood->weight[op]; op++)
		n -= mood->weight[op];
	return op;
}

static int pick_container(struct dice *dice, const struct mood *mood,
			  const struct world *w, enum op op)
{
	int c = roll(dice, mood->containers), i;

	for (i = 0; i < 6; i++, c = roll(dice, mood->containers)) {
		if (op == OP_ATTACH)
			break;
		if (!w->container[c].has_iommu)
			continue;
		if (op == OP_START ? !w->container[c].tracking :
		    (op != OP_GET && op != OP_LOOK && op != OP_RANGES &&
		     op != OP_UNMAP_GET) ||
		    (w->container[c].tracking && w->container[c].mapped))
			break;
	}
	return c;
}

static bool wants(const struct world *w, int d, enum op op)
{
	const struct device *device = &w->device[d];
	bool puppet = config[d].driver == PUPPET;

	switch (op) {
	case OP_ATTACH:
		return device->container < 0;
	case OP_DETACH:
		return device->container >= 0 && !device->open;
	case OP_OPEN:
		return device->container >= 0 && !device->open;
	case OP_WINDOW:
	case OP_NO_WINDOW:
	case OP_DMA_LOG:
	case OP_REPORT:
		return device->open && !puppet;
	case OP_ON ... OP_ON_CLEAR:
		return puppet && device->container >= 0;
	case OP_FAULTS:
	case OP_AT_LOOK:
		return device->container >= 0 && config[d].behind > PLAIN;
	case OP_PIN:
	case OP_PIN_TRACKED:
	case OP_MARK:
	case OP_UNPIN:
	case OP_OPT_OUT:
	case OP_REGISTER:
	case OP_UNREGISTER:
		return device->open && puppet;
	default:
		return device->open;
	}
}

/* Its group is there, and would not grow by it as it is wide */
static bool is_early(const struct world *w, int d)
{
	const struct group *group = &w->group[group_of(d)];

	return group->container >= 0 && !group->pinned;
}

static int pick_device(struct dice *dice, const struct mood *mood,
		       const struct world *w, enum op op)
{
	bool wide = op == OP_PIN && roll(dice, 3);
	int d, i;

	for (i = 0; i < 60; i++) {
		d = mood->devices[roll(dice, mood->nr_devices)];
		if (!wants(w, d, op) ||
		    (op == OP_ATTACH && mood->late && is_early(w, d)))
			continue;
		/* One that has not opted in first, or all would be wide */
		if (!wide || !w->device[d].opted_in || i > 30)
			return d;
	}
	return mood->devices[roll(dice, mood->nr_devices)];
}

/* A mapping; false if there is none */
static bool pick_mapping(struct dice *dice, const struct container *c,
			 struct step *s)
{
	int p = roll(dice, PAGES), i;

	for (i = 0; i < PAGES; i++, p = (p + 1) % PAGES) {
		if (!c->map[p].nr)
			continue;
		s->first = p;
		s->nr = c->map[p].nr;
		return true;
	}
	return false;
}

static void pick_part(struct dice *dice, struct step *s)
{
	int skip = roll(dice, s->nr);

	s->first += skip;
	s->nr -= skip;
	if (s->nr > 4 || roll(dice, 2))
		s->nr = 1 + roll(dice, s->nr > 4 ? 4 : s->nr);
}

static void pick_anywhere(struct dice *dice, struct step *s)
{
	s->first = roll(dice, PAGES);
	s->nr = roll(dice, 8) ? 1 + roll(dice, 8) : roll(dice, PAGES + 4);
}

/* Where drivers call for */
static void pick_pages(struct dice *dice, const struct mood *mood,
		       const struct world *w, struct step *s)
{
	const struct device *device = &w->device[s->d];
	int i, p;

	if (device->container < 0 || often(dice, mood->odd) ||
	    !pick_mapping(dice, &w->container[device->container], s)) {
		pick_anywhere(dice, s);
		return;
	}
	if (s->op == OP_UNPIN || s->op == OP_MARK) {
		/* What is there to unpin or to mark */
		p = roll(dice, PAGES);
		for (i = 0; i < PAGES; i++, p = (p + 1) % PAGES)
			if (s->op == OP_MARK ? device->tracked[p] :
			    device->held[p])
				break;
		if (i < PAGES) {
			s->first = p;
			s->nr = 1 + roll(dice, 2);
			return;
		}
	}
	pick_part(dice, s);
}

static unsigned int pick_prot(struct dice *dice)
{
	static const unsigned int prots[] = { 3, 3, 3, 3, 3, 1, 2, 3 };

	return prots[roll(dice, 8)];
}

static int smallest(const struct world *w, int c)
{
	uint64_t sizes = page_sizes(w, c);

	return (sizes & -sizes) / 4096;
}

static void pick_map(struct dice *dice, const struct mood *mood,
		     const struct world *w, struct step *s)
{
	static const int lengths[] = { 1, 2, 3, 4, 8, 8, 16, 16, 16, 32, 64 };
	int unit = smallest(w, s->c);

	s->nr = lengths[roll(dice, 11)];
	s->first = roll(dice, PAGES - s->nr + 1);
	if (roll(dice, 2))
		s->first &= -16;
	if (unit > 1 && unit <= PAGES && !often(dice, mood->odd)) {
		s->nr = (s->nr + unit - 1) & -unit;
		s->first = roll(dice, PAGES / unit) * unit;
		if (s->first + s->nr > PAGES)
			s->nr = PAGES - s->first;
	}
	s->prot = pick_prot(dice);
	if (often(dice, mood->odd / 4))
		s->prot = 0;
	if (often(dice, mood->odd / 4))
		s->nr = 0;
}

/* A range of whole mappings */
static void pick_mappings(struct dice *dice, const struct world *w,
			  struct step *s)
{
	const struct container *c = &w->container[s->c];
	struct step other;

	if (!pick_mapping(dice, c, s)) {
		pick_anywhere(dice, s);
		return;
	}
	if (roll(dice, 2))
		return;
	other = *s;
	pick_mapping(dice, c, &other);
	if (other.first < s->first) {
		s->nr += s->first - other.first;
		s->first = other.first;
	} else {
		s->nr = other.first + other.nr - s->first;
	}
}

static void pick_bitmap(struct dice *dice, const struct mood *mood,
			const struct world *w, struct step *s)
{
	static const unsigned int units[] = { 1, 2, 4, 8, 16, 512, 3, 0 };
	int unit = smallest(w, s->c);

	s->unit = 1;
	if (unit > 1 && roll(dice, 2))
		s->unit = 1u << roll(dice, 5);
	if (often(dice, mood->odd))
		s->unit = units[roll(dice, 8)];
	s->buffer = often(dice, s->op != OP_UNMAP_GET ? 2 * mood->odd : 8 * mood->odd) ?
		    roll(dice, NR_BUFFERS) : GOOD;
}

static void pick_get(struct dice *dice, const struct mood *mood,
		     const struct world *w, struct step *s)
{
	pick_bitmap(dice, mood, w, s);
	switch (roll(dice, 8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		s->first = 0;
		s->nr = PAGES;
		break;
	case 4:
	case 5:
		pick_mappings(dice, w, s);
		break;
	case 6:
		/* The bitmap begins before what is mapped, and is longer */
		s->first = -roll(dice, 80);
		s->nr = PAGES - s->first + roll(dice, 80);
		if (s->unit > 1 && roll(dice, 4)) {
			s->first &= -(int)s->unit;
			s->nr = (s->nr + s->unit) & -(int)s->unit;
		}
		break;
	default:
		if (often(dice, 5 * mood->odd))
			pick_anywhere(dice, s);
		else
			pick_mappings(dice, w, s);
	}
}

/* stop() returns what start() has pinned */
static void pick_stop(const struct world *w, struct step *s)
{
	const struct script *start = &w->device[s->d].script[E_START];

	s->event = E_STOP;
	s->call = CALL_UNPIN;
	if (!start->nr)
		return;
	s->first = start->call[0].first;
	s->nr = start->call[0].nr;
}

/* What drivers do when they are told of tracking */
static void pick_sensible(struct dice *dice, const struct world *w,
			  struct step *s)
{
	static const enum call start[] = {
		CALL_PIN, CALL_PIN_TRACKED, CALL_PIN, CALL_UNPIN, CALL_MARK,
	};

	if (!w->device[s->d].script[E_OPEN].nr) {
		s->event = E_OPEN;
		s->call = CALL_REGISTER;
	} else if (!roll(dice, 4)) {
		pick_stop(w, s);
	} else {
		s->event = roll(dice, 3) ? E_START : E_SYNC;
		s->call = start[roll(dice, 5)];
	}
}

static void pick_script(struct dice *dice, const struct mood *mood,
			const struct world *w, struct step *s)
{
	static const enum event may_fail[] = { E_OPEN, E_SYNC, E_RESET, E_STATE };
	static const int errors[] = { -EIO, -ENOMEM, -EINTR };

	s->event = roll(dice, NR_EVENTS);
	s->call = roll(dice, NR_CALLS);
	if (s->op == OP_ON) {
		pick_pages(dice, mood, w, s);
		if (roll(dice, 3))
			pick_sensible(dice, w, s);
		if (s->call == CALL_RW && s->nr > 4)
			s->nr = 4;
		s->prot = pick_prot(dice);
	} else if (s->op == OP_ON_RET) {
		s->event = may_fail[roll(dice, 4)];
		s->number = errors[roll(dice, 3)];
	} else if (s->op == OP_ON_KEEP) {
		s->event = E_UNMAP;
	}
}

/* Half-way into what the process cannot write */
static void pick_half(struct dice *dice, const struct world *w, struct step *s)
{
	int c = w->device[s->d].container, p = roll(dice, PAGES), i;
	set pages;

	if (c < 0)
		return;
	pages = w->container[c].writable;
	pages &= pages << 1 & w->barred;
	for (i = 0; pages && i < PAGES; i++, p = (p + 1) % PAGES) {
		if (!(pages & page(p)))
			continue;
		s->start = (p - 1) * 4096ull;
		s->len = 2 * 4096;
		return;
	}
}

static void pick_bytes(struct dice *dice, const struct mood *mood,
		       const struct world *w, struct step *s)
{
	pick_pages(dice, mood, w, s);
	if (s->nr > 4)
		s->nr = 4;
	s->start = s->first * 4096ull;
	s->len = s->nr ? s->nr * 4096ull : 1;
	if (roll(dice, 2)) {
		s->start += roll(dice, 1024) * 4;
		s->len = 4 + roll(dice, 3000);
	}
	if (roll(dice, 2))
		pick_half(dice, w, s);
}

static enum state pick_state(struct dice *dice)
{
	static const enum state states[] = {
		ST_RUNNING, ST_RUNNING, ST_RUNNING, ST_PRE_COPY, ST_PRE_COPY,
		ST_STOP_COPY, ST_STOP, ST_RUNNING_P2P, ST_PRE_COPY_P2P,
	};

	return roll(dice, 40) ? states[roll(dice, 9)] :
		(enum state)roll(dice, NR_STATES);
}

static void pick_look(struct dice *dice, const struct world *w, struct step *s)
{
	int c = w->device[s->d].container, p = roll(dice, PAGES), i;

	s->number = 1 + roll(dice, 8);
	s->nr = 1;
	for (i = 0; c >= 0 && i < PAGES; i++, p = (p + 1) % PAGES)
		if (w->container[c].writable & page(p))
			s->first = p;
}

/* Of whole pages, and of lengths that are none */
static void pick_report(struct dice *dice, const struct mood *mood,
			struct step *s)
{
	static const unsigned int units[] = { 1, 1, 1, 2, 4, 16, 512, 3 };

	s->unit = units[roll(dice, often(dice, mood->odd) ? 8 : 6)];
	s->buffer = often(dice, 4 * mood->odd) ? roll(dice, NR_BUFFERS) : GOOD;
	s->start = 0;
	s->len = PAGES * 4096;
	if (roll(dice, 2)) {
		s->start = roll(dice, PAGES) * 4096ull;
		s->len = (1 + roll(dice, 80)) * 4096ull;
	}
	if (roll(dice, 3) == 0)
		s->len -= 1 + roll(dice, 4095);
}

static void pick_operands(struct dice *dice, const struct mood *mood,
			  const struct world *w, struct step *s)
{
	s->d = pick_device(dice, mood, w, s->op);
	s->c = pick_container(dice, mood, w, s->op);
	switch (s->op) {
	case OP_ATTACH:
		/* Where its group is, another container is refused */
		if (w->group[group_of(s->d)].container >= 0 && roll(dice, 8))
			s->c = w->group[group_of(s->d)].container;
		break;
	case OP_GET:
	case OP_LOOK:
		pick_get(dice, mood, w, s);
		break;
	case OP_RANGES:
		if (roll(dice, 2))
			pick_mappings(dice, w, s);
		else
			pick_anywhere(dice, s);
		break;
	case OP_MAP:
		pick_map(dice, mood, w, s);
		break;
	case OP_UNMAP:
		pick_mappings(dice, w, s);
		if (often(dice, mood->odd))
			pick_anywhere(dice, s);
		break;
	case OP_UNMAP_GET:
		pick_bitmap(dice, mood, w, s);
		pick_mappings(dice, w, s);
		if (often(dice, mood->odd))
			pick_anywhere(dice, s);
		break;
	case OP_PIN:
	case OP_PIN_TRACKED:
	case OP_UNPIN:
	case OP_MARK:
	case OP_DMA:
	case OP_WINDOW:
		pick_pages(dice, mood, w, s);
		s->prot = pick_prot(dice);
		if (s->op == OP_WINDOW)
			s->prot |= R;
		if (s->op == OP_DMA && w->device[s->d].nr_windows &&
		    roll(dice, 8)) {
			const struct window *window = &w->device[s->d]
				.window[roll(dice, w->device[s->d].nr_windows)];

			s->first = window->first;
			s->nr = window->nr;
			pick_part(dice, s);
		}
		break;
	case OP_NO_WINDOW:
		pick_pages(dice, mood, w, s);
		if (w->device[s->d].nr_windows && roll(dice, 8)) {
			const struct window *window = &w->device[s->d]
				.window[roll(dice, w->device[s->d].nr_windows)];

			s->first = window->first;
			s->nr = window->nr;
		}
		break;
	case OP_RW:
		pick_bytes(dice, mood, w, s);
		break;
	case OP_ON ... OP_ON_CLEAR:
		pick_script(dice, mood, w, s);
		break;
	case OP_STATE:
		s->state = pick_state(dice);
		break;
	case OP_FAULTS:
		s->number = roll(dice, 2) ? 0 : 1 + roll(dice, 3);
		break;
	case OP_BAR:
		if (pick_mapping(dice, &w->container[s->c], s))
			s->first += roll(dice, s->nr);
		else
			s->first = roll(dice, PAGES);
		s->nr = 1;
		break;
	case OP_UNBAR:
		s->first = roll(dice, PAGES);
		s->nr = 1 + roll(dice, PAGES);
		break;
	case OP_AT_LOOK:
		pick_look(dice, w, s);
		break;
	case OP_REPORT:
		pick_report(dice, mood, s);
		break;
	case OP_SHARE:
	case OP_LOG_FAILS:
	case OP_DMA_LOG:
		s->on = roll(dice, 2);
		break;
	default:
		break;
	}
}

/* A device of a container that keeps it wide, and could pin; -1 if there is none */
static int who_is_wide(struct dice *dice, const struct mood *mood,
		       const struct world *w, int c)
{
	int from = roll(dice, mood->nr_devices), i, d;

	for (i = 0; i < mood->nr_devices; i++) {
		d = mood->devices[(from + i) % mood->nr_devices];
		if (w->device[d].container != c ||
		    scope_of(w, group_of(d)) != S_WIDE ||
		    !group_may_pin(w, group_of(d)))
			continue;
		if (!w->device[d].open || (config[d].driver == PUPPET &&
					   !w->device[d].opted_in))
			return d;
	}
	return -1;
}

/* A driver that pins in start(), and perhaps returns that in stop(): one script of it */
static bool pick_client(struct dice *dice, const struct mood *mood,
			const struct world *w, struct step *s)
{
	int d = mood->devices[roll(dice, mood->nr_devices)];
	const struct device *device = &w->device[d];
	const struct script *script = device->script;

	if (config[d].driver != PUPPET || device->container != s->c ||
	    device->open)
		return false;
	s->d = d;
	s->op = OP_ON;
	s->nr = 1;
	if (!script[E_OPEN].nr) {
		s->event = E_OPEN;
		s->call = CALL_REGISTER;
	} else if (!script[E_START].nr) {
		s->event = E_START;
		s->call = roll(dice, 3) ? CALL_PIN : CALL_PIN_TRACKED;
		pick_pages(dice, mood, w, s);
		s->prot = pick_prot(dice);
	} else if (!script[E_STOP].nr && roll(dice, 2)) {
		pick_stop(w, s);
	} else {
		s->op = OP_OPEN;
	}
	return true;
}

/* A device whose group is there, and pinned. It joins where that is. */
static bool who_would_grow(const struct world *w, struct step *s)
{
	const struct group *group = &w->group[group_of(s->d)];

	if (w->device[s->d].container >= 0 || group->container < 0 ||
	    !group->pinned)
		return false;
	s->c = group->container;
	return true;
}

/* Towards a container that tracks and is narrow: there most can go wrong */
static bool pick_purpose(struct dice *dice, const struct mood *mood,
			 const struct world *w, struct step *s)
{
	const struct container *c;

	s->c = roll(dice, mood->containers);
	s->d = mood->devices[roll(dice, mood->nr_devices)];
	c = &w->container[s->c];
	if (!c->has_iommu || who_would_grow(w, s)) {
		s->op = OP_ATTACH;
		return true;
	}
	if (!c->mapped) {
		s->op = OP_MAP;
		pick_map(dice, mood, w, s);
		return true;
	}
	if (mood->clients && pick_client(dice, mood, w, s))
		return true;
	if (!c->tracking && !mood->idle && roll(dice, 2)) {
		s->op = OP_START;
		return true;
	}
	if (c->tracking && c->nr_clients && mood->clients && !roll(dice, 8)) {
		s->op = OP_STOP;
		return true;
	}
	s->d = who_is_wide(dice, mood, w, s->c);
	if (s->d < 0)
		return false;
	if (!w->device[s->d].open) {
		s->op = roll(dice, 4) ? OP_OPEN : OP_DETACH;
		return true;
	}
	s->op = roll(dice, 3) ? OP_PIN : OP_PIN_TRACKED;
	pick_pages(dice, mood, w, s);
	s->prot = pick_prot(dice);
	return true;
}

void generate(struct dice *dice, const struct mood *mood,
	      const struct world *w, struct step *step)
{
	do {
		memset(step, 0, sizeof(*step));
		step->unit = 1;
		if (often(dice, mood->purpose) &&
		    pick_purpose(dice, mood, w, step))
			continue;
		memset(step, 0, sizeof(*step));
		step->unit = 1;
		step->op = pick_op(dice, mood);
		pick_operands(dice, mood, w, step);
		if (w->child && often(dice, 20))
			step->actor = CHILD;
		/* A new process takes long */
	} while (!step_fits(w, step) ||
		 (step->op == OP_NEW_CHILD && roll(dice, 8)));
}
