// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/program.h"

const char *cli_program = "pinscope";

void cli_begin(const char *name)
{
	int fd;

	cli_program = name;
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			/* To write there fails, as if it were closed. */
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	/* Characters only: numbers are the same everywhere. */
	setlocale(LC_CTYPE, "");
}

void *cli_must(void *pointer)
{
	/* Without memory for words there is nothing left to tell. */
	if (!pointer) {
		fprintf(stderr, "%s: out of memory.\n", cli_program);
		exit(CLI_FAILED);
	}
	return pointer;
}
