// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty scope on one page: devices join and leave a container as in the life
 * of a virtual machine, and after each step the kernel is asked for the scope, the
 * pins and the dirty pages. Nothing in the table is computed from what ought to be;
 * what ought to be is only compared with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
"Usage: pinscope demo [--json]\n"
"\n"
"Shows when a migration must copy everything mapped, when only what vendor drivers\n"
"pinned, and what changes it. Creates mdevs of the pinscope types with mdevctl, brings\n"
"them and a PCI function of vfio-pci in and out of one container, and prints what the\n"
"kernel answers after each step. At the end all devices are removed, and PCI functions\n"
"have the drivers they had.\n"
"\n"
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"It needs root, the patched VFIO core, and PCI functions of the edu device (1234:11e8):\n"
"two in IOMMU groups of their own, two in one group. Steps whose devices are missing\n"
"are left out, and named.\n"
"\n"
"Columns: SCOPE is what the kernel says a dirty bitmap covers. MAPPED, PINNED and DIRTY\n"
"count pages of 4 KiB: mapped in the container, pinned by vendor drivers, and reported\n"
"dirty by a GET after the step. WHY is the kernel's record of the cause.\n"
"\n"
"Exits with 1 if a step did not go as the rules say; it is marked with '!'.\n";

#define PAGE_SIZE	4096u
#define PAGES		256u
#define IOVA		0x10000000ull
#define NO_GET		UINT64_MAX
#define ROWS_MAX	32

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/* Who takes part. */
enum part_id {
	EMULATED,	/* no IOMMU behind it */
	BACKED,		/* IOMMU-backed mdev, never pins */
	OPTIN,		/* IOMMU-backed mdev, pins its windows while saving */
	OPTIN_SHARED,	/* the same in an IOMMU group of two */
	ASSIGNED,	/* a PCI function, directly assigned */
	NR_PARTS,
};

struct part {
	const char *label;
	const char *driver;		/* of the parent, or of the function itself */
	const char *type;		/* NULL: no mdev */
	const char *missing;		/* why it cannot take part, or NULL */
	char parent[PINSCOPE_NAME_MAX];
	char name[PINSCOPE_NAME_MAX];	/* empty: there is no such mdev now */
	struct cli_member member;
	uint64_t window_first;
	uint32_t window_pages;
	uint64_t windows_now;		/* pages */
};

/* A PCI function that was bound to another driver for the demonstration. */
struct rebound {
	char address[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
};

struct row {
	const char *step;
	char devices[64];
	bool scope_known;
	struct pinscope_scope_counts counts;
	uint64_t dirty;
	char why[160];
	bool surprise;
};

struct demo {
	struct part parts[NR_PARTS];
	struct rebound rebound[NR_PARTS];
	size_t nr_rebound;
	bool no_mdevctl;
	struct pinscope_container *container;
	struct pinscope_buffer *buffer;
	struct pinscope_bitmap *dirty;
	bool tracking;
	struct row rows[ROWS_MAX];
	size_t nr_rows;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* ---- devices ---- */

/* Run a program with its output thrown away; -errno, or its exit status. */
static int run_quietly(const char *const argv[])
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int status, ret;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret)
		return -ret;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int create_mdev(struct demo *demo, struct part *part)
{
	char uuid[PINSCOPE_UUID_SIZE];
	int ret;

	ret = pinscope_uuid_random(uuid);
	if (ret)
		return cli_fail("cannot make up a UUID", PINSCOPE_OP_MDEV, ret);

	if (!demo->no_mdevctl) {
		const char *const argv[] = {
			"mdevctl", "start", "-u", uuid, "-p", part->parent, "-t", part->type, NULL,
		};

		ret = run_quietly(argv);
		if (ret > 0) {
			cli_error("mdevctl cannot start a %s on %s", part->type, part->parent);
			return CLI_FAILED;
		}
		demo->no_mdevctl = ret == -ENOENT;
		if (ret && !demo->no_mdevctl) {
			cli_error("cannot run mdevctl: %s", strerror(-ret));
			return CLI_FAILED;
		}
	}
	if (demo->no_mdevctl) {
		ret = pinscope_mdev_create(part->parent, part->type, uuid);
		if (ret)
			return cli_fail("cannot create an mdev", PINSCOPE_OP_MDEV, ret);
	}
	snprintf(part->name, sizeof(part->name), "%s", uuid);
	return CLI_OK;
}

static void remove_mdev(struct demo *demo, struct part *part)
{
	const char *const argv[] = { "mdevctl", "stop", "-u", part->name, NULL };

	if (!part->type || !*part->name)
		return;
	if (demo->no_mdevctl || run_quietly(argv))
		pinscope_mdev_remove(part->name);
	part->name[0] = '\0';
}

/* Bind a function to the driver a step wants; remember what it had. */
static int bind_function(struct demo *demo, const char *address, const char *driver)
{
	char now[PINSCOPE_NAME_MAX] = "", what[160];
	size_t i;
	int ret;

	pinscope_device_driver(address, now, sizeof(now));
	if (!strcmp(now, driver))
		return CLI_OK;
	for (i = 0; i < demo->nr_rebound; i++)
		if (!strcmp(demo->rebound[i].address, address))
			break;
	if (i == demo->nr_rebound) {
		snprintf(demo->rebound[i].address, sizeof(demo->rebound[i].address), "%s", address);
		snprintf(demo->rebound[i].driver, sizeof(demo->rebound[i].driver), "%s", now);
		demo->nr_rebound++;
	}

	ret = pinscope_pci_bind(address, driver);
	if (!ret)
		return CLI_OK;
	snprintf(what, sizeof(what), "cannot bind %s to %s", address, driver);
	return cli_fail(what, PINSCOPE_OP_BIND, ret);
}

static void restore_functions(struct demo *demo)
{
	while (demo->nr_rebound--) {
		const struct rebound *old = &demo->rebound[demo->nr_rebound];

		pinscope_pci_unbind(old->address);
		if (*old->driver)
			pinscope_pci_bind(old->address, old->driver);
	}
	demo->nr_rebound = 0;
}

/* ---- steps ---- */

static int open_part(struct demo *demo, struct part *part)
{
	int ret;

	if (!part->member.group) {
		ret = cli_join(demo->container, part->name, &part->member);
		if (ret)
			return ret;
	} else {
		ret = pinscope_device_open(part->member.group, part->name, &part->member.device);
		if (ret)
			return cli_fail("cannot open the device again", PINSCOPE_OP_DEVICE_OPEN,
					ret);
	}
	if (!part->type)
		return CLI_OK;
	ret = pinscope_device_enable(part->member.device);
	return ret ? cli_fail("cannot enable the device", PINSCOPE_OP_SAMPLE, ret) : CLI_OK;
}

/* Create what takes part, bring it in, and register its window if it has one. */
static int join(struct demo *demo, enum part_id id)
{
	struct part *part = &demo->parts[id];
	int ret;

	/* The parent of emulated devices is no PCI function. */
	if (id != EMULATED) {
		ret = bind_function(demo, part->parent, part->driver);
		if (ret)
			return ret;
	}
	if (part->type) {
		ret = create_mdev(demo, part);
		if (ret)
			return ret;
	}
	return open_part(demo, part);
}

static int add_window(struct part *part)
{
	int ret;

	ret = pinscope_sample_add_window(part->member.device,
					 IOVA + part->window_first * PAGE_SIZE,
					 part->window_pages * PAGE_SIZE);
	if (ret)
		return cli_fail("cannot register a window", PINSCOPE_OP_SAMPLE, ret);
	part->windows_now = part->window_pages;
	return CLI_OK;
}

static void leave(struct demo *demo, enum part_id id)
{
	cli_leave(&demo->parts[id].member);
	demo->parts[id].windows_now = 0;
	remove_mdev(demo, &demo->parts[id]);
}

static int set_tracking(struct demo *demo, bool on)
{
	int ret;

	ret = on ? pinscope_dirty_start(demo->container) : pinscope_dirty_stop(demo->container);
	if (ret)
		return cli_fail(on ? "cannot start tracking" : "cannot stop tracking",
				PINSCOPE_OP_DIRTY, ret);
	demo->tracking = on;
	return CLI_OK;
}

/* Real DMA: the device writes two pages of its window, and memory is checked. */
static int write_window(struct demo *demo, enum part_id id)
{
	const struct part *part = &demo->parts[id];
	const char *memory = pinscope_buffer_data(demo->buffer);
	uint64_t page;
	int ret;

	for (page = part->window_first; page < part->window_first + 2; page++) {
		uint32_t seed = (uint32_t)(demo->nr_rows << 16 | page);

		ret = pinscope_sample_dma_write(part->member.device, IOVA + page * PAGE_SIZE,
						PAGE_SIZE, seed);
		if (ret)
			return cli_fail("the device cannot write", PINSCOPE_OP_SAMPLE, ret);
		if (pinscope_sample_verify(memory + page * PAGE_SIZE, PAGE_SIZE, seed)) {
			cli_error("the %s device wrote page %llu, but its memory has other contents",
				  part->label, (unsigned long long)page);
			return CLI_BAD;
		}
	}
	return CLI_OK;
}

/* ---- what the kernel says ---- */

static bool has_driver(const struct pinscope_scope_group *group, const char *driver)
{
	size_t i;

	for (i = 0; i < group->nr_devices; i++)
		if (!strcmp(group->devices[i].driver, driver))
			return true;
	return false;
}

/* A few words on a wide group; "pinscope scope" has the whole sentence. */
static void explain_group(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	const char *driver = group->nr_devices ? group->devices[0].driver : "its driver";

	if (group->refused)
		snprintf(buf, size, "pin refused: IOMMU group %u has %u members",
			 group->iommu_group, group->members);
	else if (has_driver(group, "vfio-pci"))
		snprintf(buf, size, "vfio-pci never pins");
	else if (!strcmp(group->cause, "attach"))
		snprintf(buf, size, "%s has pinned nothing", driver);
	else if (!strcmp(group->cause, "close"))
		snprintf(buf, size, "%s lost its pins by the close", driver);
	else if (!strcmp(group->cause, "opt-out"))
		snprintf(buf, size, "%s opted out", driver);
	else
		snprintf(buf, size, "%s holds no pin (%s)", driver, group->cause);
}

static void explain(const struct demo *demo, struct row *row)
{
	const struct pinscope_scope_view *view = NULL;
	const char *pinning = NULL;
	struct pinscope_scope_list list;
	size_t i;

	if (pinscope_scope_read_all(&list))
		return;
	for (i = 0; i < NR_PARTS && !view; i++)
		if (demo->parts[i].member.group)
			view = cli_find_own(&list,
					    pinscope_group_number(demo->parts[i].member.group));
	for (i = 0; view && i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		if (group->scope == PINSCOPE_SCOPE_WIDE) {
			explain_group(group, row->why, sizeof(row->why));
			break;
		}
		if (group->scope == PINSCOPE_SCOPE_PINNED && group->nr_devices)
			pinning = group->devices[0].driver;
	}
	if (view && row->counts.scope == PINSCOPE_SCOPE_PINNED) {
		if (demo->tracking && row->dirty == PAGES)
			snprintf(row->why, sizeof(row->why),
				 "settling report, once: all it may have written before");
		else if (pinning)
			snprintf(row->why, sizeof(row->why), "%s pinned its windows", pinning);
		else
			snprintf(row->why, sizeof(row->why), "an emulated device writes only pins");
	}
	pinscope_scope_list_release(&list);
}

static void name_devices(const struct demo *demo, char *buf, size_t size)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < NR_PARTS; i++) {
		const struct part *part = &demo->parts[i];

		if (!part->member.group || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s%s", len ? " + " : "",
					part->label, part->member.device ? "" : " (closed)");
	}
}

/*
 * Ask the kernel and add a row. @scope and @dirty are what the rules lead to: a
 * difference is marked.
 */
static int measure(struct demo *demo, const char *step, enum pinscope_scope scope, uint64_t dirty)
{
	struct row *row = &demo->rows[demo->nr_rows];
	int ret;

	if (interrupted) {
		cli_error("interrupted");
		return CLI_FAILED;
	}

	row->step = step;
	row->dirty = NO_GET;
	if (demo->tracking) {
		ret = pinscope_dirty_get(demo->container, IOVA, PAGES * PAGE_SIZE, PAGE_SIZE,
					 demo->dirty);
		if (ret)
			return cli_fail("cannot get the dirty pages", PINSCOPE_OP_DIRTY, ret);
		row->dirty = pinscope_bitmap_count(demo->dirty);
	}
	row->scope_known = !pinscope_container_scope(demo->container, &row->counts);
	name_devices(demo, row->devices, sizeof(row->devices));
	explain(demo, row);
	row->surprise = row->dirty != dirty || (row->scope_known && row->counts.scope != scope);
	demo->nr_rows++;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu steps ", demo->nr_rows);
	return CLI_OK;
}

static uint64_t windows_now(const struct demo *demo)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < NR_PARTS; i++)
		pages += demo->parts[i].windows_now;
	return pages;
}

static int measure_wide(struct demo *demo, const char *step)
{
	return measure(demo, step, PINSCOPE_SCOPE_WIDE, demo->tracking ? PAGES : NO_GET);
}

static int measure_pinned(struct demo *demo, const char *step)
{
	return measure(demo, step, PINSCOPE_SCOPE_PINNED, windows_now(demo));
}

/* The scope is narrow, but the first GET since then still reports all. */
static int measure_settling(struct demo *demo, const char *step)
{
	return measure(demo, step, PINSCOPE_SCOPE_PINNED, PAGES);
}

/* ---- the story ---- */

static int act_emulated(struct demo *demo)
{
	int ret;

	ret = join(demo, EMULATED);
	if (ret)
		return ret;
	ret = pinscope_buffer_map(demo->container, IOVA, PAGES * PAGE_SIZE, PINSCOPE_MAP_RW,
				  &demo->buffer);
	if (ret)
		return cli_fail("cannot map memory", PINSCOPE_OP_MAP, ret);
	ret = add_window(&demo->parts[EMULATED]);
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = write_window(demo, EMULATED);
	return ret ? ret : measure_pinned(demo, "an emulated device runs, tracking starts");
}

static int act_backed(struct demo *demo)
{
	int ret;

	if (demo->parts[BACKED].missing)
		return CLI_OK;
	ret = join(demo, BACKED);
	if (!ret)
		ret = measure_wide(demo, "an IOMMU-backed device joins");
	if (ret)
		return ret;
	leave(demo, BACKED);
	ret = measure_settling(demo, "it leaves");
	return ret ? ret : measure_pinned(demo, "next GET");
}

static int act_start(struct demo *demo)
{
	int ret;

	if (demo->parts[OPTIN].missing)
		return CLI_OK;
	ret = set_tracking(demo, false);
	if (!ret)
		ret = join(demo, OPTIN);
	if (!ret)
		ret = add_window(&demo->parts[OPTIN]);
	if (!ret)
		ret = measure_wide(demo, "tracking is off, an opt-in device joins");
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = measure_pinned(demo, "tracking starts: it is told, and pins");
	if (!ret)
		ret = write_window(demo, OPTIN);
	return ret ? ret : measure_pinned(demo, "it writes two pages by DMA");
}

static int act_assigned(struct demo *demo)
{
	int ret;

	if (demo->parts[ASSIGNED].missing)
		return CLI_OK;
	ret = join(demo, ASSIGNED);
	if (!ret)
		ret = measure_wide(demo, "a vfio-pci device joins");
	if (ret)
		return ret;
	leave(demo, ASSIGNED);
	ret = measure_settling(demo, "it leaves");
	return ret ? ret : measure_pinned(demo, "next GET");
}

static int act_close_and_precopy(struct demo *demo)
{
	struct part *part = &demo->parts[OPTIN];
	int ret, data_fd;

	if (part->missing)
		return CLI_OK;
	pinscope_device_close(part->member.device);
	part->member.device = NULL;
	part->windows_now = 0;
	ret = measure_wide(demo, "the opt-in device is closed");
	if (ret)
		return ret;

	ret = pinscope_device_attr_write(part->name, "opt_in", "precopy");
	if (ret)
		return cli_fail("cannot set opt_in", PINSCOPE_OP_MDEV, ret);
	ret = open_part(demo, part);
	if (!ret)
		ret = add_window(part);
	if (!ret)
		ret = measure_wide(demo, "opened again, to pin only in PRE_COPY");
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_PRE_COPY, &data_fd);
	if (ret)
		return cli_fail("cannot enter PRE_COPY", PINSCOPE_OP_MIGRATION, ret);
	ret = measure_settling(demo, "it enters PRE_COPY, and pins");
	if (!ret)
		ret = measure_pinned(demo, "next GET");
	if (data_fd >= 0)
		close(data_fd);
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_RUNNING, NULL);
	if (ret)
		return cli_fail("cannot cancel", PINSCOPE_OP_MIGRATION, ret);
	return measure_wide(demo, "migration is cancelled: it unpins");
}

static int act_shared(struct demo *demo)
{
	int ret;

	ret = set_tracking(demo, false);
	if (ret)
		return ret;
	leave(demo, OPTIN);
	if (demo->parts[OPTIN_SHARED].missing)
		return CLI_OK;

	ret = join(demo, OPTIN_SHARED);
	if (!ret)
		ret = add_window(&demo->parts[OPTIN_SHARED]);
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = measure_wide(demo, "opt-in in an IOMMU group of two; tracking starts");
	return ret;
}

static int play(struct demo *demo)
{
	static int (*const acts[])(struct demo *demo) = {
		act_emulated, act_backed, act_start, act_assigned, act_close_and_precopy,
		act_shared,
	};
	size_t i;
	int ret;

	ret = pinscope_container_open(&demo->container);
	if (ret)
		return cli_fail("cannot open a container", PINSCOPE_OP_CONTAINER_OPEN, ret);
	ret = pinscope_bitmap_new(&demo->dirty);
	if (ret)
		return cli_fail("cannot count pages", PINSCOPE_OP_DIRTY, ret);
	for (i = 0; !ret && i < sizeof(acts) / sizeof(acts[0]); i++)
		ret = acts[i](demo);
	return ret;
}

static void clean_up(struct demo *demo)
{
	size_t i;

	if (demo->container)
		pinscope_dirty_stop(demo->container);
	for (i = 0; i < NR_PARTS; i++) {
		pinscope_device_close(demo->parts[i].member.device);
		demo->parts[i].member.device = NULL;
	}
	/* While the container still has its IOMMU. */
	pinscope_buffer_unmap(demo->buffer);
	for (i = 0; i < NR_PARTS; i++)
		leave(demo, (enum part_id)i);
	pinscope_container_close(demo->container);
	pinscope_bitmap_free(demo->dirty);
	restore_functions(demo);
}

/* ---- who can take part ---- */

static bool offers(const char *parent, const char *type)
{
	struct pinscope_mdev_type *types;
	size_t nr, i;
	bool found = false;

	if (pinscope_mdev_types_find(&types, &nr))
		return false;
	for (i = 0; i < nr && !found; i++)
		found = (!parent || !strcmp(types[i].parent, parent)) &&
			!strcmp(types[i].type, type) && types[i].available;
	pinscope_mdev_types_free(types);
	return found;
}

static void find_emulated(struct part *part)
{
	struct pinscope_mdev_type *types;
	size_t nr, i;

	part->missing = "no parent offers pinscope_emulated-dma: modprobe pinscope_emulated";
	if (pinscope_mdev_types_find(&types, &nr))
		return;
	for (i = 0; i < nr; i++) {
		if (strcmp(types[i].type, part->type))
			continue;
		snprintf(part->parent, sizeof(part->parent), "%s", types[i].parent);
		part->missing = NULL;
	}
	pinscope_mdev_types_free(types);
}

/* Give a function to a part that wants one; better one that has the driver already. */
static void give_function(struct part *part, struct pinscope_pci *pci, size_t nr, bool single)
{
	struct pinscope_pci *best = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (pci[i].vendor != EDU_VENDOR || pci[i].device != EDU_DEVICE ||
		    !pci[i].has_group || (pci[i].members == 1) != single)
			continue;
		if (!best || (strcmp(best->driver, part->driver) &&
			      !strcmp(pci[i].driver, part->driver)))
			best = &pci[i];
	}
	if (!best) {
		part->missing = single ? "no edu function has an IOMMU group of its own" :
				"no edu function shares its IOMMU group";
		return;
	}
	snprintf(part->parent, sizeof(part->parent), "%s", best->address);
	part->missing = NULL;
	/* Taken: the next part gets another one. */
	best->vendor = 0;
}

static void check_driver(struct demo *demo, struct part *part)
{
	char path[PINSCOPE_PATH_MAX];
	const char *const modprobe[] = { "modprobe", "-q", part->driver, NULL };

	if (part->missing)
		return;
	snprintf(path, sizeof(path), "%s/bus/pci/drivers/%s", pinscope_sysfs_root(), part->driver);
	if (access(path, F_OK))
		run_quietly(modprobe);
	if (access(path, F_OK)) {
		part->missing = "its driver cannot be loaded";
		return;
	}
	if (!part->type)
		return;
	/* On a stock core the driver may bind without offering a type. */
	if (bind_function(demo, part->parent, part->driver))
		part->missing = "its driver does not take the function";
	else if (!offers(part->parent, part->type))
		part->missing = "its driver offers no type here: is the VFIO core patched?";
}

static int find_parts(struct demo *demo)
{
	static const struct part parts[NR_PARTS] = {
		[EMULATED] = { .label = "emulated", .driver = "pinscope_emulated",
			       .type = "pinscope_emulated-dma",
			       .window_first = 16, .window_pages = 8 },
		[BACKED] = { .label = "backed", .driver = "pinscope_backed",
			     .type = "pinscope_backed-dma" },
		[OPTIN] = { .label = "opt-in", .driver = "pinscope_optin",
			    .type = "pinscope_optin-dma",
			    .window_first = 64, .window_pages = 4 },
		[OPTIN_SHARED] = { .label = "opt-in", .driver = "pinscope_optin",
				   .type = "pinscope_optin-dma",
				   .window_first = 64, .window_pages = 4 },
		[ASSIGNED] = { .label = "vfio-pci", .driver = "vfio-pci" },
	};
	const char *const modprobe[] = { "modprobe", "-q", "pinscope_emulated", NULL };
	struct part *assigned = &demo->parts[ASSIGNED];
	struct pinscope_pci *pci;
	size_t nr;
	int ret;

	memcpy(demo->parts, parts, sizeof(parts));
	find_emulated(&demo->parts[EMULATED]);
	if (demo->parts[EMULATED].missing) {
		run_quietly(modprobe);
		find_emulated(&demo->parts[EMULATED]);
	}
	if (demo->parts[EMULATED].missing) {
		cli_error("%s", demo->parts[EMULATED].missing);
		return CLI_MISSING;
	}

	ret = pinscope_pci_find(&pci, &nr);
	if (ret)
		return cli_fail("cannot list PCI functions", PINSCOPE_OP_BIND, ret);
	give_function(&demo->parts[OPTIN], pci, nr, true);
	give_function(&demo->parts[BACKED], pci, nr, true);
	give_function(&demo->parts[OPTIN_SHARED], pci, nr, false);
	pinscope_pci_free(pci);

	/* The backed device has left when the assigned one comes. */
	snprintf(assigned->parent, sizeof(assigned->parent), "%s", demo->parts[BACKED].parent);
	snprintf(assigned->name, sizeof(assigned->name), "%s", assigned->parent);
	assigned->missing = demo->parts[BACKED].missing;

	check_driver(demo, &demo->parts[OPTIN]);
	check_driver(demo, &demo->parts[BACKED]);
	check_driver(demo, &demo->parts[OPTIN_SHARED]);
	check_driver(demo, assigned);
	return CLI_OK;
}

/* ---- the page ---- */

static const char *scope_words(const struct row *row)
{
	if (!row->scope_known)
		return "unknown";
	return row->counts.scope == PINSCOPE_SCOPE_WIDE ? "EVERYTHING" : "pinned";
}

static void print_table(const struct demo *demo)
{
	static const struct cli_column columns[] = {
		{ "", CLI_COL_RIGHT, 0 },
		{ "STEP", 0, 27 },
		{ "IN CONTAINER", 0, 13 },
		{ "SCOPE", 0, 0 },
		{ "MAPPED", CLI_COL_RIGHT, 0 },
		{ "PINNED", CLI_COL_RIGHT, 0 },
		{ "DIRTY", CLI_COL_RIGHT, 0 },
		{ "WHY", 0, 24 },
	};
	struct cli_table *table;
	size_t i;

	table = cli_table_new(columns, 8, 100);
	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];

		cli_table_row(table);
		cli_table_cell(table, "%s%zu", row->surprise ? "!" : "", i + 1);
		cli_table_cell(table, "%s", row->step);
		cli_table_cell(table, "%s", row->devices);
		cli_table_cell(table, "%s", scope_words(row));
		cli_table_cell(table, "%u", PAGES);
		if (row->scope_known)
			cli_table_cell(table, "%llu", (unsigned long long)row->counts.pinned_pages);
		else
			cli_table_cell(table, "-");
		if (row->dirty != NO_GET)
			cli_table_cell(table, "%llu", (unsigned long long)row->dirty);
		else
			cli_table_cell(table, "-");
		cli_table_cell(table, "%s", row->why);
	}
	cli_table_print(table);
}

static size_t count_surprises(const struct demo *demo)
{
	size_t i, count = 0;

	for (i = 0; i < demo->nr_rows; i++)
		count += demo->rows[i].surprise;
	return count;
}

static void print_conclusion(const struct demo *demo)
{
	uint64_t narrow = 0;
	size_t i, surprises = count_surprises(demo);
	char text[512];

	for (i = 0; i < NR_PARTS; i++)
		if (demo->parts[i].missing)
			printf("\nLeft out: the %s device%s, since %s.", demo->parts[i].label,
			       i == OPTIN_SHARED ? " in a shared group" : "",
			       demo->parts[i].missing);
	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];

		if (row->dirty != NO_GET && row->dirty < PAGES && row->dirty > narrow)
			narrow = row->dirty;
	}

	putchar('\n');
	if (surprises) {
		snprintf(text, sizeof(text),
			 "%zu of %zu steps did not go as the rules say; they are marked with '!'.",
			 surprises, demo->nr_rows);
	} else {
		snprintf(text, sizeof(text),
			 "In short: one device that has not opted in makes every pass copy all %u pages; once all pin what they may write, a pass copies %llu pages (%llu%%). Whenever the scope narrows while tracking is on, everything is reported once more, so no page is lost.",
			 PAGES, (unsigned long long)narrow,
			 (unsigned long long)(narrow * 100 / PAGES));
	}
	cli_print_wrapped("", text);
}

static void print_json(const struct demo *demo)
{
	struct json_object *root = json_object_new_object();
	struct json_object *steps = json_object_new_array();
	struct json_object *missing = json_object_new_array();
	size_t i;

	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "step", json_object_new_string(row->step));
		json_object_object_add(object, "devices", json_object_new_string(row->devices));
		json_object_object_add(object, "scope",
				       json_object_new_string(pinscope_scope_name(row->counts.scope)));
		json_object_object_add(object, "mapped", json_object_new_int64(PAGES));
		json_object_object_add(object, "pinned", row->scope_known ?
				       json_object_new_int64((int64_t)row->counts.pinned_pages) :
				       NULL);
		json_object_object_add(object, "dirty", row->dirty != NO_GET ?
				       json_object_new_int64((int64_t)row->dirty) : NULL);
		json_object_object_add(object, "why", json_object_new_string(row->why));
		json_object_object_add(object, "as_expected",
				       json_object_new_boolean(!row->surprise));
		json_object_array_add(steps, object);
	}
	for (i = 0; i < NR_PARTS; i++)
		if (demo->parts[i].missing)
			json_object_array_add(missing, json_object_new_string(demo->parts[i].label));
	json_object_object_add(root, "steps", steps);
	json_object_object_add(root, "left_out", missing);
	cli_print_json(root);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct sigaction action = { .sa_handler = on_signal };
	static struct demo demo;
	bool json = false;
	int option, ret;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (option != 'j')
			return cli_usage(&cli_demo, "unknown option '%s'", argv[optind - 1]);
		json = true;
	}
	if (optind < argc)
		return cli_usage(&cli_demo, "no argument is wanted, but '%s' was given",
				 argv[optind]);
	if (geteuid()) {
		cli_error("the demonstration creates and binds devices: run it as root");
		return CLI_MISSING;
	}

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	ret = find_parts(&demo);
	if (!ret)
		ret = play(&demo);
	if (isatty(STDERR_FILENO) && demo.nr_rows)
		fputs("\r                \r", stderr);

	if (json) {
		print_json(&demo);
	} else if (demo.nr_rows) {
		print_table(&demo);
		if (!ret)
			print_conclusion(&demo);
	}
	clean_up(&demo);
	if (!ret && count_surprises(&demo))
		ret = CLI_BAD;
	return ret;
}

const struct cli_command cli_demo = {
	.name = "demo",
	.summary = "one table: when the scope is everything, and when it narrows",
	.help = help,
	.run = run,
};
