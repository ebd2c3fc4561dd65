// SPDX-License-Identifier: GPL-2.0
/*
 * The migration of a VM with an assigned function, whose driver is pinscope_assigned.
 * Other than the devices of migrate_modes.c it is a real one: it works while nobody
 * waits for it.
 */
#include <stdio.h>
#include <string.h>

#include <harness/assigned.h>
#include <harness/harness.h>

#include "fixtures/edu.h"
#include "fixtures/pair.h"

#define ROUNDS 5
#define LIVE 0x04
#define IRQ_STATUS 0x24
#define IRQ_RAISE 0x60

#define FILLED_FROM 0x300
#define FIRST 0x400
#define VALUE 0x5a

/* A machine at each end, with one function each. */
static struct pair *pair_with(const char *opt_in)
{
	struct pair *pair = pair_new(64);

	pair->from.pci = assigned_function(0, opt_in);
	pair->to.pci = assigned_function(1, opt_in);
	pair->from.pci_options = ",enable-migration=on";
	pair->to.pci_options = ",enable-migration=on";
	return pair;
}

static struct edu *start_pair(struct pair *pair)
{
	struct edu *edu;

	pair_start(pair);
	edu = edu_enable(pair->source);
	edu_put(edu, LIVE, 0x600d);
	edu_put(edu, IRQ_RAISE, 0x10);
	edu_fill(edu, FILLED_FROM, VALUE);
	edu_write(edu, FIRST, VALUE);
	return edu;
}

static void completes(struct pair *pair, const char *what, struct outcome *outcome)
{
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);
	migration_outcome(pair->source, pair->target, outcome);
	measured(what, pair->source, outcome);
}

/* Where the function can write: firmware below 1 MiB is not counted. */
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

/* Registers, a pending interrupt, and what is in the buffer. */
static void resumes(struct pair *pair)
{
	struct edu *there = edu_in(pair->target);

	check(!qemu_runs(pair->source));
	qmp(pair->target, "cont", NULL);
	check(qemu_runs(pair->target));
	equal(edu_reg(there, LIVE), ~0x600du);
	equal(edu_reg(there, IRQ_STATUS), 0x10);
	edu_write(there, 0x2000, VALUE);
}

static void lossless(const char *opt_in, const char *what,
		     struct outcome *outcome, long long *pages)
{
	struct pair *pair = pair_with(opt_in);
	struct edu *edu = start_pair(pair);
	struct edu_traffic *traffic;
	int round;

	traffic = edu_traffic_start(edu);
	migration_start(pair->source, pair->target);
	for (round = 1; round <= ROUNDS; round++)
		migration_round(pair->source, round);
	/* The guest's processor does not stop with a register half written */
	edu_traffic_end(traffic);
	/* Its last transfer goes on, and has to end before all is sent */
	edu_begin(edu, FIRST + 1);
	completes(pair, what, outcome);
	equal(outcome->lost, 0);
	check(outcome->nr_rounds > ROUNDS);
	check(!memcmp(pair->target->ram + (FIRST + 1) * PAGE,
		      pair->target->ram + FIRST * PAGE, EDU_LEN));
	resumes(pair);
	*pages = all_pages(pair);
}

TEST(migrate, assigned_start, .limit = 240)
{
	struct outcome outcome;
	long long all;

	lossless("start", "assigned, start", &outcome, &all);
	check(outcome.rounds[0] < 16);
	check(widest(&outcome) < 16);
}

TEST(migrate, assigned_precopy, .limit = 240)
{
	struct outcome outcome;
	long long all;

	lossless("precopy", "assigned, precopy", &outcome, &all);
	check(outcome.rounds[0] >= all);
	check(widest(&outcome) < 16);
}

TEST(long, migrate_assigned_never, .limit = 240)
{
	struct outcome outcome;
	long long all;

	lossless("never", "assigned, never", &outcome, &all);
	check(widest(&outcome) >= all);
}

/* What the tests above would see of a page that was written without a pin. */
TEST(migrate, assigned_writes_what_is_not_pinned, .limit = 240)
{
	struct pair *pair = pair_with("start");
	struct edu *edu = start_pair(pair);
	struct outcome outcome;

	assigned_fault(pair->from.pci, "astray");
	migration_start(pair->source, pair->target);
	migration_round(pair->source, 3);
	edu_begin(edu, 0x1800);
	migration_round(pair->source, ROUNDS);
	completes(pair, "assigned, writes astray", &outcome);
	equal(outcome.lost, 1);
	check(memcmp(pair->source->ram + 0x1801 * PAGE,
		     pair->target->ram + 0x1801 * PAGE, EDU_LEN));
}

static bool is_master(const char *bdf)
{
	FILE *f = fopen(text("/sys/bus/pci/devices/%s/config", bdf), "r");
	uint8_t config[6] = { 0 };

	if (!f || fread(config, sizeof(config), 1, f) != 1)
		fail("%s has no configuration space", bdf);
	fclose(f);
	return config[4] & 0x4;
}

#define FENCED "transfer has not ended in time|has failed: fenced"

/* It is fenced, QEMU resets it, and the guest goes on at the source. */
TEST(migrate, assigned_that_does_not_rest, .limit = 240, .log = FENCED)
{
	struct pair *pair = pair_with("start");
	struct edu *edu = start_pair(pair);

	migration_start(pair->source, pair->target);
	migration_round(pair->source, 3);
	assigned_fault(pair->from.pci, "hang");
	edu_begin(edu, FIRST + 1);
	check(is_master(pair->from.pci));
	migration_let_finish(pair->source);
	/* After 20 seconds; the reset waits as long, if it has to */
	check(comes_true(!is_master(pair->from.pci), 60000));
	assigned_repair(pair->from.pci, "hang");
	note("QEMU: %s", migration_fails(pair->source));
	check(qemu_runs(pair->source));
	equal(edu_reg(edu, LIVE), 0);
	edu = edu_enable(pair->source);
	edu_fill(edu, FILLED_FROM, VALUE + 1);
	edu_write(edu, FIRST + 1, VALUE + 1);
}
