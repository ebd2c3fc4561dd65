// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>

#include <cli/output/json.h>
#include <cli/output/paragraph.h>
#include <cli/output/table.h>

#include "demo.h"

static const char *scope_words(const struct row *row)
{
	if (!row->scope_known)
		return "unknown";
	return row->counts.scope == PINSCOPE_SCOPE_WIDE ? "EVERYTHING" : "pinned";
}

void demo_print_table(const struct demo *demo)
{
	static const struct cli_column columns[] = {
		{ "", CLI_COL_RIGHT, 0 },
		{ "STEP", 0, 28 },
		{ "IN", 0, 0 },
		{ "SCOPE", 0, 0 },
		{ "MAPPED", CLI_COL_RIGHT, 0 },
		{ "PINNED", CLI_COL_RIGHT, 0 },
		{ "DIRTY", CLI_COL_RIGHT, 0 },
		{ "WHY", 0, 32 },
	};
	struct cli_table *table;
	size_t i;

	printf("One container with %u pages of 4 KiB mapped, and the devices in it (IN):\n"
	       "  E  emulated mdev\n"
	       "  B  backed mdev: DMA through the IOMMU, its driver never pins\n"
	       "  O  opt-in mdev: DMA through the IOMMU, its driver pins what it writes\n"
	       "  L  logged mdev: the same, and the device logs which of it was written\n"
	       "  P  pre-copy mdev: as opt-in, but it pins only while it is saved\n"
	       "  V  a PCI device assigned by vfio-pci; ( ) in brackets: closed, its group stays\n\n"
	       "SCOPE is what a dirty bitmap covers, DIRTY how many pages it really reported.\n\n",
	       DEMO_PAGES);
	table = cli_table_new(columns, 8, 100);
	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];

		cli_table_row(table);
		cli_table_cell(table, "%s%zu", row->surprise ? "!" : "", i + 1);
		cli_table_cell(table, "%s", row->step);
		cli_table_cell(table, "%s", row->devices);
		cli_table_cell(table, "%s", scope_words(row));
		if (row->scope_known)
			cli_table_colour(table, cli_scope_colour(row->counts.scope));
		cli_table_cell(table, "%u", DEMO_PAGES);
		if (row->scope_known)
			cli_table_cell(table, "%llu", (unsigned long long)row->counts.pinned_pages);
		else
			cli_table_cell(table, "-");
		if (row->dirty != DEMO_NO_GET)
			cli_table_cell(table, "%llu", (unsigned long long)row->dirty);
		else
			cli_table_cell(table, "-");
		cli_table_cell(table, "%s", row->why);
	}
	cli_table_print(table);
}

size_t demo_count_surprises(const struct demo *demo)
{
	size_t i, count = 0;

	for (i = 0; i < demo->nr_rows; i++)
		count += demo->rows[i].surprise;
	return count;
}

/* The most that a GET of a narrow scope reported. */
static uint64_t narrow_dirty(const struct demo *demo)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];

		if (row->dirty != DEMO_NO_GET && row->dirty < DEMO_PAGES && row->dirty > most)
			most = row->dirty;
	}
	return most;
}

void demo_print_conclusion(const struct demo *demo)
{
	unsigned long long narrow = narrow_dirty(demo);
	size_t i, left_out = 0, surprises = demo_count_surprises(demo);
	char text[512];

	putchar('\n');
	for (i = 0; i < NR_PARTS; i++) {
		const struct part *part = &demo->parts[i];

		if (!part->missing)
			continue;
		printf("Left out: the %s device%s, since %s.\n", part->label,
		       i == OPTIN_SHARED ? " in a group of two" : "", part->missing);
		left_out++;
	}

	if (surprises)
		snprintf(text, sizeof(text),
			 "%zu of %zu steps did not go as the rules say; they are marked with '!'.",
			 surprises, demo->nr_rows);
	else if (left_out)
		snprintf(text, sizeof(text),
			 "In short: one device that never pins makes every pass copy all %u pages; without it, a pass copies %llu. The rest of the story needs what was left out.",
			 DEMO_PAGES, narrow);
	else
		snprintf(text, sizeof(text),
			 "In short: one device that has not opted in makes every pass copy all %u pages; once all pin what they may write, a pass copies %llu pages (%llu%%), and of a device that logs its writes only those. Where the scope narrows while tracking is on, everything is reported once more, so no page is lost.",
			 DEMO_PAGES, narrow, narrow * 100 / DEMO_PAGES);
	cli_print_wrapped("", text);
}

void demo_print_json(const struct demo *demo)
{
	struct json_object *root = json_object_new_object();
	struct json_object *steps = json_object_new_array();
	struct json_object *missing = json_object_new_array();
	size_t i;

	for (i = 0; i < demo->nr_rows; i++) {
		const struct row *row = &demo->rows[i];
		struct json_object *object = json_object_new_object();

		cli_json_text(object, "step", row->step);
		cli_json_text(object, "devices", row->devices);
		cli_json_text(object, "scope", pinscope_scope_name(row->counts.scope));
		cli_json_number(object, "mapped", DEMO_PAGES);
		cli_json_maybe(object, "pinned", row->scope_known, row->counts.pinned_pages);
		cli_json_maybe(object, "dirty", row->dirty != DEMO_NO_GET, row->dirty);
		cli_json_text(object, "why", row->why);
		cli_json_bool(object, "as_expected", !row->surprise);
		json_object_array_add(steps, object);
	}
	for (i = 0; i < NR_PARTS; i++) {
		const struct part *part = &demo->parts[i];

		if (part->missing)
			json_object_array_add(missing, json_object_new_string(part->label));
	}
	json_object_object_add(root, "steps", steps);
	json_object_object_add(root, "left_out", missing);
	cli_print_json(root);
}
