// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cli/base/signals.h>
#include <cli/output/message.h>

#include "demo.h"

static bool has_driver(const struct pinscope_scope_group *group, const char *driver)
{
	size_t i;

	for (i = 0; i < group->nr_devices; i++)
		if (!strcmp(group->devices[i].driver, driver))
			return true;
	return false;
}

/* A few words on a wide group; "pinscope scope" has the whole sentence. */
static void explain_wide(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	const char *driver = group->nr_devices ? group->devices[0].driver : "its driver";

	if (group->refused && group->members > 1)
		snprintf(buf, size, "refused: group %u has %u members", group->iommu_group,
			 group->members);
	else if (has_driver(group, "vfio-pci"))
		snprintf(buf, size, "vfio-pci never pins");
	else if (!strcmp(group->cause, "opt-out"))
		snprintf(buf, size, "%s opted out", driver);
	else if (!strcmp(group->cause, "close") && group->nr_devices && !group->devices[0].open)
		snprintf(buf, size, "%s closed: no pins", driver);
	else
		snprintf(buf, size, "%s pinned nothing", driver);
}

static void explain(const struct demo *demo, struct row *row)
{
	const char *logging = demo->parts[LOGGED].driver;
	const struct pinscope_scope_view *view = NULL;
	const char *pinning = NULL;
	struct pinscope_scope_list list;
	size_t i;

	if (pinscope_scope_read_all(&list))
		return;
	for (i = 0; i < NR_PARTS && !view; i++)
		if (demo->parts[i].member.group)
			view = cli_find_own(&list,
					    pinscope_group_number(demo->parts[i].member.group));
	for (i = 0; view && i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		if (group->scope == PINSCOPE_SCOPE_WIDE) {
			explain_wide(group, row->why, sizeof(row->why));
			break;
		}
		if (group->scope == PINSCOPE_SCOPE_PINNED && group->nr_devices)
			pinning = group->devices[0].driver;
	}
	if (view && row->counts.scope == PINSCOPE_SCOPE_PINNED) {
		if (demo->tracking && row->dirty == DEMO_PAGES)
			snprintf(row->why, sizeof(row->why),
				 "settling: all is reported once");
		else if (pinning && !strcmp(pinning, logging))
			snprintf(row->why, sizeof(row->why), "%s logs its writes", pinning);
		else if (pinning)
			snprintf(row->why, sizeof(row->why), "%s pins windows", pinning);
		else
			snprintf(row->why, sizeof(row->why), "emulated: it writes only pins");
	}
	pinscope_scope_list_release(&list);
}

/* "E (O)": an emulated device, and the group of an opt-in device that is closed. */
static void name_devices(const struct demo *demo, char *buf, size_t size)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < NR_PARTS; i++) {
		const struct part *part = &demo->parts[i];

		if (!part->member.group || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len,
					part->member.device ? "%s%c" : "%s(%c)", len ? " " : "",
					part->letter);
	}
}

/*
 * Ask the kernel and add a row. @scope and @dirty are what the rules lead to: a
 * difference is marked.
 */
static int measure(struct demo *demo, const char *step, enum pinscope_scope scope,
		   uint64_t dirty)
{
	struct row *row = &demo->rows[demo->nr_rows];
	int ret;

	if (signals_pending(&demo->signals)) {
		cli_error("interrupted");
		return CLI_FAILED;
	}

	row->step = step;
	row->dirty = DEMO_NO_GET;
	if (demo->tracking) {
		ret = pinscope_dirty_get(demo->container, DEMO_IOVA, DEMO_SIZE,
					 DEMO_PAGE_SIZE, demo->dirty);
		if (ret)
			return cli_fail("cannot get the dirty pages", PINSCOPE_OP_DIRTY, ret);
		row->dirty = pinscope_bitmap_count(demo->dirty);
	}
	row->scope_known = !pinscope_container_scope(demo->container, &row->counts);
	name_devices(demo, row->devices, sizeof(row->devices));
	explain(demo, row);
	row->surprise = row->dirty != dirty || (row->scope_known && row->counts.scope != scope);
	demo->nr_rows++;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu steps ", demo->nr_rows);
	return CLI_OK;
}

static uint64_t dirty_now(const struct demo *demo)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < NR_PARTS; i++)
		pages += demo->parts[i].dirty_now;
	return pages;
}

int demo_measure_wide(struct demo *demo, const char *step)
{
	return measure(demo, step, PINSCOPE_SCOPE_WIDE, demo->tracking ? DEMO_PAGES : DEMO_NO_GET);
}

int demo_measure_pinned(struct demo *demo, const char *step)
{
	int ret;

	ret = measure(demo, step, PINSCOPE_SCOPE_PINNED, dirty_now(demo));
	/* Reading a log clears it. */
	demo->parts[LOGGED].dirty_now = 0;
	return ret;
}

int demo_measure_settling(struct demo *demo, const char *step)
{
	return measure(demo, step, PINSCOPE_SCOPE_PINNED, DEMO_PAGES);
}
