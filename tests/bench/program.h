/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the files of pinscope-bench. What fails ends the program: a figure that
 * is missing is no figure.
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include <pinscope/pinscope.h>

#include "bench.h"

#define PAGE 4096ull
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define TIB (1ull << 40)

/**
 * struct space - a container, or an IOAS, and a device in it
 * @container: as the library opened it
 * @group: of the device, in a container
 * @device: the same, open
 * @ioas: its id
 * @fd: of the container, or of iommufd
 * @device_fd: of the device, -1 if it is not open
 */
struct space {
	struct pinscope_container *container;
	struct pinscope_group *group;
	struct pinscope_device *device;
	uint32_t ioas;
	int fd;
	int device_fd;
};

/* Every row is measured, and printed, as often as main() says */
void pin_rows(void);
void memory_rows(void);
void dirty_rows(void);
void map_rows(void);
void settle_rows(void);
void curve_rows(void);

/* Says what is being measured */
void progress(const char *what);

/* One value of a row, of the core or of what it stands on */
void sample(const char *row, double value);
void sample_floor(const char *row, double value);

__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *format, ...);
void check(const char *what, int ret);

/* space.c: containers of type1, if it is not told otherwise */
void space_use_iommufd(void);
bool space_can_track(void);
uint64_t now(void);

/* The measured device, or another one, which with iommufd is open at once */
void space_open(struct space *space);
void space_attach(struct space *space, const char *device);
void space_open_device(struct space *space, const char *device);
void space_close_device(struct space *space);
void space_close(struct space *space);
bool space_has_scope(struct space *space);

/*
 * The driver's calls; what they took. BENCH_ABSENT: the core has no such call.
 * Without more the batch is of 512 pages, and one follows the other.
 */
#define BENCH_ABSENT UINT64_MAX
uint64_t bench(struct space *space, struct bench_call call);
#define DO(space, what, ...)						\
	bench((space), (struct bench_call){ .op = BENCH_##what,		\
					    ##__VA_ARGS__ })

/* What the user's calls took; BENCH_ABSENT from START: it cannot be tracked */
uint64_t space_map(struct space *space, void *vaddr, uint64_t iova,
		   uint64_t size);
uint64_t space_unmap(struct space *space, uint64_t iova, uint64_t size);
uint64_t space_start(struct space *space);
void space_stop(struct space *space);
uint64_t space_get(struct space *space, uint64_t size, void *bitmap);

/* Of a bitmap over @size bytes of memory, a multiple of 64 pages */
uint64_t bits_set(const void *bitmap, uint64_t size);

/* @nr: out, how many ranges there were; BENCH_ABSENT as above */
uint64_t space_ranges(struct space *space, uint64_t size, void *ranges,
		      uint32_t room, uint32_t *nr);

/* memory.c: kinds of memory, and what the kernel has allocated */
enum memory {
	MEMORY_SMALL,	/* no page follows the one before */
	MEMORY_THP,
	MEMORY_HUGETLB,
	MEMORY_REPEATED,	/* the same 64 MiB over and over */
	MEMORY_NONE,	/* nothing there before it is touched */
};

void *memory_new(enum memory kind, uint64_t size);
void memory_free(void *memory, uint64_t size);

/* Bytes that the kernel holds for itself */
int64_t memory_of_kernel(void);

#endif /* BENCH_PROGRAM_H */
