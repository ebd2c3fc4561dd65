// SPDX-License-Identifier: GPL-2.0
/*
 * A guest: nothing but a driver of the sample device. It registers buffers, has
 * the device fill them, moves them about, and again and again checks that each
 * still holds what was written last. It does not know of migration.
 *
 * It tells what it does in lines on the debug console:
 *
 *   ready     the device works
 *   pass N    all buffers have been written N times and were checked
 *   WRONG A   the buffer at address A does not hold what the device wrote
 *   FAILED S  a command ended with this status
 */
#include <stdint.h>

#include <pinscope/registers.h>

#define DEBUG_PORT 0xe9
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define PCI_COMMAND 0x04
#define PCI_COMMAND_MASTER 0x4
#define PCI_BAR0 0x10

/* Buffers in the middle of memory, one page each, and places to move one to */
#define PAGE 4096
#define BUFFERS 4
#define PLACES 16
#define FIRST_PLACE 0x1000000u
#define LEN 256

struct buffer {
	uint32_t address;
	uint32_t seed;
};

static volatile uint8_t *bar;
static struct buffer buffers[BUFFERS];
static uint8_t taken[PLACES];
static uint32_t next_seed = 1;

static inline void out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t in32(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void say(const char *word, uint32_t number)
{
	char digits[12];
	int n = sizeof(digits);

	while (*word)
		out8(DEBUG_PORT, *word++);
	digits[--n] = '\0';
	do {
		digits[--n] = '0' + number % 10;
		number /= 10;
	} while (number);
	out8(DEBUG_PORT, ' ');
	while (digits[n])
		out8(DEBUG_PORT, digits[n++]);
	out8(DEBUG_PORT, '\n');
}

static void stop(const char *word, uint32_t number)
{
	say(word, number);
	for (;;)
		asm volatile("cli; hlt");
}

static uint32_t config_read(uint32_t slot, uint32_t offset)
{
	out32(CONFIG_ADDRESS, 0x80000000u | slot << 11 | offset);
	return in32(CONFIG_DATA);
}

static void config_write(uint32_t slot, uint32_t offset, uint32_t value)
{
	out32(CONFIG_ADDRESS, 0x80000000u | slot << 11 | offset);
	out32(CONFIG_DATA, value);
}

static uint32_t reg_read(uint32_t reg)
{
	return *(volatile uint32_t *)(bar + reg);
}

static void reg_write(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(bar + reg) = value;
}

static void command(uint32_t cmd, uint32_t address, uint32_t len, uint32_t seed)
{
	uint32_t status;

	reg_write(PINSCOPE_REG_IOVA, address);
	reg_write(PINSCOPE_REG_IOVA + 4, 0);
	reg_write(PINSCOPE_REG_LEN, len);
	reg_write(PINSCOPE_REG_SEED, seed);
	reg_write(PINSCOPE_REG_CMD, cmd);
	status = reg_read(PINSCOPE_REG_STATUS);
	if (status & PINSCOPE_STATUS_ERROR)
		stop("FAILED", status);
}

/* Firmware has given the device its addresses. */
static void find_device(void)
{
	uint32_t id = PINSCOPE_SAMPLE_VENDOR | PINSCOPE_SAMPLE_DEVICE << 16;
	uint32_t slot;

	for (slot = 0; slot < 32; slot++)
		if (config_read(slot, 0) == id)
			break;
	if (slot == 32)
		stop("FAILED", 0);
	bar = (volatile uint8_t *)(config_read(slot, PCI_BAR0) & ~0xfu);
	config_write(slot, PCI_COMMAND,
		     config_read(slot, PCI_COMMAND) | PCI_COMMAND_MASTER);
	if (reg_read(PINSCOPE_REG_MAGIC) != PINSCOPE_SAMPLE_MAGIC)
		stop("FAILED", 1);
}

static void check_buffer(const struct buffer *buffer)
{
	const volatile uint32_t *words =
		(const volatile uint32_t *)buffer->address;
	uint32_t i;

	for (i = 0; i < LEN / 4; i++)
		if (words[i] != buffer->seed + i)
			stop("WRONG", buffer->address);
}

static void fill_buffer(struct buffer *buffer)
{
	buffer->seed = next_seed;
	next_seed += LEN;
	command(PINSCOPE_CMD_DMA_WRITE, buffer->address, LEN, buffer->seed);
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
	buffer->address = FIRST_PLACE + place * 16 * PAGE;
	command(PINSCOPE_CMD_ADD_WINDOW, buffer->address, PAGE, 0);
}

static void move_buffer(struct buffer *buffer)
{
	uint32_t place = (buffer->address - FIRST_PLACE) / (16 * PAGE);

	command(PINSCOPE_CMD_REMOVE_WINDOW, buffer->address, PAGE, 0);
	place_buffer(buffer, free_place(place + 1));
	taken[place] = 0;
}

void guest_main(void);

void guest_main(void)
{
	uint32_t pass, i;

	find_device();
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
