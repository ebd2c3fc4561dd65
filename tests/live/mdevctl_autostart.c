// SPDX-License-Identifier: GPL-2.0
/*
 * mdevctl: devices that start by themselves when their parent appears, by the
 * udev rule that comes with mdevctl. It runs /usr/sbin/mdevctl.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/mdevctl.h"

#define RULE_RUNS "/usr/sbin/mdevctl"

static void link_back(void *target)
{
	unlink(RULE_RUNS);
	if (symlink(target, RULE_RUNS))
		fail(RULE_RUNS " cannot be put back: %s", strerror(errno));
}

/* The rule is to run the version that is tested. */
static void rule_runs_it(void)
{
	char target[128] = "";

	if (access("/run/udev/control", F_OK))
		skip("needs systemd-udevd");
	if (readlink(RULE_RUNS, target, sizeof(target) - 1) < 0)
		skip("needs a symbolic link " RULE_RUNS);
	defer(RESTORE_HOST, link_back, text("%s", target));
	unlink(RULE_RUNS);
	if (symlink(mdevctl_used()->program, RULE_RUNS))
		fail(RULE_RUNS ": %s", strerror(errno));
}

static void load_again(void *module)
{
	need_module(module);
}

/* The functions are bound again by their driver_override. */
static void reload(const char *module)
{
	defer(RESTORE_HOST, load_again, (void *)module);
	ok(module_try_unload(module));
	check(!module_loaded(module));
	need_module(module);
}

static void starts_alone(const char *uuid)
{
	if (comes_true(mdev_exists(uuid), 15000))
		return;
	mdevctl("list -d");
	fail("%s was not started: %s", uuid, output());
}

/* All that the rule does is done. */
static void settle(void)
{
	equal(command("udevadm settle --timeout=30"), 0);
}

MDEVCTL_TEST(starts_when_a_module_is_loaded)
{
	const char *automatic = defined(EMULATED, NULL, "--auto");
	const char *manual = defined(EMULATED, NULL, "");

	rule_runs_it();
	reload(EMULATED);
	starts_alone(automatic);
	settle();
	check(!mdev_exists(manual));
	manages("list");
	check(said_line(text("%s " EMULATED " " EMULATED "-dma auto (defined)",
			     automatic)));
}

MDEVCTL_TEST(starts_with_attributes_when_a_function_is_bound)
{
	const char *parent = lone_edu(0);
	const char *uuid = defined(OPTIN, parent, "");

	manages("modify -u %s --addattr opt_in --value never", uuid);
	manages("modify -u %s --auto", uuid);
	manages("start -u %s", uuid);
	rule_runs_it();
	reload(OPTIN);
	check(!strcmp(pci_driver(parent), OPTIN));
	starts_alone(uuid);
	settle();
	check(!strcmp(attribute(uuid, "opt_in"), "never"));

	/* And no more, once it is to be started by hand */
	manages("modify -u %s --manual", uuid);
	pci_bind(parent, "");
	check(!mdev_exists(uuid));
	pci_bind(parent, OPTIN);
	settle();
	check(!mdev_exists(uuid));
}

MDEVCTL_TEST(one_mistake_does_not_stop_the_others)
{
	const char *parent = lone_edu(0);
	const char *good = defined(OPTIN, parent, "--auto");
	const char *more = defined(OPTIN, parent, "--auto");
	const char *bad = defined(OPTIN, parent, "--auto");

	/* mdevctl would not write this */
	equal(command("sed -i 's/\"attrs\": \\[\\]/\"attrs\": [{\"opt_in\": "
		      "\"x\"}]/' /etc/mdevctl.d/%s/%s",
		      parent, bad), 0);
	manages("list -d -v -u %s", bad);
	check(said("{\"opt_in\":\"x\"}"));
	rule_runs_it();
	pci_bind(parent, "");
	pci_bind(parent, OPTIN);
	starts_alone(good);
	starts_alone(more);
	settle();
	check(!mdev_exists(bad));
}
