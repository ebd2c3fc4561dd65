// SPDX-License-Identifier: GPL-2.0
/*
 * pinscope-bench: what the calls of VFIO cost on this core, in cycles of the CPU.
 * Prints one line for each value: the row, "core" or "floor", the value. See
 * Documentation/performance.rst.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

#define TIMES 3

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "pins", pin_rows },
	{ "memory", memory_rows },
	{ "dirty", dirty_rows },
	{ "maps", map_rows },
	{ "settle", settle_rows },
	{ "curves", curve_rows },
};

static int turn;

/* What the kernel has put off runs now, and not in what is measured next */
void progress(const char *what)
{
	printf("# %d of %d: %s\n", turn + 1, TIMES, what);
	fflush(stdout);
	usleep(20000);
}

void sample(const char *row, double value)
{
	printf("%s\tcore\t%.3f\n", row, value);
}

void sample_floor(const char *row, double value)
{
	printf("%s\tfloor\t%.3f\n", row, value);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# failed: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	exit(1);
}

void check(const char *what, int ret)
{
	if (ret)
		die("%s: %s", what, strerror(-ret));
}

/* All of them if none is named */
static bool is_chosen(const char *part, int nr, char **names)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(names[i], part))
			return true;
	return !nr;
}

static bool is_part(const char *word)
{
	unsigned int i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(word, parts[i].name))
			return true;
	return false;
}

static void usage(FILE *f)
{
	unsigned int i;

	fputs("usage: pinscope-bench [--iommufd] [PART...]\n\nMeasures what calls of VFIO cost "
	      "on this core, in a container or in an IOAS of iommufd;\nthe parts are", f);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		fprintf(f, " %s", parts[i].name);
	fputs(".\n", f);
}

int main(int argc, char **argv)
{
	unsigned int i;

	argc--;
	argv++;
	if (argc && !strcmp(argv[0], "--iommufd")) {
		space_use_iommufd();
		argc--;
		argv++;
	}
	for (i = 0; i < (unsigned int)argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			usage(stdout);
			return 0;
		}
		if (!is_part(argv[i])) {
			fprintf(stderr, "pinscope-bench: there is no part '%s'\n", argv[i]);
			usage(stderr);
			return 2;
		}
	}
	for (turn = 0; turn < TIMES; turn++)
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (is_chosen(parts[i].name, argc, argv))
				parts[i].run();
	return fflush(stdout) ? 1 : 0;
}
