/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fuzzer of what a VFIO user can call. A program is a list of calls with
 * numbers; it is run in a process of its own, on devices that the test has made,
 * and mutated from programs that reached something new.
 *
 * A program as text, one call a line; what is not said is 0:
 *
 *	devices=5 race=0
 *	map c=0 iova=0x100000 size=0x1000 ...
 */
#ifndef PINSCOPE_FUZZ_H
#define PINSCOPE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_ARGS 8
#define PROGRAM_CALLS 40
#define PROGRAM_TEXT 8192

/* Devices of a run, with their groups; containers; all by number */
#define NR_DEVICES 4
#define NR_CONTAINERS 2

/* What a number means, so that it is drawn from what is interesting */
enum arg_kind {
	ARG_NONE,
	ARG_CONTAINER,
	ARG_DEVICE,
	ARG_IOVA,
	ARG_SIZE,
	ARG_VADDR,
	ARG_FLAGS,
	ARG_ARGSZ,	/* what is added to the right one */
	ARG_BUFFER,	/* where the kernel is to write: see buffer_of() */
	ARG_UNIT,	/* a page size */
	ARG_SMALL,
	ARG_OFFSET,
	ARG_ANY,
};

struct arg {
	const char *name;
	enum arg_kind kind;
};

/* The processes' view of the devices: made before the fork */
struct world {
	const char *uuid[NR_DEVICES];
	char group[NR_DEVICES][32];	/* its file */
	int nr;
};

/* A file descriptor is -1 unless it is open */
struct user {
	const struct world *world;
	int container[NR_CONTAINERS];
	int group[NR_DEVICES];
	int device[NR_DEVICES];
	int stream[NR_DEVICES];
	uint8_t *ram;
	uint8_t *guard;		/* the end of a page that nothing is behind */
};

struct call_type {
	const char *name;
	long (*run)(struct user *u, const uint64_t *arg);
	struct arg arg[CALL_ARGS];
};

extern const struct call_type call_types[];
extern const int nr_call_types;

struct call {
	int type;
	uint64_t arg[CALL_ARGS];
};

struct program {
	unsigned int devices;	/* opened in container 0 before the calls */
	bool race;		/* every second call by a second thread */
	int nr;
	struct call call[PROGRAM_CALLS];
};

/* Random numbers that a seed repeats */
void seed_random(uint64_t seed);
uint64_t draw(void);
unsigned int draw_below(unsigned int n);

/* Programs; parse() returns false with line, word and reason in @why */
bool program_parse(struct program *p, const char *text, char *why, size_t size);
void program_print(const struct program *p, char *text, size_t size);
void program_random(struct program *p);
void program_mutate(struct program *p, const struct program *other);

/* The start of a program: containers, groups, devices, memory */
void user_begin(struct user *u, const struct world *w, unsigned int devices);

#define FUZZ_RAM_IOVA 0x100000ull
#define FUZZ_RAM_SIZE 0x10000ull

/**
 * struct outcome - what came of a program
 * @news: branches of the kernel, or results of calls, that no program had before
 * @bad: what is wrong with the kernel after it; empty if nothing
 */
struct outcome {
	int news;
	char bad[128];
};

/* Before the first; whether the kernel tells its branches (KCOV) */
bool runner_open(const struct world *w);
void runner_run(const struct program *p, struct outcome *out);
int runner_known(void);

/* What drivers say about a user's mistakes */
#define FUZZ_LOG "migration refused|everything mapped counts as dirty"

struct footprint;

#define MAX_CORPUS 4096
extern struct program *corpus[];
extern int nr_corpus;

/* For the tests: these fail it if something is not as it should be */
void make_world(struct world *w);
void read_corpus(void);
void corpus_add(const struct program *p);
void same_as_before(const struct footprint *before);

/* A line that the host looks for: "program", "kept" or "bad" */
void tell(const char *what, const struct program *p);

/* Returns how much is new; a bad end is the end of the test */
int run_program(struct program *p);

/*
 * Changed streams for some seconds, or @nr of them if that is not 0. Returns how many
 * there were; fails the test if one is not taken as it should.
 */
unsigned long try_streams(uint64_t seconds, unsigned long nr);

#endif /* PINSCOPE_FUZZ_H */

