/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of scope-rules.rst as data: what containers, groups and devices are
 * in, and which pages a bitmap has. Nothing here knows a kernel.
 *
 * A container has PAGES pages of IOVAs that mappings may be made in. Sets of
 * them are masks, bit n for page n.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stdbool.h>
#include <stdint.h>

#define PAGES		64
#define CONTAINERS	3
#define DEVICES		20
#define GROUPS		13	/* IOMMU groups of backed devices */
#define SCRIPT_CALLS	4
#define WINDOWS		8
#define PER_CONTAINER	5	/* VFIO groups */

typedef uint64_t set;

/* Pages from first on; those outside of the container are not in the set */
set range(int first, int nr);
static inline set page(int n) { return 1ull << n; }

/* What the driver of a device does */
enum driver { PUPPET, EMULATED, BACKED, OPTIN_START, OPTIN_PRECOPY, HWLOG };

/* The IOMMU a device is behind */
enum iommu { NONE, PLAIN, TRACKS, TRACKS_64K, TRACKS_AMD, TRACKS_SMMU, NR_BEHIND };

/**
 * struct device_config - a device of the world
 * @name: in scripts
 * @driver: which sample, or the puppet
 * @behind: its IOMMU
 * @group: its IOMMU group, -1 if emulated
 * @parent: devices with the same number are mdevs of one parent
 */
struct device_config {
	const char *name;
	enum driver driver;
	enum iommu behind;
	int group;
	int parent;
};

extern const struct device_config config[DEVICES];

/* Members of an IOMMU group, devices of the software IOMMU that are there */
int group_members(int group);

#define R 1
#define W 2

/* Causes as debugfs shows them */
enum cause {
	C_ATTACH, C_PIN, C_CLOSE, C_RESET, C_START, C_STOP, C_GROW, C_OPT_OUT,
	C_IOMMU, C_IOMMU_ERROR, NR_CAUSES
};

extern const char * const cause_names[NR_CAUSES];

enum scope { S_EMULATED, S_PINNED, S_WRITTEN, S_WIDE };

/* Whose memory is mapped: that of the process, of its child, of a dead child */
enum process { PARENT, CHILD, DEAD };

struct mapping {
	int nr;			/* pages, 0 if there is no mapping here */
	unsigned int prot;
	enum process owner;
	bool translated;	/* by IOMMUs, not only by drivers */
};

/* What an IOMMU fails to do */
#define FAULT_SWITCH	1
#define FAULT_READ	2

/* Groups that may share a domain do */
struct domain {
	int groups;
	bool tracking;
	bool marking;		/* the IOMMU still does, as STOP has failed */
	unsigned int faults;
	set marks;		/* pages of entries that are marked */
};

struct group {
	int container;		/* -1: in none */
	int attached;		/* VFIO groups over it */
	bool used;		/* a device was open since it was attached */
	bool closed;		/* one was closed, or told of tracking, since */
	bool pinned;		/* limited to what is pinned */
	bool settled;		/* what it pins now needs no settling report */
	bool starting;		/* its start() is going on */
	enum cause cause;
	unsigned long refused;
	unsigned int touched;	/* how often a driver has said something of it */
	unsigned int reports;	/* settling reports because of it */
};

struct container {
	bool open;
	bool has_iommu;
	bool share;		/* pin_shared_groups when it was set up */
	bool tracking;
	int vfio_groups;
	struct mapping map[PAGES];
	set mapped, readable, writable;
	set dirty;		/* told by drivers and IOMMUs, to be reported */
	set kept;		/* dirty when its mapping went (R17) */
	set ghost;		/* written while tracking, and not reported */
	unsigned int pins[PAGES];
	set pinned_w;		/* one of the pins is for writing */
	int nr_pinned;
	struct domain domain[NR_BEHIND];
	int clients[PER_CONTAINER];
	int nr_clients;
	int opened[PER_CONTAINER];	/* newest last */
	int nr_opened;
	bool top;		/* the last page of all IOVAs is mapped */
	int looks;		/* at marks until a device writes, 0: none will */
	int look_page;
	set look_entry;		/* the pages of its mark, also after an unmap */
	enum iommu look_behind;
	set maybe[NR_BEHIND];	/* by which IOMMU: in the next bitmap or not */
};

/* Calls that a script makes, in this order in scripts' text */
enum call { CALL_PIN, CALL_PIN_TRACKED, CALL_UNPIN, CALL_MARK, CALL_OPT_OUT,
	    CALL_RW, CALL_REGISTER, CALL_UNREGISTER, NR_CALLS };

enum event { E_OPEN, E_CLOSE, E_START, E_STOP, E_SYNC, E_UNMAP, E_RESET,
	     E_STATE, NR_EVENTS };

struct script_call {
	enum call call;
	int first, nr;
	unsigned int prot;
};

struct script {
	struct script_call call[SCRIPT_CALLS];
	int nr;
	int ret;
	bool once;
	bool keep;
};

struct window {
	int first, nr;
	unsigned int prot;
	bool pinned;
	int slot;		/* of the device's log, -1 for none */
	set log;		/* what that has, until it is read */
};

/* Migration states, numbered as in the uAPI */
enum state { ST_ERROR, ST_STOP, ST_RUNNING, ST_STOP_COPY, ST_RESUMING,
	     ST_RUNNING_P2P, ST_PRE_COPY, ST_PRE_COPY_P2P, NR_STATES };

extern const char * const state_names[NR_STATES];

struct device {
	int container;		/* -1: in none */
	bool open;
	bool was_open;		/* since it was attached */
	bool opted_in;
	bool client;
	unsigned long pins;
	unsigned long sync_failures;
	int sync_error;
	unsigned int tracked[PAGES];	/* pins that the driver marks for */
	set tracked_w;
	/* What the driver knows */
	unsigned int held[PAGES];
	set held_w;
	enum state state;
	struct script script[NR_EVENTS];
	struct window window[WINDOWS];
	int nr_windows;
	bool driver_opted_in;
	bool log_fails;
	/* DMA logging by the device */
	bool dma_log;
	set dma_written;		/* to be reported */
	set dma_ghost;			/* written, and not reported */
};

struct world {
	struct container container[CONTAINERS];
	struct group group[GROUPS + DEVICES];	/* emulated ones last */
	struct device device[DEVICES];
	bool share;		/* the parameter pin_shared_groups */
	bool child;		/* the other process is there */
	bool child_used;	/* it has memory mapped */
	set barred;		/* pages that the process itself cannot access */
	enum process actor;	/* who makes the call */
	bool counts;		/* its events are those of the kernel */
};

/**
 * struct answer - what a call ends with
 * @ret: 0 or a negative errno
 * @bitmap: a bitmap is returned
 * @asked: the pages it is about, as far as they are mapped
 * @dirty: those of them that are dirty
 * @all: all that was asked for is, beyond the pages of a container as well
 * @value: of calls that return one
 */
struct answer {
	int ret;
	bool bitmap;
	set asked;
	set dirty;
	bool all;
	uint64_t value;
};

/* What --selftest breaks */
enum broken {
	INTACT,
#define BROKEN(name, ...) BROKEN_ ## name,
#include "broken.def"
#undef BROKEN
	NR_BROKEN
};

extern enum broken broken;
#define intact(name) (broken != BROKEN_ ## name)

void world_init(struct world *w);

int group_of(int d);
enum scope scope_of(const struct world *w, int g);
bool is_wide(const struct world *w, int c);
/* R5; of a group that is in a container */
bool group_may_pin(const struct world *w, int g);
/* What the container's IOMMUs have in common, as a mask of page sizes */
uint64_t page_sizes(const struct world *w, int c);
int nr_wide(const struct world *w, int c);

/* User calls. They change the world as the rules say, and return as ioctl() does. */
int do_attach(struct world *w, int c, int d);
int do_detach(struct world *w, int d);
int do_open(struct world *w, int d);
void do_close(struct world *w, int d);
int do_start(struct world *w, int c);
int do_stop(struct world *w, int c);
int do_map(struct world *w, int c, int first, int nr, unsigned int prot);
void do_unmap(struct world *w, int c, int first, int nr, bool all,
	      struct answer *a);

/* How the user's buffer is, for bitmaps */
enum buffer { GOOD, NOWHERE, READ_ONLY, KERNEL, HALF, SHORT, NR_BUFFERS };

extern const char * const buffer_names[NR_BUFFERS];

/* @first may lie before the container's pages, and @nr beyond their end */
struct request {
	int first, nr;
	unsigned int unit;	/* pages of 4K that a bit stands for, times 1 */
	enum buffer buffer;
};

void do_get(struct world *w, int c, const struct request *rq, struct answer *a);
void do_look(struct world *w, int c, const struct request *rq,
	     struct answer *a);
void do_ranges(struct world *w, int c, int first, int nr, struct answer *a);
void do_unmap_get(struct world *w, int c, const struct request *rq,
		  struct answer *a);

/* Driver calls */
int do_pin(struct world *w, int d, int first, int nr, unsigned int prot,
	   bool tracked);
void do_unpin(struct world *w, int d, int first, int nr);
int do_mark(struct world *w, int d, int first, int nr);
void do_opt_out(struct world *w, int d);
void do_reset_done(struct world *w, int d);
int do_register(struct world *w, int d);
void do_unregister(struct world *w, int d);
int do_rw(struct world *w, int d, uint64_t start, uint64_t len, bool write);

/* A device writes by itself: 0 or -EFAULT */
int do_dma(struct world *w, int d, int first, int nr);

/* The last page of all IOVAs, which is none of the PAGES */
int do_map_top(struct world *w, int c);
void do_unmap_top(struct world *w, int c, struct answer *a);
int do_get_top(struct world *w, int c);

/* Drivers, in drivers.c */
int driver_open(struct world *w, int d);
void driver_close(struct world *w, int d);
void driver_start(struct world *w, int d);
void driver_stop(struct world *w, int d);
int driver_sync(struct world *w, int d, int first, int nr);
void driver_unmap(struct world *w, int d, int first, int nr);
bool driver_has_unmap(int d);
bool driver_has_sync(int d);
int driver_reset(struct world *w, int d);
int driver_state(struct world *w, int d, enum state state);
int driver_window(struct world *w, int d, int first, int nr,
		  unsigned int prot);
int driver_no_window(struct world *w, int d, int first, int nr);
int driver_dma(struct world *w, int d, int first, int nr);
int driver_rw(struct world *w, int d, uint64_t start, uint64_t len);
int driver_dma_log(struct world *w, int d, bool on);
void driver_report(struct world *w, int d, uint64_t start, uint64_t len,
		   const struct request *rq, struct answer *a);
int driver_call(struct world *w, int d, const struct script_call *call);

/* The pages that one mark of the IOMMU is for */
set entry_of(const struct container *c, enum iommu behind, int p);

#endif /* MODEL_RULES_H */
