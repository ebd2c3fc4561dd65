// SPDX-License-Identifier: GPL-2.0
/*
 * "A page is lost" as a picture: a device whose driver pins nothing draws frame
 * after frame into the guest's memory while the guest is migrated. Each page holds
 * a strip of eight rows, and the strips lie far apart, so that they are sent at
 * different times: what is not sent again shows an older frame.
 */
#include <stdio.h>
#include <stdlib.h>

#include <harness/harness.h>
#include <harness/sim.h>

#include "fixtures/pair.h"

#define WIDTH 128
#define HEIGHT 128
#define ROW (WIDTH * sizeof(uint32_t))
#define ROWS_OF_STRIP (PAGE / ROW)
#define FIRST_STRIP 0x800
#define APART 0x300

#define RADIUS 36
#define STEP 15
#define FRAMES 16

static uint64_t address_of(unsigned int row)
{
	return (FIRST_STRIP + row / ROWS_OF_STRIP * APART) * PAGE +
	       row % ROWS_OF_STRIP * ROW;
}

/* One transfer: the device writes words that count up, so the blue grows */
static void draw_line(struct sample *dev, int row, int from, int to,
		      uint32_t colour)
{
	if (from >= to)
		return;
	dev->seed = colour + from;
	ok(sample_try(dev, PINSCOPE_CMD_DMA_WRITE,
		      address_of(row) + from * sizeof(uint32_t),
		      (to - from) * sizeof(uint32_t)));
}

/* From one side to the other, and back */
static int ball_at(int frame)
{
	int way = WIDTH - 2 * RADIUS, at = frame * STEP % (2 * way);

	return RADIUS + (at < way ? at : 2 * way - at);
}

static int half_width(int row)
{
	int y = row - HEIGHT / 2, x = RADIUS;

	while (x > 0 && x * x + y * y > RADIUS * RADIUS)
		x--;
	return x;
}

static void draw(struct sample *dev, int frame)
{
	int middle = ball_at(frame), half, row;
	uint32_t sky;

	for (row = 0; row < HEIGHT; row++) {
		sky = 0x102040 + row / 2 * 0x10100;
		half = half_width(row);
		draw_line(dev, row, 0, middle - half, sky);
		draw_line(dev, row, middle - half, middle + half, 0xffa000);
		draw_line(dev, row, middle + half, WIDTH, sky);
	}
}

static long long left_to_send(struct qemu *source)
{
	struct json_object *info = qmp(source, "query-migrate", NULL);
	long long left = json_int(info, "ram.remaining");

	json_object_put(info);
	return left;
}

/* One frame, and then as much as a strip and what lies around it is sent */
static void draw_and_send(struct pair *pair, int frame)
{
	long long left = pair->source->ram_size / FRAMES * (FRAMES - frame);

	draw(pair->devices[1], frame);
	check(comes_true(left_to_send(pair->source) < left, 20000));
}

/* For tests/vm/picture: a line for each row, six digits for each of its pixels */
static void show(const char *name, const struct qemu *qemu)
{
	const uint32_t *pixel;
	int row, x;

	for (row = 0; row < HEIGHT; row++) {
		pixel = (const uint32_t *)(qemu->ram + address_of(row));
		printf("recorded %s ", name);
		for (x = 0; x < WIDTH; x++)
			printf("%06x", le32toh(pixel[x]) & 0xffffff);
		putchar('\n');
	}
	fflush(stdout);
}

/*
 * Two functions of one IOMMU group: the driver of one pins, that of the other, which
 * draws, does not. By the stock core's rules what the first has pinned is all that is
 * dirty.
 */
TEST(long, picture, .limit = 180, .log = "pin refused")
{
	const struct sim_options untracked = { .no_tracking = true };
	struct pair *pair = pair_new(64);
	struct outcome outcome;
	int i;

	for (i = 0; i < 2; i++) {
		struct machine *end = i ? &pair->to : &pair->from;

		end->mdevs[0] = mdev_new(PRECOPY, sim_new(SIM_GROUP + i, &untracked));
		end->mdevs[1] = mdev_new(BACKED, sim_new(SIM_GROUP + i, &untracked));
	}
	pair->nr = 2;
	pair_start(pair);
	sample_window(pair->devices[0], 0x400);
	draw(pair->devices[1], 0);

	migration_start(pair->source, pair->target);
	qmp(pair->source, "migrate-set-parameters", "{'max-bandwidth':%llu}",
	    6 * MIB);
	check(comes_true(left_to_send(pair->source) > 0, 20000));
	for (i = 1; i < FRAMES; i++)
		draw_and_send(pair, i);
	migration_let_finish(pair->source);
	migration_completes(pair->source, pair->target);

	migration_outcome(pair->source, pair->target, &outcome);
	if (getenv("PINSCOPE_LIVE_RECORD")) {
		show("picture-source", pair->source);
		show("picture-target", pair->target);
	}
	if (outcome.lost)
		fail("%lld pages lost", outcome.lost);
}
