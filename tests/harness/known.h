/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of known faults, tests/known: in the guest /opt/pinscope/known,
 * elsewhere what PINSCOPE_KNOWN names. Without a list nothing is known. For any
 * program of the tests; needs nothing of the harness.
 */
#ifndef PINSCOPE_KNOWN_H
#define PINSCOPE_KNOWN_H

#include <stdbool.h>

/* Whether one of these letters is on the list. */
bool known(const char *letters);

/* All letters on the list, "a b c"; "none" if there are none. */
const char *known_list(void);

#endif /* PINSCOPE_KNOWN_H */
