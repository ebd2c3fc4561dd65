// SPDX-License-Identifier: GPL-2.0
/* Memory of each kind, and what the kernel has allocated for itself */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program.h"

#define HUGE (2 * MIB)

static void *anonymous(uint64_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1,
		       0);

	if (p == MAP_FAILED)
		die("no %llu MiB of memory: %s",
		    (unsigned long long)(size / MIB), strerror(errno));
	return p;
}

static char *small_pages(uint64_t size)
{
	char *p = anonymous(size, 0);

	if (madvise(p, size, MADV_NOHUGEPAGE))
		die("madvise: %s", strerror(errno));
	return p;
}

/* Pages of the two are touched in turn, so that those of one are scattered */
static void *scattered(uint64_t size)
{
	char *p = small_pages(size), *other = small_pages(size);
	uint64_t i;

	for (i = 0; i < size; i += PAGE) {
		p[i] = 1;
		other[i] = 1;
	}
	munmap(other, size);
	return p;
}

static uint64_t kilobytes(const char *file, const char *name)
{
	unsigned long long kb = 0;
	char line[256];
	FILE *f = fopen(file, "re");

	if (!f)
		die("%s: %s", file, strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) &&
		    line[strlen(name)] == ':')
			sscanf(line + strlen(name) + 1, "%llu", &kb);
	fclose(f);
	return kb;
}

/* What is too much for the alignment is left mapped, never touched */
static void *transparent(uint64_t size)
{
	uintptr_t p = (uintptr_t)anonymous(size + HUGE, 0);
	uint64_t before = kilobytes("/proc/self/smaps_rollup", "AnonHugePages");

	p = (p + HUGE - 1) & ~(HUGE - 1);
	if (madvise((void *)p, size, MADV_HUGEPAGE))
		die("madvise: %s", strerror(errno));
	memset((void *)p, 1, size);
	if (kilobytes("/proc/self/smaps_rollup", "AnonHugePages") - before !=
	    size / 1024)
		die("the kernel gives no huge pages");
	return (void *)p;
}

static void *hugetlb(uint64_t size)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "we");
	void *p;

	if (!f || fprintf(f, "%llu\n", (unsigned long long)(size / HUGE)) < 0 ||
	    fclose(f))
		die("cannot reserve huge pages: %s", strerror(errno));
	p = anonymous(size, MAP_HUGETLB);
	memset(p, 1, size);
	return p;
}

static void *repeated(uint64_t size)
{
	const uint64_t part = 64 * MIB;
	char *p = anonymous(size, 0);
	int fd = memfd_create("bench", MFD_CLOEXEC);
	uint64_t at;

	if (fd < 0 || ftruncate(fd, part))
		die("memfd: %s", strerror(errno));
	for (at = 0; at < size; at += part)
		if (mmap(p + at, part < size - at ? part : size - at,
			 PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) ==
		    MAP_FAILED)
			die("mmap: %s", strerror(errno));
	close(fd);
	return p;
}

void *memory_new(enum memory kind, uint64_t size)
{
	switch (kind) {
	case MEMORY_SMALL:
		return scattered(size);
	case MEMORY_THP:
		return transparent(size);
	case MEMORY_HUGETLB:
		return hugetlb(size);
	case MEMORY_REPEATED:
		return repeated(size);
	case MEMORY_NONE:
		break;
	}
	return small_pages(size);
}

void memory_free(void *memory, uint64_t size)
{
	munmap(memory, size);
}

/* The allocator gives back what it keeps for later, so that figures are exact */
static void shrink_caches(void)
{
	char path[512];
	struct dirent *entry;
	DIR *dir = opendir("/sys/kernel/slab");
	int fd;

	if (!dir)
		die("/sys/kernel/slab: %s", strerror(errno));
	while ((entry = readdir(dir))) {
		/* Links are further names of the same */
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink",
			 entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, "1", 1) != 1)
			die("%s: %s", path, strerror(errno));
		close(fd);
	}
	closedir(dir);
}

/*
 * Objects in use, and what is larger than an object: of the pages that the allocator
 * has, those that are no object's.
 */
int64_t memory_of_kernel(void)
{
	unsigned long long active, all, size, per, pages, slabs;
	uint64_t objects = 0, in_slabs = 0;
	FILE *f;
	char line[512];

	/* What is to be freed once nobody can look at it any more has to be */
	usleep(50000);
	shrink_caches();
	f = fopen("/proc/slabinfo", "re");
	if (!f)
		die("/proc/slabinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line,
			   "%*s %llu %llu %llu %llu %llu : tunables %*u %*u %*u : slabdata %*u %llu",
			   &active, &all, &size, &per, &pages, &slabs) != 6)
			continue;
		objects += active * size;
		in_slabs += slabs * pages * PAGE;
	}
	fclose(f);
	return objects + kilobytes("/proc/meminfo", "Slab") * 1024 - in_slabs +
	       kilobytes("/proc/meminfo", "VmallocUsed") * 1024;
}
