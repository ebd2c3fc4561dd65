// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const char help[] =
"Usage: pinscope list [--all] [--json]\n"
"\n"
"Lists the devices VFIO can give to a user, with the IOMMU group that translates\n"
"their DMA and its size, and the types of mediated devices that can be made.\n"
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
	const char *name;
	const char *type;
	const char *parent;
	const char *driver;
	bool has_group;
	unsigned int group;
	bool has_iommu;
	unsigned int iommu_group;
	unsigned int members;
	char backing[PINSCOPE_NAME_MAX];
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

static struct row pci_row(const struct inventory *inventory, const struct pinscope_pci *pci)
{
	struct row row = {
		.name = pci->address,
		.type = is_parent(inventory, pci->address) ? "PCI, parent of mdevs" : "PCI",
		.driver = pci->driver,
		.has_group = strstr(pci->driver, "vfio"),
		.group = pci->group,
		.has_iommu = pci->has_group,
		.iommu_group = pci->group,
		.members = pci->members,
	};

	return row;
}

static struct row mdev_row(const struct pinscope_mdev *mdev)
{
	struct row row = {
		.name = mdev->uuid,
		.type = mdev->type,
		.parent = mdev->parent,
		.driver = mdev->driver,
	};

	row.has_group = !pinscope_device_group(mdev->uuid, &row.group);
	if (!row.has_group ||
	    pinscope_group_backing(row.group, row.backing, sizeof(row.backing)))
		return row;
	if (!pinscope_device_group(row.backing, &row.iommu_group)) {
		row.has_iommu = true;
		pinscope_group_members(row.iommu_group, &row.members);
	}
	return row;
}

static void table_row(struct cli_table *table, const struct row *row)
{
	cli_table_row(table);
	cli_table_cell(table, "%s", row->name);
	cli_table_cell(table, row->parent ? "%s on %s" : "%s", row->type, row->parent);
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
	cli_table_cell(table, "%s", *row->driver ? row->driver : "-");
}

static void print_tables(const struct inventory *inventory, bool all)
{
	static const struct cli_column device_columns[] = {
		{ "DEVICE", 0, 0 },
		{ "TYPE", 0, 24 },
		{ "GROUP", CLI_COL_RIGHT, 0 },
		{ "IOMMU", CLI_COL_RIGHT, 0 },
		{ "MEMBERS", CLI_COL_RIGHT, 0 },
		{ "DRIVER", 0, 0 },
	};
	static const struct cli_column type_columns[] = {
		{ "PARENT", 0, 0 },
		{ "MDEV TYPE", 0, 0 },
		{ "FREE", CLI_COL_RIGHT, 0 },
		{ "API", 0, 0 },
		{ "DESCRIPTION", 0, 44 },
	};
	struct cli_table *table;
	struct row row;
	size_t i, rows = 0;

	table = cli_table_new(device_columns, 6, cli_width());
	for (i = 0; i < inventory->nr_pci; i++) {
		if (!all && !concerns_vfio(inventory, &inventory->pci[i]))
			continue;
		row = pci_row(inventory, &inventory->pci[i]);
		table_row(table, &row);
		rows++;
	}
	for (i = 0; i < inventory->nr_mdevs; i++, rows++) {
		row = mdev_row(&inventory->mdevs[i]);
		table_row(table, &row);
	}
	if (!rows)
		puts("No device here has to do with VFIO; 'pinscope doctor' tells why.");
	cli_table_print(table);

	if (!inventory->nr_types)
		return;
	putchar('\n');
	table = cli_table_new(type_columns, 5, cli_width());
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

static struct json_object *json_row(const struct row *row, const char *kind)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "name", row->name);
	cli_json_text(object, "kind", kind);
	if (!strcmp(kind, "mdev")) {
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

static void print_json(const struct inventory *inventory, bool all)
{
	struct json_object *root = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	struct json_object *types = json_object_new_array();
	struct row row;
	size_t i;

	for (i = 0; i < inventory->nr_pci; i++) {
		if (!all && !concerns_vfio(inventory, &inventory->pci[i]))
			continue;
		row = pci_row(inventory, &inventory->pci[i]);
		json_object_array_add(devices, json_row(&row, "pci"));
	}
	for (i = 0; i < inventory->nr_mdevs; i++) {
		row = mdev_row(&inventory->mdevs[i]);
		json_object_array_add(devices, json_row(&row, "mdev"));
	}
	for (i = 0; i < inventory->nr_types; i++) {
		const struct pinscope_mdev_type *type = &inventory->types[i];
		struct json_object *object = json_object_new_object();

		cli_json_text(object, "parent", type->parent);
		cli_json_text(object, "driver", type->driver);
		cli_json_text(object, "type", type->type);
		cli_json_text(object, "name", type->name);
		cli_json_text(object, "description", type->description);
		cli_json_text(object, "api", type->api);
		cli_json_number(object, "available", type->available);
		json_object_array_add(types, object);
	}
	json_object_object_add(root, "devices", devices);
	json_object_object_add(root, "types", types);
	cli_print_json(root);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct inventory inventory;
	bool all = false, json = false;
	int option, ret;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "aj", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'j':
			json = true;
			break;
		default:
			return cli_usage(&cli_list, "unknown option '%s'", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return cli_usage(&cli_list, "no argument is wanted, but '%s' was given",
				 argv[optind]);

	ret = inventory_read(&inventory);
	if (ret) {
		cli_error("cannot read the devices: %s", strerror(-ret));
		ret = CLI_FAILED;
	} else if (json) {
		print_json(&inventory, all);
	} else {
		print_tables(&inventory, all);
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
