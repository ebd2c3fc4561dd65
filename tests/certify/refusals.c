// SPDX-License-Identifier: GPL-2.0
/* Devices that are refused, and drivers that are put back. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/certify.h"

#include <live/fixtures/shell.h>
#include <pinscope/pci.h>

static char *state_of(const char *bdf)
{
	return output_of(text("{ cd /sys/bus/pci/devices/%s; readlink driver; "
			      "cat driver_override; }", bdf));
}

/* The same driver, for the same reason. */
static void is_as_before(const char *bdf, const char *before)
{
	char *after = state_of(bdf);

	if (strcmp(before, after))
		fail("%s before:\n%safter:\n%s", bdf, before, after);
}

static void nvme_without(void *arg)
{
	(void)arg;
	pinscope_pci_unbind(NVME);
	command("modprobe -r nvme");
}

/* The controller has its driver, as on any machine. */
static void nvme_with_driver(void)
{
	defer(RESTORE_HOST, nvme_without, NULL);
	equal(command("modprobe nvme"), 0);
	check(comes_true(!access("/dev/nvme0n1", F_OK), 10000));
}

TEST(refuses, what_there_is_not)
{
	says(certify(3, "0000:00:1f.7"), "there is no device '0000:00:1f.7'");
}

TEST(refuses, device_of_another_driver)
{
	pci_bind(lone_edu(0), OPTIN);
	says(certify(3, "%s", lone_edu(0)), "belongs to its driver " OPTIN ": with --bind vfio-pci "
	     "gets it for the test, and " OPTIN " gets it back.");
}

TEST(refuses, device_without_driver)
{
	pci_bind(lone_edu(0), "");
	says(certify(3, "%s", lone_edu(0)), "has no driver: with --bind vfio-pci gets it");
}

TEST(refuses, group_with_other_members)
{
	char *output;

	pci_bind(paired_edu(0), "vfio-pci");
	pci_bind(paired_edu(1), "vfio-pci");
	output = certify(3, "%s", paired_edu(0));
	says(output, text("has other members, %s among them", paired_edu(1)));
}

TEST(refuses, device_that_is_in_use)
{
	struct mdev *mdev = emulated_new();
	unsigned int group;
	char *output;

	ok(pinscope_device_group(mdev->uuid, &group));
	output = output_of(text("{ exec 9<>/dev/vfio/%u; pinscope certify %s; echo status $?; }",
				group, mdev->uuid));
	says(output, text("%s is in use by ", mdev->uuid));
	says(output, "status 3");
}

TEST(refuses, who_has_no_permission)
{
	struct mdev *mdev = emulated_new();
	char *output;

	output = output_of(text("{ setpriv --reuid 65534 --regid 65534 --clear-groups "
				"/opt/pinscope/bin/pinscope certify %s; echo status $?; }",
				mdev->uuid));
	says(output, "no permission for /dev/vfio/");
	says(output, "run as root");
	says(output, "status 3");
}

/* The root file system is on it, where no mount of this process shows it. */
TEST(refuses, to_bind_a_disk_that_is_mounted)
{
	char *before = state_of("0000:00:02.0");

	says(certify(3, "--bind 0000:00:02.0"), "is in use: it has the disk vda");
	is_as_before("0000:00:02.0", before);
}

TEST(refuses, to_bind_the_parent_of_an_mdev)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));
	char *before = state_of(lone_edu(0));

	says(certify(3, "--bind %s", lone_edu(0)), text("is in use: it has the mdev %s",
							mdev->uuid));
	is_as_before(lone_edu(0), before);
}

TEST(bind, puts_the_driver_back, .limit = 60)
{
	char *before;

	nvme_with_driver();
	before = state_of(NVME);
	says(certify(0, "--bind -e nvme -t 'dirty.each*' %s", NVME), "pass:2 fail:0");
	is_as_before(NVME, before);
	check(comes_true(!access("/dev/nvme0n1", F_OK), 10000));
}

TEST(bind, puts_back_that_there_was_none)
{
	char *before;

	pci_bind(lone_edu(0), "");
	before = state_of(lone_edu(0));
	certify(0, "--bind -t 'abi.*' %s", lone_edu(0));
	is_as_before(lone_edu(0), before);
}

TEST(bind, puts_the_driver_back_after_a_failure, .limit = 60)
{
	char *before;

	nvme_with_driver();
	before = state_of(NVME);
	certify(4, "--bind -e edu %s", NVME);
	is_as_before(NVME, before);
}

/* In the midst of it, which a slow device makes long. */
static void ended_by(const char *kill, int status)
{
	char *before;

	pci_bind(lone_edu(0), OPTIN);
	before = state_of(lone_edu(0));
	equal(command("pinscope certify --bind -e edu %s >/tmp/certify-out & certify=$!; "
		      "until grep -q '^ok 13 ' /tmp/certify-out; do sleep 0.1; done; "
		      "%s; wait $certify", lone_edu(0), kill), status);
	is_as_before(lone_edu(0), before);
}

TEST(bind, puts_the_driver_back_after_an_interrupt, .limit = 60)
{
	ended_by("kill -INT $certify", 128 + SIGINT);
}

TEST(bind, puts_the_driver_back_after_a_hangup, .limit = 60)
{
	ended_by("kill -HUP $certify", 128 + SIGHUP);
}

TEST(bind, puts_the_driver_back_if_rules_are_killed, .limit = 60)
{
	ended_by("kill -KILL $(cat /proc/$certify/task/$certify/children)", 4);
}
