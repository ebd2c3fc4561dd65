// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/certify/certify.h"
#include "cli/commands.h"

static const char help[] =
"Usage: pinscope certify [OPTION...] DEVICE [SECOND]\n"
"\n"
"Runs the rules of dirty pages on a device of yours, on this kernel, and says where the\n"
"device narrows what a migration has to copy, what it reports though nobody wrote it,\n"
"and which pages it lost. A DEVICE is the UUID of an mdev or the address of a PCI\n"
"function. SECOND is put into the same container by the rules of two devices.\n"
"\n"
"The device must not be in use. It is opened, reset, and sent through its migration\n"
"states.\n"
"\n"
"  -e, --exerciser WHAT  what makes the device write: sample, edu, nvme, or the command\n"
"                        line of a program of yours; without one, the rules that need it\n"
"                        are skipped\n"
"  -b, --bind            give PCI functions to vfio-pci for the test, and put back what\n"
"                        was, also after Ctrl-C and failures\n"
"  -t, --test PATTERN    only the rules whose names match\n"
"  -p, --pages N         pages to work on (default 64, from 48 to 4096)\n"
"  -l, --limit SECONDS   how long an exerciser may take to answer (default 10); a rule may\n"
"                        take 30 times as long\n"
"  -j, --json            print JSON, no KTAP\n"
"      --junit FILE      write the results to FILE as well, as JUnit\n"
"      --html FILE       write a page to FILE, with a map of reported and lost pages\n"
"  -h, --help            this text\n"
"\n"
"Exit codes:\n"
"  0     no rule failed; what could not be tested is listed\n"
"  1     a rule failed\n"
"  2     the command line is wrong\n"
"  3     the device cannot be tested as things are: it is in use, its group has other\n"
"        members, or no IOMMU, permission or module is there\n"
"  4     the exerciser does not work, a file cannot be written, or the device cannot be\n"
"        put back\n"
"  128+N signal N ended it, after the device was put back\n";

#define PAGES_MIN	48u
#define LIMIT_MAX	600u

enum { OPTION_JUNIT = 256, OPTION_HTML };

static const struct option options[] = {
	{ "exerciser", required_argument, NULL, 'e' },
	{ "bind", no_argument, NULL, 'b' },
	{ "test", required_argument, NULL, 't' },
	{ "pages", required_argument, NULL, 'p' },
	{ "limit", required_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "junit", required_argument, NULL, OPTION_JUNIT },
	{ "html", required_argument, NULL, OPTION_HTML },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int check(struct request *request, int argc, char **argv)
{
	if (argc < 1)
		return cli_usage(&cli_certify, "name a device");
	if (argc > 2)
		return cli_usage(&cli_certify, "at most two devices");
	if (request->exerciser && !*request->exerciser)
		return cli_usage(&cli_certify, "an exerciser has a name, or is a command line");
	request->device = argv[0];
	request->second = argc > 1 ? argv[1] : NULL;
	return supervise(request);
}

static int run(int argc, char **argv)
{
	struct request request = { .pages = CERTIFY_PAGES, .limit = CERTIFY_LIMIT };
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":e:bt:p:l:jh", options, NULL)) != -1) {
		switch (option) {
		case 'e':
			request.exerciser = optarg;
			break;
		case 'b':
			request.bind = true;
			break;
		case 't':
			request.test = optarg;
			break;
		case 'p':
			if (!cli_number(optarg, CERTIFY_PAGES_MAX, &request.pages) ||
			    request.pages < PAGES_MIN)
				return cli_usage(&cli_certify,
						 "'%s' is no number of pages from %u to %u", optarg,
						 PAGES_MIN, CERTIFY_PAGES_MAX);
			break;
		case 'l':
			if (!cli_number(optarg, LIMIT_MAX, &request.limit) || !request.limit)
				return cli_usage(&cli_certify,
						 "'%s' is no number of seconds from 1 to %u",
						 optarg, LIMIT_MAX);
			break;
		case 'j':
			request.json = true;
			break;
		case OPTION_JUNIT:
			request.junit = optarg;
			break;
		case OPTION_HTML:
			request.html = optarg;
			break;
		case 'h':
			return cli_help(&cli_certify);
		default:
			return cli_bad_option(&cli_certify, options, argv, option);
		}
	}
	return check(&request, argc - optind, argv + optind);
}

const struct cli_command cli_certify = {
	.name = "certify",
	.summary = "test a device of yours: where it narrows, what it loses",
	.help = help,
	.run = run,
};
