// SPDX-License-Identifier: GPL-2.0
/*
 * What the drivers of the devices do: the puppet, whose scripts are steps as
 * well, and the samples, whose guests register windows. They reach the rules by
 * the calls that drivers have.
 */
#include <errno.h>
#include <string.h>

#include "rules.h"

#define SZ_4K 4096ull
#define LOG_WORD 32	/* pages that the log tells at once */

/* The puppet */

static void puppet_unpin_held(struct world *w, int d, set pages)
{
	struct device *device = &w->device[d];
	int p;

	for (p = 0; p < PAGES; p++)
		for (; pages & page(p) && device->held[p]; device->held[p]--)
			do_unpin(w, d, p, 1);
	for (p = 0; p < PAGES; p++)
		if (!device->held[p])
			device->held_w &= ~page(p);
}

static bool puppet_holds(struct device *device, int first, int nr)
{
	int p;

	for (p = first; p < first + nr; p++)
		if (p < 0 || p >= PAGES || !device->held[p])
			return false;
	return true;
}

static int puppet_pin(struct world *w, int d, const struct script_call *call)
{
	struct device *device = &w->device[d];
	int p, ret;

	ret = do_pin(w, d, call->first, call->nr, call->prot,
		     call->call == CALL_PIN_TRACKED);
	for (p = call->first; p < call->first + ret; p++) {
		device->held[p]++;
		if (call->prot & W)
			device->held_w |= page(p);
	}
	return ret;
}

static int puppet_unpin(struct world *w, int d, const struct script_call *call)
{
	struct device *device = &w->device[d];
	int p;

	if (!puppet_holds(device, call->first, call->nr))
		return -ENOENT;
	do_unpin(w, d, call->first, call->nr);
	for (p = call->first; p < call->first + call->nr; p++)
		if (!--device->held[p])
			device->held_w &= ~page(p);
	return 0;
}

int driver_call(struct world *w, int d, const struct script_call *call)
{
	if (!w->device[d].open)
		return -ESHUTDOWN;
	switch (call->call) {
	case CALL_PIN:
	case CALL_PIN_TRACKED:
		return puppet_pin(w, d, call);
	case CALL_UNPIN:
		return puppet_unpin(w, d, call);
	case CALL_MARK:
		return do_mark(w, d, call->first, call->nr);
	case CALL_OPT_OUT:
		do_opt_out(w, d);
		return 0;
	case CALL_RW:
		return do_rw(w, d, call->first * SZ_4K, call->nr * SZ_4K,
			     true);
	case CALL_REGISTER:
		return do_register(w, d);
	case CALL_UNREGISTER:
		do_unregister(w, d);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Returns what the callback returns */
static int play(struct world *w, int d, enum event event, bool *keep)
{
	struct script *script = &w->device[d].script[event], now = *script;
	int i;

	if (now.once)
		memset(script, 0, sizeof(*script));
	for (i = 0; i < now.nr; i++)
		driver_call(w, d, &now.call[i]);
	if (keep)
		*keep = now.keep;
	return now.ret;
}

static void puppet_shut(struct world *w, int d)
{
	do_unregister(w, d);
	puppet_unpin_held(w, d, ~0ull);
}

/* Devices that log their writes */

static int free_slot(const struct device *device)
{
	int slot, i;

	for (slot = 0;; slot++) {
		for (i = 0; i < device->nr_windows; i++)
			if (device->window[i].slot == slot)
				break;
		if (i == device->nr_windows)
			return slot;
	}
}

static void log_start(struct device *device, struct window *window)
{
	if (!(window->prot & W) || window->slot >= 0)
		return;
	window->slot = free_slot(device);
	window->log = 0;
}

static void log_stop(struct device *device, struct window *window)
{
	if (!window->pinned && !device->dma_log)
		window->slot = -1;
}

static void log_mark(struct world *w, int d, struct window *window, set pages)
{
	int p;

	if (w->device[d].dma_log)
		w->device[d].dma_written |= pages;
	for (p = 0; p < PAGES && window->pinned; p++)
		if (pages & page(p))
			do_mark(w, d, p, 1);
}

/* Reads and clears the words that stand for pages of a range */
static int log_drain(struct world *w, int d, struct window *window, int first,
		     int nr)
{
	struct device *device = &w->device[d];
	int end = window->first + window->nr, word;
	set pages, bits;

	if (first >= end || first + nr <= window->first)
		return 0;
	if (first < window->first)
		first = window->first;
	if (first + nr < end)
		end = first + nr;
	word = window->first + ((first - window->first) & -LOG_WORD);
	for (; word < end; word += LOG_WORD) {
		pages = range(word, LOG_WORD) &
			range(window->first, window->nr);
		bits = device->log_fails ? pages : window->log & pages;
		window->log &= ~pages;
		log_mark(w, d, window, bits);
	}
	return device->log_fails ? -EIO : 0;
}

static int hwlog_sync(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	int slot, i, ret = 0;

	for (slot = 0; slot < WINDOWS && !ret; slot++)
		for (i = 0; i < device->nr_windows; i++)
			if (device->window[i].slot == slot)
				ret = log_drain(w, d, &device->window[i],
						first, nr);
	return ret;
}

static void log_written(struct device *device, set pages)
{
	struct window *window;

	for (window = device->window;
	     window < device->window + device->nr_windows; window++)
		if (window->slot >= 0)
			window->log |= pages & range(window->first, window->nr);
}

/* Windows */

static int pin_window(struct world *w, int d, struct window *window)
{
	bool tracked = config[d].driver == HWLOG;
	int ret;

	/* What a log has that there is already is of before */
	if (window->slot >= 0)
		log_drain(w, d, window, window->first, window->nr);
	if (tracked)
		log_start(&w->device[d], window);
	ret = do_pin(w, d, window->first, window->nr, window->prot, tracked);
	if (ret >= 0)
		window->pinned = true;
	else if (tracked)
		log_stop(&w->device[d], window);
	return ret < 0 ? ret : 0;
}

static void unpin_window(struct world *w, int d, struct window *window)
{
	if (!window->pinned)
		return;
	if (window->slot >= 0)
		log_drain(w, d, window, window->first, window->nr);
	do_unpin(w, d, window->first, window->nr);
	window->pinned = false;
	log_stop(&w->device[d], window);
}

static void unpin_windows(struct world *w, int d)
{
	struct device *device = &w->device[d];
	int i;

	for (i = 0; i < device->nr_windows; i++)
		unpin_window(w, d, &device->window[i]);
	device->driver_opted_in = false;
}

static void opt_in(struct world *w, int d)
{
	struct device *device = &w->device[d];
	int i;

	if (config[d].driver != HWLOG && device->driver_opted_in)
		return;
	for (i = 0; i < device->nr_windows; i++) {
		if (!pin_window(w, d, &device->window[i]))
			continue;
		unpin_windows(w, d);
		do_opt_out(w, d);
		return;
	}
	device->driver_opted_in = true;
}

static void opt_out(struct world *w, int d)
{
	if (!w->device[d].driver_opted_in)
		return;
	unpin_windows(w, d);
	do_opt_out(w, d);
}

static bool pins_windows(int d, const struct device *device)
{
	switch (config[d].driver) {
	case EMULATED:
		return true;
	case BACKED:
		return false;
	default:
		return device->driver_opted_in;
	}
}

static bool is_running(enum state state)
{
	return state == ST_RUNNING || state == ST_RUNNING_P2P ||
	       state == ST_PRE_COPY || state == ST_PRE_COPY_P2P;
}

int driver_window(struct world *w, int d, int first, int nr,
		  unsigned int prot)
{
	struct device *device = &w->device[d];
	struct window *window = &device->window[device->nr_windows];
	int i, ret;

	if (!is_running(device->state))
		return -EBUSY;
	if (!nr)
		return -EINVAL;
	for (i = 0; i < device->nr_windows; i++)
		if (range(first, nr) & range(device->window[i].first,
					     device->window[i].nr))
			return -EEXIST;
	*window = (struct window){
		.first = first, .nr = nr, .prot = prot, .slot = -1,
	};
	device->nr_windows++;
	if (config[d].driver == HWLOG && device->dma_log)
		log_start(device, window);
	if (!pins_windows(d, device))
		return 0;
	ret = pin_window(w, d, window);
	if (ret == -EXDEV && config[d].driver != EMULATED) {
		unpin_windows(w, d);
		do_opt_out(w, d);
		return 0;
	}
	if (!ret)
		return 0;
	/* If the log cannot be read, all of it counts */
	if (window->slot >= 0)
		log_drain(w, d, window, window->first, window->nr);
	device->nr_windows--;
	return ret;
}

static void drop_window(struct world *w, int d, int i)
{
	struct device *device = &w->device[d];
	struct window *window = &device->window[i];

	unpin_window(w, d, window);
	if (window->slot >= 0)
		log_drain(w, d, window, window->first, window->nr);
	if (device->dma_log && config[d].driver != HWLOG && window->prot & W)
		device->dma_written |= range(window->first, window->nr);
	device->nr_windows--;
	memmove(window, window + 1,
		(device->nr_windows - i) * sizeof(*window));
}

int driver_no_window(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	int i;

	if (!is_running(device->state))
		return -EBUSY;
	for (i = 0; i < device->nr_windows; i++) {
		if (device->window[i].first != first ||
		    device->window[i].nr != nr)
			continue;
		drop_window(w, d, i);
		return 0;
	}
	return -ENOENT;
}

static void sample_reset(struct world *w, int d)
{
	struct device *device = &w->device[d];

	while (device->nr_windows)
		drop_window(w, d, 0);
	device->state = ST_RUNNING;
	if (config[d].driver == OPTIN_PRECOPY)
		opt_out(w, d);
}

static void sample_close(struct world *w, int d)
{
	struct device *device = &w->device[d];

	sample_reset(w, d);
	device->dma_log = false;
	device->dma_written = 0;
	device->driver_opted_in = false;
}

/* Callbacks */

int driver_open(struct world *w, int d)
{
	int ret;

	switch (config[d].driver) {
	case PUPPET:
		ret = play(w, d, E_OPEN, NULL);
		if (ret)
			puppet_shut(w, d);
		return ret;
	case OPTIN_START:
	case HWLOG:
		do_register(w, d);
		return 0;
	default:
		return 0;
	}
}

void driver_close(struct world *w, int d)
{
	if (config[d].driver == PUPPET) {
		play(w, d, E_CLOSE, NULL);
		puppet_shut(w, d);
		w->device[d].state = ST_RUNNING;
		return;
	}
	do_unregister(w, d);
	sample_close(w, d);
}

void driver_start(struct world *w, int d)
{
	if (config[d].driver == PUPPET)
		play(w, d, E_START, NULL);
	else
		opt_in(w, d);
}

void driver_stop(struct world *w, int d)
{
	if (config[d].driver == PUPPET)
		play(w, d, E_STOP, NULL);
	else
		unpin_windows(w, d);
}

bool driver_has_sync(int d)
{
	return config[d].driver == PUPPET || config[d].driver == HWLOG;
}

int driver_sync(struct world *w, int d, int first, int nr)
{
	return config[d].driver == PUPPET ? play(w, d, E_SYNC, NULL) :
	       hwlog_sync(w, d, first, nr);
}

bool driver_has_unmap(int d)
{
	return config[d].driver != BACKED;
}

void driver_unmap(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	bool keep;
	int i;

	if (config[d].driver == PUPPET) {
		play(w, d, E_UNMAP, &keep);
		if (!keep)
			puppet_unpin_held(w, d, range(first, nr));
		return;
	}
	for (i = 0; i < device->nr_windows; i++)
		if (range(first, nr) & range(device->window[i].first,
					     device->window[i].nr))
			unpin_window(w, d, &device->window[i]);
}

int driver_reset(struct world *w, int d)
{
	int ret;

	if (config[d].driver == PUPPET) {
		ret = play(w, d, E_RESET, NULL);
		if (ret)
			return ret;
		w->device[d].state = ST_RUNNING;
	} else {
		sample_reset(w, d);
	}
	do_reset_done(w, d);
	return 0;
}

/* Migration: the arc that leads from one state towards another */

#define ARC(from, to, next) { ST_ ## from, ST_ ## to, ST_ ## next }

static const enum state arcs[][3] = {
	ARC(STOP, RUNNING, RUNNING_P2P),
	ARC(STOP, PRE_COPY, RUNNING_P2P),
	ARC(STOP, PRE_COPY_P2P, RUNNING_P2P),
	ARC(STOP, STOP_COPY, STOP_COPY),
	ARC(STOP, RESUMING, RESUMING),
	ARC(STOP, RUNNING_P2P, RUNNING_P2P),
	ARC(RUNNING, STOP, RUNNING_P2P),
	ARC(RUNNING, PRE_COPY, PRE_COPY),
	ARC(RUNNING, PRE_COPY_P2P, RUNNING_P2P),
	ARC(RUNNING, STOP_COPY, RUNNING_P2P),
	ARC(RUNNING, RESUMING, RUNNING_P2P),
	ARC(RUNNING, RUNNING_P2P, RUNNING_P2P),
	ARC(PRE_COPY, STOP, RUNNING),
	ARC(PRE_COPY, RUNNING, RUNNING),
	ARC(PRE_COPY, PRE_COPY_P2P, PRE_COPY_P2P),
	ARC(PRE_COPY, STOP_COPY, PRE_COPY_P2P),
	ARC(PRE_COPY, RESUMING, RUNNING),
	ARC(PRE_COPY, RUNNING_P2P, RUNNING),
	ARC(PRE_COPY_P2P, STOP, RUNNING_P2P),
	ARC(PRE_COPY_P2P, RUNNING, RUNNING_P2P),
	ARC(PRE_COPY_P2P, PRE_COPY, PRE_COPY),
	ARC(PRE_COPY_P2P, STOP_COPY, STOP_COPY),
	ARC(PRE_COPY_P2P, RESUMING, RUNNING_P2P),
	ARC(PRE_COPY_P2P, RUNNING_P2P, RUNNING_P2P),
	ARC(STOP_COPY, STOP, STOP),
	ARC(STOP_COPY, RUNNING, STOP),
	ARC(STOP_COPY, RESUMING, STOP),
	ARC(STOP_COPY, RUNNING_P2P, STOP),
	ARC(RESUMING, STOP, STOP),
	ARC(RESUMING, RUNNING, STOP),
	ARC(RESUMING, PRE_COPY, STOP),
	ARC(RESUMING, PRE_COPY_P2P, STOP),
	ARC(RESUMING, STOP_COPY, STOP),
	ARC(RESUMING, RUNNING_P2P, STOP),
	ARC(RUNNING_P2P, STOP, STOP),
	ARC(RUNNING_P2P, RUNNING, RUNNING),
	ARC(RUNNING_P2P, PRE_COPY, RUNNING),
	ARC(RUNNING_P2P, PRE_COPY_P2P, PRE_COPY_P2P),
	ARC(RUNNING_P2P, STOP_COPY, STOP),
	ARC(RUNNING_P2P, RESUMING, STOP),
};

static enum state next_state(enum state from, enum state to)
{
	size_t i;

	for (i = 0; i < sizeof(arcs) / sizeof(arcs[0]); i++)
		if (arcs[i][0] == from && arcs[i][1] == to)
			return arcs[i][2];
	return ST_ERROR;
}

static int change_state(struct device *device, enum state state)
{
	enum state next;

	if (device->state == ST_ERROR)
		return -EINVAL;
	while (device->state != state) {
		next = next_state(device->state, state);
		if (next == ST_ERROR)
			return -EINVAL;
		/* Nobody has written the stream that is to be loaded */
		if (device->state == ST_RESUMING) {
			device->state = ST_ERROR;
			return -EBADMSG;
		}
		device->state = next;
	}
	return 0;
}

static bool is_saving(enum state state)
{
	return state == ST_PRE_COPY || state == ST_PRE_COPY_P2P ||
	       state == ST_STOP_COPY;
}

static int puppet_state(struct world *w, int d, enum state state)
{
	int ret = w->device[d].script[E_STATE].ret;

	if (!ret)
		ret = change_state(&w->device[d], state);
	else
		play(w, d, E_STATE, NULL);
	if (!ret)
		play(w, d, E_STATE, NULL);
	else if (w->device[d].script[E_STATE].once)
		memset(&w->device[d].script[E_STATE], 0,
		       sizeof(struct script));
	return ret;
}

int driver_state(struct world *w, int d, enum state state)
{
	struct device *device = &w->device[d];
	int ret;

	if (config[d].driver == PUPPET)
		return puppet_state(w, d, state);
	ret = change_state(device, state);
	if (config[d].driver == OPTIN_PRECOPY) {
		if (is_saving(device->state))
			opt_in(w, d);
		else
			opt_out(w, d);
	}
	return ret;
}

/* DMA. Pages are written from the first to the last. */

static struct window *window_of(struct device *device, int first, int nr)
{
	int i;

	for (i = 0; i < device->nr_windows; i++)
		if (first >= device->window[i].first && first + nr <=
		    device->window[i].first + device->window[i].nr)
			return &device->window[i];
	return NULL;
}

static int puppet_dma(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	int p;

	if (config[d].group >= 0)
		return do_dma(w, d, first, nr);
	for (p = first; p < first + nr; p++) {
		if (!puppet_holds(device, p, 1))
			return -ENOENT;
		if (!(device->held_w & page(p)))
			return -EPERM;
	}
	/* What is pinned to be marked it would have to mark */
	if (c->tracking)
		c->ghost |= range(first, nr) & c->pinned_w;
	return 0;
}

static bool may_dma(enum state state)
{
	return state == ST_RUNNING || state == ST_PRE_COPY;
}

int driver_dma(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	struct container *c = &w->container[device->container];
	struct window *window;
	int ret;

	if (config[d].driver == PUPPET)
		return puppet_dma(w, d, first, nr);
	if (!may_dma(device->state))
		return -EBUSY;
	if (config[d].driver != BACKED) {
		window = window_of(device, first, nr);
		if (!window || !(window->prot & W) ||
		    (pins_windows(d, device) && !window->pinned))
			return -EFAULT;
	}
	/* A transfer that is refused is so as a whole: nothing was written */
	ret = config[d].driver == EMULATED ? 0 : do_dma(w, d, first, nr);
	if (ret)
		return ret;
	if (device->dma_log)
		device->dma_ghost |= range(first, nr);
	if (config[d].driver == HWLOG)
		log_written(device, range(first, nr));
	if (c->tracking && (config[d].driver == EMULATED ||
			    (config[d].driver == HWLOG && device->driver_opted_in)))
		c->ghost |= range(first, nr);
	return 0;
}

/* vfio_dma_rw(), for the samples by a command */
int driver_rw(struct world *w, int d, uint64_t start, uint64_t len)
{
	struct device *device = &w->device[d];
	int first = start / SZ_4K, last = (start + len - 1) / SZ_4K;

	if (config[d].driver == PUPPET)
		return do_rw(w, d, start, len, true);
	if (!may_dma(device->state))
		return -EBUSY;
	if (device->dma_log)
		device->dma_written |= range(first, last - first + 1);
	return do_rw(w, d, start, len, true);
}

/* DMA logging by the device, which asks nothing of a container */

int driver_dma_log(struct world *w, int d, bool on)
{
	struct device *device = &w->device[d];
	int i;

	if (on && device->dma_log)
		return -EBUSY;
	/* What was written before is for the container */
	if (on && config[d].driver == HWLOG)
		hwlog_sync(w, d, 0, PAGES);
	device->dma_log = on;
	device->dma_written = 0;
	device->dma_ghost = 0;
	for (i = 0; i < device->nr_windows && config[d].driver == HWLOG; i++) {
		if (on)
			log_start(device, &device->window[i]);
		else
			log_stop(device, &device->window[i]);
	}
	return 0;
}

/* Which words of a bitmap there have to be */
static bool takes_words(const struct request *rq, uint64_t bits)
{
	switch (rq->buffer) {
	case GOOD:
	case SHORT:
		return true;
	case HALF:
		return bits <= 64;
	default:
		return !bits;
	}
}

static int collect_written(struct world *w, int d, int first, int nr)
{
	struct device *device = &w->device[d];
	int i;

	if (config[d].driver == HWLOG)
		return hwlog_sync(w, d, first, nr);
	for (i = 0; i < device->nr_windows; i++)
		if (device->window[i].prot & W &&
		    range(first, nr) & range(device->window[i].first,
					     device->window[i].nr))
			device->dma_written |= range(device->window[i].first,
						     device->window[i].nr);
	return 0;
}

static int pages_of(uint64_t start, uint64_t len)
{
	return (start + len - 1) / SZ_4K - start / SZ_4K + 1;
}

void driver_report(struct world *w, int d, uint64_t start, uint64_t len,
		   const struct request *rq, struct answer *a)
{
	struct device *device = &w->device[d];
	uint64_t unit = rq->unit * SZ_4K;
	int first = start / SZ_4K, nr = pages_of(start, len);

	if (!unit || unit & (unit - 1)) {
		a->ret = -EINVAL;
		return;
	}
	if (!takes_words(rq, (len + unit - 1) / unit)) {
		a->ret = -EFAULT;
		return;
	}
	if (!device->dma_log) {
		a->ret = -EINVAL;
		return;
	}
	a->asked = range(first, nr);
	a->bitmap = true;
	a->all = collect_written(w, d, first, nr);
	if (a->all)
		a->dirty = a->asked;
	a->dirty |= device->dma_written & a->asked;
	device->dma_written &= ~a->asked;
}
