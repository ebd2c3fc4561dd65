// SPDX-License-Identifier: GPL-2.0
/* What takes long: many migrations, much memory. Not part of "make check". */
#include <harness/harness.h>

#include "fixtures/pair.h"

#define WINDOW 0x400
#define TIMES 20

static const uint64_t pages[] = { WINDOW, WINDOW + 1, 0 };

/* The target becomes the source, and a new target takes the other devices. */
static void turn_round(struct pair *pair)
{
	struct machine from = pair->to;

	pair_resumes(pair);
	pair->devices[0] = sample_in(pair->target, pair->devices[0]);
	sample_no_window(pair->devices[0], 0x300);
	qemu_kill(pair->source);
	pair->to = pair->from;
	pair->from = from;
	pair->target->machine = &pair->from;
	pair->source = pair->target;
	pair->target = qemu_start_incoming("target", &pair->to);
}

static void back_and_forth(const char *driver, const char *opt_in)
{
	struct pair *pair = pair_new(32);
	struct outcome outcome;
	struct traffic *traffic;
	int i;

	pair_add(pair, driver, opt_in);
	pair_start(pair);
	sample_window(pair->devices[0], WINDOW);
	sample_window(pair->devices[0], WINDOW + 1);
	for (i = 0; i < TIMES; i++) {
		traffic = traffic_start(pair->devices[0], pages);
		migration_start(pair->source, pair->target);
		migration_round(pair->source, 3);
		migration_let_finish(pair->source);
		migration_completes(pair->source, pair->target);
		traffic_end(traffic);
		migration_outcome(pair->source, pair->target, &outcome);
		if (outcome.lost)
			fail("%lld pages lost in migration %d",
			     (long long)outcome.lost, i + 1);
		turn_round(pair);
	}
}

TEST(long, back_and_forth_20_times_start, .limit = 600)
{
	back_and_forth(OPTIN, "start");
}

TEST(long, back_and_forth_20_times_precopy, .limit = 600)
{
	back_and_forth(OPTIN, "precopy");
}

TEST(long, back_and_forth_20_times_emulated, .limit = 600)
{
	back_and_forth(EMULATED, NULL);
}

static void large(const char *driver, const char *opt_in, const char *what)
{
	struct pair *pair = pair_new(1024);
	struct outcome outcome;
	struct traffic *traffic;

	pair_add(pair, driver, opt_in);
	pair_start(pair);
	sample_window(pair->devices[0], WINDOW);
	sample_window(pair->devices[0], WINDOW + 1);
	traffic = traffic_start(pair->devices[0], pages);
	migration_start(pair->source, pair->target);
	migration_round(pair->source, 4);
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	traffic_end(traffic);
	migration_outcome(pair->source, pair->target, &outcome);
	measured(what, pair->source, &outcome);
	equal(outcome.lost, 0);
	pair_resumes(pair);
}

TEST(long, gigabyte_emulated, .limit = 600)
{
	large(EMULATED, NULL, "emulated, 1 GiB");
}

TEST(long, gigabyte_backed, .limit = 600)
{
	large(BACKED, NULL, "backed, 1 GiB");
}

TEST(long, gigabyte_optin_start, .limit = 600)
{
	large(OPTIN, "start", "optin, start, 1 GiB");
}

TEST(long, gigabyte_optin_precopy, .limit = 600)
{
	large(OPTIN, "precopy", "optin, precopy, 1 GiB");
}
