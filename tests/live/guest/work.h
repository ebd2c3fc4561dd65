/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The work of a guest, and what it wants of the machine that it runs on: one
 * without operating system (bare.c), or a Linux process (linux.c).
 */
#ifndef GUEST_WORK_H
#define GUEST_WORK_H

#include <stdint.h>

/* Where a buffer can be, one page each. */
#define PLACES 16

/**
 * struct place - memory that a buffer can have
 * @address: what the device knows it by
 * @memory: what the processor knows it by
 */
struct place {
	uint64_t address;
	uintptr_t memory;
};

/* Accesses that happen when and as often as they are written */
static inline uint32_t read32(uintptr_t at)
{
	uint32_t value;

	asm volatile("movl (%1), %0" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void write32(uintptr_t at, uint32_t value)
{
	asm volatile("movl %0, (%1)" : : "r"(value), "r"(at) : "memory");
}

/* Of the machine: nothing here comes back from stop(). */
uint32_t reg_read(uint32_t reg);
void reg_write(uint32_t reg, uint32_t value);
void say(const char *word, uint32_t number);
void stop(const char *word, uint32_t number) __attribute__((noreturn));

/* Does it for as long as the machine runs. */
void work(const struct place places[PLACES]) __attribute__((noreturn));

#endif /* GUEST_WORK_H */
