// SPDX-License-Identifier: GPL-2.0
/*
 * Migrations that fail, are cancelled or whose ends die: the guest goes on with
 * all it had, and can be migrated once more.
 */
#include <signal.h>
#include <string.h>

#include <harness/harness.h>
#include <harness/kernel.h>

#include "fixtures/pair.h"
#include "fixtures/proxy.h"

#define WINDOW 0x400
#define REFUSED "migration refused"

static const uint64_t pages[] = { WINDOW, 0 };

/* A pair with one device that has a window and writes to it. */
static struct pair *begun(const char *driver, const char *opt_in)
{
	struct pair *pair = pair_new(64);

	pair_add(pair, driver, opt_in);
	pair_start(pair);
	sample_window(pair->devices[0], WINDOW);
	sample_write(pair->devices[0], WINDOW);
	return pair;
}

/* The guest runs where it was, and its device as before. */
static void goes_on(struct pair *pair)
{
	struct sample *dev = pair->devices[0];

	check(comes_true(qemu_runs(pair->source), 10000));
	equal(sample_reg(dev, PINSCOPE_REG_WINDOWS), 1);
	sample_write(dev, WINDOW);
	sample_window(dev, WINDOW + 1);
	sample_write(dev, WINDOW + 1);
	sample_no_window(dev, WINDOW + 1);
}

/* Once more, to a target that is all right, and nothing is lost. */
static void can_be_migrated(struct pair *pair)
{
	struct sample *dev = pair->devices[0];
	struct outcome outcome;

	qemu_kill(pair->target);
	pair->target = qemu_start_incoming("second target", &pair->to);
	migration_start(pair->source, pair->target);
	migration_round(pair->source, 2);
	sample_write(dev, WINDOW);
	migration_round(pair->source, 3);
	sample_write(dev, WINDOW);
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, &outcome);
	equal(outcome.lost, 0);
	pair_resumes(pair);
}

static void cancelled_and_tried_again(const char *driver, const char *opt_in)
{
	struct pair *pair = begun(driver, opt_in);
	struct traffic *traffic = traffic_start(pair->devices[0], pages);

	migration_start(pair->source, pair->target);
	migration_round(pair->source, 3);
	migration_cancel(pair->source);
	traffic_end(traffic);
	goes_on(pair);
	/* Pins are for the time of a migration, but where nothing else holds */
	equal(sample_reg(pair->devices[0], PINSCOPE_REG_PINNED),
	      !strcmp(driver, EMULATED));
	can_be_migrated(pair);
}

TEST(long, cancelled_and_tried_again_emulated, .limit = 120)
{
	cancelled_and_tried_again(EMULATED, NULL);
}

TEST(migrate, cancelled_and_tried_again_start, .limit = 120)
{
	cancelled_and_tried_again(OPTIN, "start");
}

TEST(migrate, cancelled_and_tried_again_precopy, .limit = 120)
{
	cancelled_and_tried_again(OPTIN, "precopy");
}

TEST(migrate, cancelled_and_tried_again_hwlog, .limit = 120)
{
	cancelled_and_tried_again(HWLOG, NULL);
}

TEST(long, cancelled_and_tried_again_backed, .limit = 120)
{
	cancelled_and_tried_again(BACKED, NULL);
}

TEST(migrate, target_dies, .limit = 120)
{
	struct pair *pair = begun(OPTIN, "start");

	migration_start(pair->source, pair->target);
	migration_round(pair->source, 2);
	qemu_kill(pair->target);
	note("source: %s", migration_fails(pair->source));
	goes_on(pair);
	can_be_migrated(pair);
}

/* Nothing of the source is left; the target waits in vain, and can be ended. */
TEST(migrate, source_dies, .limit = 120)
{
	struct pair *pair = begun(OPTIN, "start");
	struct traffic *traffic = traffic_start(pair->devices[0], pages);

	migration_start(pair->source, pair->target);
	migration_round(pair->source, 2);
	traffic_end(traffic);
	qemu_kill(pair->source);
	check(qemu_ends(pair->target, 20000));
	check(strstr(qemu_said(pair->target), "migration failed"));
	note("target: %s", qemu_said(pair->target));
}

/* A source whose target refuses: both say so, the kernel once. */
static void refused_by_target(struct pair *pair, const char *why)
{
	note("source: %s", migration_fails(pair->source));
	check(qemu_ends(pair->target, 20000));
	note("target: %s", qemu_said(pair->target));
	/* The device by its place in the guest */
	check(strstr(qemu_said(pair->target), "0000:00:10.0/vfio"));
	equal(klog_count(text("%s: migration refused: %s",
			      pair->to.mdevs[0]->uuid, why)), 1);
	goes_on(pair);
}

TEST(migrate, device_of_another_driver_is_refused, .limit = 120, .log = REFUSED)
{
	struct pair *pair = begun(OPTIN, "start");
	struct mdev *same = pair->to.mdevs[0];

	qemu_kill(pair->target);
	pair->to.mdevs[0] = next_mdev(EMULATED, NULL);
	pair->target = qemu_start_incoming("target", &pair->to);
	klog_mark();
	migration_start(pair->source, pair->target);
	refused_by_target(pair, "this is a device of pinscope_emulated, not of pinscope_optin");
	pair->to.mdevs[0] = same;
	can_be_migrated(pair);
}

static void damaged(const struct damage *damage, const char *why, bool at_end)
{
	struct pair *pair = begun(OPTIN, "start");
	const char *here;

	klog_mark();
	here = text("unix:%s", qemu_file(pair->target, "migration"));
	migration_listen(pair->target, here);
	migration_start_uri(pair->source, proxy_start(pair->target, damage));
	if (at_end) {
		migration_round(pair->source, 3);
		migration_let_finish(pair->source);
	}
	refused_by_target(pair, why);
	check(proxy_did_damage());
	can_be_migrated(pair);
}

TEST(migrate, device_of_another_version_is_refused, .limit = 120, .log = REFUSED)
{
	static const struct damage version = { 1, 4, 1 };

	damaged(&version, "not a stream of version 1", false);
}

TEST(migrate, damaged_stream_is_refused_at_once, .limit = 120, .log = REFUSED)
{
	static const struct damage name = { 1, 20, 0 };

	damaged(&name, "the stream is damaged", false);
}

TEST(migrate, damaged_state_is_refused_at_the_end, .limit = 120, .log = REFUSED)
{
	static const struct damage state = { 2, 40, 3 };

	damaged(&state, "the stream is damaged", true);
}
