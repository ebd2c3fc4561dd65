// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"

static const char help[] =
"Usage: pinscope scope [--json]\n"
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
"  -j, --json  print JSON\n"
"  -h, --help  this text\n"
"\n"
"This needs a patched VFIO core, debugfs and root. On a stock core it lists which\n"
"process holds which group, and exits with 3.\n";

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
	cli_table_cell(table, "%s, %.1fs ago", group->cause, now - group->since);
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

/* Sample drivers say themselves, in an attribute, why a device is not opted in. */
static void print_sayings(const struct pinscope_scope_group *group)
{
	char saying[256], line[384];
	size_t i;

	for (i = 0; i < group->nr_devices; i++) {
		const char *name = group->devices[i].name;

		if (group->scope != PINSCOPE_SCOPE_WIDE ||
		    pinscope_device_attr_read(name, "scope", saying, sizeof(saying)))
			continue;
		snprintf(line, sizeof(line), "%s: \"%s\"", name, saying);
		cli_print_wrapped("  it says   ", line);
	}
}

static void print_view(const struct pinscope_scope_view *view)
{
	const struct pinscope_scope_counts *counts = &view->counts;
	char text[1024];
	size_t i;

	printf("Container %s, owned by %s (pid %d)", view->id, *view->comm ? view->comm : "?",
	       (int)view->owner);
	if (!view->has_iommu) {
		puts(": no IOMMU type is set yet, so nothing is mapped.");
		return;
	}
	printf("\n  scope     %s\n",
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

	pinscope_scope_reason(view, text, sizeof(text));
	cli_print_wrapped("  why       ", text);
	for (i = 0; i < view->nr_groups; i++) {
		pinscope_scope_group_advice(&view->groups[i], text, sizeof(text) - 32);
		if (*text) {
			char line[1088];

			snprintf(line, sizeof(line), "group %u: %s", view->groups[i].number, text);
			cli_print_wrapped("  to do     ", line);
		}
	}
	for (i = 0; i < view->nr_groups; i++)
		print_sayings(&view->groups[i]);
	if (view->nr_groups) {
		putchar('\n');
		print_groups(view);
	}
}

static struct json_object *json_group(const struct pinscope_scope_group *group)
{
	struct json_object *object = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	char text[1024];
	size_t i;

	cli_json_number(object, "group", group->number);
	json_object_object_add(object, "iommu_group",
			       group->scope == PINSCOPE_SCOPE_EMULATED ? NULL :
			       json_object_new_int64(group->iommu_group));
	cli_json_number(object, "members", group->members);
	cli_json_text(object, "scope", pinscope_scope_name(group->scope));
	cli_json_text(object, "cause", group->cause);
	json_object_object_add(object, "since", json_object_new_double(group->since));
	cli_json_number(object, "pins", group->pins);
	cli_json_number(object, "refused", group->refused);
	cli_json_bool(object, "can_track", group->can_track);
	for (i = 0; i < group->nr_devices; i++) {
		struct json_object *device = json_object_new_object();

		cli_json_text(device, "name", group->devices[i].name);
		cli_json_text(device, "driver", group->devices[i].driver);
		cli_json_bool(device, "open", group->devices[i].open);
		if (group->devices[i].told) {
			cli_json_bool(device, "opted_in", group->devices[i].opted_in);
			cli_json_number(device, "pins", group->devices[i].pins);
			cli_json_number(device, "sync_failures", group->devices[i].sync_failures);
			cli_json_number(device, "sync_error", group->devices[i].sync_error);
		}
		json_object_array_add(devices, device);
	}
	json_object_object_add(object, "devices", devices);
	pinscope_scope_group_reason(group, text, sizeof(text));
	cli_json_text(object, "reason", text);
	pinscope_scope_group_advice(group, text, sizeof(text));
	cli_json_text(object, "advice", text);
	return object;
}

static struct json_object *json_view(const struct pinscope_scope_view *view)
{
	const struct pinscope_scope_counts *counts = &view->counts;
	struct json_object *object = json_object_new_object();
	struct json_object *groups;
	char text[1024];
	size_t i;

	cli_json_text(object, "id", view->id);
	cli_json_number(object, "pid", view->owner);
	cli_json_text(object, "comm", view->comm);
	pinscope_scope_reason(view, text, sizeof(text));
	cli_json_text(object, "reason", text);
	if (!view->has_iommu)
		return object;

	cli_json_text(object, "scope", pinscope_scope_name(counts->scope));
	cli_json_bool(object, "tracking", counts->tracking);
	cli_json_bool(object, "iommu_tracking", counts->iommu);
	cli_json_number(object, "pinned_pages", counts->pinned_pages);
	cli_json_number(object, "nr_groups", counts->nr_groups);
	cli_json_number(object, "nr_groups_wide", counts->nr_groups_wide);
	cli_json_number(object, "nr_devices", counts->nr_devices);
	cli_json_number(object, "nr_devices_wide", counts->nr_devices_wide);
	groups = json_object_new_array();
	for (i = 0; i < view->nr_groups; i++)
		json_object_array_add(groups, json_group(&view->groups[i]));
	json_object_object_add(object, "groups", groups);
	return object;
}

/* What any kernel shows: who holds which group. Their scope stays unknown. */
static int show_holders(bool json, int why)
{
	static const struct cli_column columns[] = {
		{ "PID", CLI_COL_RIGHT, 0 },
		{ "COMMAND", 0, 0 },
		{ "GROUP", CLI_COL_RIGHT, 0 },
		{ "SCOPE", 0, 0 },
	};
	struct pinscope_holder *holders;
	struct cli_table *table;
	size_t nr, i;
	int ret;

	cli_fail("the scope is unknown", PINSCOPE_OP_SCOPE, why);
	ret = pinscope_holders_find(&holders, &nr);
	if (ret) {
		cli_error("cannot look for the holders of VFIO groups: %s", strerror(-ret));
		return CLI_FAILED;
	}

	if (json) {
		struct json_object *root = json_object_new_object();
		struct json_object *array = json_object_new_array();

		for (i = 0; i < nr; i++) {
			struct json_object *object = json_object_new_object();

			cli_json_number(object, "pid", holders[i].pid);
			cli_json_text(object, "comm", holders[i].comm);
			cli_json_number(object, "group", holders[i].group);
			cli_json_text(object, "scope", "unknown");
			json_object_array_add(array, object);
		}
		json_object_object_add(root, "containers", NULL);
		json_object_object_add(root, "holders", array);
		cli_print_json(root);
	} else if (!nr) {
		puts("No process that can be seen holds a VFIO group.");
	} else {
		puts("These processes hold VFIO groups; which share a container cannot be seen:");
		table = cli_table_new(columns, 4, cli_width());
		for (i = 0; i < nr; i++) {
			cli_table_row(table);
			cli_table_cell(table, "%d", (int)holders[i].pid);
			cli_table_cell(table, "%s", holders[i].comm);
			cli_table_cell(table, "%u", holders[i].group);
			cli_table_cell(table, "unknown");
		}
		cli_table_print(table);
	}
	pinscope_holders_free(holders);
	return CLI_MISSING;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct pinscope_scope_list list;
	bool json = false;
	int option, ret;
	size_t i;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (option != 'j')
			return cli_usage(&cli_scope, "unknown option '%s'", argv[optind - 1]);
		json = true;
	}
	if (optind < argc)
		return cli_usage(&cli_scope, "no argument is wanted, but '%s' was given",
				 argv[optind]);

	ret = pinscope_scope_read_all(&list);
	if (ret == -EBADMSG) {
		cli_error("the kernel shows its containers in a format this version does not know");
		return CLI_FAILED;
	}
	if (ret)
		return show_holders(json, ret);

	if (json) {
		struct json_object *root = json_object_new_object();
		struct json_object *array = json_object_new_array();

		for (i = 0; i < list.nr; i++)
			json_object_array_add(array, json_view(&list.views[i]));
		json_object_object_add(root, "containers", array);
		cli_print_json(root);
	} else if (!list.nr) {
		puts("No process has a VFIO container open.");
	} else {
		for (i = 0; i < list.nr; i++) {
			if (i)
				putchar('\n');
			print_view(&list.views[i]);
		}
	}
	pinscope_scope_list_release(&list);
	return CLI_OK;
}

const struct cli_command cli_scope = {
	.name = "scope",
	.summary = "every container's dirty scope, and why it is what it is",
	.help = help,
	.run = run,
};
