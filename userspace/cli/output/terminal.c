// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/base/number.h"
#include "cli/output/terminal.h"

/* Below it a label and a word find no place side by side. */
#define WIDTH_MIN	40u

size_t cli_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	/* A file or a pipe has no width: 100 suits a page of text. */
	else if (!columns || !cli_number(columns, 1000, &width) || !width)
		width = 100;
	return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

/* Those of the terminal's own palette, which its user can read. */
static const char *const sequences[] = {
	[CLI_PLAIN] = "\033[0m",
	[CLI_GOOD] = "\033[32m",
	[CLI_NOTE] = "\033[33m",
	[CLI_WRONG] = "\033[31m",
};

bool cli_colours(void)
{
	const char *forbidden = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (forbidden && *forbidden)
		return false;
	return isatty(STDOUT_FILENO) && terminal && *terminal && strcmp(terminal, "dumb");
}

const char *cli_colour(enum cli_colour colour)
{
	return cli_colours() ? sequences[colour] : "";
}

enum cli_colour cli_scope_colour(enum pinscope_scope scope)
{
	switch (scope) {
	case PINSCOPE_SCOPE_WIDE:
		return CLI_WRONG;
	case PINSCOPE_SCOPE_PINNED:
	case PINSCOPE_SCOPE_WRITTEN:
	case PINSCOPE_SCOPE_EMULATED:
		return CLI_GOOD;
	default:
		return CLI_PLAIN;
	}
}
