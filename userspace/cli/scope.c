// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

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
"process holds which group, and exits with 3. Processes that use VFIO by iommufd have\n"
"no container; they are listed by what they hold.\n"
"\n"
"Exits with 4 if what the kernel shows of a container makes no sense.\n";

/* Who holds groups is known by the containers already. */
static size_t leave_out_groups(struct pinscope_holder *holders, size_t nr)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++)
		if (!holders[i].has_group)
			holders[kept++] = holders[i];
	return kept;
}

static int fail(bool json)
{
	if (json)
		cli_print_json(json_object_new_object());
	return CLI_FAILED;
}

/* What any kernel shows: who holds what. Their scope stays unknown. */
static int show_holders(bool json, int why)
{
	struct pinscope_holder *holders;
	size_t nr;
	int ret;

	cli_fail("the scope is unknown", PINSCOPE_OP_SCOPE, why);
	ret = pinscope_holders_find(&holders, &nr);
	if (ret) {
		cli_error("cannot look for who uses VFIO: %s", strerror(-ret));
		return fail(json);
	}
	if (json) {
		struct json_object *root = json_object_new_object();

		json_object_object_add(root, "containers", NULL);
		json_object_object_add(root, "holders", scope_json_holders(holders, nr));
		cli_print_json(root);
	} else if (!nr) {
		puts("No process that can be seen holds a VFIO group or device.");
	} else {
		puts("These processes use VFIO; which share a container cannot be seen:");
		scope_print_holders(holders, nr);
	}
	pinscope_holders_free(holders);
	return CLI_MISSING;
}

static void print_json(const struct pinscope_scope_list *list,
		       const struct pinscope_holder *holders, size_t nr)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < list->nr; i++)
		json_object_array_add(array, scope_json_view(&list->views[i]));
	json_object_object_add(root, "containers", array);
	json_object_object_add(root, "holders", scope_json_holders(holders, nr));
	cli_print_json(root);
}

static void print_text(const struct pinscope_scope_list *list,
		       const struct pinscope_holder *holders, size_t nr)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (i)
			putchar('\n');
		scope_print_view(&list->views[i]);
	}
	if (!list->nr)
		puts("No process has a VFIO container open.");
	if (!nr)
		return;
	puts("\nThese processes use VFIO by iommufd, which has no containers:");
	scope_print_holders(holders, nr);
}

static int show(bool json)
{
	struct pinscope_holder *holders;
	struct pinscope_scope_list list;
	size_t i, nr, garbled = 0;
	int ret;

	ret = pinscope_scope_read_all(&list);
	if (ret)
		return show_holders(json, ret);
	ret = pinscope_holders_find(&holders, &nr);
	if (ret) {
		cli_error("cannot look for who uses VFIO: %s", strerror(-ret));
		pinscope_scope_list_release(&list);
		return fail(json);
	}
	nr = leave_out_groups(holders, nr);
	for (i = 0; i < list.nr; i++)
		garbled += list.views[i].garbled;
	if (garbled)
		cli_error("what the kernel shows of %zu container%s makes no sense: its owner may "
			  "have a name that pretends to be more; update the patched modules",
			  garbled, garbled == 1 ? "" : "s");
	if (json)
		print_json(&list, holders, nr);
	else
		print_text(&list, holders, nr);
	pinscope_holders_free(holders);
	pinscope_scope_list_release(&list);
	return garbled ? CLI_FAILED : CLI_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(&cli_scope);
		if (option != 'j')
			return cli_bad_option(&cli_scope, options, argv, option);
		json = true;
	}
	if (optind < argc)
		return cli_no_argument(&cli_scope, argv[optind]);
	return show(json);
}

const struct cli_command cli_scope = {
	.name = "scope",
	.summary = "every container's dirty scope, and why it is what it is",
	.help = help,
	.run = run,
};
