// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/doctor/doctor.h"
#include "cli/output/json.h"
#include "cli/output/table.h"

static const char *const verdict_names[] = { "ok", "note", "BAD" };
static const char *const verdict_keys[] = { "ok", "note", "bad" };

void doctor_add(struct doctor_report *report, const char *check, enum doctor_verdict verdict,
		const char *remedy, const char *fmt, ...)
{
	struct doctor_finding *finding = &report->findings[report->nr++];
	va_list args;

	finding->check = check;
	finding->verdict = verdict;
	finding->remedy = verdict == DOCTOR_GOOD ? "" : remedy;
	va_start(args, fmt);
	vsnprintf(finding->found, sizeof(finding->found), fmt, args);
	va_end(args);
}

size_t doctor_count(const struct doctor_report *report, enum doctor_verdict verdict)
{
	size_t i, count = 0;

	for (i = 0; i < report->nr; i++)
		count += report->findings[i].verdict == verdict;
	return count;
}

void doctor_print(const struct doctor_report *report)
{
	/* What the first three take, and the spaces between. */
	const size_t taken = 59, least = 24, width = cli_width();
	const struct cli_column columns[] = {
		{ "CHECK", 0, 0 },
		{ "VERDICT", 0, 0 },
		{ "FOUND", 0, 32 },
		{ "REMEDY", 0, (unsigned int)(width > taken + least ? width - taken : least) },
	};
	struct cli_table *table;
	size_t i;

	table = cli_table_new(columns, 4, cli_width());
	for (i = 0; i < report->nr; i++) {
		const struct doctor_finding *finding = &report->findings[i];

		cli_table_row(table);
		cli_table_cell(table, "%s", finding->check);
		cli_table_cell(table, "%s", verdict_names[finding->verdict]);
		cli_table_colour(table, finding->verdict == DOCTOR_GOOD ? CLI_GOOD :
				 finding->verdict == DOCTOR_NOTE ? CLI_NOTE : CLI_WRONG);
		cli_table_cell(table, "%s", finding->found);
		cli_table_cell(table, "%s", finding->remedy);
	}
	cli_table_print(table);
}

void doctor_print_json(const struct doctor_report *report)
{
	struct json_object *root = json_object_new_object();
	struct json_object *checks = json_object_new_array();
	size_t i;

	for (i = 0; i < report->nr; i++) {
		const struct doctor_finding *finding = &report->findings[i];
		struct json_object *object = json_object_new_object();

		cli_json_text(object, "check", finding->check);
		cli_json_text(object, "verdict", verdict_keys[finding->verdict]);
		cli_json_text(object, "found", finding->found);
		cli_json_text(object, "remedy", finding->remedy);
		json_object_array_add(checks, object);
	}
	json_object_object_add(root, "checks", checks);
	cli_json_number(root, "bad", doctor_count(report, DOCTOR_BAD));
	cli_print_json(root);
}
