// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pages of another process' container are dirty. Only who has its descriptor
 * may ask, so a copy of that is taken for as long as the question takes; what is told
 * stays dirty for the owner.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include <pinscope/uapi.h>

#include "cli/scope/scope.h"

#define RANGES		4096
/* Long enough for a device that writes now and then, short beside a round. */
#define BETWEEN_MS	100

/* The only descriptor of a container that a process has; -1 if there is none or more. */
static int find_descriptor(pid_t pid)
{
	char path[PINSCOPE_PATH_MAX], link[PINSCOPE_PATH_MAX + 256], target[64];
	struct dirent *entry;
	int found = -1;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%d/fd", pinscope_proc_root(), (int)pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		len = readlink(link, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (strcmp(target, "/dev/vfio/vfio"))
			continue;
		/* Of several nothing tells which is which. */
		if (found >= 0) {
			found = -1;
			break;
		}
		found = atoi(entry->d_name);
	}
	closedir(dir);
	return found;
}

static int copy_descriptor(pid_t pid)
{
	int number = find_descriptor(pid), process, copy;

	if (number < 0)
		return -1;
	process = pidfd_open(pid, 0);
	if (process < 0)
		return -1;
	copy = pidfd_getfd(process, number, 0);
	close(process);
	return copy;
}

/* Bytes that are dirty, of all that is mapped. */
static bool look(int container, uint64_t *bytes)
{
	static struct vfio_iommu_type1_dirty_range ranges[RANGES];
	uint64_t raw[(sizeof(struct vfio_iommu_type1_dirty_bitmap) +
		      sizeof(struct vfio_iommu_type1_dirty_ranges_get)) / sizeof(uint64_t)] = { 0 };
	struct vfio_iommu_type1_dirty_bitmap *head = (void *)raw;
	struct vfio_iommu_type1_dirty_ranges_get *get = (void *)head->data;
	uint32_t i;

	head->argsz = sizeof(raw);
	head->flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_RANGES | VFIO_IOMMU_DIRTY_PAGES_FLAG_NO_CLEAR;
	get->size = UINT64_MAX - (uint64_t)sysconf(_SC_PAGESIZE) + 1;
	get->ranges = (uintptr_t)ranges;
	*bytes = 0;
	do {
		get->nr_ranges = RANGES;
		if (ioctl(container, VFIO_IOMMU_DIRTY_PAGES, raw))
			return false;
		for (i = 0; i < get->nr_ranges && i < RANGES; i++)
			*bytes += ranges[i].size;
	} while (get->size);
	return true;
}

/* Two looks, unless the owner has asked in between, and made a part of it clean. */
static void look_twice(int container, struct scope_dirty *dirty)
{
	const struct timespec pause = { .tv_nsec = BETWEEN_MS * 1000000L };
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct timespec begin, end;
	uint64_t before, after;
	double seconds;

	if (!look(container, &before))
		return;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	nanosleep(&pause, NULL);
	if (!look(container, &after))
		return;
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) +
		  (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	dirty->known = true;
	dirty->pages = after / page;
	dirty->has_rate = after >= before;
	if (dirty->has_rate)
		dirty->pages_per_second = (double)((after - before) / page) / seconds;
}

void scope_look(const struct pinscope_scope_list *list, const struct pinscope_scope_view *view,
		struct scope_dirty *dirty)
{
	unsigned int same = 0;
	int container;
	size_t i;

	memset(dirty, 0, sizeof(*dirty));
	for (i = 0; i < list->nr; i++)
		same += list->views[i].owner == view->owner;
	if (view->garbled || !view->has_iommu || same != 1 || view->owner <= 0)
		return;
	container = copy_descriptor(view->owner);
	if (container < 0)
		return;
	look_twice(container, dirty);
	close(container);
}
