// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that runs: its own driver keeps the device busy and looks after its
 * buffers, on the source and, from where it was, on the target.
 */
#include <harness/harness.h>

#include "fixtures/guest.h"

static void runs_through_a_migration(const struct guest *guest, const char *driver,
				     const char *opt_in, const char *what)
{
	struct pair *pair = pair_new(guest->mib);
	struct outcome outcome;
	int passes, round, rounds = 5;

	guest_use(guest, pair);
	pair_add(pair, driver, opt_in);
	pair_start(pair);
	if (!comes_true(guest_said(pair->source, "pass") > 1, guest->boots_ms))
		fail("the guest does not start:\n%s%s", qemu_said(pair->source),
		     qemu_serial(pair->source));
	/* With nothing dirty it is over after the first round */
	if (pair->logs)
		rounds = 1;
	migration_start(pair->source, pair->target);
	for (round = 2; round <= rounds; round++) {
		migration_round(pair->source, round);
		passes = guest_said(pair->source, "pass");
		/* All memory in each round leaves the guest little time */
		check(comes_true(guest_said(pair->source, "pass") > passes,
				 guest->pass_ms));
	}
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, &outcome);
	measured(what, pair->source, &outcome);
	equal(outcome.lost, 0);

	equal(guest_said(pair->target, "pass"), 0);
	qmp(pair->target, "cont", NULL);
	check(comes_true(guest_said(pair->target, "pass") > 8, guest->boots_ms));
	equal(guest_said(pair->target, "ready"), 0);
}

TEST(guest, runs_through_a_migration_start, .limit = 120)
{
	runs_through_a_migration(&bare_guest, OPTIN, "start",
				 "optin, start, guest runs");
}

TEST(guest, runs_through_a_migration_hwlog, .limit = 120)
{
	runs_through_a_migration(&bare_guest, HWLOG, NULL, "hwlog, guest runs");
}

TEST(long, guest_runs_through_a_migration_emulated, .limit = 120)
{
	runs_through_a_migration(&bare_guest, EMULATED, NULL,
				 "emulated, guest runs");
}

TEST(long, guest_runs_through_a_migration_backed, .limit = 120)
{
	runs_through_a_migration(&bare_guest, BACKED, NULL, "backed, guest runs");
}

TEST(long, guest_runs_through_a_migration_precopy, .limit = 120)
{
	runs_through_a_migration(&bare_guest, OPTIN, "precopy",
				 "optin, precopy, guest runs");
}

TEST(long, linux_runs_through_a_migration_backed, .limit = 900)
{
	runs_through_a_migration(&linux_guest, BACKED, NULL, "backed, Linux runs");
}

TEST(long, linux_runs_through_a_migration_start, .limit = 900)
{
	runs_through_a_migration(&linux_guest, OPTIN, "start",
				 "optin, start, Linux runs");
}

TEST(long, linux_runs_through_a_migration_hwlog, .limit = 900)
{
	runs_through_a_migration(&linux_guest, HWLOG, NULL, "hwlog, Linux runs");
}
