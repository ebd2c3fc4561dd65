// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that runs: its own driver keeps the device busy and looks after its
 * buffers, on the source and, from where it was, on the target.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <harness/harness.h>

#include "fixtures/pair.h"

/* The guest's program is installed beside this one. */
static const char *guest_program(void)
{
	char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	check(n > 0);
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return text("%s/pinscope-guest", path);
}

/* How often the guest has said a word. */
static int said(struct qemu *qemu, const char *word)
{
	FILE *f = fopen(qemu_file(qemu, "console"), "r");
	char line[128];
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "WRONG", 5) || !strncmp(line, "FAILED", 6))
			fail("the guest on the %s: %s", qemu->name, line);
		n += !strncmp(line, word, strlen(word));
	}
	if (f)
		fclose(f);
	return n;
}

static void runs_through_a_migration(const char *driver, const char *opt_in,
				     const char *what)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;
	int passes, round, rounds = 5;

	pair->from.program = guest_program();
	pair->to.program = pair->from.program;
	pair_add(pair, driver, opt_in);
	pair_start(pair);
	if (!comes_true(said(pair->source, "pass") > 1, 30000))
		fail("the guest does not start:\n%s", qemu_said(pair->source));
	/* With nothing dirty it is over after the first round */
	if (pair->logs)
		rounds = 1;
	migration_start(pair->source, pair->target);
	for (round = 2; round <= rounds; round++) {
		migration_round(pair->source, round);
		passes = said(pair->source, "pass");
		/* All memory in each round leaves the guest little time */
		check(comes_true(said(pair->source, "pass") > passes, 40000));
	}
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, &outcome);
	measured(what, pair->source, &outcome);
	equal(outcome.lost, 0);

	equal(said(pair->target, "pass"), 0);
	qmp(pair->target, "cont", NULL);
	check(comes_true(said(pair->target, "pass") > 8, 30000));
	equal(said(pair->target, "ready"), 0);
}

TEST(long, guest_runs_through_a_migration_emulated, .limit = 120)
{
	runs_through_a_migration(EMULATED, NULL, "emulated, guest runs");
}

TEST(long, guest_runs_through_a_migration_backed, .limit = 120)
{
	runs_through_a_migration(BACKED, NULL, "backed, guest runs");
}

TEST(guest, runs_through_a_migration_start, .limit = 120)
{
	runs_through_a_migration(OPTIN, "start", "optin, start, guest runs");
}

TEST(guest, runs_through_a_migration_hwlog, .limit = 120)
{
	runs_through_a_migration(HWLOG, NULL, "hwlog, guest runs");
}

TEST(long, guest_runs_through_a_migration_precopy, .limit = 120)
{
	runs_through_a_migration(OPTIN, "precopy", "optin, precopy, guest runs");
}
