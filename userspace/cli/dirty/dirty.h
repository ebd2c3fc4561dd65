/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope dirty" share: command.c reads the command line and runs
 * the rounds, devices.c has the devices, report.c prints.
 */
#ifndef PINSCOPE_CLI_DIRTY_H
#define PINSCOPE_CLI_DIRTY_H

#include "cli/container/member.h"

struct json_object;

#define DIRTY_PAGE_SIZE		4096u
#define DIRTY_SPANS_MAX		16
#define DIRTY_DEVICES_MAX	16
#define DIRTY_STATES_MAX	16
/* Below the range that x86 keeps for message-signalled interrupts. */
#define DIRTY_IOVA		0x10000000ull

/**
 * struct span - pages that follow one another
 * @first: the first
 * @count: how many
 */
struct span {
	uint64_t first;
	uint64_t count;
};

/**
 * struct request - what the user wants
 * @pages: how many to map
 * @rounds: how many
 * @windows: what to register as DMA buffers
 * @nr_windows: how many
 * @writes: what to write in each round; none: a page of the first window
 * @nr_writes: how many
 * @states: migration states to enter, in rounds 1, 2, ...
 * @nr_states: how many
 * @late_windows: register when tracking is on
 * @json: print JSON
 * @names: the devices
 * @nr_names: how many
 */
struct request {
	uint64_t pages;
	uint64_t rounds;
	struct span windows[DIRTY_SPANS_MAX];
	size_t nr_windows;
	struct span writes[DIRTY_SPANS_MAX];
	size_t nr_writes;
	enum pinscope_migration_state states[DIRTY_STATES_MAX];
	size_t nr_states;
	bool late_windows;
	bool json;
	char **names;
	size_t nr_names;
};

/**
 * struct worker - a device at work
 * @name: as the user has named it
 * @member: its place in the container
 * @sample: it is a sample device; others stay idle
 * @features: PINSCOPE_FEATURE_*
 * @migrates: it has migration states
 * @data_fd: its migration stream, or -1
 */
struct worker {
	const char *name;
	struct cli_member member;
	bool sample;
	uint32_t features;
	bool migrates;
	int data_fd;
};

/**
 * struct session - all of it
 * @request: what the user wants
 * @container: the container
 * @buffer: the memory mapped in it
 * @workers: the devices
 * @nr_workers: how many
 * @dirty: what the last GET reported
 * @written: one byte a page, written since the last GET
 * @rounds: JSON of the rounds
 * @lost: pages written and not reported, in all rounds
 */
struct session {
	const struct request *request;
	struct pinscope_container *container;
	struct pinscope_buffer *buffer;
	struct worker workers[DIRTY_DEVICES_MAX];
	size_t nr_workers;
	struct pinscope_bitmap *dirty;
	unsigned char *written;
	struct json_object *rounds;
	uint64_t lost;
};

/* Where a page is for the devices. */
static inline uint64_t dirty_iova(uint64_t page)
{
	return DIRTY_IOVA + page * DIRTY_PAGE_SIZE;
}

/* devices.c: each says itself what fails, and returns an exit code */

int dirty_set_up(struct session *session);
void dirty_tear_down(struct session *session);
int dirty_add_windows(struct session *session);
int dirty_enter_state(struct session *session, enum pinscope_migration_state state);
int dirty_write(struct session *session, uint64_t round);
const char *dirty_state_now(const struct session *session);

/* report.c */

void dirty_print_head(const struct session *session);
void dirty_report(struct session *session, uint64_t round);
/* @done: every round was run */
void dirty_print_json(const struct session *session, bool done);

#endif /* PINSCOPE_CLI_DIRTY_H */
