// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "kernel.h"

static const char * const modules[MAX_MODULES] = {
	"vfio", "vfio_iommu_type1", "mdev", "vfio_pci", "vfio_pci_core",
	"pinscope_mdev", "pinscope_emulated", "pinscope_backed",
	"pinscope_optin", "pinscope_hwlog", "pinscope_iommu", "pinscope_sim",
	"pinscope_puppet",
};

/* How long a deferred release may take before it counts as a leak. */
#define SETTLE_MS 2000

static int klog_fd = -1;
static int mark_fd = -1;

static long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* The counters are kept per CPU; a write here adds them up. */
static void fold_vmstat(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) < 0)
		note("stat_refresh: %s", strerror(errno));
	close(fd);
}

long kernel_pins(void)
{
	long acquired = 0, released = 0, value;
	char key[64];
	FILE *f;

	fold_vmstat();
	f = fopen("/proc/vmstat", "r");
	if (!f)
		return 0;
	while (fscanf(f, "%63s %ld", key, &value) == 2) {
		if (!strcmp(key, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(key, "nr_foll_pin_released"))
			released = value;
	}
	fclose(f);
	return acquired - released;
}

/* The kernel cuts names of processes off. */
static bool is_hypervisor(const char *pid)
{
	char path[300], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	return !strncmp(name, "qemu-system", 11);
}

static int count_hypervisors(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		     is_hypervisor(e->d_name);
	if (dir)
		closedir(dir);
	return n;
}

void footprint_take(struct footprint *fp)
{
	DIR *dir = opendir("/sys/bus/mdev/devices");
	struct dirent *e;
	char path[128];
	int i;

	memset(fp, 0, sizeof(*fp));
	fp->pins = kernel_pins();
	fp->taint = read_number("/proc/sys/kernel/tainted");
	for (i = 0; i < MAX_MODULES && modules[i]; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s/refcnt",
			 modules[i]);
		fp->refs[i] = read_number(path);
	}
	while (dir && (e = readdir(dir)) && fp->nr_mdevs < MAX_MDEVS)
		if (e->d_name[0] != '.')
			snprintf(fp->mdevs[fp->nr_mdevs++],
				 sizeof(fp->mdevs[0]), "%.39s", e->d_name);
	if (dir)
		closedir(dir);
	fp->hypervisors = count_hypervisors();
}

bool footprint_has_mdev(const struct footprint *fp, const char *name)
{
	int i;

	for (i = 0; i < fp->nr_mdevs; i++)
		if (!strcmp(fp->mdevs[i], name))
			return true;
	return false;
}

/* Taint flags that tell of a splat: D(ied), W(arning), soft L(ockup). */
#define BAD_TAINT ((1ul << 7) | (1ul << 9) | (1ul << 14))

static bool compare(const struct footprint *a, const struct footprint *b,
		    bool say)
{
	bool same = true;
	int i;

	if (a->pins != b->pins) {
		same = false;
		if (say)
			printf("# leak: %ld page(s) left pinned\n",
			       b->pins - a->pins);
	}
	if (~a->taint & b->taint & BAD_TAINT) {
		same = false;
		if (say)
			printf("# the kernel is tainted now: 0x%lx\n", b->taint);
	}
	for (i = 0; i < MAX_MODULES && modules[i]; i++) {
		if (a->refs[i] == b->refs[i])
			continue;
		same = false;
		if (say)
			printf("# leak: module %s had %d user(s), has %d\n",
			       modules[i], a->refs[i], b->refs[i]);
	}
	for (i = 0; i < b->nr_mdevs; i++) {
		if (footprint_has_mdev(a, b->mdevs[i]))
			continue;
		same = false;
		if (say)
			printf("# leak: mdev %s is left\n", b->mdevs[i]);
	}
	if (a->hypervisors != b->hypervisors) {
		same = false;
		if (say)
			printf("# leak: %d QEMU(s) before, %d after\n",
			       a->hypervisors, b->hypervisors);
	}
	return same;
}

bool footprint_same(const struct footprint *before)
{
	uint64_t end = now_ms() + SETTLE_MS;
	struct footprint after;

	for (;;) {
		footprint_take(&after);
		if (compare(before, &after, false))
			return true;
		if (now_ms() > end)
			return compare(before, &after, true);
		usleep(20000);
	}
}

bool klog_open(void)
{
	klog_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (klog_fd < 0)
		return false;
	lseek(klog_fd, 0, SEEK_END);
	return true;
}

/*
 * The next record of the log: its level and text. Messages of other
 * facilities than the kernel's are passed over.
 */
static bool next_record(int fd, int *level, char **text)
{
	static char buf[8192];
	unsigned int prio;
	char *semicolon, *end;
	ssize_t n;

	for (;;) {
		n = read(fd, buf, sizeof(buf) - 1);
		if (n < 0 && errno == EPIPE)
			continue;	/* records were overwritten: go on */
		if (n <= 0)
			return false;
		buf[n] = '\0';
		semicolon = strchr(buf, ';');
		if (!semicolon || sscanf(buf, "%u", &prio) != 1)
			continue;
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

static bool allowed(const char *patterns, const char *line)
{
	char one[256];
	size_t len;

	while (patterns && *patterns) {
		len = strcspn(patterns, "|");
		snprintf(one, sizeof(one), "*%.*s*", (int)len, patterns);
		if (!fnmatch(one, line, 0))
			return true;
		patterns += len;
		patterns += *patterns == '|';
	}
	return false;
}

/* Traces of trouble that are printed at any level. */
static const char trouble[] =
	"BUG:|WARNING:|KFENCE|KASAN|Oops|blocked for more than|"
	"possible circular locking|unable to handle|general protection";

/* Noise of a slow machine, none of it about what is tested here. */
static const char noise[] =
	"clocksource:*|*took too long*|perf: interrupt*|*TSC*|"
	"random: crng*|hrtimer: interrupt took*|"
	"No interrupt remapping support|workqueue: *hogged CPU*";

int klog_check(const char *expected, const char *more)
{
	int level, bad = 0;
	char *line;

	while (klog_fd >= 0 && next_record(klog_fd, &level, &line)) {
		if (level > 4 && !allowed(trouble, line))
			continue;
		if (allowed(expected, line) || allowed(more, line) ||
		    allowed(noise, line))
			continue;
		/* The head of a splat says it all, the registers do not. */
		if (bad++ < 12)
			printf("# unexpected kernel message <%d>: %s\n", level,
			       line);
	}
	return bad;
}

void klog_mark(void)
{
	if (mark_fd < 0)
		mark_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (mark_fd >= 0)
		lseek(mark_fd, 0, SEEK_END);
}

int klog_count(const char *pattern)
{
	int level, found = 0;
	char *line;

	while (mark_fd >= 0 && next_record(mark_fd, &level, &line))
		found += allowed(pattern, line);
	return found;
}
