/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which code of instrumented modules each test has run, see Documentation/coverage.rst.
 * With PINSCOPE_COVER in the environment; else nothing.
 */
#ifndef PINSCOPE_COVER_H
#define PINSCOPE_COVER_H

/* Records what has run since the last call, in the name of @test. */
void cover_record(const char *test);

#endif /* PINSCOPE_COVER_H */
