// SPDX-License-Identifier: GPL-2.0
/* The kernel's log, record by record. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "kernel.h"
#include "splat.h"

/**
 * struct klog - a place in the kernel's log
 * @fd: of /dev/kmsg, -1 until it is opened
 * @next: number of the next record, 0 before the first one was read
 * @lost: records that were overwritten before they could be read
 */
struct klog {
	int fd;
	unsigned long long next;
	unsigned long long lost;
};

static struct klog whole = { .fd = -1 }, marked = { .fd = -1 };

static bool log_open(struct klog *log)
{
	if (log->fd < 0)
		log->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return log->fd >= 0;
}

/* From here on. */
static void go_to_end(struct klog *log)
{
	lseek(log->fd, 0, SEEK_END);
	log->next = 0;
	log->lost = 0;
}

/* Records have numbers, so that a gap shows. */
static void count(struct klog *log, unsigned long long number)
{
	if (log->next && number > log->next)
		log->lost += number - log->next;
	log->next = number + 1;
}

/*
 * The next record of the log: its level and text. Messages of other
 * facilities than the kernel's are passed over.
 */
static bool next_record(struct klog *log, int *level, char **text)
{
	static char buf[8192];
	unsigned long long number;
	unsigned int prio;
	char *semicolon, *end;
	ssize_t n;

	if (log->fd < 0)
		return false;
	for (;;) {
		n = read(log->fd, buf, sizeof(buf) - 1);
		/* Overwritten: the next one that is there says how many. */
		if (n < 0 && errno == EPIPE) {
			log->lost += !log->next;
			continue;
		}
		if (n <= 0)
			return false;
		buf[n] = '\0';
		semicolon = strchr(buf, ';');
		if (!semicolon || sscanf(buf, "%u,%llu", &prio, &number) != 2)
			continue;
		count(log, number);
		if (prio >> 3)
			continue;
		end = strchr(semicolon, '\n');
		if (end)
			*end = '\0';
		*level = prio & 7;
		*text = semicolon + 1;
		return true;
	}
}

/* Whether one of some patterns, separated by '|', is in a line; which, in @nr. */
static bool matches(const char *patterns, const char *line, int *nr)
{
	char one[256];
	size_t len;

	for (*nr = 0; patterns && *patterns; ++*nr) {
		len = strcspn(patterns, "|");
		snprintf(one, sizeof(one), "*%.*s*", (int)len, patterns);
		if (!fnmatch(one, line, 0))
			return true;
		patterns += len;
		patterns += *patterns == '|';
	}
	return false;
}

static bool allowed(const char *patterns, const char *line)
{
	int nr;

	return matches(patterns, line, &nr);
}

/* Traces of trouble that are printed at any level. */
static const char trouble[] =
	"BUG:|BUG |WARNING:|INFO: *|KFENCE|KASAN|KCSAN|UBSAN|ODEBUG|Oops|"
	"refcount_t:|blocked for more than|possible circular locking|"
	"possible recursive locking|inconsistent lock state|"
	"possible irq lock inversion|Invalid wait context|"
	"suspicious RCU usage|lock held when returning|bad unlock balance|"
	"sleeping function called|scheduling while atomic|soft lockup|"
	"list_add corruption|list_del corruption|Bad page|"
	"new suspected memory leaks|"
	"unable to handle|general protection";

/* Noise of a slow machine, none of it about what is tested here. */
static const char noise[] =
	"clocksource:*|*took too long*|perf: interrupt*|*TSC*|"
	"random: crng*|hrtimer: interrupt took*|"
	"No interrupt remapping support|workqueue: *hogged CPU*";

bool klog_open(void)
{
	/* Of the runner's a test has but the number */
	whole.fd = -1;
	if (!log_open(&whole))
		return false;
	go_to_end(&whole);
	return true;
}

static int say_lost(const struct klog *log)
{
	if (!log->lost)
		return 0;
	printf("# %llu record(s) of the kernel's log were lost: boot with a larger log_buf_len\n",
	       log->lost);
	return 1;
}

/* The head of a splat says it all, the registers do not. */
static void say_unexpected(int nr, int level, const char *line)
{
	if (nr < 12)
		printf("# unexpected kernel message <%d>: %s\n", level, line);
}

/* A report of several lines says who did what: all of it is needed. */
static void say_report(const char *report)
{
	int i, len;

	for (i = 0; *report && i < 80; i++) {
		len = strcspn(report, "\n");
		printf("# %.*s\n", len, report);
		report += len;
		report += *report == '\n';
	}
}

/* Two CPUs may write at a time: what is no part of the report, but stands in it. */
static bool has_trouble_inside(const char *report)
{
	char line[512];
	int i, len;

	for (i = 0; *report; i++) {
		len = strcspn(report, "\n");
		snprintf(line, sizeof(line), "%.*s", len, report);
		if (i > 1 && allowed(trouble, line))
			return true;
		report += len;
		report += *report == '\n';
	}
	return false;
}

/*
 * Whether a line is part of a report. One that counts is printed and counted in *@bad:
 * no test can announce it.
 */
static bool in_report(const char *line, int *bad)
{
	const char *report;

	switch (splat_feed(line, &report)) {
	case SPLAT_NONE:
		return false;
	case SPLAT_PART:
		break;
	case SPLAT_OURS:
		say_report(report);
		++*bad;
		break;
	case SPLAT_OTHERS:
		if (has_trouble_inside(report)) {
			say_report(report);
			++*bad;
			break;
		}
		printf("# not about VFIO: %s\n", splat_title(report));
		break;
	}
	return true;
}

/* Who reports may still be at it. */
static bool next_line(struct klog *log, int *level, char **line)
{
	int naps = 0;

	while (!next_record(log, level, line)) {
		if (!splat_is_open() || naps++ == 200)
			return false;
		doze(10);
	}
	return true;
}

/* A report that does not end says nothing of who is to blame: it counts. */
static int say_cut(void)
{
	const char *report = splat_cut();

	if (!report)
		return 0;
	say_report(report);
	return 1;
}

int klog_check_boot(void)
{
	struct klog boot = { .fd = -1 };
	int level, bad = 0;
	char *line;

	if (!log_open(&boot))
		return 0;
	while (next_line(&boot, &level, &line))
		if (!in_report(line, &bad) && allowed(trouble, line) &&
		    !allowed(noise, line))
			say_unexpected(bad++, level, line);
	bad += say_cut() + say_lost(&boot);
	close(boot.fd);
	return bad;
}

/* Which patterns of @required were not seen. */
static int say_missing(const char *required, unsigned long seen)
{
	int nr, bad = 0;
	size_t len;

	for (nr = 0; required && *required; nr++) {
		len = strcspn(required, "|");
		if (!(seen >> nr & 1)) {
			printf("# the kernel did not say: %.*s\n", (int)len,
			       required);
			bad++;
		}
		required += len;
		required += *required == '|';
	}
	return bad;
}

int klog_check(const char *expected, const char *required, const char *more,
	       bool all)
{
	unsigned long seen = 0;
	int level, nr, bad = 0;
	char *line;

	whole.lost = 0;
	while (next_line(&whole, &level, &line)) {
		if (in_report(line, &bad))
			continue;
		if (matches(required, line, &nr)) {
			seen |= 1ul << nr;
			continue;
		}
		if (level > 4 && !allowed(trouble, line))
			continue;
		if (!allowed(expected, line) && !allowed(more, line) &&
		    !allowed(noise, line))
			say_unexpected(bad++, level, line);
	}
	bad += say_cut();
	if (all)
		bad += say_missing(required, seen);
	return bad + say_lost(&whole);
}

void klog_mark(void)
{
	if (!log_open(&marked))
		fail("/dev/kmsg: %s", strerror(errno));
	go_to_end(&marked);
}

int klog_count(const char *pattern)
{
	int level, found = 0;
	char *line;

	while (next_record(&marked, &level, &line))
		found += allowed(pattern, line);
	if (marked.lost)
		fail("records of the kernel's log were lost");
	return found;
}
