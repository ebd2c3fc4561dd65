// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/list/list.h"
#include "cli/output/json.h"
#include "cli/output/message.h"

static const char help[] =
"Usage: pinscope list [--all] [--json] [DEVICE...]\n"
"\n"
"Lists the devices VFIO can give to a user, with the IOMMU group that translates\n"
"their DMA and its size, and the types of mediated devices that can be made. With\n"
"names, only these devices, whatever they are: a DEVICE is the UUID of an mdev, the\n"
"address of a PCI function, or a path in sysfs.\n"
"\n"
"  -a, --all   list every PCI function, not only those VFIO has to do with\n"
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"Columns: GROUP is the number in /dev/vfio. IOMMU is the IOMMU group that translates\n"
"DMA: for an IOMMU-backed mdev that of its parent, for an emulated one none. Only\n"
"devices in an IOMMU group of one MEMBER may narrow the dirty scope by pinning.\n";

/* What is to be listed. */
struct request {
	bool all;
	bool json;
	char **names;
	size_t nr_names;
};

/* What is there of what was named is shown, whatever else is not. */
static int list(const struct request *request, const struct list_inventory *inventory)
{
	struct list_rows rows = { .nr = 0 };
	int ret = CLI_OK, missing;
	size_t i;

	if (!request->nr_names)
		list_add_all(&rows, inventory, request->all);
	for (i = 0; i < request->nr_names; i++) {
		missing = list_add_one(&rows, inventory, request->names[i]);
		ret = ret ? ret : missing;
	}
	if (request->json)
		list_print_json(&rows, request->nr_names ? NULL : inventory);
	else if (rows.nr || !request->nr_names)
		list_print_devices(&rows);
	if (!request->json && !request->nr_names)
		list_print_types(inventory);
	free(rows.rows);
	return ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .all = false };
	struct list_inventory inventory;
	int option, ret;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":ajh", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			request.all = true;
			break;
		case 'j':
			request.json = true;
			break;
		case 'h':
			return cli_help(&cli_list);
		default:
			return cli_bad_option(&cli_list, options, argv, option);
		}
	}
	request.names = argv + optind;
	request.nr_names = (size_t)(argc - optind);

	ret = list_inventory_read(&inventory);
	if (!ret) {
		ret = list(&request, &inventory);
	} else {
		cli_error("cannot read the devices: %s", strerror(-ret));
		if (request.json)
			cli_print_json(json_object_new_object());
		ret = CLI_FAILED;
	}
	list_inventory_release(&inventory);
	return ret;
}

const struct cli_command cli_list = {
	.name = "list",
	.summary = "devices, types and parents, with IOMMU groups and drivers",
	.help = help,
	.run = run,
};
