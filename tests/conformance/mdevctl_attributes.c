// SPDX-License-Identifier: GPL-2.0
/* mdevctl: defining, starting and stopping devices with attributes. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/vm.h"

#define OUTPUT "/tmp/conformance-mdevctl"

static void undefine(void *uuid)
{
	command("mdevctl stop -u %s >/dev/null 2>&1", (char *)uuid);
	command("mdevctl undefine -u %s >/dev/null 2>&1", (char *)uuid);
	unlink(OUTPUT);
}

/* Runs mdevctl; its output is kept for said(). */
#define mdevctl(fmt, ...) \
	command("mdevctl " fmt " >" OUTPUT " 2>&1", ##__VA_ARGS__)

static bool said(const char *words)
{
	return !command("grep -qi '%s' " OUTPUT, words);
}

static void show_output(void)
{
	command("cat " OUTPUT);
}

/* A device that mdevctl knows and that is not started. */
static const char *defined(const char *driver, const char *parent)
{
	char *uuid = zalloc(PINSCOPE_UUID_SIZE);

	if (command("command -v mdevctl >/dev/null"))
		skip("needs mdevctl");
	need_module(driver);
	if (parent && pci_try_bind(parent, driver))
		missing("IOMMU-backed mdev registration");
	ok(pinscope_uuid_random(uuid));
	defer(REMOVE_DEVICES, undefine, uuid);
	if (mdevctl("define -u %s -p %s -t %s-dma", uuid,
		    parent ? parent : driver, driver)) {
		show_output();
		fail("mdevctl cannot define a device");
	}
	return uuid;
}

/* A core that cannot have such devices at all, whatever their attributes. */
static void need_backed(void)
{
	if (said("Operation not supported"))
		missing("IOMMU-backed mdev registration");
}

static void starts(const char *uuid)
{
	if (mdevctl("start -u %s", uuid)) {
		need_backed();
		show_output();
		fail("mdevctl cannot start the device");
	}
	check(mdev_exists(uuid));
}

TEST(mdevctl, starts_and_stops_an_emulated_device)
{
	const char *uuid = defined(EMULATED, NULL);

	starts(uuid);
	equal(mdevctl("stop -u %s", uuid), 0);
	check(!mdev_exists(uuid));
}

TEST(mdevctl, types_tell_what_they_are)
{
	need_module(EMULATED);
	if (command("command -v mdevctl >/dev/null"))
		skip("needs mdevctl");
	equal(mdevctl("types"), 0);
	check(said(EMULATED "-dma"));
	check(said("Device API: vfio-pci"));
	check(said("Description: "));
	check(strlen(get_line(text("%s/description",
				   mdev_type_dir(EMULATED, NULL)))) > 10);
}

TEST(mdevctl, sets_opt_in)
{
	const char *uuid = defined(OPTIN, lone_edu(0));

	equal(mdevctl("modify -u %s --addattr opt_in --value precopy", uuid),
	      0);
	starts(uuid);
	check(!strcmp(get_line(text("/sys/bus/mdev/devices/%s/opt_in", uuid)),
		      "precopy"));
}

TEST(mdevctl, unknown_opt_in_is_refused_and_leaves_nothing)
{
	const char *uuid = defined(OPTIN, lone_edu(0));

	equal(mdevctl("modify -u %s --addattr opt_in --value sometimes", uuid),
	      0);
	check(mdevctl("start -u %s", uuid) != 0);
	need_backed();
	if (!said("opt_in") && !said("invalid")) {
		show_output();
		fail("mdevctl does not say what is wrong");
	}
	check(!mdev_exists(uuid));
}

TEST(mdevctl, opt_in_values)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));

	check(!strcmp(mdev_get(mdev, "opt_in"), "start"));
	ok(mdev_put(mdev, "opt_in", "precopy\n"));
	check(!strcmp(mdev_get(mdev, "opt_in"), "precopy"));
	ok(mdev_put(mdev, "opt_in", "never"));
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
	refused(mdev_put(mdev, "opt_in", "sometimes"), EINVAL);
	refused(mdev_put(mdev, "opt_in", "\n"), EINVAL);
	refused(mdev_put(mdev, "opt_in", "startx"), EINVAL);
	check(!strcmp(mdev_get(mdev, "opt_in"), "never"));
}

TEST(mdevctl, opt_in_cannot_change_while_open)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");

	refused(mdev_put(dev->mdev, "opt_in", "never"), EBUSY);
	check(!strcmp(mdev_get(dev->mdev, "opt_in"), "start"));
	close_device(dev);
	ok(mdev_put(dev->mdev, "opt_in", "never"));
}
