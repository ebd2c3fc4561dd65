// SPDX-License-Identifier: GPL-2.0
/* What a test may leave behind, before and after it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "kernel.h"

/* How long a deferred release may take before it counts as a leak. */
#define SETTLE_MS 2000

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

/* Once it has found something, or has run out of memory for it, it stops. */
static long lockdep_works(void)
{
	FILE *f = fopen("/proc/lockdep_stats", "r");
	char line[128];
	long value = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " debug_locks: %ld", &value) == 1)
			break;
	if (f)
		fclose(f);
	return value;
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

static const struct thing *find(const struct things *things, const char *name)
{
	size_t i;

	for (i = 0; i < things->nr; i++)
		if (!strcmp(things->all[i].name, name))
			return &things->all[i];
	return NULL;
}

static void add(struct things *things, const char *name, int count)
{
	struct thing *thing;

	things->all = realloc(things->all,
			      (things->nr + 1) * sizeof(*things->all));
	if (!things->all)
		abort();
	thing = &things->all[things->nr++];
	snprintf(thing->name, sizeof(thing->name), "%.*s",
		 (int)sizeof(thing->name) - 1, name);
	thing->count = count;
}

static bool is_ours(const char *module)
{
	static const char * const ours[] = {
		"vfio*", "mdev", "iommufd", "pinscope_*",
	};
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!fnmatch(ours[i], module, 0))
			return true;
	return false;
}

static void find_modules(struct things *modules)
{
	DIR *dir = opendir("/sys/module");
	char path[320];
	struct dirent *e;
	long refs;

	while (dir && (e = readdir(dir))) {
		if (!is_ours(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/sys/module/%s/refcnt",
			 e->d_name);
		refs = read_number(path);
		if (refs >= 0)
			add(modules, e->d_name, refs);
	}
	if (dir)
		closedir(dir);
}

static void find_mdevs(struct things *mdevs)
{
	DIR *dir = opendir("/sys/bus/mdev/devices");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			add(mdevs, e->d_name, 1);
	if (dir)
		closedir(dir);
}

void footprint_take(struct footprint *fp)
{
	memset(fp, 0, sizeof(*fp));
	fp->pins = kernel_pins();
	fp->taint = read_number("/proc/sys/kernel/tainted");
	fp->lockdep = lockdep_works();
	find_modules(&fp->modules);
	find_mdevs(&fp->mdevs);
	fp->hypervisors = count_hypervisors();
}

void footprint_free(struct footprint *fp)
{
	free(fp->modules.all);
	free(fp->mdevs.all);
	fp->modules = (struct things){ };
	fp->mdevs = (struct things){ };
}

bool footprint_has_mdev(const struct footprint *fp, const char *name)
{
	return find(&fp->mdevs, name);
}

/* Modules that are loaded by a test may taint the kernel by what they are. */
#define TAINT_OUT_OF_TREE (1ul << 12)
#define TAINT_UNSIGNED (1ul << 13)
#define TAINT_ALLOWED (TAINT_OUT_OF_TREE | TAINT_UNSIGNED)

#define TAINT_DIE (1ul << 7)
#define TAINT_TROUBLE (1ul << 5 | TAINT_DIE | 1ul << 9 | 1ul << 14)

static const char *taint_name(int bit)
{
	static const char * const name[] = {
		"proprietary module", "module loaded by force",
		"CPU out of specification", "module unloaded by force",
		"machine check", "bad page", "asked for by user space",
		"oops or BUG", "ACPI table overridden", "warning",
		"staging driver", "firmware bug", "module out of tree",
		"unsigned module", "soft lockup", "live patch", "auxiliary",
		"structure layout randomized", "in-kernel test", "mutating fwctl",
	};

	return bit < (int)(sizeof(name) / sizeof(name[0])) ? name[bit] :
	       "unknown";
}

static bool same_taint(unsigned long before, unsigned long after, bool say)
{
	unsigned long more = ~before & after & ~TAINT_ALLOWED;
	int bit;

	for (bit = 0; say && bit < 64; bit++)
		if (more >> bit & 1)
			printf("# the kernel is tainted now, bit %d: %s\n", bit,
			       taint_name(bit));
	return !more;
}

static bool same_modules(const struct things *a, const struct things *b,
			 bool say)
{
	const struct thing *other;
	bool same = true;
	size_t i;

	for (i = 0; i < b->nr; i++) {
		other = find(a, b->all[i].name);
		if ((other ? other->count : 0) == b->all[i].count)
			continue;
		same = false;
		if (say)
			printf("# leak: module %s had %d user(s), has %d\n",
			       b->all[i].name, other ? other->count : 0,
			       b->all[i].count);
	}
	for (i = 0; i < a->nr; i++) {
		if (find(b, a->all[i].name))
			continue;
		same = false;
		if (say)
			printf("# module %s is gone\n", a->all[i].name);
	}
	return same;
}

static bool same_mdevs(const struct things *a, const struct things *b, bool say)
{
	bool same = true;
	size_t i;

	for (i = 0; i < b->nr; i++) {
		if (find(a, b->all[i].name))
			continue;
		same = false;
		if (say)
			printf("# leak: mdev %s is left\n", b->all[i].name);
	}
	return same;
}

static bool compare(const struct footprint *a, const struct footprint *b,
		    bool say)
{
	bool same = true;

	if (a->pins != b->pins) {
		same = false;
		if (say)
			printf("# leak: %ld page(s) left pinned\n",
			       b->pins - a->pins);
	}
	if (a->lockdep != b->lockdep) {
		same = false;
		if (say)
			printf("# lockdep has given up: debug_locks was %ld, is %ld\n",
			       a->lockdep, b->lockdep);
	}
	if (a->hypervisors != b->hypervisors) {
		same = false;
		if (say)
			printf("# leak: %d QEMU(s) before, %d after\n",
			       a->hypervisors, b->hypervisors);
	}
	same &= same_taint(a->taint, b->taint, say);
	same &= same_modules(&a->modules, &b->modules, say);
	same &= same_mdevs(&a->mdevs, &b->mdevs, say);
	return same;
}

bool footprint_same(const struct footprint *before)
{
	uint64_t end = now_ms() + SETTLE_MS * time_factor();
	struct footprint after;
	bool same, over;

	for (;;) {
		/* Demons that were left to us have to be buried to be gone */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		over = now_ms() > end;
		footprint_take(&after);
		same = compare(before, &after, over);
		footprint_free(&after);
		if (same || over)
			return same;
		usleep(20000);
	}
}

bool kernel_is_broken(const struct footprint *before)
{
	return ~before->taint & read_number("/proc/sys/kernel/tainted") &
	       TAINT_DIE;
}

const char *kernel_unfit(const struct footprint *now)
{
	if (now->taint & TAINT_TROUBLE)
		return "the kernel has had an oops, a warning or worse already";
	if (!now->lockdep)
		return "lockdep has given up already (debug_locks is 0)";
	return NULL;
}
