// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pages of another process' container are dirty. Its descriptor is borrowed for
 * as long as the question takes; what is told stays dirty for the owner.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/container/borrow.h"
#include "cli/scope/scope.h"

#define RANGES		4096
/* Long enough for a device that writes now and then, short beside a round. */
#define BETWEEN_MS	100

/* Bytes that are dirty, of all that is mapped. */
static bool look(struct pinscope_container *container, uint64_t *bytes)
{
	static struct pinscope_dirty_range ranges[RANGES];
	uint64_t iova = 0, size = UINT64_MAX - (uint64_t)sysconf(_SC_PAGESIZE) + 1;
	size_t nr, i;

	*bytes = 0;
	do {
		nr = RANGES;
		if (pinscope_dirty_ranges(container, &iova, &size, true, ranges, &nr))
			return false;
		for (i = 0; i < nr && i < RANGES; i++)
			*bytes += ranges[i].size;
	} while (size);
	return true;
}

/* Two looks, unless the owner has asked in between, and made a part of it clean. */
static void look_twice(struct pinscope_container *container, struct scope_dirty *dirty)
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
	struct pinscope_container *container;
	unsigned int same = 0;
	size_t i;

	memset(dirty, 0, sizeof(*dirty));
	for (i = 0; i < list->nr; i++)
		same += list->views[i].owner == view->owner;
	if (view->garbled || !view->has_iommu || same != 1 || view->owner <= 0)
		return;
	if (!cli_borrow(view->owner, &container))
		return;
	look_twice(container, dirty);
	pinscope_container_close(container);
}
