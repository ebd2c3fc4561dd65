/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sentence for the administrator, on what is wrong and what to do.
 */
#ifndef PINSCOPE_CALLOUT_COMPLAINT_H
#define PINSCOPE_CALLOUT_COMPLAINT_H

#include <stdbool.h>

/**
 * struct complaint - why something cannot be done
 * @text: the sentence without its full stop
 */
struct complaint {
	char text[512];
};

/* Always false, so that a check can return it. */
bool complain(struct complaint *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct quoted - foreign text made fit for a message: printable and short
 * @text: the result
 */
struct quoted {
	char text[48];
};

struct quoted quote(const char *foreign);

#define QUOTE(foreign) (quote(foreign).text)

#endif /* PINSCOPE_CALLOUT_COMPLAINT_H */
