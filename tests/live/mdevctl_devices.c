// SPDX-License-Identifier: GPL-2.0
/* mdevctl: types, and devices from their definition to their end. */
#include <stdlib.h>
#include <string.h>

#include "fixtures/mdevctl.h"

static int available(const char *driver, const char *parent)
{
	return atoi(get_line(text("%s/available_instances",
				  mdev_type_dir(driver, parent))));
}

/* What a type's file in sysfs says, as mdevctl prints it. */
static void tells(const char *driver, const char *parent, const char *file,
		  const char *title)
{
	char *line = get_line(text("%s/%s", mdev_type_dir(driver, parent),
				   file));

	check(strlen(line));
	if (!said_line(text("    %s: %s", title, line)))
		fail("no line '%s: %s': %s", title, line, output());
}

static void tells_of(const char *driver, const char *parent)
{
	need_module(driver);
	if (parent)
		pci_bind(parent, driver);
	manages("types -p %s", parent ? parent : driver);
	check(said_line(text("  %s-dma", driver)));
	tells(driver, parent, "available_instances", "Available instances");
	tells(driver, parent, "device_api", "Device API");
	tells(driver, parent, "name", "Name");
	tells(driver, parent, "description", "Description");
}

MDEVCTL_TEST(types_tell_what_they_are)
{
	tells_of(EMULATED, NULL);
	tells_of(OPTIN, lone_edu(0));
	tells_of(BACKED, lone_edu(1));
	manages("types");
	check(said_line(EMULATED));
	check(said_line(lone_edu(0)));
	check(said_line(lone_edu(1)));
}

MDEVCTL_TEST(types_as_json)
{
	struct json_object *types, *parent, *type, *value;

	need_module(EMULATED);
	manages("types --dumpjson -p " EMULATED);
	types = output_json();
	equal(json_object_array_length(types), 1);
	parent = json_object_array_get_idx(types, 0);
	check(json_object_object_get_ex(parent, EMULATED, &parent));
	/* "dma" and "logging", in an order of mdevctl's */
	equal(json_object_array_length(parent), 2);
	type = json_object_array_get_idx(parent, 0);
	if (!json_object_object_get_ex(type, EMULATED "-dma", &type)) {
		type = json_object_array_get_idx(parent, 1);
		check(json_object_object_get_ex(type, EMULATED "-dma", &type));
	}
	check(json_object_object_get_ex(type, "available_instances", &value));
	equal(json_object_get_int(value), available(EMULATED, NULL));
	check(json_object_object_get_ex(type, "description", &value));
	check(!strcmp(json_object_get_string(value),
		      get_line(text("%s/description",
				    mdev_type_dir(EMULATED, NULL)))));
	json_object_put(types);
}

/* One device from its definition until mdevctl has forgotten it. */
static void lives(const char *driver, const char *parent)
{
	const char *uuid = defined(driver, parent, ""), *line;
	int instances = available(driver, parent);

	line = text("%s %s %s-dma manual", uuid, parent ? parent : driver,
		    driver);
	check(!mdev_exists(uuid));
	manages("list -d");
	check(said_line(line));
	manages("list");
	check(!said(uuid));

	manages("start -u %s", uuid);
	check(mdev_exists(uuid));
	equal(available(driver, parent), instances - 1);
	manages("list");
	check(said_line(text("%s (defined)", line)));
	manages("list -d");
	check(said_line(text("%s (active)", line)));
	fails("already", "start -u %s", uuid);

	manages("stop -u %s", uuid);
	check(!mdev_exists(uuid));
	equal(available(driver, parent), instances);
	manages("list -d");
	check(said_line(line));
	fails(uuid, "stop -u %s", uuid);

	manages("undefine -u %s", uuid);
	nothing_left(uuid);
	fails("No devices match", "undefine -u %s", uuid);
}

MDEVCTL_TEST(emulated_device_lives)
{
	lives(EMULATED, NULL);
}

MDEVCTL_TEST(backed_device_lives)
{
	lives(BACKED, lone_edu(1));
}

MDEVCTL_TEST(optin_device_lives)
{
	lives(OPTIN, lone_edu(0));
}

MDEVCTL_TEST(device_without_definition)
{
	const char *uuid = new_uuid();

	need_module(EMULATED);
	manages("start -u %s -p " EMULATED " -t " EMULATED "-dma", uuid);
	manages("list");
	check(said_line(text("%s " EMULATED " " EMULATED "-dma manual",
			     uuid)));
	manages("stop -u %s", uuid);
	nothing_left(uuid);
}

MDEVCTL_TEST(definition_of_a_running_device_has_its_attributes)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));

	ok(mdev_put(mdev, "opt_in", "never"));
	manages("list -v");
	check(said("{\"opt_in\":\"never\"}"));
	manages("define -u %s", mdev->uuid);
	manages("stop -u %s", mdev->uuid);
	manages("start -u %s", mdev->uuid);
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
	manages("stop -u %s", mdev->uuid);
	manages("undefine -u %s", mdev->uuid);
	nothing_left(mdev->uuid);
}

MDEVCTL_TEST(last_instance_and_one_more)
{
	int instances, i;

	pci_bind(lone_edu(0), OPTIN);
	instances = available(OPTIN, lone_edu(0));
	check(instances > 0);
	for (i = 0; i < instances; i++)
		manages("start -u %s -p %s -t " OPTIN "-dma", new_uuid(),
			lone_edu(0));
	equal(available(OPTIN, lone_edu(0)), 0);
	fails("No available instances", "start -u %s -p %s -t " OPTIN "-dma",
	      new_uuid(), lone_edu(0));
}
