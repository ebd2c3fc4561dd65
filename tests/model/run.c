// SPDX-License-Identifier: GPL-2.0
/* What the kernel says beside what the rules say */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <harness/raw.h>
#include <pinscope/scope.h>

#include "cells.h"
#include "run.h"
#include "times.h"
#include "watch.h"

#define INFO_EVERY 8
#define VIEW_EVERY 64

unsigned long steps_made;
unsigned long answers_seen;
enum thorough thorough;

static bool differs(struct failure *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	return false;
}

/* Pages whose bit is set */
static set from_words(const struct step *step, const struct outcome *out,
		      set asked)
{
	set pages = 0;
	int p, bit;

	for (p = 0; p < PAGES; p++) {
		if (!(asked & page(p)))
			continue;
		bit = (p - step->first) / (int)step->unit;
		if (out->words[bit / 64] >> (bit % 64) & 1)
			pages |= page(p);
	}
	return pages;
}

/* A page is dirty for the user if one is that shares its bit */
static set folded(const struct step *step, set pages, set asked)
{
	set result = 0;
	int p, first;

	if (step->unit == 1)
		return pages;
	for (p = 0; p < PAGES; p++) {
		if (!(asked & page(p)))
			continue;
		first = p - (p - step->first) % (int)step->unit;
		if (range(first, step->unit) & pages)
			result |= page(p);
	}
	return result;
}

/* A device that writes while marks are read: at which look, is not for the rules */
static set looked_at(struct world *w, struct container *c)
{
	int d, left = -1;

	if (!c->looks)
		return 0;
	for (d = 0; d < DEVICES && left < 0; d++)
		if (w->device[d].container == c - w->container &&
		    config[d].behind == c->look_behind)
			left = hands_looks_left(d);
	if (left > 0)
		return 0;
	c->looks = 0;
	c->maybe[c->look_behind] |= c->look_entry;
	/* Who has left may have written while the marks were read for the last time */
	return left < 0 ? 0 : c->look_entry;
}

static set may_be_told(const struct container *c)
{
	enum iommu behind;
	set pages = 0;

	for (behind = NONE; behind < NR_BEHIND; behind++)
		pages |= c->maybe[behind];
	return pages;
}

/* An IOMMU whose marks cannot be read keeps them */
static void forget_maybe(struct container *c, set asked)
{
	enum iommu behind;

	for (behind = NONE; behind < NR_BEHIND; behind++)
		if (!(c->domain[behind].faults & FAULT_READ))
			c->maybe[behind] &= ~asked;
}

static bool check_bitmap(struct world *w, const struct step *step,
			 const struct answer *a, const struct outcome *out,
			 struct failure *f)
{
	struct container *c = &w->container[step->c];
	set looked = looked_at(w, c), tolerated, got, want, missing, extra;
	struct step pages = *step;
	set lost;
	char x[200];

	if (!a->bitmap)
		return true;
	if (step->op == OP_RANGES)
		pages.unit = 1;
	step = &pages;
	got = from_words(step, out, a->asked);
	want = folded(step, a->dirty, a->asked);
	tolerated = folded(step, may_be_told(c), a->asked);
	missing = want & ~got & ~tolerated;
	extra = got & ~want & ~tolerated;
	lost = c->ghost & a->asked & ~got;
	if (lost)
		return differs(f, "LOST: pages %s were written and are not reported",
			       page_list(lost, x, sizeof(x)));
	if (missing)
		return differs(f, "TOO FEW: pages %s are dirty by the rules and not reported",
			       page_list(missing, x, sizeof(x)));
	if (extra)
		return differs(f, "TOO MANY: pages %s are reported and not dirty by the rules",
			       page_list(extra, x, sizeof(x)));
	/* The rules themselves keep the promise */
	lost = c->ghost & a->asked & ~want & ~tolerated;
	if (lost)
		return differs(f, "RULES: pages %s were written, and the rules call them clean",
			       page_list(lost, x, sizeof(x)));
	if (step->op != OP_LOOK) {
		c->ghost &= ~a->asked;
		forget_maybe(c, a->asked);
	}
	/* Written during the call: in this bitmap or in the next */
	if (looked && step->op != OP_UNMAP_GET) {
		c->maybe[c->look_behind] |= looked;
		if (c->domain[c->look_behind].tracking)
			c->ghost |= page(c->look_page) & c->writable &
				    (step->op == OP_LOOK ? ~0ull : ~got);
	}
	answers_seen += got && got != a->asked;
	return true;
}

/* DMA logging by the device: exact in all words of the bitmap */
static bool check_report(struct world *w, const struct step *step,
			 const struct answer *a, const struct outcome *out,
			 struct failure *f)
{
	int words = step->buffer == HALF ? 1 : WORDS, p, bit;
	int first = step->start / 4096;
	int end = (step->start + step->len - 1) / 4096;
	struct device *device = &w->device[step->d];
	uint64_t want[WORDS] = { 0 };
	set got = 0;
	char x[200];

	for (p = 0; p < PAGES; p++) {
		if (!(a->asked & page(p)))
			continue;
		bit = (p - first) / (int)step->unit;
		if (a->dirty & page(p))
			want[bit / 64] |= 1ull << bit % 64;
		if (out->words[bit / 64] >> bit % 64 & 1)
			got |= page(p);
	}
	for (p = first > PAGES ? first : PAGES; a->all && p <= end; p++) {
		bit = (p - first) / (int)step->unit;
		want[bit / 64] |= 1ull << bit % 64;
	}
	if (device->dma_ghost & a->asked & ~got)
		return differs(f, "LOST: pages %s were written and are not in the device's report",
			       page_list(device->dma_ghost & a->asked & ~got, x,
					 sizeof(x)));
	for (p = 0; p < words; p++)
		if (out->words[p] != want[p])
			return differs(f, "report, word %d: %llx, by the rules %llx",
				       p, (unsigned long long)out->words[p],
				       (unsigned long long)want[p]);
	device->dma_ghost &= ~a->asked;
	return true;
}

static const char *result_name(int ret, char *buf, size_t size)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%d", ret);
	return buf;
}

static bool same(struct failure *f, const char *where, const char *what,
		 unsigned long long got, unsigned long long want)
{
	return got == want ||
	       differs(f, "%s: %s is %llu, not %llu", where, what, got, want);
}

static bool check_info(const struct world *w, int c, struct failure *f)
{
	const struct container *container = &w->container[c];
	uint64_t sizes = 0, dirty_sizes = 0, want = page_sizes(w, c);
	int groups = 0, wide = 0, devices = 0, devices_wide = 0, d, g;
	struct pinscope_scope_counts got;
	bool iommu = false;
	enum iommu behind;

	if (!hands_info(c, &got, &sizes, &dirty_sizes))
		return differs(f, "GET_INFO has no scope");
	for (d = 0; d < DEVICES; d++) {
		if (w->device[d].container != c)
			continue;
		g = group_of(d);
		groups++;
		wide += scope_of(w, g) == S_WIDE;
		devices += w->device[d].open;
		devices_wide += w->device[d].open && scope_of(w, g) == S_WIDE;
	}
	for (behind = PLAIN; behind < NR_BEHIND; behind++)
		iommu |= container->domain[behind].tracking;
	if (!same(f, "GET_INFO", "pinned", got.scope == PINSCOPE_SCOPE_PINNED,
		  !is_wide(w, c)) ||
	    !same(f, "GET_INFO", "tracking", got.tracking,
		  container->tracking) ||
	    !same(f, "GET_INFO", "iommu", got.iommu, iommu) ||
	    !same(f, "GET_INFO", "groups", got.nr_groups, groups) ||
	    !same(f, "GET_INFO", "wide groups", got.nr_groups_wide, wide) ||
	    !same(f, "GET_INFO", "devices", got.nr_devices, devices) ||
	    !same(f, "GET_INFO", "devices in wide groups", got.nr_devices_wide,
		  devices_wide) ||
	    !same(f, "GET_INFO", "pinned pages", got.pinned_pages,
		  container->nr_pinned))
		return false;
	if (sizes != want)
		return differs(f, "GET_INFO of c%d: page sizes are %llx, not %llx",
			       c, (unsigned long long)sizes,
			       (unsigned long long)want);
	want = (2 * (want & -want) - 1) & ~4095ull;
	if (dirty_sizes != want)
		return differs(f, "GET_INFO of c%d: sizes of dirty pages are %llx, not %llx",
			       c, (unsigned long long)dirty_sizes,
			       (unsigned long long)want);
	return true;
}

static int device_named(const char *name)
{
	int d;

	for (d = 0; d < DEVICES; d++)
		if (!strcmp(hands_name(d), name))
			return d;
	return -1;
}

static const enum pinscope_scope shown[] = {
	[S_EMULATED] = PINSCOPE_SCOPE_EMULATED,
	[S_PINNED] = PINSCOPE_SCOPE_PINNED,
	[S_WRITTEN] = PINSCOPE_SCOPE_WRITTEN,
	[S_WIDE] = PINSCOPE_SCOPE_WIDE,
};

static bool check_device(const struct world *w, int d,
			 const struct pinscope_scope_device *got,
			 struct failure *f)
{
	const struct device *device = &w->device[d];
	const char *name = config[d].name;

	if (!device->open || !got->open)
		return same(f, name, "open", got->open, device->open);
	return same(f, name, "opted_in", got->opted_in,
		    device->opted_in || config[d].group < 0) &&
	       same(f, name, "pins", got->pins, device->pins) &&
	       same(f, name, "sync_failures", got->sync_failures,
		    device->sync_failures) &&
	       same(f, name, "sync_error", got->sync_error,
		    -device->sync_error);
}

static bool check_group(const struct world *w,
			const struct pinscope_scope_group *got,
			struct failure *f)
{
	int d = got->nr_devices ? device_named(got->devices[0].name) : -1;
	const struct group *group;
	unsigned long pins = 0;
	const char *name;
	int e, g;

	if (d < 0)
		return differs(f, "debugfs shows group %u, which has no device of ours",
			       got->number);
	name = config[d].name;
	g = group_of(d);
	group = &w->group[g];
	for (e = 0; e < DEVICES; e++)
		if (group_of(e) == g)
			pins += w->device[e].pins;
	if (strcmp(got->cause, cause_names[group->cause]))
		return differs(f, "debugfs, %s: cause is %s, not %s", name,
			       got->cause, cause_names[group->cause]);
	return same(f, name, "group", got->number, hands_group(d)) &&
	       same(f, name, "scope", got->scope, shown[scope_of(w, g)]) &&
	       same(f, name, "pins of the group", got->pins, pins) &&
	       same(f, name, "refused", got->refused, group->refused) &&
	       same(f, name, "members", got->members, group_members(g)) &&
	       same(f, name, "tracks", got->can_track,
		    config[d].behind > PLAIN) &&
	       check_device(w, d, &got->devices[0], f);
}

static bool check_view(const struct world *w, int c, struct failure *f)
{
	struct pinscope_scope_view view;
	bool same = true;
	size_t i;

	if (!hands_view(c, &view))
		return differs(f, "debugfs does not show c%d", c);
	if ((int)view.nr_groups != w->container[c].vfio_groups)
		same = differs(f, "debugfs shows %zu groups in c%d, not %d",
			       view.nr_groups, c, w->container[c].vfio_groups);
	for (i = 0; same && i < view.nr_groups; i++)
		same = check_group(w, &view.groups[i], f);
	pinscope_scope_view_release(&view);
	return same;
}

static bool check_container(const struct world *w, int c, bool view,
			    struct failure *f)
{
	uint64_t since = times_now();

	if (!w->container[c].has_iommu)
		return true;
	if (!check_info(w, c, f))
		return false;
	times_add(TIME_INFO, since);
	if (!view)
		return true;
	since = times_now();
	if (!check_view(w, c, f))
		return false;
	times_add(TIME_VIEW, since);
	return true;
}

static bool check_state(const struct world *w, struct failure *f)
{
	int turn = steps_made / INFO_EVERY % CONTAINERS, c;
	bool view = thorough == ALWAYS ||
		    (!thorough && !(steps_made % VIEW_EVERY));

	if (thorough == NOW_AND_THEN && steps_made % INFO_EVERY)
		return true;
	for (c = 0; c < CONTAINERS; c++)
		if ((thorough || c == turn) && !check_container(w, c, view, f))
			return false;
	return true;
}

void run_begin(struct world *w)
{
	uint64_t since = times_now();

	hands_let_go();
	world_init(w);
	w->counts = !broken;
	times_add(TIME_ANEW, since);
}

bool run_step(struct world *w, const struct step *step, struct failure *f)
{
	static struct outcome out;
	struct step now = *step;
	char x[32], y[32];
	struct answer a;
	const char *unlike;
	uint64_t since;
	bool endless;

	steps_made++;
	since = times_now();
	step_apply(w, step, &a);
	times_add(TIME_RULES, since);
	unlike = cells_wrong();
	if (unlike)
		return differs(f, "TABLE: %s", unlike);
	now.script = &w->device[step->d].script[step->event];
	since = times_now();
	watch_begin();
	hands_do(&now, &out);
	endless = watch_end();
	times_add(step->op, since);
	if (endless)
		return differs(f, "it does not end while drivers pin again");
	if (out.ret != a.ret)
		return differs(f, "it ends with %s, by the rules %s",
			       result_name(out.ret, x, sizeof(x)),
			       result_name(a.ret, y, sizeof(y)));
	if (out.value != a.value)
		return differs(f, "%llu pages were unmapped, by the rules %llu",
			       (unsigned long long)out.value,
			       (unsigned long long)a.value);
	if (a.bitmap && step->op == OP_REPORT) {
		if (!check_report(w, step, &a, &out, f))
			return false;
	} else if (!check_bitmap(w, step, &a, &out, f)) {
		return false;
	}
	return check_state(w, f);
}

bool run_steps(const struct steps *steps, struct failure *f)
{
	static struct world w;
	int i;

	run_begin(&w);
	for (i = 0; i < steps->nr; i++) {
		if (!step_fits(&w, &steps->step[i]))
			continue;
		if (run_step(&w, &steps->step[i], f))
			continue;
		f->step = i;
		return false;
	}
	return true;
}
