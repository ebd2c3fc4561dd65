// SPDX-License-Identifier: GPL-2.0
/*
 * What scope-rules.rst says, as a program: R1 to R17, and the states and events
 * of groups. Driver calls and user calls come in at the functions named do_.
 */
#include <errno.h>
#include <string.h>

#include "cells.h"
#include "rules.h"

#define ENTRY_64K 16	/* pages */

const struct device_config config[DEVICES] = {
	{ "e0", PUPPET, NONE, -1, 0 },
	{ "e1", PUPPET, NONE, -1, 0 },
	{ "b0", PUPPET, PLAIN, 0, 1 },
	{ "b1", PUPPET, PLAIN, 1, 2 },
	{ "t0", PUPPET, TRACKS, 2, 3 },
	{ "t1", PUPPET, TRACKS, 3, 4 },
	{ "s0", PUPPET, PLAIN, 4, 5 },	/* three functions of one group */
	{ "s1", PUPPET, PLAIN, 4, 6 },
	{ "s2", PUPPET, PLAIN, 4, 15 },
	{ "m0", PUPPET, TRACKS, 5, 7 },	/* two mdevs of one function */
	{ "m1", PUPPET, TRACKS, 5, 7 },
	{ "n0", PUPPET, PLAIN, 12, 13 },	/* the same, and the IOMMU does not track */
	{ "n1", PUPPET, PLAIN, 12, 13 },
	{ "large", PUPPET, TRACKS_64K, 6, 8 },
	{ "amd", PUPPET, TRACKS_AMD, 7, 9 },
	{ "smmu", PUPPET, TRACKS_SMMU, 8, 10 },
	{ "emulated", EMULATED, NONE, -1, 0 },
	{ "backed", BACKED, PLAIN, 9, 11 },
	{ "optin", OPTIN_START, PLAIN, 10, 12 },
	{ "hwlog", HWLOG, PLAIN, 11, 14 },
};

const char * const cause_names[NR_CAUSES] = {
	"attach", "pin", "close", "reset", "start", "stop", "grow", "opt-out",
	"iommu", "iommu-error",
};

const char * const state_names[NR_STATES] = {
	"ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P",
	"PRE_COPY", "PRE_COPY_P2P",
};

const char * const buffer_names[NR_BUFFERS] = {
	"good", "nowhere", "read-only", "kernel", "half", "short",
};

#define SZ_4K (1ull << 12)
#define SZ_64K (1ull << 16)
#define SZ_2M (1ull << 21)
#define SZ_1G (1ull << 30)

static const uint64_t sizes_of[NR_BEHIND] = {
	[PLAIN] = SZ_4K | SZ_2M,
	[TRACKS] = SZ_4K | SZ_2M,
	[TRACKS_64K] = SZ_64K | SZ_2M,
	[TRACKS_AMD] = SZ_4K | SZ_64K | SZ_2M | SZ_1G,
	[TRACKS_SMMU] = SZ_4K | SZ_2M | SZ_1G,
};

enum broken broken;

set range(int first, int nr)
{
	int end = first + nr;

	if (first < 0)
		first = 0;
	if (end > PAGES)
		end = PAGES;
	if (first >= end)
		return 0;
	return (~0ull >> (PAGES - (end - first))) << first;
}

#define each_page(p, pages)						\
	for (set rest_ = (pages), p = 0; rest_ &&			\
	     (p = (set)__builtin_ctzll(rest_), 1); rest_ &= rest_ - 1)

void world_init(struct world *w)
{
	int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < DEVICES; i++) {
		w->device[i].container = -1;
		w->device[i].state = ST_RUNNING;
	}
	for (i = 0; i < GROUPS + DEVICES; i++)
		w->group[i].container = -1;
}

int group_of(int d)
{
	return config[d].group < 0 ? GROUPS + d : config[d].group;
}

static bool is_emulated(int g)
{
	return g >= GROUPS;
}

static enum iommu behind_of(int g)
{
	int d;

	for (d = 0; d < DEVICES; d++)
		if (group_of(d) == g)
			return config[d].behind;
	return NONE;
}

int group_members(int group)
{
	int d, e, members = 0;

	for (d = 0; d < DEVICES; d++) {
		if (group_of(d) != group)
			continue;
		/* The first mdev of each parent stands for it */
		for (e = 0; e < d; e++)
			if (config[e].parent == config[d].parent)
				break;
		members += e == d || is_emulated(group);
	}
	return members;
}

static struct container *container_of_group(struct world *w, int g)
{
	return &w->container[w->group[g].container];
}

static struct domain *domain_of(struct world *w, int g)
{
	return is_emulated(g) ? NULL :
	       &container_of_group(w, g)->domain[behind_of(g)];
}

/* Scope */

/* R13: what was written before, and is not reported, is now */
static void settle(struct world *w, int c, int g)
{
	if (!w->container[c].tracking)
		return;
	w->container[c].dirty |= w->container[c].writable;
	w->group[g].reports++;
}

enum scope scope_of(const struct world *w, int g)
{
	const struct group *group = &w->group[g];

	if (is_emulated(g))
		return S_EMULATED;
	if (group->pinned)
		return S_PINNED;
	return w->container[group->container].domain[behind_of(g)].tracking ?
	       S_WRITTEN : S_WIDE;
}

static bool all_have_opted_in(const struct world *w, int g)
{
	bool any = false;
	int d;

	if (is_emulated(g))
		return true;
	for (d = 0; d < DEVICES; d++) {
		if (group_of(d) != g || !w->device[d].open)
			continue;
		if (!w->device[d].opted_in)
			return false;
		any = true;
	}
	return any;
}

/* R4, R14: after what a device of the group has said, or was told */
static void update_scope(struct world *w, int g, enum cause cause)
{
	struct group *group = &w->group[g];
	enum scope before = scope_of(w, g);
	bool pinned = all_have_opted_in(w, g);

	if (is_emulated(g) || group->pinned == pinned)
		return;
	group->pinned = pinned;
	group->cause = cause;
	if (before != S_WIDE || scope_of(w, g) == S_WIDE || group->settled)
		return;
	if (intact(SETTLE))
		settle(w, group->container, g);
}

static void say_nothing(struct world *w, int g)
{
	int d;

	for (d = 0; d < DEVICES; d++)
		if (group_of(d) == g)
			w->device[d].opted_in = false;
}

/* R5 */
bool group_may_pin(const struct world *w, int g)
{
	if (is_emulated(g) || w->container[w->group[g].container].share || !intact(ALONE))
		return true;
	return w->group[g].attached == 1 && group_members(g) == 1;
}

static void has_grown(struct world *w, int g)
{
	if (!group_may_pin(w, g) && intact(GROW))
		say_nothing(w, g);
	update_scope(w, g, C_GROW);
}

/* R14: who holds no pin when tracking starts or stops has said nothing */
static void forget_unpinned(struct world *w, int c, enum cause cause)
{
	int d, g;

	for (d = 0; d < DEVICES; d++)
		if (w->device[d].open && w->device[d].container == c &&
		    !w->device[d].pins && intact(UNPINNED))
			w->device[d].opted_in = false;
	for (g = 0; g < GROUPS; g++)
		if (w->group[g].container == c)
			update_scope(w, g, cause);
}

int nr_wide(const struct world *w, int c)
{
	int g, nr = 0;

	for (g = 0; g < GROUPS; g++)
		nr += w->group[g].container == c && scope_of(w, g) == S_WIDE;
	return nr;
}

bool is_wide(const struct world *w, int c)
{
	return nr_wide(w, c);
}

/* R11: what IOMMUs see */

static bool always_marks(enum iommu behind)
{
	return behind == TRACKS_SMMU;
}

/* The pages that one mark of the IOMMU is for */
set entry_of(const struct container *c, enum iommu behind, int p)
{
	int first = p & -ENTRY_64K, start = p;
	set block = range(first, ENTRY_64K);

	if (behind == TRACKS_64K)
		return block;
	if (behind != TRACKS_AMD)
		return page(p);
	while (!c->map[start].nr)
		start--;
	return block & ~range(start, c->map[start].nr) ? page(p) : block;
}

static void iommu_writes(struct container *c, enum iommu behind, int p)
{
	struct domain *domain = &c->domain[behind];

	if (domain->marking || always_marks(behind))
		domain->marks |= entry_of(c, behind, p);
}

static void harvest_domain(struct container *c, enum iommu behind, int first)
{
	struct domain *domain = &c->domain[behind];
	set pages = range(first, c->map[first].nr);

	if (!domain->groups || !domain->tracking ||
	    !(c->map[first].prot & W) || !c->map[first].translated)
		return;
	if (domain->faults & FAULT_READ) {
		c->dirty |= pages;
		return;
	}
	c->dirty |= domain->marks & pages;
	if (intact(IOMMU_MARKS_GO))
		domain->marks &= ~pages;
}

static void harvest(struct container *c, int first)
{
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		harvest_domain(c, behind, first);
}

static int begin_tracking(struct container *c, enum iommu behind)
{
	struct domain *domain = &c->domain[behind];

	if (c->mapped && domain->faults & FAULT_READ)
		return -EIO;
	if (intact(FORGET))
		domain->marks &= ~c->mapped;
	if (domain->faults & FAULT_SWITCH)
		return -EIO;
	domain->marking = true;
	return 0;
}

/* START, STOP, and a group that joins while tracking is on */
static void track(struct world *w, int c, enum iommu behind, bool on,
		  int joiner)
{
	struct domain *domain = &w->container[c].domain[behind];
	enum cause cause = C_STOP;
	bool narrows = false;
	int g, ret = 0;

	if (!domain->groups || behind == PLAIN || domain->tracking == on)
		return;
	if (on) {
		ret = begin_tracking(&w->container[c], behind);
		cause = ret ? C_IOMMU_ERROR : C_IOMMU;
	} else if (!(domain->faults & FAULT_SWITCH)) {
		domain->marking = false;
	}
	domain->tracking = on && !ret;
	for (g = 0; g < GROUPS; g++) {
		if (w->group[g].container != c || behind_of(g) != behind ||
		    w->group[g].pinned)
			continue;
		narrows |= joiner >= 0 && joiner != g;
		w->group[g].cause = cause;
	}
	/* It failed at START; what others wrote since is not known */
	if (on && !ret && narrows)
		settle(w, c, joiner);
}

static void track_all(struct world *w, int c, bool on)
{
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		track(w, c, behind, on, -1);
}

/* Joining and leaving a container */

uint64_t page_sizes(const struct world *w, int c)
{
	uint64_t sizes = ~(SZ_4K - 1);
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		if (w->container[c].domain[behind].groups)
			sizes &= sizes_of[behind];
	return sizes;
}

static int smallest_page(uint64_t sizes)
{
	return (sizes & -sizes) / SZ_4K;
}

/* Memory of the process that it cannot access itself cannot be pinned */
static bool can_be_pinned(const struct world *w, enum process owner, set pages)
{
	return owner != PARENT || !(pages & w->barred);
}

/* All mappings are made in the new domain as well */
static int replay(struct world *w, struct container *c, enum iommu behind)
{
	int p, unit = smallest_page(sizes_of[behind]);

	for (p = 0; p < PAGES; p++) {
		if (!c->map[p].nr)
			continue;
		if (!c->map[p].translated && c->map[p].owner == DEAD)
			return -ENODEV;
		if (!c->map[p].translated &&
		    !can_be_pinned(w, c->map[p].owner, range(p, c->map[p].nr)))
			return -EFAULT;
		if ((p | c->map[p].nr) & (unit - 1))
			return -EINVAL;
	}
	for (p = 0; p < PAGES; p++)
		c->map[p].translated = true;
	return 0;
}

static bool has_domain(const struct container *c)
{
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		if (c->domain[behind].groups)
			return true;
	return false;
}

static int join(struct world *w, int c, int g)
{
	struct container *container = &w->container[c];
	struct domain *domain;
	int ret;

	if (!is_emulated(g)) {
		domain = &container->domain[behind_of(g)];
		if (!domain->groups) {
			if (!(page_sizes(w, c) & sizes_of[behind_of(g)]))
				return -EINVAL;
			ret = replay(w, container, behind_of(g));
			if (ret)
				return ret;
			memset(domain, 0, sizeof(*domain));
		}
		domain->groups++;
	}
	w->group[g] = (struct group){
		.container = c,
		.attached = 1,
		.pinned = is_emulated(g),
		.cause = C_ATTACH,
	};
	if (!is_emulated(g) && container->tracking)
		track(w, c, behind_of(g), true, g);
	return 0;
}

static enum happening how_it_joins(struct world *w, int c, int g)
{
	if (w->group[g].container == c)
		return EVENT_attach_again;
	return !is_emulated(g) && w->container[c].domain[behind_of(g)].groups ?
	       EVENT_attach_beside : EVENT_attach;
}

int do_attach(struct world *w, int c, int d)
{
	struct container *container = &w->container[c];
	int g = group_of(d), ret = 0;
	bool first = !container->has_iommu;
	struct cell_state before;
	enum happening what;

	if (w->group[g].container >= 0 && w->group[g].container != c)
		return -EPERM;
	if (first) {
		container->has_iommu = true;
		container->share = w->share;
	}
	what = how_it_joins(w, c, g);
	before = cell_before(w, c, d, JOINERS);
	if (w->group[g].container == c) {
		w->group[g].attached++;
		has_grown(w, g);
	} else {
		ret = join(w, c, g);
	}
	if (ret) {
		container->has_iommu = !first;
		return ret;
	}
	container->vfio_groups++;
	w->device[d].container = c;
	w->device[d].was_open = false;
	cell_met(w, c, d, what, &before);
	return 0;
}

static void leave(struct world *w, int c, int g)
{
	struct container *container = &w->container[c];
	bool was_wide = scope_of(w, g) == S_WIDE;
	struct domain *domain = domain_of(w, g);
	int p;

	w->group[g].container = -1;
	if (domain && !--domain->groups) {
		domain->groups = 1;
		for (p = 0; p < PAGES; p++)
			if (container->map[p].nr)
				harvest_domain(container, behind_of(g), p);
		memset(domain, 0, sizeof(*domain));
		if (!has_domain(container))
			for (p = 0; p < PAGES; p++)
				container->map[p].translated = false;
	}
	if (was_wide && intact(SETTLE_DETACH))
		settle(w, c, g);
}

/* Of a group that stays when one of its devices goes, only some are in the table */
static enum happening how_it_leaves(struct world *w, int d,
				    struct cell_state *before)
{
	const struct group *group = &w->group[group_of(d)];

	if (group->attached == 1)
		return group->used ? EVENT_detach : EVENT_detach_unopened;
	if (before->kind < KIND_shared_wide ||
	    (w->device[d].was_open && before->kind != KIND_shared_alone))
		before->kind = -1;
	return w->device[d].was_open ? EVENT_detach : EVENT_detach_unopened;
}

int do_detach(struct world *w, int d)
{
	int c = w->device[d].container, g = group_of(d);
	struct container *container = &w->container[c];
	struct cell_state before;
	enum happening what;

	if (w->device[d].open)
		return -EBUSY;
	before = cell_before(w, c, d, OTHERS);
	what = how_it_leaves(w, d, &before);
	w->device[d].container = -1;
	if (!--w->group[g].attached)
		leave(w, c, g);
	if (--container->vfio_groups) {
		cell_met(w, c, d, what, &before);
		return 0;
	}
	/* With the last one everything goes */
	memset(container, 0, sizeof(*container));
	container->open = true;
	return 0;
}

/* Devices */

static void list_add(int *list, int *nr, int d)
{
	list[(*nr)++] = d;
}

static void list_del(int *list, int *nr, int d)
{
	int i, n = 0;

	for (i = 0; i < *nr; i++)
		if (list[i] != d)
			list[n++] = list[i];
	*nr = n;
}

static void unregister_device(struct world *w, int d)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	struct group *group = &w->group[group_of(d)];

	list_del(c->opened, &c->nr_opened, d);
	device->open = false;
	device->opted_in = false;
	device->pins = 0;
	device->sync_failures = 0;
	device->sync_error = 0;
	memset(device->tracked, 0, sizeof(device->tracked));
	device->tracked_w = 0;
	group->used = true;
	group->closed = true;
	if (intact(CLOSE))
		update_scope(w, group_of(d), C_CLOSE);
}

int do_open(struct world *w, int d)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	struct group *group = &w->group[group_of(d)];
	struct cell_state before;
	int ret;

	cell_begin(w, d, OTHERS);
	before = cell_before(w, device->container, d, OTHERS);
	device->open = true;
	list_add(c->opened, &c->nr_opened, d);
	has_grown(w, group_of(d));
	cell_met(w, device->container, d, EVENT_open, &before);
	ret = driver_open(w, d);
	cell_end(d);
	if (ret)
		unregister_device(w, d);
	group->used = true;
	device->was_open = true;
	return ret;
}

void do_close(struct world *w, int d)
{
	int c = w->device[d].container;
	struct cell_state before = cell_before(w, c, d, OWN);

	driver_close(w, d);
	unregister_device(w, d);
	cell_met(w, c, d, EVENT_close, &before);
}

/* R8: the start notification. What it pins needs no settling report */
static void start_client(struct world *w, int d, bool settled)
{
	struct group *group = &w->group[group_of(d)];

	group->settled = (settled || !group->used) && intact(START_SETTLED);
	group->starting = true;
	driver_start(w, d);
	group->settled = false;
	group->starting = false;
	group->closed = true;
}

int do_register(struct world *w, int d)
{
	struct container *c = &w->container[w->device[d].container];

	if (w->device[d].client)
		return -EBUSY;
	w->device[d].client = true;
	list_add(c->clients, &c->nr_clients, d);
	if (c->tracking)
		start_client(w, d, false);
	return 0;
}

void do_unregister(struct world *w, int d)
{
	struct container *c = &w->container[w->device[d].container];

	if (!w->device[d].client)
		return;
	w->device[d].client = false;
	list_del(c->clients, &c->nr_clients, d);
}

void do_opt_out(struct world *w, int d)
{
	int c = w->device[d].container, g = group_of(d);
	struct cell_state before = cell_before(w, c, d, OWN);

	w->device[d].opted_in = false;
	update_scope(w, g, C_OPT_OUT);
	cell_met(w, c, d, EVENT_opt_out, &before);
	w->group[g].touched++;
}

/* After the driver has done it */
void do_reset_done(struct world *w, int d)
{
	int c = w->device[d].container;
	struct cell_state before = cell_before(w, c, d, OWN);

	if (!w->device[d].pins && intact(RESET)) {
		w->device[d].opted_in = false;
		update_scope(w, group_of(d), C_RESET);
	}
	cell_met(w, c, d, EVENT_reset, &before);
}

/* Tracking on and off */

static void forget_dirty(struct container *c)
{
	c->dirty = 0;
	c->kept = 0;
	c->ghost = 0;
}

int do_start(struct world *w, int c)
{
	struct container *container = &w->container[c];
	int i;

	if (!container->has_iommu)
		return -EINVAL;
	cells_before(w, c);
	if (container->tracking) {
		cells_met(w, c, true);
		return 0;
	}
	for (i = 0; i < container->nr_clients; i++)
		cell_begin(w, container->clients[i], OWN);
	forget_dirty(container);
	container->tracking = true;
	container->dirty = container->pinned_w;
	forget_unpinned(w, c, C_START);
	track_all(w, c, true);
	for (i = 0; i < container->nr_clients; i++)
		start_client(w, container->clients[i], true);
	for (i = 0; i < container->nr_clients; i++)
		cell_end(container->clients[i]);
	cells_met(w, c, true);
	/* The user copies everything after START anyway */
	container->ghost = 0;
	return 0;
}

int do_stop(struct world *w, int c)
{
	struct container *container = &w->container[c];
	int i;

	if (!container->has_iommu)
		return -EINVAL;
	cells_before(w, c);
	if (!container->tracking) {
		cells_met(w, c, false);
		return 0;
	}
	for (i = 0; i < container->nr_clients; i++)
		driver_stop(w, container->clients[i]);
	container->tracking = false;
	track_all(w, c, false);
	forget_dirty(container);
	forget_unpinned(w, c, C_STOP);
	cells_met(w, c, false);
	return 0;
}

/* Mappings */

static void update_sets(struct container *c)
{
	set pages;
	int p;

	c->mapped = 0;
	c->readable = 0;
	c->writable = 0;
	for (p = 0; p < PAGES; p++) {
		pages = range(p, c->map[p].nr);
		c->mapped |= pages;
		if (c->map[p].prot & R)
			c->readable |= pages;
		if (c->map[p].prot & W)
			c->writable |= pages;
	}
	if (c->looks && c->mapped & page(c->look_page))
		c->look_entry = entry_of(c, c->look_behind, c->look_page);
}

static struct mapping *mapping_of(struct container *c, int p)
{
	if (p < 0 || p >= PAGES || !(c->mapped & page(p)))
		return NULL;
	while (!c->map[p].nr)
		p--;
	return &c->map[p];
}

int do_map(struct world *w, int c, int first, int nr, unsigned int prot)
{
	struct container *container = &w->container[c];
	set pages = range(first, nr);

	if (!container->has_iommu || !prot || !nr ||
	    (first | nr) & (smallest_page(page_sizes(w, c)) - 1))
		return -EINVAL;
	if (container->mapped & pages)
		return -EEXIST;
	if (has_domain(container) && !can_be_pinned(w, w->actor, pages))
		return -EFAULT;
	container->map[first] = (struct mapping){
		.nr = nr,
		.prot = prot,
		.owner = w->actor,
		.translated = has_domain(container),
	};
	update_sets(container);
	if (!container->tracking)
		return 0;
	/* R17 */
	container->dirty |= container->kept & pages;
	container->kept &= ~pages;
	return 0;
}

static bool cuts_mapping(struct container *c, int first, int nr)
{
	struct mapping *a = mapping_of(c, first);
	struct mapping *b = mapping_of(c, first + nr - 1);

	return (a && a != &c->map[first]) ||
	       (b && b - c->map + b->nr != first + nr);
}

static bool has_pins(const struct container *c, int first)
{
	int p;

	for (p = first; p < first + c->map[first].nr; p++)
		if (c->pins[p])
			return true;
	return false;
}

static int pinned_mapping(const struct container *c, set pages)
{
	int p;

	for (p = 0; p < PAGES; p++)
		if (pages & page(p) && c->map[p].nr && has_pins(c, p))
			return p;
	return -1;
}

/* Drivers are asked for their pins. Some pin again, and some give none back. */

static void ask_for_pins(struct world *w, int c, int first)
{
	struct container *container = &w->container[c];
	int i;

	for (i = 0; i < container->nr_opened; i++)
		if (driver_has_unmap(container->opened[i]))
			driver_unmap(w, container->opened[i], first,
				     container->map[first].nr);
}

#define PASSES 10

static int return_pins(struct world *w, int c, set pages)
{
	struct container *container = &w->container[c];
	int pass, p;

	for (pass = 0; pass < PASSES; pass++) {
		if (pinned_mapping(container, pages) < 0)
			return 0;
		for (p = 0; p < PAGES; p++)
			if (pages & page(p) && container->map[p].nr &&
			    has_pins(container, p))
				ask_for_pins(w, c, p);
	}
	return -EBUSY;
}

static void remove_mapping(struct container *c, int first)
{
	set pages = range(first, c->map[first].nr);
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		c->domain[behind].marks &= ~pages;
	c->map[first].nr = 0;
	c->map[first].prot = 0;
	c->dirty &= ~pages;
}

static uint64_t remove_mappings(struct container *c, set pages)
{
	uint64_t removed = 0;
	int p;

	for (p = 0; p < PAGES; p++) {
		if (!(pages & page(p)) || !c->map[p].nr)
			continue;
		removed += c->map[p].nr;
		remove_mapping(c, p);
	}
	update_sets(c);
	return removed;
}

/* R7, R15 */
static bool all_is_dirty(const struct world *w, int c, int first)
{
	return is_wide(w, c) && intact(ONE_WIDE) &&
	       (w->container[c].map[first].prot & W || !intact(READ_ONLY));
}

/* What a bitmap has of the mapping now, once marks of IOMMUs are read */
static set told(const struct world *w, int c, int first)
{
	const struct container *container = &w->container[c];
	set pages = range(first, container->map[first].nr);

	return all_is_dirty(w, c, first) ? pages : container->dirty & pages;
}

/* Marks of IOMMUs are read for each mapping before any is told of */
static void harvest_all(struct world *w, int c, set pages)
{
	struct container *container = &w->container[c];
	int p;

	for (p = 0; p < PAGES; p++)
		if (range(p, container->map[p].nr) & pages &&
		    !all_is_dirty(w, c, p))
			harvest(container, p);
}

/* May a device write to it until it is gone, which its IOMMU knows alone? */
static bool is_tracked(const struct container *c, int first)
{
	enum iommu behind;

	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		if (c->domain[behind].groups && c->domain[behind].tracking)
			return c->map[first].prot & W && c->map[first].translated;
	return false;
}

/* R17 */
static void keep_dirty(struct world *w, int c, set pages)
{
	struct container *container = &w->container[c];
	int p;

	for (p = 0; p < PAGES; p++)
		if (pages & page(p) && container->map[p].nr)
			container->kept |= is_tracked(container, p) ?
				range(p, container->map[p].nr) : told(w, c, p);
}

static void sync_clients(struct world *w, int c, int first, int nr)
{
	struct container *container = &w->container[c];
	int i, p, d, ret;

	for (i = 0; container->tracking && i < container->nr_clients; i++) {
		d = container->clients[i];
		ret = driver_has_sync(d) ? driver_sync(w, d, first, nr) : 0;
		if (!ret || !intact(SYNC_FAILS))
			continue;
		w->device[d].sync_failures++;
		w->device[d].sync_error = ret;
		for (p = 0; p < PAGES; p++)
			if (range(p, container->map[p].nr) & range(first, nr))
				container->dirty |= container->writable &
					range(p, container->map[p].nr);
	}
}

void do_unmap(struct world *w, int c, int first, int nr, bool all,
	      struct answer *a)
{
	struct container *container = &w->container[c];
	set pages = all ? ~0ull : range(first, nr);

	memset(a, 0, sizeof(*a));
	a->ret = -EINVAL;
	if (!container->has_iommu)
		return;
	if (all || nr)
		sync_clients(w, c, all ? 0 : first, all ? PAGES : nr);
	if (!all && (!nr || cuts_mapping(container, first, nr)))
		return;
	a->ret = return_pins(w, c, pages);
	if (a->ret)
		return;
	if (container->tracking && intact(KEEP))
		keep_dirty(w, c, pages);
	a->value = remove_mappings(container, pages);
	if (all) {
		a->value += container->top;
		container->top = false;
	}
}

/* Reading the bitmap */

/* What is looked at before drivers are asked for their logs */
static int check_bitmap(const struct request *rq)
{
	int bits;

	if (rq->buffer == KERNEL || !rq->unit || rq->unit & (rq->unit - 1))
		return -EINVAL;
	bits = rq->nr / (int)rq->unit;
	return bits <= 0 || rq->buffer == SHORT ? -EINVAL : 0;
}

static int check_unit(const struct world *w, int c, const struct request *rq)
{
	/* From the CPU's page to the smallest of the IOMMUs */
	if ((int)rq->unit > smallest_page(page_sizes(w, c)))
		return -EINVAL;
	return (rq->first | rq->nr) & (int)(rq->unit - 1) ? -EINVAL : 0;
}

/* Whether the user's buffer takes what there is to tell of a mapping */
static bool delivers(const struct container *c, const struct request *rq,
		     int first)
{
	int last = first + c->map[first].nr - 1;

	switch (rq->buffer) {
	case NOWHERE:
	case READ_ONLY:
		return false;
	case HALF:
		/* The first word is there, the next is not */
		return (last - rq->first) / (int)rq->unit < 64;
	default:
		return true;
	}
}

/* R16: nothing is forgotten here */
static int collect(struct world *w, int c, const struct request *rq,
		   struct answer *a)
{
	struct container *container = &w->container[c];
	set pages = range(rq->first, rq->nr);
	set dirty;
	int p;

	harvest_all(w, c, pages);
	for (p = 0; p < PAGES; p++) {
		if (!(pages & page(p)) || !container->map[p].nr)
			continue;
		dirty = told(w, c, p);
		if (!delivers(container, rq, p)) {
			if (!intact(FAILED_GET))
				container->dirty &= ~pages;
			return -EFAULT;
		}
		a->dirty |= dirty;
		a->asked |= range(p, container->map[p].nr);
	}
	a->bitmap = true;
	return 0;
}

/* What comes before a bitmap is made, for GET and for an unmap that asks for one */
static int begin_bitmap(struct world *w, int c, const struct request *rq)
{
	struct container *container = &w->container[c];
	int ret = container->has_iommu ? check_bitmap(rq) : -EINVAL;

	if (ret)
		return ret;
	sync_clients(w, c, rq->first, rq->nr);
	ret = check_unit(w, c, rq);
	if (ret)
		return ret;
	return !container->tracking ||
	       cuts_mapping(container, rq->first, rq->nr) ? -EINVAL : 0;
}

/* R18 */
void do_look(struct world *w, int c, const struct request *rq,
	     struct answer *a)
{
	memset(a, 0, sizeof(*a));
	a->ret = begin_bitmap(w, c, rq);
	if (!a->ret)
		a->ret = collect(w, c, rq, a);
}

static void forget(struct container *container, set pages)
{
	if (intact(MARKS_GO))
		container->dirty &= ~pages;
	if (intact(PIN_DIRTY))
		container->dirty |= container->pinned_w & pages;
}

void do_get(struct world *w, int c, const struct request *rq, struct answer *a)
{
	do_look(w, c, rq, a);
	if (!a->ret)
		forget(&w->container[c], a->asked);
}

/* R18: in units of the CPU, and wherever the range begins and ends */
void do_ranges(struct world *w, int c, int first, int nr, struct answer *a)
{
	struct container *container = &w->container[c];
	set pages = nr > 0 ? range(first, nr) : 0;
	int p;

	memset(a, 0, sizeof(*a));
	a->ret = -EINVAL;
	if (!container->has_iommu || nr <= 0)
		return;
	sync_clients(w, c, first, nr);
	a->ret = container->tracking ? 0 : -ENODATA;
	if (!a->ret)
		harvest_all(w, c, pages);
	for (p = 0; p < PAGES && !a->ret; p++) {
		set mapping = range(p, container->map[p].nr);

		if (!container->map[p].nr || !(mapping & pages))
			continue;
		a->dirty |= told(w, c, p) & pages;
		a->asked |= mapping & pages;
	}
	if (a->ret)
		return;
	a->bitmap = true;
	forget(container, a->asked);
}

void do_unmap_get(struct world *w, int c, const struct request *rq,
		  struct answer *a)
{
	struct container *container = &w->container[c];

	memset(a, 0, sizeof(*a));
	a->ret = begin_bitmap(w, c, rq);
	if (!a->ret)
		a->ret = return_pins(w, c, range(rq->first, rq->nr));
	/* Meanwhile a driver may have changed what there is */
	if (!a->ret)
		a->ret = collect(w, c, rq, a);
	if (a->ret == -EFAULT && !intact(UNMAP_FAILS))
		remove_mappings(container, range(rq->first, rq->nr));
	if (a->ret)
		return;
	a->value = remove_mappings(container, range(rq->first, rq->nr));
}

/* Pins */

static void unpin_page(struct container *c, int p)
{
	if (--c->pins[p])
		return;
	c->nr_pinned--;
	c->pinned_w &= ~page(p);
}

static int pin_page(struct world *w, struct container *c, int p,
		    unsigned int prot)
{
	struct mapping *m = mapping_of(c, p);

	if (!m)
		return -EINVAL;
	if ((m->prot & prot) != prot)
		return -EPERM;
	if (!c->pins[p]) {
		if (m->owner == DEAD)
			return -ENODEV;
		if (!can_be_pinned(w, m->owner, page(p)))
			return -EFAULT;
		c->nr_pinned++;
	}
	c->pins[p]++;
	return 0;
}

static int pin(struct world *w, int d, int first, int nr, unsigned int prot,
	       bool tracked)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	int g = group_of(d), p, ret;

	if (nr <= 0)
		return -EINVAL;
	if (!group_may_pin(w, g)) {
		w->group[g].refused++;
		return -EXDEV;
	}
	for (p = first; p < first + nr; p++) {
		ret = pin_page(w, c, p, prot);
		if (!ret)
			continue;
		while (p-- > first)
			unpin_page(c, p);
		return ret;
	}
	for (p = first; p < first + nr; p++) {
		if (tracked) {
			device->tracked[p]++;
			if (prot & W)
				device->tracked_w |= page(p);
		} else if (prot & W || !intact(PIN_WRITE)) {
			c->pinned_w |= page(p);
		}
	}
	if (c->tracking && prot & W && !tracked)
		c->dirty |= range(first, nr);
	device->pins += nr;
	device->opted_in = true;
	update_scope(w, g, C_PIN);
	return nr;
}

int do_pin(struct world *w, int d, int first, int nr, unsigned int prot,
	   bool tracked)
{
	int c = w->device[d].container, g = group_of(d), ret;
	struct cell_state before = cell_before(w, c, d, OWN);

	ret = pin(w, d, first, nr, prot, tracked);
	if (ret == -EXDEV)
		cell_met(w, c, d, EVENT_pin_refused, &before);
	else if (ret < 0)
		cell_met(w, c, d, EVENT_pin_fails, &before);
	else if (w->group[g].starting)
		cell_started(w, d);
	else
		cell_met(w, c, d, EVENT_pin, &before);
	w->group[g].touched += ret >= 0;
	return ret;
}

/* Of pages that the driver holds */
void do_unpin(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	struct cell_state before = cell_before(w, device->container, d, OWN);
	int p;

	for (p = first; p < first + nr; p++) {
		device->pins--;
		if (device->tracked[p] && !--device->tracked[p])
			device->tracked_w &= ~page(p);
		unpin_page(c, p);
	}
	cell_met(w, device->container, d, device->pins ? EVENT_unpin :
		 EVENT_unpin_last, &before);
}

/* R10 */
int do_mark(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	int p;

	if (nr <= 0)
		return -EINVAL;
	for (p = first; p < first + nr; p++) {
		if (p >= PAGES || (!device->tracked[p] && intact(MARK_PINNED)))
			return -ENOENT;
		if (!(device->tracked_w & page(p)))
			return -EPERM;
	}
	if (c->tracking) {
		c->dirty |= range(first, nr);
		c->ghost |= range(first, nr);
	}
	return 0;
}

/* R2: vfio_dma_rw() to one mapping. What it wrote before it failed is dirty. */
static int rw_chunk(struct world *w, struct container *c, uint64_t start,
		    uint64_t len, bool write)
{
	int first = start / SZ_4K, last = (start + len - 1) / SZ_4K, p;
	struct mapping *m = mapping_of(c, first);
	int ret = 0;

	if ((write && !(m->prot & W)) || !(m->prot & R) || m->owner == DEAD)
		return -EPERM;
	if (m->owner != w->actor)
		return -EFAULT;
	for (p = first; p <= last && !ret; p++)
		if (m->owner == PARENT && w->barred & page(p))
			ret = -EFAULT;
	if (ret)
		p--;
	if (!write || !c->tracking || (ret && !intact(HALF_WRITTEN)))
		return ret;
	c->dirty |= range(first, p - first);
	c->ghost |= range(first, p - first);
	return ret;
}

int do_rw(struct world *w, int d, uint64_t start, uint64_t len, bool write)
{
	struct container *c = &w->container[w->device[d].container];
	struct mapping *m;
	uint64_t end, now;
	int ret;

	for (; len; start += now, len -= now) {
		m = mapping_of(c, start / SZ_4K);
		if (!m)
			return -EINVAL;
		end = (m - c->map + m->nr) * SZ_4K;
		now = len < end - start ? len : end - start;
		ret = rw_chunk(w, c, start, now, write);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * The device writes by its own DMA. A driver that has opted in keeps it within
 * what it has pinned; what it writes beside is nobody's promise.
 */
int do_dma(struct world *w, int d, int first, int nr)
{
	struct container *c = &w->container[w->device[d].container];
	int g = group_of(d);
	set pages = range(first, nr);

	if (first + nr > PAGES || pages & ~c->writable)
		return -EFAULT;
	each_page(p, pages)
		iommu_writes(c, behind_of(g), p);
	if (!c->tracking)
		return 0;
	if (scope_of(w, g) == S_PINNED && !domain_of(w, g)->tracking)
		pages &= c->pinned_w;
	c->ghost |= pages;
	return 0;
}

/* Pins, marks and the like do not reach it here */

int do_map_top(struct world *w, int c)
{
	if (w->container[c].top)
		return -EEXIST;
	w->container[c].top = true;
	return 0;
}

void do_unmap_top(struct world *w, int c, struct answer *a)
{
	sync_clients(w, c, PAGES, 1);
	a->value = w->container[c].top;
	w->container[c].top = false;
}

int do_get_top(struct world *w, int c)
{
	sync_clients(w, c, PAGES, 1);
	return w->container[c].tracking ? 0 : -EINVAL;
}
