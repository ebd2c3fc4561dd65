// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that come, write and go.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cli/output/message.h>

#include "demo.h"

static int create_mdev(struct demo *demo, struct part *part)
{
	char uuid[PINSCOPE_UUID_SIZE];
	int ret;

	ret = pinscope_uuid_random(uuid);
	if (ret)
		return cli_fail("cannot make up a UUID", PINSCOPE_OP_MDEV, ret);
	/* From here on there may be such a device, whatever is said of it. */
	snprintf(part->name, sizeof(part->name), "%s", uuid);

	if (!demo->no_mdevctl) {
		const char *const argv[] = {
			"mdevctl", "start", "-u", uuid, "-p", part->parent, "-t", part->type, NULL,
		};

		ret = demo_run_quietly(argv);
		if (ret > 0) {
			cli_error("mdevctl cannot start a %s on %s", part->type, part->parent);
			return CLI_FAILED;
		}
		demo->no_mdevctl = ret == -ENOENT;
		if (ret && !demo->no_mdevctl) {
			cli_error("cannot run mdevctl: %s", strerror(-ret));
			return CLI_FAILED;
		}
	}
	if (demo->no_mdevctl) {
		ret = pinscope_mdev_create(part->parent, part->type, uuid);
		if (ret)
			return cli_fail("cannot create an mdev", PINSCOPE_OP_MDEV, ret);
	}
	return CLI_OK;
}

static void remove_mdev(struct demo *demo, struct part *part)
{
	const char *const argv[] = { "mdevctl", "stop", "-u", part->name, NULL };

	if (!part->type || !*part->name)
		return;
	if (demo->no_mdevctl || demo_run_quietly(argv))
		pinscope_mdev_remove(part->name);
	part->name[0] = '\0';
}

int demo_open(struct demo *demo, struct part *part)
{
	int ret;

	if (!part->member.group) {
		ret = cli_join(demo->container, part->name, &part->member);
		if (ret)
			return ret;
	} else {
		ret = pinscope_device_open(part->member.group, part->name, &part->member.device);
		if (ret)
			return cli_fail("cannot open the device again", PINSCOPE_OP_DEVICE_OPEN,
					ret);
	}
	if (!part->type)
		return CLI_OK;
	ret = pinscope_device_enable(part->member.device);
	return ret ? cli_fail("cannot enable the device", PINSCOPE_OP_SAMPLE, ret) : CLI_OK;
}

/* Create what takes part, bring it in, and register its window if it has one. */
int demo_join(struct demo *demo, enum part_id id)
{
	struct part *part = &demo->parts[id];
	int ret;

	/* The parent of emulated devices is no PCI function. */
	if (id != EMULATED) {
		ret = demo_bind(demo, part->parent, part->driver);
		if (ret)
			return ret;
	}
	if (part->type) {
		ret = create_mdev(demo, part);
		if (ret)
			return ret;
	}
	return demo_open(demo, part);
}

int demo_add_window(struct part *part)
{
	int ret;

	ret = pinscope_sample_add_window(part->member.device,
					 DEMO_IOVA + part->window_first * DEMO_PAGE_SIZE,
					 part->window_pages * DEMO_PAGE_SIZE);
	if (ret)
		return cli_fail("cannot register a window", PINSCOPE_OP_SAMPLE, ret);
	part->dirty_now = part->logs ? 0 : part->window_pages;
	return CLI_OK;
}

void demo_leave(struct demo *demo, enum part_id id)
{
	cli_leave(&demo->parts[id].member);
	demo->parts[id].dirty_now = 0;
	remove_mdev(demo, &demo->parts[id]);
}

/* Real DMA: the device writes two pages of its window, and memory is checked. */
int demo_write_window(struct demo *demo, enum part_id id)
{
	struct part *part = &demo->parts[id];
	const char *memory = pinscope_buffer_data(demo->buffer);
	uint64_t page, iova;
	int ret;

	for (page = part->window_first; page < part->window_first + 2; page++) {
		uint32_t seed = (uint32_t)(demo->nr_rows << 16 | page);

		iova = DEMO_IOVA + page * DEMO_PAGE_SIZE;
		ret = pinscope_sample_dma_write(part->member.device, iova, DEMO_PAGE_SIZE, seed);
		if (ret)
			return cli_fail("the device cannot write", PINSCOPE_OP_SAMPLE, ret);
		if (pinscope_sample_verify(memory + page * DEMO_PAGE_SIZE, DEMO_PAGE_SIZE, seed)) {
			cli_error("the %s device wrote page %llu, but memory has something else",
				  part->label, (unsigned long long)page);
			return CLI_BAD;
		}
		part->dirty_now += part->logs;
	}
	return CLI_OK;
}
