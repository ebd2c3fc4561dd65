// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/* mdevctl waits for udev, but not that long. */
#define CHILD_LIMIT_MS	60000

int demo_run_quietly(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return ret ? -ret : cli_wait(pid, CHILD_LIMIT_MS);
}

static int create_mdev(struct demo *demo, struct part *part)
{
	char uuid[PINSCOPE_UUID_SIZE];
	int ret;

	ret = pinscope_uuid_random(uuid);
	if (ret)
		return cli_fail("cannot make up a UUID", PINSCOPE_OP_MDEV, ret);
	/* From here on there may be such a device, whatever is said of it. */
	snprintf(part->name, sizeof(part->name), "%s", uuid);

	if (!demo->no_mdevctl) {
		const char *const argv[] = {
			"mdevctl", "start", "-u", uuid, "-p", part->parent, "-t", part->type, NULL,
		};

		ret = demo_run_quietly(argv);
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
	return CLI_OK;
}

static void remove_mdev(struct demo *demo, struct part *part)
{
	const char *const argv[] = { "mdevctl", "stop", "-u", part->name, NULL };

	if (!part->type || !*part->name)
		return;
	if (demo->no_mdevctl || demo_run_quietly(argv))
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

void demo_restore_functions(struct demo *demo)
{
	while (demo->nr_rebound--) {
		const struct rebound *old = &demo->rebound[demo->nr_rebound];

		pinscope_pci_unbind(old->address);
		if (*old->driver)
			pinscope_pci_bind(old->address, old->driver);
	}
	demo->nr_rebound = 0;
}

int demo_open(struct demo *demo, struct part *part)
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
int demo_join(struct demo *demo, enum part_id id)
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
	return demo_open(demo, part);
}

int demo_add_window(struct part *part)
{
	int ret;

	ret = pinscope_sample_add_window(part->member.device,
					 DEMO_IOVA + part->window_first * DEMO_PAGE_SIZE,
					 part->window_pages * DEMO_PAGE_SIZE);
	if (ret)
		return cli_fail("cannot register a window", PINSCOPE_OP_SAMPLE, ret);
	part->dirty_now = part->logs ? 0 : part->window_pages;
	return CLI_OK;
}

void demo_leave(struct demo *demo, enum part_id id)
{
	cli_leave(&demo->parts[id].member);
	demo->parts[id].dirty_now = 0;
	remove_mdev(demo, &demo->parts[id]);
}

/* Real DMA: the device writes two pages of its window, and memory is checked. */
int demo_write_window(struct demo *demo, enum part_id id)
{
	struct part *part = &demo->parts[id];
	const char *memory = pinscope_buffer_data(demo->buffer);
	uint64_t page, iova;
	int ret;

	for (page = part->window_first; page < part->window_first + 2; page++) {
		uint32_t seed = (uint32_t)(demo->nr_rows << 16 | page);

		iova = DEMO_IOVA + page * DEMO_PAGE_SIZE;
		ret = pinscope_sample_dma_write(part->member.device, iova, DEMO_PAGE_SIZE, seed);
		if (ret)
			return cli_fail("the device cannot write", PINSCOPE_OP_SAMPLE, ret);
		if (pinscope_sample_verify(memory + page * DEMO_PAGE_SIZE, DEMO_PAGE_SIZE, seed)) {
			cli_error("the %s device wrote page %llu, but memory has something else",
				  part->label, (unsigned long long)page);
			return CLI_BAD;
		}
		part->dirty_now += part->logs;
	}
	return CLI_OK;
}

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

	part->missing = "no parent offers pinscope_emulated-dma: load the module pinscope_emulated";
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

static bool is_single(const struct pinscope_pci *pci)
{
	return pci->members == 1;
}

/* Give a function to a part that wants one; better one that has the driver already. */
static void give_function(struct part *part, struct pinscope_pci *pci, size_t nr, bool single)
{
	struct pinscope_pci *best = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (pci[i].vendor != EDU_VENDOR || pci[i].device != EDU_DEVICE ||
		    !pci[i].has_group || is_single(&pci[i]) != single)
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
		demo_run_quietly(modprobe);
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

static int find_functions(struct demo *demo)
{
	struct part *assigned = &demo->parts[ASSIGNED];
	struct pinscope_pci *pci;
	size_t nr;
	int ret;

	ret = pinscope_pci_find(&pci, &nr);
	if (ret)
		return cli_fail("cannot list PCI functions", PINSCOPE_OP_BIND, ret);
	give_function(&demo->parts[OPTIN], pci, nr, true);
	give_function(&demo->parts[BACKED], pci, nr, true);
	give_function(&demo->parts[OPTIN_SHARED], pci, nr, false);
	give_function(&demo->parts[LOGGED], pci, nr, true);
	pinscope_pci_free(pci);

	/* The backed device has left when the assigned one comes. */
	snprintf(assigned->parent, sizeof(assigned->parent), "%s", demo->parts[BACKED].parent);
	snprintf(assigned->name, sizeof(assigned->name), "%s", assigned->parent);
	assigned->missing = demo->parts[BACKED].missing;
	return CLI_OK;
}

/* Devices of the software IOMMU, if they are wanted or there is no edu at all. */
static int use_sims(struct demo *demo)
{
	if (demo->sim && !demo_have_sim(demo)) {
		cli_error("there is no software IOMMU: load the module pinscope_sim");
		return CLI_MISSING;
	}
	if (demo->sim || (demo->parts[OPTIN].missing && demo->parts[BACKED].missing &&
			  demo->parts[OPTIN_SHARED].missing && demo_have_sim(demo)))
		return demo_make_sims(demo);
	return CLI_OK;
}

int demo_find_parts(struct demo *demo)
{
	static const struct part parts[NR_PARTS] = {
		[EMULATED] = { .letter = 'E', .label = "emulated", .driver = "pinscope_emulated",
			       .type = "pinscope_emulated-dma",
			       .window_first = 16, .window_pages = 8 },
		[BACKED] = { .letter = 'B', .label = "backed", .driver = "pinscope_backed",
			     .type = "pinscope_backed-dma" },
		[OPTIN] = { .letter = 'O', .label = "opt-in", .driver = "pinscope_optin",
			    .type = "pinscope_optin-dma",
			    .window_first = 64, .window_pages = 4 },
		[OPTIN_SHARED] = { .letter = 'O', .label = "opt-in", .driver = "pinscope_optin",
				   .type = "pinscope_optin-dma",
				   .window_first = 64, .window_pages = 4 },
		[LOGGED] = { .letter = 'L', .label = "logged", .driver = "pinscope_hwlog",
			     .type = "pinscope_hwlog-dma", .logs = true,
			     .window_first = 128, .window_pages = 16 },
		[ASSIGNED] = { .letter = 'V', .label = "vfio-pci", .driver = "vfio-pci" },
	};
	const char *const modprobe[] = { "modprobe", "-q", "pinscope_emulated", NULL };
	int ret;

	memcpy(demo->parts, parts, sizeof(parts));
	find_emulated(&demo->parts[EMULATED]);
	if (demo->parts[EMULATED].missing) {
		demo_run_quietly(modprobe);
		find_emulated(&demo->parts[EMULATED]);
	}
	if (demo->parts[EMULATED].missing) {
		cli_error("%s", demo->parts[EMULATED].missing);
		return CLI_MISSING;
	}

	ret = demo->sim ? CLI_OK : find_functions(demo);
	if (ret)
		return ret;
	ret = use_sims(demo);
	if (ret)
		return ret;

	check_driver(demo, &demo->parts[OPTIN]);
	check_driver(demo, &demo->parts[BACKED]);
	check_driver(demo, &demo->parts[OPTIN_SHARED]);
	check_driver(demo, &demo->parts[LOGGED]);
	check_driver(demo, &demo->parts[ASSIGNED]);
	return CLI_OK;
}
