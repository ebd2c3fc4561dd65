/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is a file of its own with fuzz_one(). libFuzzer calls it, by another
 * name, or replay.c, which needs no more than a C compiler.
 */
#ifndef PINSCOPE_FUZZ_H
#define PINSCOPE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * fuzz_one() - work on an input
 * @data: the input
 * @size: its size
 *
 * Ends the program if the input is worked on wrongly.
 *
 * Return: 0.
 */
int fuzz_one(const uint8_t *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

/* What has to be so whatever the input is. */
#define must(condition)									\
	do {										\
		if (!(condition)) {							\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,	\
				#condition);						\
			abort();							\
		}									\
	} while (0)

/* The input as a string of its own, so that reading beyond it is seen. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif /* PINSCOPE_FUZZ_H */
