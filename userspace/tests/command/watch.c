// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watching, and the forecast whether a migration comes to its end.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define FORECAST "containers/0/forecast/"

static void put_container(const char *scope, const char *tracking, unsigned long long pinned)
{
	const bool wide = !strcmp(scope, "wide");

	put("debug/vfio/containers/0/scope",
	    "owner 5 vmm\nscope %s\ntracking %s\niommu_tracking off\npinned_pages %llu\n"
	    "groups 1\ngroups_wide %d\ndevices 1\ndevices_wide %d\n"
	    "group 7 scope %s cause attach since 1.25 pins %llu\n"
	    "device 7 0000:00:06.0 a_driver open\n", scope, tracking, pinned, wide, wide, scope,
	    pinned);
}

static void put_mapped(unsigned long mib)
{
	put("proc/5/status", "Name:\tvmm\nVmPeak:\t    1 kB\nVmLck:\t%8lu kB\nVmPin:\t 3 kB\n",
	    mib * 1024);
}

/* What the forecast says with these options. */
static bool converges(const char *verdict, const char *why, const char *options)
{
	struct json_object *root;
	const char *reason;
	char line[128];
	bool good;

	snprintf(line, sizeof(line), "scope --json %s", options);
	root = json_of(line);
	reason = json_object_get_string(json_at(root, FORECAST "reason"));
	good = json_is(root, FORECAST "converges", verdict) && reason && strstr(reason, why);
	if (!good)
		printf("# %s: %s\n", options, reason ? reason : "-");
	json_object_put(root);
	return good;
}

static bool takes(double seconds, const char *options)
{
	struct json_object *root;
	char line[128];
	double is;

	snprintf(line, sizeof(line), "scope --json %s", options);
	root = json_of(line);
	is = json_object_get_double(json_at(root, FORECAST "last_round_seconds"));
	json_object_put(root);
	if (fabs(is - seconds) < seconds / 1e6)
		return true;
	printf("# %s: %g, not %g seconds\n", options, is, seconds);
	return false;
}

static void test_forecast(void)
{
	const double page = (double)sysconf(_SC_PAGESIZE);

	put_mapped(512);
	put_container("wide", "on", 0);
	result(converges("no", "512.0 MiB, which takes 4.0 s", "-b 128M"), "forecast.wide");
	result(converges("yes", "even all", "-b 10G"), "forecast.wide_but_little");
	result(converges("yes", "even all", "-b 128M -t 4000") &&
	       converges("no", "all that is mapped", "-b 128M -t 3999"), "forecast.downtime");
	put_container("wide", "off", 0);
	result(converges("unknown", "may pin when tracking starts", "-b 128M"),
	       "forecast.before_tracking");
	unlink("proc/5/status");
	result(converges("unknown", "cannot be seen", "-b 128M"), "forecast.mapped_unknown");
	put_container("pinned", "on", 1000);
	result(converges("yes", "the pages pinned", "-b 128M"), "forecast.pinned");
	result(takes(1000 * page / 128, "-b 128") && takes(1000 * page / 2048, "-b 2K") &&
	       takes(1000 * page / 1.5 / 1048576, "-b 1.5M") &&
	       takes(1000 * page / (1 << 30), "-b 1G") && takes(1000 * page / 1e6, "-b 8Mbit") &&
	       takes(1000 * page / 1.25e9, "-b 10Gbit"), "forecast.bandwidth");
	put_container("pinned", "on", 1000000);
	result(converges("unknown", "only if the device logs", "-b 128M"),
	       "forecast.pinned_may_be_logged");
}

static void test_watch(void)
{
	const struct run *r;

	put_mapped(512);
	put_container("wide", "on", 3);
	r = run("scope --watch=0.1 --count 3");
	result(r->status == 0 && strstr(r->out, "every 0.1 s") &&
	       strstr(r->out, "0000:00:06.0 a_driver") && !strchr(r->out, '\033'), "watch.table");
	r = run("scope -w0.1 -n 3 | grep -c '^CONTAINER'");
	result(!strcmp(r->out, "3\n"), "watch.count");
	r = run("scope -w0.1 -n 2 --json | grep -c '\"converges\": \"no\"'");
	result(!strcmp(r->out, "2\n"), "watch.json");
	/* Who listens no longer ends it. */
	r = run("scope -w0.1 | head -n 1");
	result(r->status == 0 && strstr(r->out, "every"), "watch.broken_pipe");
	result(says(4, "cannot write all of the output", "scope -w0.1 >/dev/full"),
	       "watch.full_disk");
	if (rename("debug/vfio", "debug/none"))
		exit(1);
	put("proc/71/status", "VmLck:\t 2048 kB\n");
	r = run("scope -w0.1 -n 1");
	result(r->status == 3 && strstr(r->out, "/dev/vfio/12") && strstr(r->out, "2.0 MiB") &&
	       strstr(r->err, "the scope is unknown"), "watch.stock_core");
	if (rename("debug/none", "debug/vfio"))
		exit(1);
}

static void test_options_of_watch(void)
{
	result(says(2, "no number of seconds from 0.1", "scope --watch=0") &&
	       says(2, "no number of seconds", "scope --watch=1x") &&
	       says(2, "no number of seconds", "scope --watch=1.2.3"), "watch.seconds");
	result(says(2, "goes with --watch only", "scope --count 2") &&
	       says(2, "no number of times", "scope -w -n 0"), "watch.times");
	result(says(2, "no bandwidth", "scope -b 0") && says(2, "no bandwidth", "scope -b 1X") &&
	       says(2, "no bandwidth", "scope -b -1") && says(2, "no bandwidth", "scope -b 1Mb") &&
	       says(2, "no bandwidth", "scope -b nan"), "watch.bandwidth");
	result(says(2, "no number of milliseconds", "scope -t 0"), "watch.downtime");
}

void test_watch_of_scope(void)
{
	rename("debug/none", "debug/vfio");
	test_forecast();
	test_watch();
	test_options_of_watch();
	rename("debug/vfio", "debug/none");
}
