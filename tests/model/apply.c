// SPDX-License-Identifier: GPL-2.0
/* Steps made in the world of the rules */
#include <errno.h>
#include <string.h>

#include "step.h"

#define BYTES_MAX 0x10000	/* of a transfer */

/* A driver registers for tracking while its device is opened, or before it starts */
static bool may_register(const struct world *w, int d)
{
	const struct device *device = &w->device[d];
	const struct group *group = &w->group[group_of(d)];

	return device->open && (!w->container[device->container].tracking ||
				group->closed || group_of(d) >= GROUPS);
}

/* The core holds a lock that these take */
static bool call_fits(enum event event, enum call call)
{
	if (call == CALL_REGISTER)
		return event == E_OPEN;
	return call != CALL_UNREGISTER || event == E_OPEN ||
	       event == E_CLOSE || event == E_RESET || event == E_STATE;
}

static bool script_fits(const struct world *w, const struct step *s)
{
	const struct script *script = &w->device[s->d].script[s->event];

	if (config[s->d].driver != PUPPET)
		return false;
	switch (s->op) {
	case OP_ON:
		return script->nr < SCRIPT_CALLS && s->first >= 0 &&
		       (s->nr > 0 || s->call == CALL_PIN ||
			s->call == CALL_MARK) &&
		       (s->call != CALL_RW || s->nr * 4096 <= BYTES_MAX) &&
		       call_fits(s->event, s->call);
	case OP_ON_RET:
		return s->number < 0 &&
		       (s->event == E_OPEN || s->event == E_SYNC ||
			s->event == E_RESET || s->event == E_STATE);
	case OP_ON_KEEP:
		return s->event == E_UNMAP;
	default:
		return true;
	}
}

static bool only_emulated(const struct world *w, int c)
{
	int d;

	for (d = 0; d < DEVICES; d++)
		if (w->device[d].container == c && config[d].group >= 0)
			return false;
	return true;
}

static bool looks_fit(const struct world *w, const struct step *s)
{
	int c = w->device[s->d].container;

	return s->actor == PARENT && c >= 0 && config[s->d].behind > PLAIN &&
	       !w->container[c].looks && s->number > 0 && s->first >= 0 &&
	       s->nr == 1 && w->container[c].writable & range(s->first, 1) &&
	       config[s->d].behind != TRACKS_SMMU;
}

bool step_fits(const struct world *w, const struct step *s)
{
	const struct device *device = &w->device[s->d];
	bool puppet = config[s->d].driver == PUPPET;

	if (s->actor == CHILD && !w->child)
		return false;
	switch (s->op) {
	case OP_ATTACH:
		if (w->container[s->c].top && config[s->d].group >= 0)
			return false;
		return device->container < 0 && s->actor == PARENT &&
		       w->container[s->c].vfio_groups < PER_CONTAINER;
	case OP_DETACH:
		return device->container >= 0 && s->actor == PARENT;
	case OP_OPEN:
		return device->container >= 0 && !device->open &&
		       s->actor == PARENT;
	case OP_CLOSE:
		return device->open && s->actor == PARENT;
	case OP_RESET:
	case OP_STATE:
		return device->open;
	case OP_MAP:
		return s->first >= 0 && s->first + s->nr <= PAGES;
	case OP_PIN:
	case OP_PIN_TRACKED:
	case OP_MARK:
		return puppet && s->first >= 0;
	case OP_UNPIN:
		return puppet && s->first >= 0 && s->nr > 0;
	case OP_OPT_OUT:
	case OP_UNREGISTER:
		return puppet;
	case OP_REGISTER:
		return puppet && may_register(w, s->d);
	case OP_RW:
		return s->len <= BYTES_MAX &&
		       (puppet || (device->open &&
				   s->start + s->len <= 4096ull * PAGES));
	case OP_DMA:
		return s->first >= 0 && s->nr > 0 &&
		       s->nr * 4096 <= BYTES_MAX && (puppet || device->open);
	case OP_ON ... OP_ON_CLEAR:
		return script_fits(w, s);
	case OP_WINDOW:
		return !puppet && device->open && s->first >= 0 &&
		       s->first + s->nr <= PAGES && s->prot & R &&
		       device->nr_windows < WINDOWS;
	case OP_NO_WINDOW:
		return !puppet && device->open && s->first >= 0;
	case OP_FAULTS:
		return device->container >= 0 &&
		       config[s->d].behind > PLAIN && s->number >= 0 &&
		       s->number <= 3 && s->actor == PARENT;
	case OP_LOG_FAILS:
		return config[s->d].driver == HWLOG && s->actor == PARENT;
	case OP_DMA_LOG:
		return device->open && config[s->d].driver != PUPPET &&
		       config[s->d].driver != BACKED;
	case OP_REPORT:
		return device->open && config[s->d].driver != PUPPET &&
		       config[s->d].driver != BACKED &&
		       s->start + s->len <= 4096ull * 512;
	case OP_MAP_TOP:
	case OP_UNMAP_TOP:
	case OP_GET_TOP:
		return w->container[s->c].has_iommu && s->actor == PARENT &&
		       only_emulated(w, s->c);
	case OP_AT_LOOK:
		return looks_fit(w, s);
	case OP_BAR:
	case OP_UNBAR:
		return s->actor == PARENT && s->first >= 0 && s->nr > 0 &&
		       s->first + s->nr <= PAGES;
	case OP_SHARE:
	case OP_NEW_CHILD:
		return s->actor == PARENT;
	default:
		return true;
	}
}

static void apply_script(struct world *w, const struct step *s)
{
	struct script *script = &w->device[s->d].script[s->event];

	switch (s->op) {
	case OP_ON:
		script->call[script->nr++] = (struct script_call){
			.call = s->call,
			.first = s->first,
			.nr = s->nr,
			.prot = s->prot,
		};
		break;
	case OP_ON_RET:
		script->ret = s->number;
		break;
	case OP_ON_ONCE:
		script->once = true;
		break;
	case OP_ON_KEEP:
		script->keep = true;
		break;
	default:
		memset(script, 0, sizeof(*script));
	}
}

static void new_child(struct world *w)
{
	int c, p;

	w->child = true;
	for (c = 0; c < CONTAINERS; c++)
		for (p = 0; p < PAGES; p++)
			if (w->container[c].map[p].owner == CHILD)
				w->container[c].map[p].owner = DEAD;
}

static int apply_call(struct world *w, const struct step *s)
{
	struct script_call call = {
		.first = s->first, .nr = s->nr, .prot = s->prot,
	};

	switch (s->op) {
	case OP_PIN:
		call.call = CALL_PIN;
		break;
	case OP_PIN_TRACKED:
		call.call = CALL_PIN_TRACKED;
		break;
	case OP_UNPIN:
		call.call = CALL_UNPIN;
		break;
	case OP_MARK:
		call.call = CALL_MARK;
		break;
	case OP_OPT_OUT:
		call.call = CALL_OPT_OUT;
		break;
	case OP_REGISTER:
		call.call = CALL_REGISTER;
		break;
	default:
		call.call = CALL_UNREGISTER;
	}
	return driver_call(w, s->d, &call);
}

static void apply_look(struct container *c, const struct step *s)
{
	c->looks = s->number;
	c->look_page = s->first;
	c->look_behind = config[s->d].behind;
	c->look_entry = entry_of(c, c->look_behind, c->look_page);
}

void step_apply(struct world *w, const struct step *s, struct answer *a)
{
	struct request rq = {
		.first = s->first, .nr = s->nr, .unit = s->unit,
		.buffer = s->buffer,
	};
	struct device *device = &w->device[s->d];

	memset(a, 0, sizeof(*a));
	w->actor = s->actor;
	switch (s->op) {
	case OP_ATTACH:
		a->ret = do_attach(w, s->c, s->d);
		break;
	case OP_DETACH:
		a->ret = do_detach(w, s->d);
		break;
	case OP_OPEN:
		a->ret = do_open(w, s->d);
		break;
	case OP_CLOSE:
		do_close(w, s->d);
		break;
	case OP_RESET:
		a->ret = driver_reset(w, s->d);
		break;
	case OP_STATE:
		a->ret = driver_state(w, s->d, s->state);
		break;
	case OP_START:
		a->ret = do_start(w, s->c);
		break;
	case OP_STOP:
		a->ret = do_stop(w, s->c);
		break;
	case OP_GET:
		do_get(w, s->c, &rq, a);
		break;
	case OP_LOOK:
		do_look(w, s->c, &rq, a);
		break;
	case OP_RANGES:
		do_ranges(w, s->c, s->first, s->nr, a);
		break;
	case OP_MAP:
		a->ret = do_map(w, s->c, s->first, s->nr, s->prot);
		break;
	case OP_UNMAP:
		do_unmap(w, s->c, s->first, s->nr, false, a);
		break;
	case OP_UNMAP_ALL:
		do_unmap(w, s->c, 0, 0, true, a);
		break;
	case OP_UNMAP_GET:
		do_unmap_get(w, s->c, &rq, a);
		break;
	case OP_RW:
		a->ret = device->open ?
			 driver_rw(w, s->d, s->start, s->len) : -ESHUTDOWN;
		break;
	case OP_DMA:
		a->ret = device->open ?
			 driver_dma(w, s->d, s->first, s->nr) : -ESHUTDOWN;
		break;
	case OP_WINDOW:
		a->ret = driver_window(w, s->d, s->first, s->nr, s->prot);
		break;
	case OP_NO_WINDOW:
		a->ret = driver_no_window(w, s->d, s->first, s->nr);
		break;
	case OP_FAULTS:
		w->container[device->container]
			.domain[config[s->d].behind].faults = s->number;
		break;
	case OP_LOG_FAILS:
		device->log_fails = s->on;
		break;
	case OP_DMA_LOG:
		a->ret = driver_dma_log(w, s->d, s->on);
		break;
	case OP_REPORT:
		driver_report(w, s->d, s->start, s->len, &rq, a);
		break;
	case OP_MAP_TOP:
		a->ret = do_map_top(w, s->c);
		break;
	case OP_UNMAP_TOP:
		do_unmap_top(w, s->c, a);
		break;
	case OP_GET_TOP:
		a->ret = do_get_top(w, s->c);
		break;
	case OP_AT_LOOK:
		apply_look(&w->container[device->container], s);
		break;
	case OP_BAR:
		w->barred |= range(s->first, s->nr);
		break;
	case OP_UNBAR:
		w->barred &= ~range(s->first, s->nr);
		break;
	case OP_SHARE:
		w->share = s->on;
		break;
	case OP_NEW_CHILD:
		new_child(w);
		break;
	case OP_ON ... OP_ON_CLEAR:
		apply_script(w, s);
		break;
	default:
		a->ret = apply_call(w, s);
	}
}
