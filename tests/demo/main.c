// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the demonstration is asked for, and what it leaves: nothing.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cli/base/program.h>
#include <cli/base/signals.h>
#include <cli/command/command.h>
#include <cli/output/json.h>
#include <cli/output/message.h>

#include "demo.h"

static const char help[] =
"Usage: pinscope-demo [--sim] [--json]\n"
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

static const struct cli_command demo_program = { .help = help };

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
		ret = demo_play(demo);
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
			return cli_help(&demo_program);
		default:
			return cli_bad_option(&demo_program, options, argv, option);
		}
	}
	if (optind < argc)
		return cli_no_argument(&demo_program, argv[optind]);
	if (geteuid()) {
		cli_error("the demonstration creates and binds devices: run it as root");
		if (json)
			cli_print_json(json_object_new_object());
		return CLI_MISSING;
	}
	return demonstrate(&demo, json);
}

int main(int argc, char **argv)
{
	cli_begin("pinscope-demo");
	return cli_close_output(run(argc, argv));
}
