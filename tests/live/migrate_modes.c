// SPDX-License-Identifier: GPL-2.0
/*
 * What the migration of each kind of device costs, and that it loses nothing.
 * While it goes on the device writes all the time, and its windows move.
 */
#include <string.h>

#include <harness/harness.h>

#include "fixtures/pair.h"

#define ROUNDS 5

/* Pages the device has windows at, and those it moves a window through. */
static const uint64_t windows[] = { 0x400, 0x401, 0x2000, 0 };
#define MOVING 0x1000

static void migrate(struct pair *pair, struct outcome *outcome)
{
	struct traffic *traffic[MAX_DEVICES];
	int i, n, round;

	pair_start(pair);
	for (i = 0; i < pair->nr; i++) {
		for (n = 0; windows[n]; n++)
			sample_window(pair->devices[i], windows[n] + i * 16);
		sample_write(pair->devices[i], windows[0] + i * 16);
		/* Leaves a sum in a register that nobody writes from here on */
		sample_read(pair->devices[i], windows[0] + i * 16);
	}
	for (i = 0; i < pair->nr; i++) {
		uint64_t pages[] = { windows[0] + i * 16, windows[1] + i * 16,
				     windows[2] + i * 16, 0 };

		traffic[i] = traffic_start(pair->devices[i], pages);
	}
	migration_start(pair->source, pair->target);
	for (round = 1; round <= ROUNDS; round++) {
		migration_round(pair->source, round);
		for (i = 0; i < pair->nr; i++) {
			struct sample *dev = pair->devices[i];
			uint64_t page = MOVING + i * 16 + round;

			sample_window(dev, page);
			sample_write(dev, page);
			sample_no_window(dev, page);
		}
	}
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	for (i = 0; i < pair->nr; i++)
		traffic_end(traffic[i]);
	migration_outcome(pair->source, pair->target, outcome);
}

/* Returns with the outcome of a migration that has lost nothing. */
static void lossless(struct pair *pair, const char *what,
		     struct outcome *outcome)
{
	migrate(pair, outcome);
	measured(what, pair->source, outcome);
	equal(outcome->lost, 0);
	check(outcome->nr_rounds > ROUNDS);
	pair_resumes(pair);
}

/* Where a device can write: firmware below 1 MiB is not counted. */
static long long all_pages(const struct pair *pair)
{
	return (pair->from.mib - 1) * MIB / PAGE;
}

/* Rounds in the middle: neither first or second, nor the last two. */
static long long widest(const struct outcome *outcome)
{
	long long most = 0;
	int i;

	for (i = 2; i < outcome->nr_rounds - 2; i++)
		if (outcome->rounds[i] > most)
			most = outcome->rounds[i];
	return most;
}

TEST(migrate, emulated, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, EMULATED, NULL);
	lossless(pair, "emulated", &outcome);
	check(widest(&outcome) < 16);
}

TEST(migrate, backed, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, BACKED, NULL);
	lossless(pair, "backed", &outcome);
	check(widest(&outcome) >= all_pages(pair));
}

TEST(migrate, optin_start, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "start");
	lossless(pair, "optin, start", &outcome);
	check(outcome.rounds[0] < 16);
	check(widest(&outcome) < 16);
}

TEST(migrate, optin_precopy, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "precopy");
	lossless(pair, "optin, precopy", &outcome);
	check(outcome.rounds[0] >= all_pages(pair));
	check(outcome.rounds[1] >= all_pages(pair));
	check(widest(&outcome) < 16);
}

/* In no round more than was written since the round before. */
TEST(migrate, hwlog, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, HWLOG, NULL);
	lossless(pair, "hwlog", &outcome);
	check(outcome.rounds[0] < 16);
	check(widest(&outcome) < 16);
}

TEST(migrate, optin_stopcopy, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "stopcopy");
	lossless(pair, "optin, stopcopy", &outcome);
	check(widest(&outcome) >= all_pages(pair));
	check(outcome.rounds[outcome.nr_rounds - 1] >= all_pages(pair));
}

TEST(long, migrate_optin_never, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "never");
	lossless(pair, "optin, never", &outcome);
	check(widest(&outcome) >= all_pages(pair));
}

TEST(migrate, two_that_opt_in, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "start");
	pair_add(pair, OPTIN, "precopy");
	lossless(pair, "optin + optin", &outcome);
	check(widest(&outcome) < 32);
}

TEST(long, migrate_emulated_and_optin, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, EMULATED, NULL);
	pair_add(pair, OPTIN, "start");
	lossless(pair, "emulated + optin", &outcome);
	check(widest(&outcome) < 32);
}

TEST(long, migrate_hwlog_and_optin, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, HWLOG, NULL);
	pair_add(pair, OPTIN, "start");
	lossless(pair, "hwlog + optin", &outcome);
	check(widest(&outcome) < 32);
}

TEST(migrate, optin_and_backed, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add(pair, OPTIN, "start");
	pair_add(pair, BACKED, NULL);
	lossless(pair, "optin + backed", &outcome);
	check(widest(&outcome) >= all_pages(pair));
}

/*
 * DMA logging by the devices: QEMU's "auto" accepts them, and asks them instead
 * of the container, if there is none that has to be asked there.
 */
#define DEVICES_ARE_ASKED "vfio_device_dirty_tracking_start"

TEST(migrate, auto_accepts_devices_that_log, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add_logging(pair, EMULATED);
	pair_add_logging(pair, OPTIN);
	pair->from.device_options = ",enable-migration=auto";
	pair->to.device_options = ",enable-migration=auto";
	lossless(pair, "emulated + optin, devices log", &outcome);
	check(outcome.rounds[0] < 32);
	check(widest(&outcome) < 32);
	check(qemu_traced(pair->source, DEVICES_ARE_ASKED));
}

TEST(migrate, auto_refuses_devices_that_do_not_log)
{
	struct pair *pair = pair_new(64);
	struct sample *dev;
	char *why;

	pair->from.mdevs[0] = next_mdev(OPTIN, "start");
	pair->from.device_options = ",enable-migration=auto";
	pair->source = qemu_start("source", &pair->from);
	dev = sample_enable(pair->source, 0);
	check(!qmp_try(pair->source, &why, "migrate", "{'uri':'%s'}",
		       "file:/dev/null"));
	note("QEMU: %s", why);
	check(strstr(why, pair->from.mdevs[0]->uuid));
	check(qemu_runs(pair->source));
	sample_window(dev, 0x400);
	sample_write(dev, 0x400);
}

TEST(migrate, container_is_asked_if_one_does_not_log, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add_logging(pair, EMULATED);
	pair_add(pair, OPTIN, "start");
	lossless(pair, "emulated + optin, one logs", &outcome);
	check(widest(&outcome) < 32);
	check(!qemu_traced(pair->source, DEVICES_ARE_ASKED));
}

TEST(migrate, devices_log_what_they_write, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct outcome outcome;

	pair_add_logging(pair, HWLOG);
	pair_add_logging(pair, EMULATED);
	/* The second device always has something to report */
	pair->logs = false;
	lossless(pair, "hwlog + emulated, devices log", &outcome);
	check(widest(&outcome) < 32);
	check(qemu_traced(pair->source, DEVICES_ARE_ASKED));
}
