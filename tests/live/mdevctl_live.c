// SPDX-License-Identifier: GPL-2.0
/*
 * mdevctl modify --live: attributes of a device that runs. 1.2 has no such
 * thing, so these are for 1.4 alone.
 */
#include <string.h>

#include <pinscope/container.h>
#include <pinscope/device.h>
#include <pinscope/group.h>

#include "fixtures/mdevctl.h"

/**
 * struct user - somebody who has the device open
 * @container: with
 * @group: and
 * @device: in it
 */
struct user {
	struct pinscope_container *container;
	struct pinscope_group *group;
	struct pinscope_device *device;
};

static void leave(void *arg)
{
	struct user *user = arg;

	pinscope_device_close(user->device);
	pinscope_group_close(user->group);
	pinscope_container_close(user->container);
	memset(user, 0, sizeof(*user));
}

static struct user *opened(const char *uuid)
{
	struct user *user = zalloc(sizeof(*user));

	ok(pinscope_container_open(&user->container));
	defer(CLOSE_FILES, leave, user);
	check(comes_true(!pinscope_group_open_device(uuid, &user->group),
			 5000));
	ok(pinscope_group_attach(user->group, user->container));
	ok(pinscope_container_set_iommu(user->container));
	ok(pinscope_device_open(user->group, uuid, &user->device));
	return user;
}

/* A device that is defined and runs. */
static const char *running(void)
{
	const char *uuid;

	mdevctl_use(&mdevctl_1_4);
	uuid = defined(OPTIN, lone_edu(0), "");
	manages("start -u %s", uuid);
	check(!strcmp(attribute(uuid, "opt_in"), "start"));
	return uuid;
}

static bool defined_as(const char *uuid, const char *opt_in)
{
	manages("list -d -v -u %s", uuid);
	return said(text("{\"opt_in\":\"%s\"}", opt_in));
}

TEST(mdevctl, live_changes_the_device_alone, .limit = 120)
{
	const char *uuid = running();

	manages("modify -u %s --live --jsonfile %s", uuid,
		json_file(OPTIN, "[{\"opt_in\":\"never\"}]"));
	check(!strcmp(attribute(uuid, "opt_in"), "never"));
	manages("list -d -v -u %s", uuid);
	check(!said("Attrs"));

	/* As if it had been started without attributes */
	manages("modify -u %s --live --jsonfile %s", uuid,
		json_file(OPTIN, "[]"));
	check(!strcmp(attribute(uuid, "opt_in"), "start"));
}

TEST(mdevctl, live_and_defined_changes_both, .limit = 120)
{
	const char *uuid = running();

	manages("modify -u %s --live --defined --jsonfile %s", uuid,
		json_file(OPTIN, "[{\"opt_in\":\"never\"}]"));
	check(!strcmp(attribute(uuid, "opt_in"), "never"));
	check(defined_as(uuid, "never"));
}

TEST(mdevctl, live_refuses_a_mistake, .limit = 120)
{
	const char *uuid = running();

	fails("opt_in cannot be 'x'", "modify -u %s --live --jsonfile %s",
	      uuid, json_file(OPTIN, "[{\"opt_in\":\"x\"}]"));
	fails("no attribute 'scope' to set",
	      "modify -u %s --live --jsonfile %s", uuid,
	      json_file(OPTIN, "[{\"opt_in\":\"never\"},{\"scope\":\"x\"}]"));
	check(!strcmp(attribute(uuid, "opt_in"), "start"));
}

TEST(mdevctl, live_cannot_change_an_open_device, .limit = 120)
{
	const char *uuid = running();
	struct user *user = opened(uuid);

	fails("opt_in cannot change from start to never while the device is open: close it",
	      "modify -u %s --live --defined --jsonfile %s", uuid,
	      json_file(OPTIN, "[{\"opt_in\":\"never\"}]"));
	check(!strcmp(attribute(uuid, "opt_in"), "start"));
	check(!defined_as(uuid, "never"));
	/* Nothing to change is no mistake */
	manages("modify -u %s --live --jsonfile %s", uuid,
		json_file(OPTIN, "[{\"opt_in\":\"start\"}]"));

	leave(user);
	manages("modify -u %s --live --jsonfile %s", uuid,
		json_file(OPTIN, "[{\"opt_in\":\"never\"}]"));
	check(!strcmp(attribute(uuid, "opt_in"), "never"));
}
