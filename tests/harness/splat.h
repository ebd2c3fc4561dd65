/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of KASAN and KCSAN are many lines of the kernel's log, and not all of
 * them are about what is tested here. What other subsystems are to blame for is
 * listed by name, with a reason, in tests/kernels/others (in the guest
 * /opt/pinscope/others, elsewhere what PINSCOPE_OTHERS names); and a data race
 * that has nothing of VFIO or of the drivers on either side is none of ours.
 */
#ifndef PINSCOPE_SPLAT_H
#define PINSCOPE_SPLAT_H

#include <stdbool.h>

/**
 * enum splat - what a line of the kernel's log is
 * @SPLAT_NONE: no part of such a report
 * @SPLAT_PART: part of one that goes on
 * @SPLAT_OURS: the last line of one that counts
 * @SPLAT_OTHERS: the last line of one that does not
 */
enum splat {
	SPLAT_NONE,
	SPLAT_PART,
	SPLAT_OURS,
	SPLAT_OTHERS,
};

/* Takes the next line. *@report is all of the report's, until the next call. */
enum splat splat_feed(const char *line, const char **report);

/* Whether a report has begun whose last line is still to come. */
bool splat_is_open(void);

/* Ends such a report. All of it that there is, NULL if there is none. */
const char *splat_cut(void);

/* The title of a report, at most 200 characters of it. */
const char *splat_title(const char *report);

#endif /* PINSCOPE_SPLAT_H */
