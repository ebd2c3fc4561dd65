/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers in text that others wrote. Not installed.
 */
#ifndef PINSCOPE_LIB_NUMBER_H
#define PINSCOPE_LIB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * number_parse() - read a number that is all of a word
 * @word: the word, or NULL
 * @base: 10, or 16 for numbers with 0x in front
 * @max: largest good value
 * @out: where to store it
 *
 * Return: whether it is one.
 */
bool number_parse(const char *word, int base, uint64_t max, uint64_t *out);

#endif /* PINSCOPE_LIB_NUMBER_H */
