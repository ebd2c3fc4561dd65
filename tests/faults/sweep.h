/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A sweep does one call again and again. First the first call in the kernel that
 * can fail does so, then the second, and so on, until all have had their turn:
 *
 *	SWEEP("map", NOTHING, try_map(vm, 0, 4, PINSCOPE_MAP_RW))
 *		if (!sweep.ret)
 *			unmap_pages(vm, 0, 4);
 *
 * The body puts things back, and complains if something is not as it should be.
 * The sweep itself looks after this:
 *
 *   - a call that fails returns the errno of what has failed in it
 *   - it has changed nothing: no page is pinned or locked, no memory is held, the
 *     scope is the same
 *   - what is put back after a call, whether it failed or not, leaves nothing
 *
 * and the last call, in which nothing fails, is the one that works again.
 */
#ifndef FAULTS_SWEEP_H
#define FAULTS_SWEEP_H

#include "fixtures/vm.h"

/**
 * struct sweep - the sweep at work
 * @ret: of the call: 0 or more, or -errno
 * @fired: something has failed in it
 * @site: what, "module file:line function call"
 * @way: in which it can fail, from 1
 */
struct sweep {
	long ret;
	bool fired;
	char site[280];
	int way;
};

extern struct sweep sweep;

/* Nothing to be done before each call */
#define NOTHING ((void)0)

#define SWEEP(what, before, call)					\
	for (sweep_begin(what, true); (before), sweep_arm() &&		\
	     sweep_disarm(call); sweep_next())				\

/* The same for calls of several parts, that may be half done when they fail */
#define SWEEP_PARTS(what, before, call)					\
	for (sweep_begin(what, false); (before), sweep_arm() &&		\
	     sweep_disarm(call); sweep_next())

void sweep_begin(const char *what, bool whole);
bool sweep_arm(void);
bool sweep_disarm(long ret);
void sweep_next(void);

/* Whose scope is looked at; NULL for none */
void sweep_watch(struct vm *vm);

/* Whatever fails, the calls of the sweeps to come return this errno */
void sweep_returns(int error);

/* A site, "function call", that does not fail in the sweeps of this test */
void sweep_leaves_out(const char *site);

/* What work items do counts as well: in this test they work for the call */
void sweep_takes_workers(void);

/* Something is wrong after this call. The sweep goes on, and fails at its end. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What is said of a failure, though not by what is tested here. */
#define FAULT_LOG "pin refused|RLIMIT_MEMLOCK|start notification refused|migration refused|" \
	"cannot be tracked|write log cannot be read|probe with driver|"	\
	"failed to create|could not create|compatibility class link|" \
	"no link to the backing device|user cannot be attached|"	\
	"DMA failed|has failed: fenced|no domain of a user|"			\
	"misc device register failed"

/* A test of sweeps. */
#define FAULTS(name, ...)						\
	TEST(faults, name, .limit = 120, .log = FAULT_LOG, ##__VA_ARGS__)

#endif /* FAULTS_SWEEP_H */
