// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty scope on one page: devices join and leave a container as in the life
 * of a virtual machine, and after each step the kernel is asked for the scope, the
 * pins and the dirty pages. Nothing in the table is computed from what ought to be;
 * what ought to be is only compared with it.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "demo.h"
#include "signals.h"

static const char help[] =
"Usage: pinscope demo [--sim] [--json]\n"
"\n"
"Shows when a migration must copy everything mapped, when only what vendor drivers\n"
"pinned, and what changes it. Creates mdevs of the pinscope types with mdevctl, brings\n"
"them and a PCI function of vfio-pci in and out of one container, and prints what the\n"
"kernel answers after each step. At the end all devices are removed, and PCI functions\n"
"have the drivers they had.\n"
"\n"
"  -s, --sim   use devices of the software IOMMU, made for this\n"
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"It needs root, the patched VFIO core, and PCI functions of the edu device (1234:11e8):\n"
"three in IOMMU groups of their own, two in one group. Where there is none, it uses the\n"
"software IOMMU (pinscope_sim), which needs no hardware but has nothing for vfio-pci.\n"
"Steps whose devices are missing are left out, and named.\n"
"\n"
"Columns: IN are the devices in the container. SCOPE is what the kernel says a dirty\n"
"bitmap covers. MAPPED, PINNED and DIRTY count pages of 4 KiB: mapped in the container,\n"
"pinned by vendor drivers, and reported dirty by a GET after the step. WHY is the\n"
"kernel's record of the cause.\n"
"\n"
"Exits with 1 if a step did not go as the rules say; it is marked with '!'.\n";

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

static int act_emulated(struct demo *demo)
{
	int ret;

	ret = demo_join(demo, EMULATED);
	if (ret)
		return ret;
	ret = pinscope_buffer_map(demo->container, DEMO_IOVA, DEMO_SIZE, PINSCOPE_MAP_RW,
				  &demo->buffer);
	if (ret)
		return cli_fail("cannot map memory", PINSCOPE_OP_MAP, ret);
	ret = demo_add_window(&demo->parts[EMULATED]);
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = demo_write_window(demo, EMULATED);
	if (!ret)
		ret = demo_measure_pinned(demo, "emulated joins, tracking on");
	if (ret)
		return ret;

	/* A core that does not tell its scope cannot have backed mdevs either. */
	if (!demo->rows[0].scope_known) {
		demo->parts[BACKED].missing = "this VFIO core is not patched";
		demo->parts[OPTIN].missing = demo->parts[BACKED].missing;
		demo->parts[OPTIN_SHARED].missing = demo->parts[BACKED].missing;
		demo->parts[LOGGED].missing = demo->parts[BACKED].missing;
	}
	return CLI_OK;
}

static int act_backed(struct demo *demo)
{
	int ret;

	if (demo->parts[BACKED].missing)
		return CLI_OK;
	ret = demo_join(demo, BACKED);
	if (!ret)
		ret = demo_measure_wide(demo, "backed joins");
	if (ret)
		return ret;
	demo_leave(demo, BACKED);
	ret = demo_measure_settling(demo, "backed leaves");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

static int act_start(struct demo *demo)
{
	int ret;

	if (demo->parts[OPTIN].missing)
		return CLI_OK;
	ret = set_tracking(demo, false);
	if (!ret)
		ret = demo_join(demo, OPTIN);
	if (!ret)
		ret = demo_add_window(&demo->parts[OPTIN]);
	if (!ret)
		ret = demo_measure_wide(demo, "tracking off, opt-in joins");
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = demo_measure_pinned(demo, "tracking on: opt-in pins");
	if (!ret)
		ret = demo_write_window(demo, OPTIN);
	return ret ? ret : demo_measure_pinned(demo, "opt-in writes two pages");
}

static int act_assigned(struct demo *demo)
{
	int ret;

	if (demo->parts[ASSIGNED].missing)
		return CLI_OK;
	ret = demo_join(demo, ASSIGNED);
	if (!ret)
		ret = demo_measure_wide(demo, "vfio-pci joins");
	if (ret)
		return ret;
	demo_leave(demo, ASSIGNED);
	ret = demo_measure_settling(demo, "vfio-pci leaves");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

static int act_close_and_precopy(struct demo *demo)
{
	struct part *part = &demo->parts[OPTIN];
	int ret, data_fd;

	if (part->missing)
		return CLI_OK;
	pinscope_device_close(part->member.device);
	part->member.device = NULL;
	part->dirty_now = 0;
	ret = demo_measure_wide(demo, "opt-in is closed");
	if (ret)
		return ret;

	ret = pinscope_device_attr_write(part->name, "opt_in", "precopy");
	if (ret)
		return cli_fail("cannot set opt_in", PINSCOPE_OP_MDEV, ret);
	ret = demo_open(demo, part);
	if (!ret)
		ret = demo_add_window(part);
	if (!ret)
		ret = demo_measure_wide(demo, "opt-in is opened again");
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_PRE_COPY, &data_fd);
	if (ret)
		return cli_fail("cannot enter PRE_COPY", PINSCOPE_OP_MIGRATION, ret);
	ret = demo_measure_settling(demo, "PRE_COPY: opt-in pins");
	if (!ret)
		ret = demo_measure_pinned(demo, "next GET");
	if (data_fd >= 0)
		close(data_fd);
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_RUNNING, NULL);
	if (ret)
		return cli_fail("cannot cancel", PINSCOPE_OP_MIGRATION, ret);
	return demo_measure_wide(demo, "cancelled: opt-in unpins");
}

/* One device leaves and another joins; tracking stays off if that one is missing. */
static int replace(struct demo *demo, enum part_id old, enum part_id new)
{
	int ret;

	ret = set_tracking(demo, false);
	if (ret)
		return ret;
	demo_leave(demo, old);
	if (demo->parts[new].missing)
		return CLI_OK;
	ret = demo_join(demo, new);
	if (!ret)
		ret = demo_add_window(&demo->parts[new]);
	return ret ? ret : set_tracking(demo, true);
}

static int act_shared(struct demo *demo)
{
	int ret;

	ret = replace(demo, OPTIN, OPTIN_SHARED);
	if (ret || demo->parts[OPTIN_SHARED].missing)
		return ret;
	return demo_measure_wide(demo, "opt-in in a group of two");
}

static int act_logged(struct demo *demo)
{
	int ret;

	ret = replace(demo, OPTIN_SHARED, LOGGED);
	if (ret || demo->parts[LOGGED].missing)
		return ret;
	ret = demo_measure_pinned(demo, "logged joins, tracking on");
	if (!ret)
		ret = demo_write_window(demo, LOGGED);
	if (!ret)
		ret = demo_measure_pinned(demo, "logged writes two pages");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

static int play(struct demo *demo)
{
	static int (*const acts[])(struct demo *demo) = {
		act_emulated, act_backed, act_start, act_assigned, act_close_and_precopy,
		act_shared, act_logged,
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
		demo_leave(demo, (enum part_id)i);
	pinscope_container_close(demo->container);
	pinscope_bitmap_free(demo->dirty);
	demo_restore_functions(demo);
	demo_remove_sims(demo);
}

static void print(const struct demo *demo, bool json, bool done)
{
	if (isatty(STDERR_FILENO) && demo->nr_rows)
		fputs("\r                \r", stderr);
	if (json) {
		demo_print_json(demo);
	} else if (demo->nr_rows) {
		demo_print_table(demo);
		if (done)
			demo_print_conclusion(demo);
	}
	fflush(stdout);
}

static int demonstrate(struct demo *demo, bool json)
{
	sigset_t before;
	int ret;

	signals_hold(&demo->signals, &before);
	ret = demo_find_parts(demo);
	if (!ret)
		ret = play(demo);
	print(demo, json, !ret);
	clean_up(demo);
	/* One that came, SIGPIPE of the print above too, ends the program now. */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !ret && demo_count_surprises(demo) ? CLI_BAD : ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "sim", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct demo demo;
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jsh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 's':
			demo.sim = true;
			break;
		case 'h':
			return cli_help(&cli_demo);
		default:
			return cli_bad_option(&cli_demo, options, argv, option);
		}
	}
	if (optind < argc)
		return cli_no_argument(&cli_demo, argv[optind]);
	if (geteuid()) {
		cli_error("the demonstration creates and binds devices: run it as root");
		if (json)
			cli_print_json(json_object_new_object());
		return CLI_MISSING;
	}
	return demonstrate(&demo, json);
}

const struct cli_command cli_demo = {
	.name = "demo",
	.summary = "one table: when the scope is everything, and when it narrows",
	.help = help,
	.run = run,
};
