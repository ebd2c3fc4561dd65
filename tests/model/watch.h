/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that do not end. A script that has drivers pin as fast as they are asked
 * can keep a core busy for ever: it is taken away then.
 */
#ifndef MODEL_WATCH_H
#define MODEL_WATCH_H

#include <stdbool.h>

void watch_start(void);

/* Around each call; the second returns whether it would not have ended */
void watch_begin(void);
bool watch_end(void);

#endif /* MODEL_WATCH_H */
