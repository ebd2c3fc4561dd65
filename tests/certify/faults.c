// SPDX-License-Identifier: GPL-2.0
/* Drivers that break the rules: each is found, with the right words. */
#include <string.h>

#include "fixtures/certify.h"

#define LOST "PAGES ARE LOST: a migration with this device corrupts memory"

TEST(fault, none_is_found_where_none_is, .limit = 60)
{
	char *output = certify(0, "-e sample %s", broken_new("good")->uuid);

	says_not(output, "not ok");
	says_not(output, "to do");
}

TEST(fault, page_that_is_never_pinned, .limit = 60)
{
	char *output = certify(1, "-e sample %s", broken_new("forget")->uuid);

	says(output, LOST);
	says(output, "LOST: page 15 written and not reported (all pages of a buffer)");
	says(output, "lost         pages 15, 39 of the 64");
	says(output, "the driver forgets pages");
	says(output, "see \"3. Know the complete footprint\"");
	says_not(output, "unpins too early");
	says_not(output, "claims a log");
}

TEST(fault, page_that_is_unpinned_too_early, .limit = 60)
{
	char *output = certify(1, "-e sample %s", broken_new("early")->uuid);

	says(output, LOST);
	says(output, "not ok 14 dirty.each_round");
	says(output, "the driver unpins too early");
	says(output, "see \"7. Pin what comes later, before the device can write it\"");
	says_not(output, "forgets pages");
	says_not(output, "claims a log");
}

/* Pins that are kept over close do harm to the kernel: tests/certify/run has a guest for that */

TEST(fault, log_that_there_is_not, .limit = 60)
{
	char *output;

	if (!core_is_patched())
		missing("pins of pages that are clean until they are marked");
	output = certify(1, "-e sample %s", broken_new("log")->uuid);
	says(output, LOST);
	says(output, "the driver claims a log that it does not have");
	says(output, "see \"Logging what is written\"");
	says_not(output, "forgets pages");
}
