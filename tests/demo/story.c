// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty scope on one page: devices join and leave a container as in the life
 * of a virtual machine, and after each step the kernel is asked for the scope, the
 * pins and the dirty pages. Nothing in the table is computed from what ought to be;
 * what ought to be is only compared with it.
 */
#include <unistd.h>

#include <cli/output/message.h>

#include "demo.h"

static int set_tracking(struct demo *demo, bool on)
{
	int ret;

	ret = on ? pinscope_dirty_start(demo->container) : pinscope_dirty_stop(demo->container);
	if (ret)
		return cli_fail(on ? "cannot start tracking" : "cannot stop tracking",
				PINSCOPE_OP_DIRTY, ret);
	demo->tracking = on;
	return CLI_OK;
}

static int act_emulated(struct demo *demo)
{
	int ret;

	ret = demo_join(demo, EMULATED);
	if (ret)
		return ret;
	ret = pinscope_buffer_map(demo->container, DEMO_IOVA, DEMO_SIZE, PINSCOPE_MAP_RW,
				  &demo->buffer);
	if (ret)
		return cli_fail("cannot map memory", PINSCOPE_OP_MAP, ret);
	ret = demo_add_window(&demo->parts[EMULATED]);
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = demo_write_window(demo, EMULATED);
	if (!ret)
		ret = demo_measure_pinned(demo, "emulated joins, tracking on");
	if (ret)
		return ret;

	/* A core that does not tell its scope cannot have backed mdevs either. */
	if (!demo->rows[0].scope_known) {
		demo->parts[BACKED].missing = "this VFIO core is not patched";
		demo->parts[OPTIN].missing = demo->parts[BACKED].missing;
		demo->parts[OPTIN_SHARED].missing = demo->parts[BACKED].missing;
		demo->parts[PRECOPY].missing = demo->parts[BACKED].missing;
		demo->parts[LOGGED].missing = demo->parts[BACKED].missing;
	}
	return CLI_OK;
}

static int act_backed(struct demo *demo)
{
	int ret;

	if (demo->parts[BACKED].missing)
		return CLI_OK;
	ret = demo_join(demo, BACKED);
	if (!ret)
		ret = demo_measure_wide(demo, "backed joins");
	if (ret)
		return ret;
	demo_leave(demo, BACKED);
	ret = demo_measure_settling(demo, "backed leaves");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

static int act_start(struct demo *demo)
{
	int ret;

	if (demo->parts[OPTIN].missing)
		return CLI_OK;
	ret = set_tracking(demo, false);
	if (!ret)
		ret = demo_join(demo, OPTIN);
	if (!ret)
		ret = demo_add_window(&demo->parts[OPTIN]);
	if (!ret)
		ret = demo_measure_wide(demo, "tracking off, opt-in joins");
	if (!ret)
		ret = set_tracking(demo, true);
	if (!ret)
		ret = demo_measure_pinned(demo, "tracking on: opt-in pins");
	if (!ret)
		ret = demo_write_window(demo, OPTIN);
	return ret ? ret : demo_measure_pinned(demo, "opt-in writes two pages");
}

static int act_assigned(struct demo *demo)
{
	int ret;

	if (demo->parts[ASSIGNED].missing)
		return CLI_OK;
	ret = demo_join(demo, ASSIGNED);
	if (!ret)
		ret = demo_measure_wide(demo, "vfio-pci joins");
	if (ret)
		return ret;
	demo_leave(demo, ASSIGNED);
	ret = demo_measure_settling(demo, "vfio-pci leaves");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

static int act_close(struct demo *demo)
{
	struct part *part = &demo->parts[OPTIN];
	int ret;

	if (part->missing)
		return CLI_OK;
	pinscope_device_close(part->member.device);
	part->member.device = NULL;
	part->dirty_now = 0;
	ret = demo_measure_wide(demo, "opt-in is closed");
	demo_leave(demo, OPTIN);
	return ret;
}

static int act_precopy(struct demo *demo)
{
	struct part *part = &demo->parts[PRECOPY];
	int ret, data_fd;

	if (part->missing)
		return CLI_OK;
	ret = demo_join(demo, PRECOPY);
	if (!ret)
		ret = demo_add_window(part);
	if (!ret)
		ret = demo_measure_wide(demo, "opt-in by state joins");
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_PRE_COPY, &data_fd);
	if (ret)
		return cli_fail("cannot enter PRE_COPY", PINSCOPE_OP_MIGRATION, ret);
	ret = demo_measure_settling(demo, "PRE_COPY: it pins");
	if (!ret)
		ret = demo_measure_pinned(demo, "next GET");
	if (data_fd >= 0)
		close(data_fd);
	if (ret)
		return ret;

	ret = pinscope_migration_set_state(part->member.device, PINSCOPE_STATE_RUNNING, NULL);
	if (ret)
		return cli_fail("cannot cancel", PINSCOPE_OP_MIGRATION, ret);
	return demo_measure_wide(demo, "cancelled: it unpins");
}

/* One device leaves and another joins; tracking stays off if that one is missing. */
static int replace(struct demo *demo, enum part_id old, enum part_id new)
{
	int ret;

	ret = set_tracking(demo, false);
	if (ret)
		return ret;
	demo_leave(demo, old);
	if (demo->parts[new].missing)
		return CLI_OK;
	ret = demo_join(demo, new);
	if (!ret)
		ret = demo_add_window(&demo->parts[new]);
	return ret ? ret : set_tracking(demo, true);
}

static int act_shared(struct demo *demo)
{
	int ret;

	ret = replace(demo, PRECOPY, OPTIN_SHARED);
	if (ret || demo->parts[OPTIN_SHARED].missing)
		return ret;
	return demo_measure_wide(demo, "opt-in in a group of two");
}

static int act_logged(struct demo *demo)
{
	int ret;

	ret = replace(demo, OPTIN_SHARED, LOGGED);
	if (ret || demo->parts[LOGGED].missing)
		return ret;
	ret = demo_measure_pinned(demo, "logged joins, tracking on");
	if (!ret)
		ret = demo_write_window(demo, LOGGED);
	if (!ret)
		ret = demo_measure_pinned(demo, "logged writes two pages");
	return ret ? ret : demo_measure_pinned(demo, "next GET");
}

int demo_play(struct demo *demo)
{
	static int (*const acts[])(struct demo *demo) = {
		act_emulated, act_backed, act_start, act_assigned, act_close, act_precopy,
		act_shared, act_logged,
	};
	size_t i;
	int ret;

	ret = pinscope_container_open(&demo->container);
	if (ret)
		return cli_fail("cannot open a container", PINSCOPE_OP_CONTAINER_OPEN, ret);
	ret = pinscope_bitmap_new(&demo->dirty);
	if (ret)
		return cli_fail("cannot count pages", PINSCOPE_OP_DIRTY, ret);
	for (i = 0; !ret && i < sizeof(acts) / sizeof(acts[0]); i++)
		ret = acts[i](demo);
	return ret;
}
