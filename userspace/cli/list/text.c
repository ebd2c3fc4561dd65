// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/list/list.h"
#include "cli/output/table.h"

/* A terminal of 80 columns has no room for the driver's column. */
static void table_row(struct cli_table *table, const struct list_row *row, bool wide)
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

void list_print_devices(const struct list_rows *rows)
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

	if (!rows->nr)
		puts("No device here has to do with VFIO; 'pinscope doctor' tells why.");
	table = cli_table_new(columns, wide ? 6 : 5, cli_width());
	for (i = 0; i < rows->nr; i++)
		table_row(table, &rows->rows[i], wide);
	cli_table_print(table);
}

static size_t longer(size_t width, const char *text)
{
	size_t len = strlen(text);

	return len > width ? len : width;
}

/* What is left for the description beside the columns before it, if that is enough. */
static unsigned int description_width(const struct list_inventory *inventory)
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

void list_print_types(const struct list_inventory *inventory)
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
