// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "cli/output/table.h"
#include "cli/scope/scope.h"

static double seconds_since_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A terminal of 80 columns has room for fewer columns, with more lines in each. */
static const struct cli_column wide_columns[] = {
	{ "GROUP", CLI_COL_RIGHT, 0 },
	{ "IOMMU", CLI_COL_RIGHT, 0 },
	{ "MEMBERS", CLI_COL_RIGHT, 0 },
	{ "SCOPE", 0, 0 },
	{ "SINCE", 0, 20 },
	{ "PINS", CLI_COL_RIGHT, 0 },
	{ "REFUSED", CLI_COL_RIGHT, 0 },
	{ "DEVICE", 0, 36 },
};

static const struct cli_column narrow_columns[] = {
	{ "GROUP", CLI_COL_RIGHT, 0 },
	{ "IOMMU", 0, 8 },
	{ "SCOPE", 0, 12 },
	{ "PINS", 0, 8 },
	{ "DEVICE", 0, 36 },
};

#define NR_WIDE		(sizeof(wide_columns) / sizeof(wide_columns[0]))
#define NR_NARROW	(sizeof(narrow_columns) / sizeof(narrow_columns[0]))

static void fill_wide(struct cli_table *table, const struct pinscope_scope_group *group,
		      double ago)
{
	if (group->scope == PINSCOPE_SCOPE_EMULATED) {
		cli_table_cell(table, "-");
		cli_table_cell(table, "-");
	} else {
		cli_table_cell(table, "%u", group->iommu_group);
		cli_table_cell(table, "%u", group->members);
	}
	cli_table_cell(table, "%s", pinscope_scope_name(group->scope));
	cli_table_colour(table, cli_scope_colour(group->scope));
	cli_table_cell(table, "%s, %.1fs ago", group->cause, ago);
	cli_table_cell(table, "%llu", (unsigned long long)group->pins);
	cli_table_cell(table, "%llu", (unsigned long long)group->refused);
}

static void fill_narrow(struct cli_table *table, const struct pinscope_scope_group *group,
			double ago)
{
	if (group->scope == PINSCOPE_SCOPE_EMULATED)
		cli_table_cell(table, "-");
	else if (group->members == 1)
		cli_table_cell(table, "%u", group->iommu_group);
	else
		cli_table_cell(table, "%u, of %u members", group->iommu_group, group->members);
	cli_table_cell(table, "%s: %s, %.1fs ago", pinscope_scope_name(group->scope),
		       group->cause, ago);
	cli_table_colour(table, cli_scope_colour(group->scope));
	if (group->refused)
		cli_table_cell(table, "%llu, %llu refused", (unsigned long long)group->pins,
			       (unsigned long long)group->refused);
	else
		cli_table_cell(table, "%llu", (unsigned long long)group->pins);
}

static void fill_device(struct cli_table *table, const struct pinscope_scope_device *device)
{
	cli_table_cell(table, "%s %s%s", device->name, device->driver,
		       device->open ? "" : " (closed)");
}

static void fill_group(struct cli_table *table, const struct pinscope_scope_group *group,
		       double now, bool wide)
{
	double ago = now > group->since ? now - group->since : 0;
	size_t i, empty;

	cli_table_row(table);
	cli_table_cell(table, "%u", group->number);
	if (wide)
		fill_wide(table, group, ago);
	else
		fill_narrow(table, group, ago);
	if (!group->nr_devices)
		cli_table_cell(table, "-");
	for (i = 0; i < group->nr_devices; i++) {
		/* Another device of the group has no more to say of it. */
		if (i) {
			cli_table_row(table);
			for (empty = 1; empty < (wide ? NR_WIDE : NR_NARROW); empty++)
				cli_table_cell(table, "%s", "");
		}
		fill_device(table, &group->devices[i]);
	}
}

void scope_print_groups(const struct pinscope_scope_view *view)
{
	bool wide = cli_width() >= CLI_WIDE;
	double now = seconds_since_boot();
	struct cli_table *table;
	size_t i;

	table = cli_table_new(wide ? wide_columns : narrow_columns, wide ? NR_WIDE : NR_NARROW,
			      cli_width());
	for (i = 0; i < view->nr_groups; i++)
		fill_group(table, &view->groups[i], now, wide);
	cli_table_print(table);
}
