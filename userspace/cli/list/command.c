// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "cli/commands.h"
#include "cli/output/json.h"
#include "cli/output/message.h"
#include "cli/output/table.h"

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

/* A row of the table of devices. */
struct row {
	const char *kind;
	char name[PINSCOPE_NAME_MAX];
	char type[PINSCOPE_NAME_MAX];
	char parent[PINSCOPE_NAME_MAX];
	char driver[PINSCOPE_NAME_MAX];
	bool has_group;
	unsigned int group;
	bool has_iommu;
	unsigned int iommu_group;
	unsigned int members;
	char backing[PINSCOPE_NAME_MAX];
};

/* What is to be listed. */
struct request {
	bool all;
	bool json;
	char **names;
	size_t nr_names;
};

/* What is listed. */
struct listing {
	struct row *rows;
	size_t nr;
};

/* The lists a row is made of, read once. */
struct inventory {
	struct pinscope_pci *pci;
	size_t nr_pci;
	struct pinscope_mdev *mdevs;
	size_t nr_mdevs;
	struct pinscope_mdev_type *types;
	size_t nr_types;
};

static int inventory_read(struct inventory *inventory)
{
	int ret;

	memset(inventory, 0, sizeof(*inventory));
	ret = pinscope_pci_find(&inventory->pci, &inventory->nr_pci);
	if (!ret)
		ret = pinscope_mdev_find(&inventory->mdevs, &inventory->nr_mdevs);
	if (!ret)
		ret = pinscope_mdev_types_find(&inventory->types, &inventory->nr_types);
	return ret;
}

static void inventory_free(struct inventory *inventory)
{
	pinscope_pci_free(inventory->pci);
	pinscope_mdev_free(inventory->mdevs);
	pinscope_mdev_types_free(inventory->types);
}

static bool is_parent(const struct inventory *inventory, const char *name)
{
	size_t i;

	for (i = 0; i < inventory->nr_types; i++)
		if (!strcmp(inventory->types[i].parent, name))
			return true;
	return false;
}

/* Does VFIO have to do with this function, now or if someone bound it? */
static bool concerns_vfio(const struct inventory *inventory, const struct pinscope_pci *pci)
{
	char class[16];

	if (strstr(pci->driver, "vfio") || is_parent(inventory, pci->address))
		return true;
	if (!pci->has_group || *pci->driver)
		return false;
	/* Without a driver it is free, unless it is one of the machine's bridges. */
	return pinscope_device_attr_read(pci->address, "class", class, sizeof(class)) ||
	       strncmp(class, "0x06", 4);
}

static void set(char member[PINSCOPE_NAME_MAX], const char *text)
{
	snprintf(member, PINSCOPE_NAME_MAX, "%s", text);
}

static struct row *add_row(struct listing *listing, const char *kind, const char *name)
{
	struct row *row;

	listing->rows = cli_must(reallocarray(listing->rows, listing->nr + 1, sizeof(*row)));
	row = &listing->rows[listing->nr++];
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	set(row->name, name);
	return row;
}

static void add_pci(struct listing *listing, const struct inventory *inventory,
		    const struct pinscope_pci *pci)
{
	struct row *row = add_row(listing, "pci", pci->address);

	set(row->type, is_parent(inventory, pci->address) ? "PCI, parent of mdevs" : "PCI");
	set(row->driver, pci->driver);
	row->has_group = strstr(pci->driver, "vfio");
	row->group = pci->group;
	row->has_iommu = pci->has_group;
	row->iommu_group = pci->group;
	row->members = pci->members;
}

static void add_mdev(struct listing *listing, const struct pinscope_mdev *mdev)
{
	struct row *row = add_row(listing, "mdev", mdev->uuid);

	set(row->type, mdev->type);
	set(row->parent, mdev->parent);
	set(row->driver, mdev->driver);
	row->has_group = !pinscope_device_group(mdev->uuid, &row->group);
	if (!row->has_group ||
	    pinscope_group_backing(row->group, row->backing, sizeof(row->backing)))
		return;
	if (!pinscope_device_group(row->backing, &row->iommu_group)) {
		row->has_iommu = true;
		pinscope_group_members(row->iommu_group, &row->members);
	}
}

/* On another bus, such as a device of the software IOMMU. */
static void add_other(struct listing *listing, const struct inventory *inventory,
		      const char *name)
{
	struct row *row = add_row(listing, "other", name);

	set(row->type, is_parent(inventory, name) ? "parent of mdevs" : "other");
	pinscope_device_driver(name, row->driver, sizeof(row->driver));
	row->has_iommu = !pinscope_device_group(name, &row->iommu_group);
	if (row->has_iommu)
		pinscope_group_members(row->iommu_group, &row->members);
}

static void list_all(struct listing *listing, const struct inventory *inventory, bool all)
{
	size_t i;

	for (i = 0; i < inventory->nr_pci; i++)
		if (all || concerns_vfio(inventory, &inventory->pci[i]))
			add_pci(listing, inventory, &inventory->pci[i]);
	for (i = 0; i < inventory->nr_mdevs; i++)
		add_mdev(listing, &inventory->mdevs[i]);
}

static int list_one(struct listing *listing, const struct inventory *inventory,
		    const char *device)
{
	char name[PINSCOPE_NAME_MAX], path[PINSCOPE_PATH_MAX];
	size_t i;

	if (pinscope_device_name(device, name, sizeof(name))) {
		cli_error("there is no device '%s': 'pinscope list --all' shows what there is",
			  device);
		return CLI_MISSING;
	}
	for (i = 0; i < inventory->nr_pci; i++) {
		if (!strcmp(inventory->pci[i].address, name)) {
			add_pci(listing, inventory, &inventory->pci[i]);
			return CLI_OK;
		}
	}
	for (i = 0; i < inventory->nr_mdevs; i++) {
		if (!strcmp(inventory->mdevs[i].uuid, name)) {
			add_mdev(listing, &inventory->mdevs[i]);
			return CLI_OK;
		}
	}
	if (pinscope_device_path(name, path, sizeof(path))) {
		cli_error("'%s' is no device of a bus that has to do with VFIO", device);
		return CLI_MISSING;
	}
	add_other(listing, inventory, name);
	return CLI_OK;
}

/* A terminal of 80 columns has no room for the driver's column. */
static void table_row(struct cli_table *table, const struct row *row, bool wide)
{
	cli_table_row(table);
	if (wide || !*row->driver)
		cli_table_cell(table, "%s", row->name);
	else
		cli_table_cell(table, "%s %s", row->name, row->driver);
	if (*row->parent)
		cli_table_cell(table, "%s on %s", row->type, row->parent);
	else
		cli_table_cell(table, "%s", row->type);
	if (row->has_group)
		cli_table_cell(table, "%u", row->group);
	else
		cli_table_cell(table, "-");
	if (row->has_iommu) {
		cli_table_cell(table, "%u", row->iommu_group);
		cli_table_cell(table, "%u", row->members);
	} else {
		cli_table_cell(table, "-");
		cli_table_cell(table, "-");
	}
	if (wide)
		cli_table_cell(table, "%s", *row->driver ? row->driver : "-");
}

static void print_devices(const struct listing *listing)
{
	const bool wide = cli_width() >= CLI_WIDE;
	const struct cli_column columns[] = {
		{ wide ? "DEVICE" : "DEVICE, DRIVER", 0, 36 },
		{ "TYPE", 0, wide ? 24 : 22 },
		{ "GROUP", CLI_COL_RIGHT, 0 },
		{ "IOMMU", CLI_COL_RIGHT, 0 },
		{ "MEMBERS", CLI_COL_RIGHT, 0 },
		{ "DRIVER", 0, 18 },
	};
	struct cli_table *table;
	size_t i;

	if (!listing->nr)
		puts("No device here has to do with VFIO; 'pinscope doctor' tells why.");
	table = cli_table_new(columns, wide ? 6 : 5, cli_width());
	for (i = 0; i < listing->nr; i++)
		table_row(table, &listing->rows[i], wide);
	cli_table_print(table);
}

static size_t longer(size_t width, const char *text)
{
	size_t len = strlen(text);

	return len > width ? len : width;
}

/* What is left for the description beside the columns before it, if that is enough. */
static unsigned int description_width(const struct inventory *inventory)
{
	size_t parent = strlen("PARENT"), type = strlen("MDEV TYPE"), api = strlen("API");
	const size_t least = 24, most = 44, width = cli_width();
	size_t i, taken;

	for (i = 0; i < inventory->nr_types; i++) {
		parent = longer(parent, inventory->types[i].parent);
		type = longer(type, inventory->types[i].type);
		api = longer(api, inventory->types[i].api);
	}
	taken = parent + type + strlen("FREE") + api + 4;
	if (width < taken + least)
		return least;
	return (unsigned int)(width - taken < most ? width - taken : most);
}

static void print_types(const struct inventory *inventory)
{
	const struct cli_column columns[] = {
		{ "PARENT", 0, 0 },
		{ "MDEV TYPE", 0, 0 },
		{ "FREE", CLI_COL_RIGHT, 0 },
		{ "API", 0, 0 },
		{ "DESCRIPTION", 0, description_width(inventory) },
	};
	struct cli_table *table;
	size_t i;

	if (!inventory->nr_types)
		return;
	putchar('\n');
	table = cli_table_new(columns, 5, cli_width());
	for (i = 0; i < inventory->nr_types; i++) {
		const struct pinscope_mdev_type *type = &inventory->types[i];

		cli_table_row(table);
		cli_table_cell(table, "%s", type->parent);
		cli_table_cell(table, "%s", type->type);
		cli_table_cell(table, "%u", type->available);
		cli_table_cell(table, "%s", type->api);
		cli_table_cell(table, "%s", *type->description ? type->description : type->name);
	}
	cli_table_print(table);
}

static struct json_object *json_row(const struct row *row)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "name", row->name);
	cli_json_text(object, "kind", row->kind);
	if (!strcmp(row->kind, "mdev")) {
		cli_json_text(object, "type", row->type);
		cli_json_text(object, "parent", row->parent);
		cli_json_text(object, "backing", row->backing);
	}
	cli_json_maybe(object, "group", row->has_group, row->group);
	cli_json_maybe(object, "iommu_group", row->has_iommu, row->iommu_group);
	cli_json_maybe(object, "members", row->has_iommu, row->members);
	cli_json_text(object, "driver", row->driver);
	return object;
}

static struct json_object *type_object(const struct pinscope_mdev_type *type)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "parent", type->parent);
	cli_json_text(object, "driver", type->driver);
	cli_json_text(object, "type", type->type);
	cli_json_text(object, "name", type->name);
	cli_json_text(object, "description", type->description);
	cli_json_text(object, "api", type->api);
	cli_json_number(object, "available", type->available);
	return object;
}

static void print_json(const struct listing *listing, const struct inventory *inventory,
		       bool types)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < listing->nr; i++)
		json_object_array_add(array, json_row(&listing->rows[i]));
	json_object_object_add(root, "devices", array);
	if (types) {
		array = json_object_new_array();
		for (i = 0; i < inventory->nr_types; i++)
			json_object_array_add(array, type_object(&inventory->types[i]));
		json_object_object_add(root, "types", array);
	}
	cli_print_json(root);
}

/* What is there of what was named is shown, whatever else is not. */
static int list(const struct request *request, const struct inventory *inventory)
{
	struct listing listing = { .nr = 0 };
	int ret = CLI_OK, missing;
	size_t i;

	if (!request->nr_names)
		list_all(&listing, inventory, request->all);
	for (i = 0; i < request->nr_names; i++) {
		missing = list_one(&listing, inventory, request->names[i]);
		ret = ret ? ret : missing;
	}
	if (request->json)
		print_json(&listing, inventory, !request->nr_names);
	else if (listing.nr || !request->nr_names)
		print_devices(&listing);
	if (!request->json && !request->nr_names)
		print_types(inventory);
	free(listing.rows);
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
	struct inventory inventory;
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

	ret = inventory_read(&inventory);
	if (!ret) {
		ret = list(&request, &inventory);
	} else {
		cli_error("cannot read the devices: %s", strerror(-ret));
		if (request.json)
			cli_print_json(json_object_new_object());
		ret = CLI_FAILED;
	}
	inventory_free(&inventory);
	return ret;
}

const struct cli_command cli_list = {
	.name = "list",
	.summary = "devices, types and parents, with IOMMU groups and drivers",
	.help = help,
	.run = run,
};
