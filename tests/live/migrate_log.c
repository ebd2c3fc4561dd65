// SPDX-License-Identifier: GPL-2.0
/*
 * A device that logs its writes, and has windows much larger than what it
 * writes: a round costs what was written since the round before, and no more.
 */
#include <harness/harness.h>

#include "fixtures/pair.h"

/* Windows of 1 MiB each, and how far apart pages are that are written */
#define WINDOW 0x1000
#define WINDOW_PAGES 0x100
#define WINDOWS 3
#define APART 7

#define ROUNDS 6

/* What is written in the last round before the migration may finish */
#define AT_THE_END 3

static void add_windows(struct sample *dev)
{
	int i;

	for (i = 0; i < WINDOWS; i++)
		ok(sample_try(dev, PINSCOPE_CMD_ADD_WINDOW,
			      (WINDOW + i * WINDOW_PAGES) * PAGE,
			      WINDOW_PAGES * PAGE));
}

/* Writes to so many pages that nothing was written to. */
static void write_pages(struct sample *dev, int nr)
{
	static int written;

	while (nr--)
		sample_write(dev, WINDOW + written++ * APART);
}

/* Returns how many pages the device has written since the first round. */
static int migrate(struct pair *pair, struct outcome *outcome)
{
	struct sample *dev;
	int round, sum = 0;

	pair_start(pair);
	dev = pair->devices[0];
	add_windows(dev);
	write_pages(dev, 5);
	migration_start(pair->source, pair->target);
	for (round = 2; round <= ROUNDS; round++) {
		migration_round(pair->source, round);
		write_pages(dev, round);
		sum += round;
	}
	/* All of this is in a report before the last is written */
	migration_round(pair->source, ROUNDS + 2);
	write_pages(dev, AT_THE_END);
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, outcome);
	return sum + AT_THE_END;
}

static long long sum_of(const struct outcome *outcome)
{
	long long sum = 0;
	int i;

	for (i = 0; i < outcome->nr_rounds; i++)
		sum += outcome->rounds[i];
	return sum;
}

TEST(migrate, log_reports_each_page_once, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;
	int written;

	pair_add(pair, HWLOG, NULL);
	written = migrate(pair, &outcome);
	measured("hwlog, 3 MiB of windows", pair->source, &outcome);
	equal(outcome.lost, 0);
	/* Not what was written before the migration: all memory is sent once */
	equal(outcome.rounds[0], KEPT_PAGES);
	equal(sum_of(&outcome), written + outcome.nr_rounds * KEPT_PAGES);
	check(outcome.rounds[outcome.nr_rounds - 1] <= AT_THE_END + KEPT_PAGES);
	pair_resumes(pair);
}

/* The same with pins alone: each round costs all windows, the last one too. */
TEST(migrate, pins_report_each_window_each_time, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;
	int i;

	pair_add(pair, OPTIN, "start");
	migrate(pair, &outcome);
	measured("optin, 3 MiB of windows", pair->source, &outcome);
	equal(outcome.lost, 0);
	for (i = 0; i < outcome.nr_rounds; i++)
		equal(outcome.rounds[i], WINDOWS * WINDOW_PAGES);
	pair_resumes(pair);
}

static void fault(const char *parent, const char *what)
{
	ok(put_file(text("/sys/kernel/debug/pinscope_log/%s/fault", parent),
		    what));
}

/* From the third round on it answers no more, so all is sent in each. */
static void log_breaks(const char *how)
{
	const char *parent = lone_edu(0);
	struct pair *pair = pair_new(64);
	struct outcome outcome;
	struct sample *dev;
	long long all;

	pair_add(pair, HWLOG, NULL);
	pair_start(pair);
	dev = pair->devices[0];
	add_windows(dev);
	migration_start(pair->source, pair->target);
	migration_round(pair->source, 2);
	write_pages(dev, 2);
	migration_round(pair->source, 3);
	fault(parent, how);
	write_pages(dev, 2);
	migration_round(pair->source, 5);
	write_pages(dev, 2);
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, &outcome);
	measured(text("hwlog, log %ss", how), pair->source, &outcome);
	equal(outcome.lost, 0);
	all = (pair->from.mib - 1) * MIB / PAGE;
	check(outcome.rounds[1] <= KEPT_PAGES);
	check(outcome.rounds[outcome.nr_rounds - 1] >= all);
	pair_resumes(pair);
}

#define CANNOT_READ "write log cannot be read"

TEST(migrate, log_that_hangs_loses_nothing, .limit = 120, .log = CANNOT_READ)
{
	log_breaks("hang");
}

TEST(long, migrate_with_a_log_that_fails, .limit = 120, .log = CANNOT_READ)
{
	log_breaks("fail");
}
