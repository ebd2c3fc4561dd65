/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules work with. Functions that can fail return how the rule ends: go
 * on if it is PASSED, else return it.
 */
#ifndef PINSCOPE_CERTIFY_RIG_H
#define PINSCOPE_CERTIFY_RIG_H

#include "cli/certify/run.h"

/* Below 256 MiB, which is as far as QEMU's edu reaches, if not told otherwise */
#define RIG_IOVA		0x0c000000ull
#define RIG_SCRATCH_IOVA	0x0b000000ull
#define RIG_READ_IOVA		0x0a000000ull

/* For rig_open() */
#define RIG_CLOSED	(1u << 0)	/* the group joins, no device is opened */
#define RIG_SECOND	(1u << 1)	/* with the other device */
#define RIG_IDLE	(1u << 2)	/* nothing makes it work */

/* rig.c */

enum outcome rig_open(struct run *run, unsigned int flags);
/* Everything is closed, whatever has happened */
void rig_close(struct run *run);
enum outcome rig_close_device(struct run *run);
enum outcome rig_open_device(struct run *run);
enum outcome rig_open_second(struct run *run);
/* What makes the device work begins anew after it */
enum outcome rig_reset(struct run *run);
/* The memory, which was unmapped */
enum outcome rig_map_again(struct run *run);
enum outcome rig_start(struct run *run);
enum outcome rig_stop(struct run *run);
enum outcome rig_state(struct run *run, enum pinscope_migration_state state);
/* The state PRE_COPY, if the device has it */
enum outcome rig_pre_copy(struct run *run);
/* Pages that drivers hold, -1 if the kernel does not say */
int64_t rig_pinned(const struct run *run);
/* What the kernel says of the scope, UNSEEN if nothing */
enum width rig_scope(const struct run *run);

/* memory.c */

int memory_new(struct memory *memory, size_t pages, size_t page, uint64_t iova);
void memory_free(struct memory *memory);
uint64_t memory_size(const struct memory *memory);
/* The address of a page to work on, counted behind the guard */
uint64_t memory_iova(const struct memory *memory, size_t page);
/* Contents that are not those of before, everywhere */
void memory_fill(struct memory *memory);
/* Which pages have changed? They are marked as written, and filled again */
void memory_look(struct memory *memory);
/* Does a page have words that count up from @seed at this offset? */
bool memory_counts(const struct memory *memory, size_t page, size_t offset, size_t len,
		   uint32_t seed);

/* rounds.c */

enum outcome rounds_get(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Counts a report that was had in another way: lost, over and the map */
struct round *rounds_count(struct run *run, const struct pinscope_bitmap *dirty,
			   const char *label);
/* Fails if pages were lost in a round */
enum outcome rounds_check(struct run *run, const struct round *round, enum cause cause);
struct round *rounds_last(struct run *run);
enum width rounds_width(const struct run *run, const struct round *round);
/* "5, 7-9", cut where it is too long; pages are counted behind the guard */
void rounds_pages(const struct round *round, char mark, char *buf, size_t size);

/* exercise.c: the device at work; what is wrong with the exerciser ends the rule */

enum outcome exercise_begin(struct run *run);
void exercise_end(struct run *run);
enum outcome exercise_window(struct run *run, size_t page, size_t count);
enum outcome exercise_drop(struct run *run, size_t page, size_t count);
enum outcome exercise_write(struct run *run, size_t page);
/* The device may refuse: *@refused says whether it did */
enum outcome exercise_try(struct run *run, size_t page, bool *refused);
enum outcome exercise_quiesce(struct run *run);

#endif /* PINSCOPE_CERTIFY_RIG_H */
