/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the demonstration share. From top to bottom: main.c begins and
 * cleans up, report.c prints, story.c tells the story; measure.c asks the kernel,
 * find.c knows who takes part, devices.c has them come and go, sim.c makes parents
 * for them, bind.c gives them PCI functions, quietly.c runs programs.
 */
#ifndef PINSCOPE_DEMO_H
#define PINSCOPE_DEMO_H

#include <signal.h>

#include <cli/base/program.h>
#include <cli/container/member.h>

#define DEMO_PAGE_SIZE	4096u
#define DEMO_PAGES	256u
#define DEMO_SIZE	(DEMO_PAGES * DEMO_PAGE_SIZE)
/* Below the range that x86 keeps for message-signalled interrupts. */
#define DEMO_IOVA	0x10000000ull
#define DEMO_ROWS_MAX	32
/* Tracking is off: there is nothing to get. */
#define DEMO_NO_GET	UINT64_MAX

/**
 * enum part_id - who takes part
 * @EMULATED: mdev with no IOMMU behind it
 * @BACKED: IOMMU-backed mdev that never pins
 * @OPTIN: IOMMU-backed mdev that pins its windows while the container tracks
 * @OPTIN_SHARED: the same in an IOMMU group of two
 * @PRECOPY: IOMMU-backed mdev that pins its windows while saving
 * @LOGGED: IOMMU-backed mdev whose device logs what it writes
 * @ASSIGNED: a PCI function, directly assigned
 * @NR_PARTS: how many
 */
enum part_id {
	EMULATED,
	BACKED,
	OPTIN,
	OPTIN_SHARED,
	PRECOPY,
	LOGGED,
	ASSIGNED,
	NR_PARTS,
};

/**
 * struct part - a device that takes part
 * @letter: stands for it in the table
 * @label: its name for people
 * @driver: driver of the parent, or of the function itself
 * @type: type of the mdev, NULL if it is none
 * @logs: it logs what it writes
 * @missing: why it cannot take part, or NULL
 * @parent: name of the parent, or of the function itself
 * @name: name of the device; empty while there is no such mdev
 * @member: its place in the container
 * @window_first: first page of its window
 * @window_pages: pages of its window, 0 if it needs none
 * @dirty_now: pages it makes dirty in a narrow scope: all of its window, or of a
 *	window with a log what was written since the last GET
 */
struct part {
	char letter;
	const char *label;
	const char *driver;
	const char *type;
	bool logs;
	const char *missing;
	char parent[PINSCOPE_NAME_MAX];
	char name[PINSCOPE_NAME_MAX];
	struct cli_member member;
	uint64_t window_first;
	uint32_t window_pages;
	uint64_t dirty_now;
};

/**
 * struct rebound - a PCI function that was bound to another driver
 * @address: the function
 * @driver: what it had before, may be empty
 */
struct rebound {
	char address[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
};

/**
 * struct row - a step, and what the kernel said after it
 * @step: what was done
 * @devices: letters of the devices in the container
 * @scope_known: @counts is set
 * @counts: the scope
 * @dirty: pages a GET reported, or %DEMO_NO_GET
 * @why: the kernel's record of the cause
 * @surprise: the rules lead to something else
 */
struct row {
	const char *step;
	char devices[32];
	bool scope_known;
	struct pinscope_scope_counts counts;
	uint64_t dirty;
	char why[160];
	bool surprise;
};

/**
 * struct demo - all of it
 * @parts: who takes part
 * @rebound: functions to be given back
 * @nr_rebound: how many
 * @sim: use the software IOMMU, whatever else there is
 * @nr_sims: how many devices of the software IOMMU were made
 * @mounted: configfs was mounted for them
 * @signals: those that end the demonstration: they wait until all is put back
 * @no_mdevctl: mdevctl is not installed: use sysfs
 * @container: the one container
 * @buffer: the memory mapped in it
 * @dirty: what the last GET reported
 * @tracking: tracking was switched on
 * @rows: the table
 * @nr_rows: its length
 */
struct demo {
	struct part parts[NR_PARTS];
	struct rebound rebound[NR_PARTS];
	size_t nr_rebound;
	bool sim;
	size_t nr_sims;
	bool mounted;
	sigset_t signals;
	bool no_mdevctl;
	struct pinscope_container *container;
	struct pinscope_buffer *buffer;
	struct pinscope_bitmap *dirty;
	bool tracking;
	struct row rows[DEMO_ROWS_MAX];
	size_t nr_rows;
};

/* Functions that return an exit code say themselves what fails */

/* quietly.c: run a program with its output thrown away; -errno, or its exit status */
int demo_run_quietly(const char *const argv[]);

/* bind.c */

int demo_bind(struct demo *demo, const char *address, const char *driver);
void demo_restore_functions(struct demo *demo);

/* find.c */

int demo_find_parts(struct demo *demo);

/* devices.c */

int demo_join(struct demo *demo, enum part_id id);
int demo_open(struct demo *demo, struct part *part);
int demo_add_window(struct part *part);
int demo_write_window(struct demo *demo, enum part_id id);
void demo_leave(struct demo *demo, enum part_id id);

/* sim.c: is there a software IOMMU; devices of it, for all parts that need one */

bool demo_have_sim(struct demo *demo);
int demo_make_sims(struct demo *demo);
void demo_remove_sims(struct demo *demo);

/*
 * measure.c: each asks the kernel, adds a row, and marks it if the answer is
 * not what the rules lead to. They fail if the kernel cannot be asked, or the user
 * interrupts.
 */

int demo_measure_wide(struct demo *demo, const char *step);
int demo_measure_pinned(struct demo *demo, const char *step);
/* The scope is narrow, but the first GET since then still reports all. */
int demo_measure_settling(struct demo *demo, const char *step);

/* story.c */

int demo_play(struct demo *demo);

/* report.c */

size_t demo_count_surprises(const struct demo *demo);
void demo_print_table(const struct demo *demo);
void demo_print_conclusion(const struct demo *demo);
void demo_print_json(const struct demo *demo);

#endif /* PINSCOPE_DEMO_H */
