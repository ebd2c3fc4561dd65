// SPDX-License-Identifier: GPL-2.0
/* What the command says of devices that do as they should. */
#include <errno.h>
#include <string.h>

#include "fixtures/certify.h"

#include <harness/assigned.h>

#define ALL_HOLDS "every rule that could be tested holds, no page was lost"

TEST(certify, emulated_mdev_is_always_narrow, .limit = 120)
{
	struct mdev *mdev = mdev_new(EMULATED, NULL);
	char *output = certify(0, "-e sample %s", mdev->uuid);

	says(output, ALL_HOLDS);
	says(output, "narrows      always: no IOMMU is behind the device");
	says(output, "a round that wrote 2 pages reported 16, with 96 mapped");
	says_not(output, "not ok");
}

TEST(certify, opt_in_mdev_narrows_when_tracking_starts, .limit = 200)
{
	struct mdev *mdev = mdev_new(OPTIN, lone_edu(0));
	char *output = certify(0, "-e sample %s", mdev->uuid);

	says(output, ALL_HOLDS);
	says(output, "narrows      when tracking starts");
	says(output, "a round that wrote 2 pages reported 16, with 96 mapped");
}

TEST(certify, opt_in_mdev_narrows_in_pre_copy, .limit = 120)
{
	struct mdev *mdev = mdev_new_optin(lone_edu(0), "precopy");
	char *output = certify(0, "-e sample -t 'scope.*' %s", mdev->uuid);

	says(output, "narrows      in PRE_COPY");
	output = certify(0, "-e sample -t 'dirty.*_pre_copy' %s", mdev->uuid);
	says(output, ALL_HOLDS);
}

TEST(certify, backed_mdev_narrows_nowhere, .limit = 200)
{
	struct mdev *mdev = mdev_new(BACKED, lone_edu(0));
	char *output = certify(0, "-e sample %s", mdev->uuid);

	says(output, ALL_HOLDS);
	says(output, "narrows      nowhere: each GET reports everything mapped");
	says(output, "a round that wrote 2 pages reported 96, with 96 mapped");
	says(output, "see \"Opting in, step by step\" in Documentation/vendor-driver-guide.rst");
}

TEST(certify, logging_mdev_reports_what_it_wrote, .limit = 200)
{
	struct mdev *mdev = mdev_new(HWLOG, lone_edu(0));
	char *output = certify(0, "-e sample %s", mdev->uuid);

	says(output, ALL_HOLDS);
	says(output, "a round that wrote 2 pages reported 2, with 96 mapped");
}

TEST(certify, dma_log_of_a_device_is_compared, .limit = 120)
{
	struct mdev *mdev = mdev_new_type(EMULATED, "logging", NULL);
	char *output = certify(0, "-e sample -t migration.dma_log %s", mdev->uuid);

	says(output, "ok 1 migration.dma_log\n");
}

TEST(certify, two_devices_share_a_container, .limit = 120)
{
	struct mdev *one = emulated_new(), *other = emulated_new();
	char *output = certify(0, "-e sample -t 'two.*' %s %s", one->uuid, other->uuid);

	says(output, "pass:3 fail:0 skip:0");
}

TEST(certify, one_that_is_wide_makes_both_wide, .limit = 120)
{
	struct mdev *one = emulated_new(), *other = mdev_new(BACKED, lone_edu(0));
	char *output = certify(0, "-e sample -t 'two.*' %s %s", one->uuid, other->uuid);

	says(output, "pass:3 fail:0 skip:0");
}

TEST(certify, without_exerciser_says_what_it_can, .limit = 60)
{
	char *output = certify(0, "%s", emulated_new()->uuid);

	says(output, "what can be said without DMA holds");
	says(output, "nothing makes the device write: name an exerciser");
	says(output, "# SKIP cannot be said here: ");
	says_not(output, "not ok");
}

TEST(certify, raw_edu_function, .limit = 200)
{
	char *output;

	pci_bind(lone_edu(0), "vfio-pci");
	output = certify(0, "-e edu %s", lone_edu(0));
	says(output, ALL_HOLDS);
	says(output, "narrows      nowhere");
	says(output, "the device has no migration states");
}

TEST(certify, assigned_function_narrows_when_tracking_starts, .limit = 200)
{
	char *output = certify(0, "-e edu %s", assigned_function(0, "start"));

	says(output, ALL_HOLDS);
	says(output, "narrows      when tracking starts");
	says_not(output, "the device has no migration states");
}

TEST(certify, assigned_function_narrows_in_pre_copy, .limit = 120)
{
	const char *bdf = assigned_function(0, "precopy");
	char *output = certify(0, "-e edu -t 'scope.*' %s", bdf);

	says(output, "narrows      in PRE_COPY");
	output = certify(0, "-e edu -t 'dirty.*_pre_copy' %s", bdf);
	says(output, ALL_HOLDS);
}

/* On the stock core it cannot do otherwise */
TEST(certify, assigned_function_narrows_nowhere_if_it_never_opts_in, .limit = 120)
{
	char *output = certify(0, "-e edu -t 'scope.*' %s", assigned_function(0, "never"));

	says(output, "narrows      nowhere: each GET reports everything mapped");
}

TEST(certify, nvme_controller, .limit = 120)
{
	char *output = certify(0, "--bind -e nvme %s", NVME);

	says(output, ALL_HOLDS);
	says(output, "a round that wrote 2 pages reported 96, with 96 mapped");
}

TEST(certify, other_numbers_of_pages, .limit = 60)
{
	char *output = certify(0, "-e sample -p 1000 -t 'dirty.each*' %s", emulated_new()->uuid);

	says(output, "with 1032 mapped");
}
