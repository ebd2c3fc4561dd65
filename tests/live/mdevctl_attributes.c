// SPDX-License-Identifier: GPL-2.0
/* mdevctl: attributes are what the definition says, or there is no device. */
#include <stdlib.h>
#include <string.h>

#include "fixtures/mdevctl.h"

#define KNOWN "set it to start or never"

static const char *optin(void)
{
	return defined(OPTIN, lone_edu(0), "");
}

static void starts_with(const char *uuid, const char *opt_in)
{
	manages("start -u %s", uuid);
	check(!strcmp(attribute(uuid, "opt_in"), opt_in));
	manages("stop -u %s", uuid);
}

MDEVCTL_TEST(every_opt_in_is_set)
{
	static const char * const values[] = { "start", "never" };
	const char *uuid = optin();
	int i;

	starts_with(uuid, "start");
	for (i = 0; i < 2; i++) {
		manages("modify -u %s --addattr opt_in --value %s", uuid,
			values[i]);
		starts_with(uuid, values[i]);
		manages("modify -u %s --delattr", uuid);
	}
	starts_with(uuid, "start");
}

/* What definitions of old set is a type now: they are told which. */
MDEVCTL_TEST(value_that_is_a_type_is_named)
{
	const char *uuid = optin();

	fails("that is the type pinscope_precopy-dma, take it instead",
	      "modify -u %s --addattr opt_in --value precopy", uuid);
	fails("that is the type pinscope_optin-logging, take it instead",
	      "modify -u %s --addattr dma_logging --value 1", uuid);
	starts_with(uuid, "start");
}

MDEVCTL_TEST(attributes_have_an_order)
{
	const char *uuid = optin();

	manages("modify -u %s --addattr opt_in --value start", uuid);
	manages("modify -u %s --addattr opt_in --value never", uuid);
	manages("modify -u %s --addattr dma_logging --value 0 --index 1",
		uuid);
	manages("list -d -v -u %s", uuid);
	check(said("  Attrs:\n"
		   "    @{0}: {\"opt_in\":\"start\"}\n"
		   "    @{1}: {\"dma_logging\":\"0\"}\n"
		   "    @{2}: {\"opt_in\":\"never\"}\n"));
	starts_with(uuid, "never");

	manages("modify -u %s --delattr --index 1", uuid);
	manages("modify -u %s --delattr", uuid);
	manages("list -d -v -u %s", uuid);
	check(said("@{0}: {\"opt_in\":\"start\"}"));
	check(!said("@{1}"));
	starts_with(uuid, "start");
	fails("index 2 is invalid",
	      "modify -u %s --addattr opt_in --value never --index 2", uuid);
}

MDEVCTL_TEST(mistake_is_refused_in_a_modification)
{
	const char *uuid = optin(), *backed;

	fails("opt_in cannot be 'sometimes': " KNOWN,
	      "modify -u %s --addattr opt_in --value sometimes", uuid);
	fails("no attribute 'windows' to set: those they have are opt_in and dma_logging",
	      "modify -u %s --addattr windows --value 1", uuid);
	fails("no attribute '../remove' to set",
	      "modify -u %s --addattr ../remove --value 1", uuid);
	backed = defined(BACKED, lone_edu(1), "");
	fails(BACKED "-dma devices have no attribute to set",
	      "modify -u %s --addattr opt_in --value start", backed);
	manages("list -d -v");
	check(said(uuid) && said(backed) && !said("Attrs"));
}

MDEVCTL_TEST(mistake_is_refused_in_a_definition)
{
	const char *uuid = new_uuid();
	const char *file = json_file(OPTIN, "[{\"opt_in\":\"sometimes\"}]");

	pci_bind(lone_edu(0), OPTIN);
	fails("opt_in cannot be 'sometimes': " KNOWN,
	      "define -u %s -p %s --jsonfile %s", uuid, lone_edu(0), file);
	nothing_left(uuid);
	fails("opt_in cannot be 'sometimes': " KNOWN,
	      "start -u %s -p %s --jsonfile %s", uuid, lone_edu(0), file);
	nothing_left(uuid);
}

/* Only the callout knows: the driver has no such attribute to write. */
MDEVCTL_TEST(attribute_of_another_type_is_refused)
{
	const char *uuid = new_uuid();
	const char *file = json_file(EMULATED, "[{\"opt_in\":\"start\"}]");

	need_module(EMULATED);
	fails(EMULATED "-dma devices have no attribute 'opt_in' to set: "
	      "the one they have is dma_logging",
	      "define -u %s -p " EMULATED " --jsonfile %s", uuid, file);
	nothing_left(uuid);
}

static int free_instances(void)
{
	char *path = text("%s/available_instances",
			  mdev_type_dir(OPTIN, lone_edu(0)));

	return atoi(get_line(path));
}

/* What the driver refuses is taken back by mdevctl, attributes and device. */
MDEVCTL_TEST(start_is_whole_or_leaves_nothing)
{
	const char *uuid = new_uuid(), *file;
	int instances;

	pci_bind(lone_edu(0), OPTIN);
	instances = free_instances();
	hide_callout();
	file = json_file(OPTIN,
			 "[{\"opt_in\":\"never\"},{\"opt_in\":\"sometimes\"}]");
	manages("define -u %s -p %s --jsonfile %s", uuid, lone_edu(0), file);
	fails("Failed to write sometimes to attribute opt_in", "start -u %s",
	      uuid);
	check(!mdev_exists(uuid));
	equal(free_instances(), instances);
	manages("list");
	check(!said(uuid));

	manages("modify -u %s --delattr", uuid);
	starts_with(uuid, "never");
}

MDEVCTL_TEST(unknown_attribute_leaves_nothing)
{
	const char *uuid = new_uuid();

	need_module(EMULATED);
	hide_callout();
	fails("Invalid attribute", "start -u %s -p " EMULATED " --jsonfile %s",
	      uuid, json_file(EMULATED, "[{\"opt_in\":\"start\"}]"));
	nothing_left(uuid);
}

/* Types of others: the callout has no say, mdevctl does as it is told. */
MDEVCTL_TEST(other_types_are_not_its_business)
{
	const char *uuid = new_uuid();

	equal(command("%s/callouts/pinscope -t mtty-2 -e pre -a define "
		      "-s none -u %s -p mtty </dev/null",
		      mdevctl_used()->scripts, uuid), 2);
	manages("define -u %s -p mtty --jsonfile %s", uuid,
		json_file("others", "[{\"speed\":\"9600\"}]"));
	manages("list -d -v -u %s", uuid);
	check(said(text("%s mtty others-dma manual", uuid)));
	check(said("@{0}: {\"speed\":\"9600\"}"));
	manages("undefine -u %s", uuid);
	nothing_left(uuid);
}
