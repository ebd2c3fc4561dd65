/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_TESTS_UNIT_H
#define PINSCOPE_TESTS_UNIT_H

#include <stdbool.h>

/**
 * check() - print the result of a test
 * @good: whether it passed
 * @name: its name
 */
void check(bool good, const char *name);

void test_recording(void);
void test_recorder(void);

#endif /* PINSCOPE_TESTS_UNIT_H */
