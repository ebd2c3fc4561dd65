/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PINSCOPE_TESTS_UNIT_H
#define PINSCOPE_TESTS_UNIT_H

#include <stdbool.h>

struct pinscope_recording;
struct pinscope_recording_fault;

/**
 * check() - print the result of a test
 * @good: whether it passed
 * @name: its name
 */
void check(bool good, const char *name);

/* Read a recording from text. */
int read_text(const char *text, struct pinscope_recording *recording,
	      struct pinscope_recording_fault *fault);

void test_scope(void);
void test_scope_words(void);
void test_recording(void);
void test_rounds(void);
void test_recorder(void);
void test_trees(void);
void test_layout(void);

#endif /* PINSCOPE_TESTS_UNIT_H */
