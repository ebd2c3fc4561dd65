// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/doctor/doctor.h"

static const char help[] =
"Usage: pinscope doctor [--json]\n"
"\n"
"Checks what VFIO, mediated devices and the dirty scope need on this machine, and\n"
"says for each thing that is missing how to get it.\n"
"\n"
"  ok    as it should be\n"
"  note  works, but not all of pinscope does\n"
"  BAD   must be mended first\n"
"\n"
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"Exits with 0 if nothing is BAD, else with 1.\n";

static void (*const checks[])(struct doctor_report *report) = {
	doctor_check_kernel,
	doctor_check_core,
	doctor_check_modules,
	doctor_check_iommu,
	doctor_check_groups,
	doctor_check_iommufd,
	doctor_check_interrupts,
	doctor_check_container_node,
	doctor_check_group_nodes,
	doctor_check_locked_memory,
	doctor_check_debugfs,
	doctor_check_mdev_types,
	doctor_check_mdevctl,
};

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct doctor_report report = { .nr = 0 };
	size_t i, bad, notes;
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(&cli_doctor);
		if (option != 'j')
			return cli_bad_option(&cli_doctor, options, argv, option);
		json = true;
	}
	if (optind < argc)
		return cli_no_argument(&cli_doctor, argv[optind]);

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&report);
	bad = doctor_count(&report, DOCTOR_BAD);
	notes = doctor_count(&report, DOCTOR_NOTE);
	if (json) {
		doctor_print_json(&report);
		return bad ? CLI_BAD : CLI_OK;
	}
	doctor_print(&report);
	if (bad)
		printf("\n%zu to be mended.\n", bad);
	else if (notes)
		printf("\nNothing to be mended; %zu to be noted.\n", notes);
	else
		puts("\nAll is well.");
	return bad ? CLI_BAD : CLI_OK;
}

const struct cli_command cli_doctor = {
	.name = "doctor",
	.summary = "what is missing on this machine, and the cure for each",
	.help = help,
	.run = run,
};
