// SPDX-License-Identifier: GPL-2.0
/*
 * Random steps. Most make sense where they are made, or nothing would ever be
 * pinned; some do not.
 */
#include <errno.h>
#include <string.h>

#include "generate.h"
#include "hands.h"

/* Of all steps, in no unit; what the kernel takes long for is rare */
static const int usual[NR_OPS] = {
	[OP_GET] = 180, [OP_DMA] = 240, [OP_RW] = 70,
	[OP_PIN] = 100, [OP_PIN_TRACKED] = 50, [OP_UNPIN] = 90, [OP_MARK] = 60,
	[OP_WINDOW] = 50, [OP_NO_WINDOW] = 30,
	[OP_MAP] = 80, [OP_UNMAP] = 25, [OP_UNMAP_GET] = 30, [OP_UNMAP_ALL] = 2,
	[OP_START] = 40, [OP_STOP] = 10,
	[OP_OPEN] = 40, [OP_CLOSE] = 18, [OP_ATTACH] = 16, [OP_DETACH] = 8,
	[OP_RESET] = 12, [OP_STATE] = 20,
	[OP_OPT_OUT] = 12, [OP_REGISTER] = 6, [OP_UNREGISTER] = 4,
	[OP_ON] = 20, [OP_ON_RET] = 4, [OP_ON_ONCE] = 6, [OP_ON_KEEP] = 1,
	[OP_ON_CLEAR] = 12,
	[OP_FAULTS] = 3, [OP_LOG_FAILS] = 2, [OP_BAR] = 6, [OP_UNBAR] = 8,
	[OP_SHARE] = 4, [OP_NEW_CHILD] = 1,
	[OP_DMA_LOG] = 6, [OP_REPORT] = 20, [OP_AT_LOOK] = 6,
	[OP_MAP_TOP] = 2, [OP_UNMAP_TOP] = 2, [OP_GET_TOP] = 2,
};

uint64_t dice_roll(struct dice *dice)
{
	uint64_t z = (dice->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void dice_init(struct dice *dice, uint64_t seed, uint64_t n)
{
	dice->state = seed;
	dice->state = dice_roll(dice) ^ n * 0xd6e8feb86659fd93ull;
}

static int roll(struct dice *dice, int sides)
{
	return dice_roll(dice) % sides;
}

static bool often(struct dice *dice, int of_1000)
{
	return roll(dice, 1000) < of_1000;
}

/* Sequences differ: some never unmap, in some devices come and go all the time */
void mood_roll(struct dice *dice, struct mood *mood)
{
	static const int factor[] = { 1, 4, 4, 4, 4, 4, 8, 16 };
	int op, d, n;

	for (op = 0; op < NR_OPS; op++)
		mood->weight[op] = usual[op] * factor[roll(dice, 8)];
	mood->odd = roll(dice, 4) ? 20 : 150;
	memset(mood->devices, 0, sizeof(mood->devices));
	for (n = 0; n < 2;)
		for (d = 0; d < DEVICES; d++)
			if (hands_have(d) && !roll(dice, 3)) {
				n += !mood->devices[d];
				mood->devices[d] = true;
			}
}

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

static int pick_container(struct dice *dice, const struct world *w,
			  enum op op)
{
	int c = roll(dice, CONTAINERS), i;

	for (i = 0; i < 6; i++, c = roll(dice, CONTAINERS)) {
		if (op == OP_ATTACH)
			break;
		if (!w->container[c].has_iommu)
			continue;
		if (op == OP_START ? !w->container[c].tracking :
		    (op != OP_GET && op != OP_UNMAP_GET) ||
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
	case OP_ON:
	case OP_ON_RET:
	case OP_ON_ONCE:
	case OP_ON_KEEP:
	case OP_ON_CLEAR:
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

static int pick_device(struct dice *dice, const struct mood *mood,
		       const struct world *w, enum op op)
{
	bool wide = op == OP_PIN && roll(dice, 3);
	int d, i;

	for (i = 0; i < 60; i++) {
		d = roll(dice, DEVICES);
		if (!mood->devices[d] || !wants(w, d, op))
			continue;
		/* One that has not opted in first, or all would be wide */
		if (!wide || !w->device[d].opted_in || i > 30)
			return d;
	}
	do
		d = roll(dice, DEVICES);
	while (!mood->devices[d]);
	return d;
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
	s->buffer = often(dice, 2 * mood->odd) ? roll(dice, NR_BUFFERS) : GOOD;
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

static void pick_script(struct dice *dice, const struct mood *mood,
			const struct world *w, struct step *s)
{
	static const enum event may_fail[] = { E_OPEN, E_SYNC, E_RESET, E_STATE };
	static const int errors[] = { -EIO, -ENOMEM, -EINTR };
	static const enum call start[] = {
		CALL_PIN, CALL_PIN_TRACKED, CALL_PIN, CALL_UNPIN, CALL_MARK,
	};

	s->event = roll(dice, NR_EVENTS);
	s->call = roll(dice, NR_CALLS);
	if (s->op == OP_ON) {
		if (roll(dice, 3) == 0) {
			s->event = E_OPEN;
			s->call = CALL_REGISTER;
		} else if (roll(dice, 3) == 0) {
			s->event = roll(dice, 2) ? E_START : E_SYNC;
			s->call = start[roll(dice, 5)];
		}
		pick_pages(dice, mood, w, s);
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
	s->c = pick_container(dice, w, s->op);
	switch (s->op) {
	case OP_GET:
		pick_get(dice, mood, w, s);
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
	case OP_ON:
	case OP_ON_RET:
	case OP_ON_ONCE:
	case OP_ON_KEEP:
	case OP_ON_CLEAR:
		pick_script(dice, mood, w, s);
		break;
	case OP_STATE:
		s->state = pick_state(dice);
		break;
	case OP_FAULTS:
		s->number = roll(dice, 2) ? 0 : 1 + roll(dice, 3);
		break;
	case OP_BAR:
	case OP_UNBAR:
		s->first = roll(dice, PAGES);
		s->nr = 1 + roll(dice, s->op == OP_BAR ? 2 : PAGES);
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

void generate(struct dice *dice, const struct mood *mood,
	      const struct world *w, struct step *step)
{
	do {
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
