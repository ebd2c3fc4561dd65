// SPDX-License-Identifier: GPL-2.0
/* A machine without operating system: the guest of "make check". */
#include <pinscope/registers.h>

#include "work.h"

#define DEBUG_PORT 0xe9
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define PCI_COMMAND 0x04
#define PCI_COMMAND_MASTER 0x4
#define PCI_BAR0 0x10

/* In the middle of memory */
#define FIRST_PLACE 0x1000000u
#define BETWEEN_PLACES 0x10000u

static uint32_t bar;

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

uint32_t reg_read(uint32_t reg)
{
	return read32(bar + reg);
}

void reg_write(uint32_t reg, uint32_t value)
{
	write32(bar + reg, value);
}

void say(const char *word, uint32_t number)
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

void stop(const char *word, uint32_t number)
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
	bar = config_read(slot, PCI_BAR0) & ~0xfu;
	config_write(slot, PCI_COMMAND,
		     config_read(slot, PCI_COMMAND) | PCI_COMMAND_MASTER);
}

void guest_main(void);

void guest_main(void)
{
	struct place places[PLACES];
	uint32_t i;

	find_device();
	for (i = 0; i < PLACES; i++) {
		places[i].address = FIRST_PLACE + i * BETWEEN_PLACES;
		places[i].memory = FIRST_PLACE + i * BETWEEN_PLACES;
	}
	work(places);
}
