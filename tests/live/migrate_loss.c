// SPDX-License-Identifier: GPL-2.0
/*
 * Migrations that lose a page under the rules that the stock core has for
 * scope. They are run on the patched core, where nothing is lost, and on one
 * with no more of the series than IOMMU-backed devices.
 */
#include <harness/harness.h>

#include "fixtures/pair.h"

#define KEPT 0x400
#define LEFT 0x500
#define SLOW (16 * MIB)

/* The pages of the tests have been sent, and most of what lies above has not. */
static bool sent_half(struct qemu *source)
{
	struct json_object *info = qmp(source, "query-migrate", NULL);
	long long left = json_int(info, "ram.remaining");
	long long all = json_int(info, "ram.total");

	json_object_put(info);
	return left && left < all / 2;
}

/* A migration whose only pass over memory takes some seconds. */
static void start_slowly(struct pair *pair)
{
	migration_start(pair->source, pair->target);
	qmp(pair->source, "migrate-set-parameters", "{'max-bandwidth':%llu}",
	    SLOW);
	check(comes_true(sent_half(pair->source), 20000));
}

static void ends_without_loss(struct pair *pair, const char *what)
{
	struct outcome outcome;

	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, &outcome);
	measured(what, pair->source, &outcome);
	if (outcome.lost)
		fail("%lld pages lost", outcome.lost);
}

/* One device of an IOMMU group pins, its sibling writes where it likes. */
TEST(loss, sibling_that_never_pins, .limit = 120, .log = "pin refused")
{
	struct pair *pair = pair_new(64);

	pair->from.mdevs[0] = mdev_new(PRECOPY, paired_edu(0));
	pair->from.mdevs[1] = mdev_new(BACKED, paired_edu(1));
	pair->to.mdevs[0] = next_mdev(OPTIN, "precopy");
	pair->to.mdevs[1] = next_mdev(BACKED, NULL);
	pair->nr = 2;
	pair_start(pair);
	sample_window(pair->devices[0], KEPT);
	start_slowly(pair);
	sample_write(pair->devices[0], KEPT);
	sample_write(pair->devices[1], LEFT);
	ends_without_loss(pair, "optin + backed, one IOMMU group");
}

/* The same on one function: no hardware tells their writes apart. */
TEST(loss, mdev_that_never_pins, .limit = 120, .log = "pin refused")
{
	struct pair *pair = pair_new(64);
	const char *here = lone_edu(0), *there = lone_edu(1);

	pair->from.mdevs[0] = mdev_new(PRECOPY, here);
	pair->from.mdevs[1] = mdev_new(PRECOPY, here);
	pair->to.mdevs[0] = mdev_new(PRECOPY, there);
	pair->to.mdevs[1] = mdev_new(PRECOPY, there);
	pair->nr = 2;
	ok(mdev_put(pair->from.mdevs[1], "opt_in", "never"));
	pair_start(pair);
	sample_window(pair->devices[0], KEPT);
	sample_window(pair->devices[1], LEFT);
	start_slowly(pair);
	sample_write(pair->devices[0], KEPT);
	sample_write(pair->devices[1], LEFT);
	ends_without_loss(pair, "optin precopy + never, one function");
}

/*
 * QEMU does not ask before the device has stopped, and by then it has left a
 * window that it wrote to. The stock rules lose nothing here, nor may ours:
 * QEMU asks while the device is in STOP, where it has not opted in yet.
 */
TEST(migrate, window_left_before_the_only_report, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct sample *dev;

	pair->from.device_options = ",x-pre-copy-dirty-page-tracking=off";
	pair_add(pair, OPTIN, "stopcopy");
	pair_start(pair);
	dev = pair->devices[0];
	sample_window(dev, KEPT);
	sample_window(dev, LEFT);
	start_slowly(pair);
	sample_write(dev, LEFT);
	sample_no_window(dev, LEFT);
	ends_without_loss(pair, "optin, stopcopy, asked once");
	pair_resumes(pair);
}
