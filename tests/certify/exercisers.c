// SPDX-License-Identifier: GPL-2.0
/* Programs as exercisers: one that works, and those that do not do what they say. */
#include <string.h>

#include "fixtures/certify.h"

static char *lies(const char *how)
{
	return certify(4, "-l 2 -t 'dirty.each*' -e 'liar %s' %s", how, emulated_new()->uuid);
}

/* Nothing of it is left. */
static void is_gone(void)
{
	check(comes_true(command("! pidof liar >/dev/null") == 0, 2000));
}

TEST(exerciser, example_of_the_documentation, .limit = 120)
{
	char *output = certify(0, "-e example %s", emulated_new()->uuid);

	says(output, "every rule that could be tested holds, no page was lost");
	says(output, "a round that wrote 2 pages reported 16");
}

TEST(exerciser, example_finds_a_forgotten_page, .limit = 120)
{
	says(certify(1, "-e example %s", broken_new("forget")->uuid), "the driver forgets pages");
}

TEST(exerciser, one_that_never_begins)
{
	says(lies("mute"), "the exerciser liar mute does not answer within 2 s");
	is_gone();
}

TEST(exerciser, one_that_hangs)
{
	char *output = lies("hang");

	says(output, "the exerciser liar hang does not answer within 2 s");
	says(output, "verdict      none: the exerciser does not work");
	is_gone();
}

TEST(exerciser, one_that_dies)
{
	says(lies("die"), "was ended by signal 11 (Segmentation fault)");
}

TEST(exerciser, one_that_talks_nonsense)
{
	says(lies("garbage"),
	     "answers 'OK, done', where \"ok\" or \"error\" and words are expected");
	says(lies("long"), "says more than 256 bytes in a line");
	is_gone();
}

TEST(exerciser, one_that_claims_to_have_written)
{
	says(lies("claims"), "says that it wrote page 8, but nothing has changed there");
}

TEST(exerciser, one_that_writes_other_words)
{
	says(lies("other"), "says that it wrote page 8, but other words are there");
}

TEST(exerciser, one_that_writes_elsewhere)
{
	says(lies("elsewhere"), "wrote page 9, where it was not told to");
}

TEST(exerciser, one_that_leaves_a_child_behind)
{
	certify(0, "-t 'dirty.each*' -e 'liar child' %s", emulated_new()->uuid);
	is_gone();
}

TEST(exerciser, one_that_there_is_not)
{
	says(certify(4, "-e /nonexistent %s", emulated_new()->uuid),
	     "ended by itself, with status 127");
}

TEST(exerciser, one_for_other_devices)
{
	struct mdev *mdev = emulated_new();

	says(certify(4, "-e edu %s", mdev->uuid), "is for QEMU's edu function, and this is none");
	says(certify(4, "-e nvme %s", mdev->uuid), "is for NVMe controllers, and this is none");
}

TEST(exerciser, device_that_refuses_is_said_to)
{
	says(certify(1, "-t 'dirty.each*' -e 'liar refuses' %s", emulated_new()->uuid),
	     "the device does not write page 8: the moon is in the wrong quarter");
}
