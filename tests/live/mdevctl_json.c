// SPDX-License-Identifier: GPL-2.0
/* mdevctl: definitions as JSON, out and in again. */
#include <string.h>

#include "fixtures/mdevctl.h"

/* The definition, or with "" the running device. */
static struct json_object *dumped(const char *uuid, const char *which)
{
	manages("list %s --dumpjson -u %s", which, uuid);
	return output_json();
}

/* The value of opt_in: a running device is listed with all it has to set. */
static const char *opt_in_of(struct json_object *definition)
{
	struct json_object *attrs, *attr, *value;
	size_t i;

	check(json_object_object_get_ex(definition, "attrs", &attrs));
	for (i = 0; i < json_object_array_length(attrs); i++) {
		attr = json_object_array_get_idx(attrs, i);
		if (json_object_object_get_ex(attr, "opt_in", &value))
			return json_object_get_string(value);
	}
	fail("no opt_in among %s", json_object_to_json_string(attrs));
}

MDEVCTL_TEST(dump_defines_the_same_device_again)
{
	const char *uuid = defined(OPTIN, lone_edu(0), "--auto"), *file;
	struct json_object *before, *after, *value;

	manages("modify -u %s --addattr opt_in --value never", uuid);
	before = dumped(uuid, "-d");
	check(!strcmp(opt_in_of(before), "never"));
	check(json_object_object_get_ex(before, "mdev_type", &value));
	check(!strcmp(json_object_get_string(value), OPTIN "-dma"));
	check(json_object_object_get_ex(before, "start", &value));
	check(!strcmp(json_object_get_string(value), "auto"));
	manages("undefine -u %s", uuid);
	nothing_left(uuid);

	file = json_file(OPTIN, "[]");
	ok(json_object_to_file(file, before));
	manages("define -u %s -p %s --jsonfile %s", uuid, lone_edu(0), file);
	after = dumped(uuid, "-d");
	check(json_object_equal(before, after));
	manages("start -u %s", uuid);
	check(!strcmp(attribute(uuid, "opt_in"), "never"));
	json_object_put(before);
	json_object_put(after);
}

MDEVCTL_TEST(dump_of_a_running_device_starts_another)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));
	const char *uuid = new_uuid(), *file = json_file(OPTIN, "[]");
	struct json_object *running;

	ok(mdev_put(mdev, "opt_in", "never"));
	running = dumped(mdev->uuid, "");
	check(!strcmp(opt_in_of(running), "never"));
	ok(json_object_to_file(file, running));
	json_object_put(running);
	manages("start -u %s -p %s --jsonfile %s", uuid, lone_edu(0), file);
	check(!strcmp(attribute(uuid, "opt_in"), "never"));
}

/* Each device once, below its parent. */
MDEVCTL_TEST(dump_of_all_has_all)
{
	const char *emulated = defined(EMULATED, NULL, "");
	const char *backed = defined(BACKED, lone_edu(1), "--auto");
	struct json_object *all, *parents, *devices, *device;

	manages("list -d --dumpjson");
	all = output_json();
	equal(json_object_array_length(all), 1);
	parents = json_object_array_get_idx(all, 0);
	equal(json_object_object_length(parents), 2);
	check(json_object_object_get_ex(parents, EMULATED, &devices));
	equal(json_object_array_length(devices), 1);
	device = json_object_array_get_idx(devices, 0);
	check(json_object_object_get_ex(device, emulated, NULL));
	check(json_object_object_get_ex(parents, lone_edu(1), &devices));
	device = json_object_array_get_idx(devices, 0);
	check(json_object_object_get_ex(device, backed, NULL));
	json_object_put(all);
}

/* 1.2 cannot change a definition by a file. */
TEST(mdevctl, definition_is_changed_by_a_file, .limit = 120)
{
	const char *uuid;

	mdevctl_use(&mdevctl_1_4);
	uuid = defined(OPTIN, lone_edu(0), "--auto");
	manages("modify -u %s -p %s --jsonfile %s", uuid, lone_edu(0),
		json_file(OPTIN, "[{\"opt_in\":\"never\"}]"));
	manages("list -d -v -u %s", uuid);
	check(said(OPTIN "-dma manual\n"));
	check(said("@{0}: {\"opt_in\":\"never\"}"));
	fails("opt_in cannot be 'x'", "modify -u %s -p %s --jsonfile %s", uuid,
	      lone_edu(0), json_file(OPTIN, "[{\"opt_in\":\"x\"}]"));
	manages("list -d -v -u %s", uuid);
	check(said("@{0}: {\"opt_in\":\"never\"}"));
}
