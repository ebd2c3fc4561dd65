// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scope.h"

static double seconds_since_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void table_group(struct cli_table *table, const struct pinscope_scope_group *group,
			double now)
{
	cli_table_row(table);
	cli_table_cell(table, "%u", group->number);
	if (group->scope == PINSCOPE_SCOPE_EMULATED) {
		cli_table_cell(table, "-");
		cli_table_cell(table, "-");
	} else {
		cli_table_cell(table, "%u", group->iommu_group);
		cli_table_cell(table, "%u", group->members);
	}
	cli_table_cell(table, "%s", pinscope_scope_name(group->scope));
	cli_table_cell(table, "%s, %.1fs ago", group->cause,
		       now > group->since ? now - group->since : 0);
	cli_table_cell(table, "%llu", (unsigned long long)group->pins);
	cli_table_cell(table, "%llu", (unsigned long long)group->refused);
}

static void table_device(struct cli_table *table, const struct pinscope_scope_device *device)
{
	cli_table_cell(table, "%s %s%s", device->name, device->driver,
		       device->open ? "" : " (closed)");
}

static void print_groups(const struct pinscope_scope_view *view)
{
	static const struct cli_column columns[] = {
		{ "GROUP", CLI_COL_RIGHT, 0 },
		{ "IOMMU", CLI_COL_RIGHT, 0 },
		{ "MEMBERS", CLI_COL_RIGHT, 0 },
		{ "SCOPE", 0, 0 },
		{ "SINCE", 0, 0 },
		{ "PINS", CLI_COL_RIGHT, 0 },
		{ "REFUSED", CLI_COL_RIGHT, 0 },
		{ "DEVICE", 0, 36 },
	};
	double now = seconds_since_boot();
	struct cli_table *table;
	size_t i, j, empty;

	table = cli_table_new(columns, 8, cli_width());
	for (i = 0; i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		table_group(table, group, now);
		if (!group->nr_devices)
			cli_table_cell(table, "-");
		for (j = 0; j < group->nr_devices; j++) {
			/* Another device of the group has no more to say of it. */
			if (j) {
				cli_table_row(table);
				for (empty = 0; empty < 7; empty++)
					cli_table_cell(table, "%s", "");
			}
			table_device(table, &group->devices[j]);
		}
	}
	cli_table_print(table);
}

/* What a device says of itself. */
struct saying {
	const struct pinscope_scope_device *device;
	char text[256];
	bool said;
};

static bool same_saying(const struct saying *a, const struct saying *b)
{
	return !strcmp(a->text, b->text) && !strcmp(a->device->driver, b->device->driver);
}

/* Those that say the same are told together. */
static void print_saying(struct saying *sayings, size_t nr, size_t i)
{
	size_t j, alike = 0;
	char *line;

	for (j = i; j < nr; j++) {
		if (!same_saying(&sayings[i], &sayings[j]))
			continue;
		sayings[j].said = true;
		alike++;
	}
	if ((alike == 1 ?
	     asprintf(&line, "%s: \"%s\"", sayings[i].device->name, sayings[i].text) :
	     asprintf(&line, "%zu devices of %s: \"%s\"", alike, sayings[i].device->driver,
		      sayings[i].text)) < 0)
		line = cli_must(NULL);
	cli_print_wrapped("  it says   ", line);
	free(line);
}

/* Sample drivers say themselves, in an attribute, why a device is not opted in. */
static void print_sayings(const struct pinscope_scope_view *view)
{
	struct saying *sayings = NULL;
	size_t i, j, nr = 0;

	for (i = 0; i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		if (group->scope != PINSCOPE_SCOPE_WIDE)
			continue;
		for (j = 0; j < group->nr_devices; j++) {
			struct saying saying = { .device = &group->devices[j] };

			if (pinscope_device_attr_read(saying.device->name, "scope", saying.text,
						      sizeof(saying.text)))
				continue;
			sayings = cli_must(reallocarray(sayings, nr + 1, sizeof(*sayings)));
			sayings[nr++] = saying;
		}
	}
	for (i = 0; i < nr; i++)
		if (!sayings[i].said)
			print_saying(sayings, nr, i);
	free(sayings);
}

static void print_counts(const struct pinscope_scope_counts *counts)
{
	printf("  scope     %s\n",
	       counts->scope != PINSCOPE_SCOPE_PINNED ?
	       "WIDE: everything mapped is reported dirty" :
	       counts->iommu ?
	       "PINNED: only what drivers pinned and devices wrote is reported dirty" :
	       "PINNED: only what vendor drivers pinned is reported dirty");
	printf("  tracking  %s%s\n", counts->tracking ? "on" : "off",
	       counts->iommu ? ", by the IOMMU as well" : "");
	printf("  pinned    %llu pages\n", (unsigned long long)counts->pinned_pages);
	printf("  groups    %u, of them %u wide\n", counts->nr_groups, counts->nr_groups_wide);
	printf("  devices   %u open, of them %u in wide groups\n", counts->nr_devices,
	       counts->nr_devices_wide);
}

static void print_advice(const struct pinscope_scope_view *view)
{
	char *advice = cli_words(pinscope_scope_advice, view), *rest = advice, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			cli_print_wrapped("  to do     ", line);
	free(advice);
}

void scope_print_view(const struct pinscope_scope_view *view)
{
	char *name, *why;

	if (view->garbled) {
		printf("Container %s: what the kernel shows of it makes no sense.\n", view->id);
		return;
	}
	name = cli_printable(*view->comm ? view->comm : "?");
	printf("Container %s, owned by %s (pid %d)", view->id, name, (int)view->owner);
	free(name);
	if (!view->has_iommu) {
		puts(": no IOMMU type is set yet, so nothing is mapped.");
		return;
	}
	putchar('\n');
	print_counts(&view->counts);
	why = cli_words(pinscope_scope_reason, view);
	cli_print_wrapped("  why       ", why);
	free(why);
	print_advice(view);
	print_sayings(view);
	if (view->nr_groups) {
		putchar('\n');
		print_groups(view);
	}
}

void scope_print_holders(const struct pinscope_holder *holders, size_t nr)
{
	static const struct cli_column columns[] = {
		{ "PID", CLI_COL_RIGHT, 0 },
		{ "COMMAND", 0, 0 },
		{ "HOLDS", 0, 0 },
		{ "SCOPE", 0, 0 },
	};
	struct cli_table *table = cli_table_new(columns, 4, cli_width());
	size_t i;

	for (i = 0; i < nr; i++) {
		cli_table_row(table);
		cli_table_cell(table, "%d", (int)holders[i].pid);
		cli_table_cell(table, "%s", holders[i].comm);
		cli_table_cell(table, "/dev/%s", holders[i].node);
		cli_table_cell(table, "unknown");
	}
	cli_table_print(table);
}
