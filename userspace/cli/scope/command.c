// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/scope/scope.h"

static const char help[] =
"Usage: pinscope scope [OPTION...]\n"
"\n"
"Shows, for every VFIO container of the system, which pages a live migration must\n"
"copy for its devices, and why. The dirty scope of a container is\n"
"\n"
"  wide    everything that is mapped: some device may write anywhere\n"
"  pinned  only what vendor drivers pinned: no device writes elsewhere; and pages\n"
"          that an IOMMU that tracks has seen written\n"
"\n"
"and is as wide as its widest group. A group with no IOMMU behind it (emulated)\n"
"never widens it, and neither does one whose IOMMU tracks what it writes\n"
"(written), which it can only while tracking is on.\n"
"\n"
"  -w, --watch[=SECONDS]  show a table with a line for each container, again every two\n"
"                         SECONDS, with a forecast\n"
"  -n, --count N          end after N times\n"
"  -b, --bandwidth RATE   forecast whether a migration with this bandwidth comes to its\n"
"                         end: 128M is MiB a second (default), 10Gbit are bits a second\n"
"  -t, --downtime MS      how long the guest may stand still for it (default: 300)\n"
"  -d, --dirty            ask which pages are dirty now, and how many more become so\n"
"  -j, --json             print JSON; with --watch an object each time\n"
"  -h, --help             this text\n"
"\n"
"The forecast is of the devices only; what the guest's CPUs write comes on top. How\n"
"much is mapped for them is taken from what their process has locked.\n"
"\n"
"Without --dirty nothing is asked of containers. It takes a copy of the container's\n"
"descriptor out of its owner for a tenth of a second each time, and looks twice; the\n"
"pages stay dirty for the owner. It works while tracking is on, and for processes that\n"
"have one container.\n"
"\n"
"All this needs a patched VFIO core, debugfs and root. On a stock core it lists which\n"
"process holds which group, and exits with 3. Processes that use VFIO by iommufd have\n"
"no container; they are listed by what they hold.\n"
"\n"
"Exits with 4 if what the kernel shows of a container makes no sense.\n";

/* Bytes a second: as hypervisors count, in units of 1024, or bits, in units of 1000. */
static bool read_bandwidth(const char *text, double *out)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	bool bits;
	int power;

	if (!cli_real(text, &end, out))
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	power = unit ? (int)(unit - units) + 1 : 0;
	end += !!power;
	bits = !strcmp(end, "bit");
	if (*end && !bits)
		return false;
	if (bits)
		*out /= 8;
	for (; power; power--)
		*out *= bits ? 1000 : 1024;
	return *out >= 1 && *out <= 1e18;
}

static bool read_within(const char *text, double min, double max, double *out)
{
	const char *end;

	return cli_real(text, &end, out) && !*end && *out >= min && *out <= max;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		{ "count", required_argument, NULL, 'n' },
		{ "bandwidth", required_argument, NULL, 'b' },
		{ "downtime", required_argument, NULL, 't' },
		{ "dirty", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct scope_request request = {
		/* QEMU's own, unless it is told otherwise */
		.goal = { .bandwidth = 128 << 20, .downtime = 0.3 },
		.interval = 2,
	};
	const char *only_watch = NULL;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jw::n:b:t:dh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			request.json = true;
			break;
		case 'w':
			request.watch = true;
			if (optarg && !read_within(optarg, 0.1, 3600, &request.interval))
				return cli_usage(&cli_scope, "'%s' is no number of seconds from "
						 "0.1 to 3600", optarg);
			break;
		case 'n':
			only_watch = "--count";
			if (!cli_number(optarg, UINT32_MAX, &request.count) || !request.count)
				return cli_usage(&cli_scope, "'%s' is no number of times from 1 on",
						 optarg);
			break;
		case 'b':
			request.forecast = true;
			if (!read_bandwidth(optarg, &request.goal.bandwidth))
				return cli_usage(&cli_scope, "'%s' is no bandwidth: 128M are bytes "
						 "a second, 10Gbit are bits", optarg);
			break;
		case 't':
			request.forecast = true;
			if (!read_within(optarg, 1, 1e6, &request.goal.downtime))
				return cli_usage(&cli_scope, "'%s' is no number of milliseconds "
						 "from 1 to 1000000", optarg);
			request.goal.downtime /= 1000;
			break;
		case 'd':
			request.dirty = true;
			break;
		case 'h':
			return cli_help(&cli_scope);
		default:
			return cli_bad_option(&cli_scope, options, argv, option);
		}
	}
	if (optind < argc)
		return cli_no_argument(&cli_scope, argv[optind]);
	if (only_watch && !request.watch)
		return cli_usage(&cli_scope, "%s goes with --watch only", only_watch);
	request.forecast |= request.watch;
	return request.watch ? scope_watch(&request) : scope_show(&request, scope_print, NULL);
}

const struct cli_command cli_scope = {
	.name = "scope",
	.summary = "every container's dirty scope, and why it is what it is",
	.help = help,
	.run = run,
};
