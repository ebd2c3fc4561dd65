// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <harness/kernel.h>

#include "fixtures/memory.h"
#include "sweep.h"

#define INSTRUMENT "/sys/kernel/debug/pinscope_instrument"

/* More than any call has; a sweep that gets here does not come to its end. */
#define MAX_POINTS 2000
#define MAX_SITES 512

/* How long what is freed later may take. */
#define SETTLE_MS 1000

/* Of what goes wrong this much is printed. */
#define MAX_SAID 8

struct sweep sweep;

/* What the kernel frees, as it was given to it, or later: a table of pins stays. */
static const char * const freed_elsewhere[] = {
	"*vfio_pin_chunk_split kcalloc*",
	"*vfio_devnode kasprintf*",
	"*soft_pdev_set_iommu kzalloc*",
};

/* What a device or an interface says when this call in it fails. */
static const struct {
	const char *site;	/* function and call */
	int error;
} told_as[] = {
	{ "edu_attach_user iommu_attach_group", EIO },
};

/* A call that has to do more than fail as the call in it does. */
static int own_error;

/* What the caller and the kernel hold. */
struct holdings {
	long pins;
	unsigned int locked;
	struct pinscope_scope_counts scope;
	int live[MAX_SITES];	/* allocations, by line of the list */
};

static struct vm *watched;
static struct holdings before;
static const char *title;
static bool whole;
static int nth_fd = -1;
static int point, refused_points, borne, complaints, said;

void sweep_watch(struct vm *vm)
{
	watched = vm;
}

static FILE *open_sites(void)
{
	FILE *f = fopen(INSTRUMENT "/sites", "r");

	if (!f)
		fail("the sites cannot be read: %s", strerror(errno));
	return f;
}

static int error_told(const char *function, const char *call, int error)
{
	size_t i;

	for (i = 0; i < sizeof(told_as) / sizeof(told_as[0]); i++)
		if (!strcmp(told_as[i].site, text("%s %s", function, call)))
			return told_as[i].error;
	return own_error ? own_error : error;
}

static bool is_freed_elsewhere(const char *site)
{
	size_t i;

	for (i = 0; i < sizeof(freed_elsewhere) / sizeof(freed_elsewhere[0]); i++)
		if (!fnmatch(freed_elsewhere[i], site, 0))
			return true;
	return false;
}

/* What each site has allocated that is not freed yet */
static void read_live(int *live)
{
	char line[256];
	FILE *f = open_sites();
	int n;

	for (n = 0; n < MAX_SITES && fgets(line, sizeof(line), f); n++) {
		if (sscanf(line, "%*s %*s %*s %*s %*u %*d %*d %d", &live[n]) != 1)
			fail("a site cannot be read: %s", line);
		if (is_freed_elsewhere(line))
			live[n] = 0;
	}
	check(n < MAX_SITES);
	fclose(f);
}

/* Says what has been allocated in between */
static void complain_live(const char *when, const int *old, const int *now)
{
	char line[256];
	FILE *f = open_sites();
	int n;

	for (n = 0; n < MAX_SITES && fgets(line, sizeof(line), f); n++)
		if (now[n] != old[n])
			complain("%s: %d allocations more are held: %s", when,
				 now[n] - old[n], strtok(line, "\n"));
	fclose(f);
}

static void take(struct holdings *now)
{
	memset(now, 0, sizeof(*now));
	now->pins = kernel_pins();
	now->locked = locked_kb();
	read_live(now->live);
	if (watched)
		now->scope = scope_of(watched);
}

static bool same_holdings(const struct holdings *a, const struct holdings *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void compare(const char *when)
{
	struct holdings now;

	if (comes_true((take(&now), same_holdings(&now, &before)), SETTLE_MS))
		return;
	if (now.pins != before.pins)
		complain("%s: %ld pages more are pinned", when,
			 now.pins - before.pins);
	if (now.locked != before.locked)
		complain("%s: %u KiB are locked, before it was %u", when,
			 now.locked, before.locked);
	complain_live(when, before.live, now.live);
	if (memcmp(&now.scope, &before.scope, sizeof(now.scope)))
		complain("%s: %u groups, %u wide, %llu pages, tracking %d; "
			 "before %u, %u, %llu, %d",
			 when, now.scope.nr_groups, now.scope.nr_groups_wide,
			 (unsigned long long)now.scope.pinned_pages,
			 now.scope.tracking, before.scope.nr_groups,
			 before.scope.nr_groups_wide,
			 (unsigned long long)before.scope.pinned_pages,
			 before.scope.tracking);
	/* Once is enough */
	before = now;
}

static void tell(const char *s)
{
	if (pwrite(nth_fd, s, strlen(s), 0) < 0)
		fail("a fault cannot be armed: %s", strerror(errno));
}

static void arm(int n)
{
	char s[16];

	snprintf(s, sizeof(s), "%d", n);
	tell(s);
}

static void open_nth(void)
{
	nth_fd = open(INSTRUMENT "/nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		skip("needs instrumented modules");
	tell("0");
}

void sweep_leaves_out(const char *site)
{
	if (nth_fd < 0)
		open_nth();
	tell(text("except %s", site));
}

void sweep_takes_workers(void)
{
	if (nth_fd < 0)
		open_nth();
	tell("workers");
}

void sweep_returns(int error)
{
	own_error = error;
}

void sweep_begin(const char *what, bool is_whole)
{
	if (nth_fd < 0)
		open_nth();
	title = what;
	whole = is_whole;
	point = 1;
	refused_points = 0;
	borne = 0;
	complaints = 0;
	said = 0;
	memset(&sweep, 0, sizeof(sweep));
}

bool sweep_arm(void)
{
	struct holdings now;

	if (point == 1) {
		take(&before);
	} else if (point > 0) {
		compare("put back");
	} else {
		take(&now);
		note("%s: %d points, %d refused, %d borne", title,
		     refused_points + borne, refused_points, borne);
		if (complaints)
			fail("%s: %d complaints", title, complaints);
		return false;
	}
	if (point > MAX_POINTS)
		fail("%s: more than %d points", title, MAX_POINTS);
	arm(point);
	return true;
}

bool sweep_disarm(long ret)
{
	char line[256] = "", module[64], file[64], function[64], call[64];
	int error = 0;

	sweep.ret = ret;
	sweep.fired = false;
	sweep.site[0] = '\0';
	if (pread(nth_fd, line, sizeof(line) - 1, 0) < 0)
		fail("what has failed cannot be read: %s", strerror(errno));
	sweep.fired = sscanf(line, "0 %63s %63s %63s %63s %d %d", module, file,
			     function, call, &sweep.way, &error) == 6;
	arm(0);
	if (!sweep.fired) {
		if (ret < 0)
			fail("%s: nothing fails, but it does: %s", title,
			     strerror(-ret));
		return true;
	}
	snprintf(sweep.site, sizeof(sweep.site), "%s %s %s %s", module, file,
		 function, call);
	if (getenv("FAULTS_SHOW"))
		note("%s %d: %s, way %d: %ld", title, point, sweep.site,
		     sweep.way, ret);
	if (ret >= 0) {
		borne++;
		return true;
	}
	refused_points++;
	error = error_told(function, call, error);
	if (ret != -error)
		complain("failed with %s, not %s", strerrorname_np(-ret),
			 strerrorname_np(error));
	if (whole)
		compare("failed");
	return true;
}

void sweep_next(void)
{
	point = sweep.fired ? point + 1 : 0;
}

void complain(const char *fmt, ...)
{
	va_list ap;

	complaints++;
	if (said++ >= MAX_SAID)
		return;
	printf("%s, point %d, %s, way %d, returned %ld: ", title, point,
	       sweep.fired ? sweep.site : "nothing failed", sweep.way,
	       sweep.ret);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}
