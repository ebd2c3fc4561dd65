/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the text in which the kernel shows a container.
 */
#ifndef PINSCOPE_TESTS_SCOPE_TEXT_H
#define PINSCOPE_TESTS_SCOPE_TEXT_H

/* What comes with every scope. */
#define COUNTS(scope)									\
	"scope " scope "\ntracking on\npinned_pages 12\ngroups 3\ngroups_wide 2\n"	\
	"devices 2\ndevices_wide 1\n"

#endif /* PINSCOPE_TESTS_SCOPE_TEXT_H */
