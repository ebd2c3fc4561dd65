// SPDX-License-Identifier: GPL-2.0
/*
 * A driver of the sample device that does not know of migration. It registers
 * buffers, has the device fill them, moves them about, and again and again checks
 * that each still holds what was written last: word by word, and by the sum that
 * the device makes of it.
 *
 * It tells what it does in lines:
 *
 *   ready     the device works
 *   pass N    all buffers have been written N times and were checked
 *   WRONG N   buffer N does not hold what the device wrote
 *   WRONGSUM N  the device reads something else from buffer N than it wrote
 *   FAILED S  a command ended with this status
 */
#include <pinscope/registers.h>

#include "work.h"

#define PAGE 4096
#define BUFFERS 4
#define LEN 256

struct buffer {
	uint32_t place;
	uint32_t seed;
};

static const struct place *places;
static struct buffer buffers[BUFFERS];
static uint8_t taken[PLACES];
static uint32_t next_seed = 1;

static void command(uint32_t cmd, const struct buffer *buffer, uint32_t len)
{
	uint64_t address = places[buffer->place].address;
	uint32_t status;

	reg_write(PINSCOPE_REG_IOVA, (uint32_t)address);
	reg_write(PINSCOPE_REG_IOVA + 4, address >> 32);
	reg_write(PINSCOPE_REG_LEN, len);
	reg_write(PINSCOPE_REG_SEED, buffer->seed);
	reg_write(PINSCOPE_REG_CMD, cmd);
	status = reg_read(PINSCOPE_REG_STATUS);
	if (status & PINSCOPE_STATUS_ERROR)
		stop("FAILED", status);
}

static void check_buffer(const struct buffer *buffer)
{
	uintptr_t memory = places[buffer->place].memory;
	uint32_t i, word, sum = 0;

	for (i = 0; i < LEN / 4; i++) {
		word = read32(memory + i * 4);
		if (word != buffer->seed + i)
			stop("WRONG", buffer - buffers);
		sum += word;
	}
	command(PINSCOPE_CMD_DMA_READ, buffer, LEN);
	if (reg_read(PINSCOPE_REG_RESULT) != sum)
		stop("WRONGSUM", buffer - buffers);
}

static void fill_buffer(struct buffer *buffer)
{
	buffer->seed = next_seed;
	next_seed += LEN;
	command(PINSCOPE_CMD_DMA_WRITE, buffer, LEN);
}

static uint32_t free_place(uint32_t from)
{
	while (taken[from % PLACES])
		from++;
	return from % PLACES;
}

static void place_buffer(struct buffer *buffer, uint32_t place)
{
	taken[place] = 1;
	buffer->place = place;
	command(PINSCOPE_CMD_ADD_WINDOW, buffer, PAGE);
}

static void move_buffer(struct buffer *buffer)
{
	uint32_t place = buffer->place;

	command(PINSCOPE_CMD_REMOVE_WINDOW, buffer, PAGE);
	place_buffer(buffer, free_place(place + 1));
	taken[place] = 0;
}

void work(const struct place given[PLACES])
{
	uint32_t pass, i;

	places = given;
	if (reg_read(PINSCOPE_REG_MAGIC) != PINSCOPE_SAMPLE_MAGIC)
		stop("FAILED", 1);
	for (i = 0; i < BUFFERS; i++) {
		place_buffer(&buffers[i], free_place(0));
		fill_buffer(&buffers[i]);
	}
	say("ready", BUFFERS);
	for (pass = 1;; pass++) {
		for (i = 0; i < BUFFERS; i++)
			check_buffer(&buffers[i]);
		move_buffer(&buffers[pass % BUFFERS]);
		for (i = 0; i < BUFFERS; i++)
			fill_buffer(&buffers[i]);
		say("pass", pass);
	}
}
