// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who can take part on this machine.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cli/output/message.h>

#include "demo.h"

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

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
	if (demo_bind(demo, part->parent, part->driver))
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
		[PRECOPY] = { .letter = 'P', .label = "pre-copy", .driver = "pinscope_precopy",
			      .type = "pinscope_precopy-dma",
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

	/* The other opt-in device has left when this one comes. */
	snprintf(demo->parts[PRECOPY].parent, sizeof(demo->parts[PRECOPY].parent), "%s",
		 demo->parts[OPTIN].parent);
	demo->parts[PRECOPY].missing = demo->parts[OPTIN].missing;
	check_driver(demo, &demo->parts[PRECOPY]);
	check_driver(demo, &demo->parts[OPTIN]);
	check_driver(demo, &demo->parts[BACKED]);
	check_driver(demo, &demo->parts[OPTIN_SHARED]);
	check_driver(demo, &demo->parts[LOGGED]);
	check_driver(demo, &demo->parts[ASSIGNED]);
	return CLI_OK;
}
