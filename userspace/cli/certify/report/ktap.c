// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results as they come, in the format that the kernel's own tests use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/certify/report/report.h"

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no || !*no);
}

static void comment(const char *text)
{
	size_t len;
	char *line;

	for (; *text; text += len + (text[len] == '\n')) {
		char *raw;

		len = strcspn(text, "\n");
		raw = cli_must(strndup(text, len));
		line = cli_printable(raw);
		printf("#%s%s\n", *line ? " " : "", line);
		free(line);
		free(raw);
	}
}

void ktap_plan(const struct run *run, size_t nr)
{
	const struct subject *subject = run->subject;

	printf("KTAP version 1\n");
	printf("# %s, driver %s, group %u, %s\n", subject->name, subject->driver, subject->group,
	       subject->emulated ? "no IOMMU behind it" : "behind an IOMMU");
	printf("# kernel: %s\n", run->patched ? "reports the dirty scope" :
	       "does not report the dirty scope: it is taken from what GETs return");
	printf("1..%zu\n", nr);
	fflush(stdout);
}

void ktap_result(const struct run *run, size_t number, const struct result *result)
{
	static const char *const colours[] = { "\033[32m", "\033[31m", "\033[33m" };
	bool colour = coloured();

	(void)run;
	if (result->outcome == FAILED) {
		comment(result->why);
		if (result->notes)
			comment(result->notes);
	}
	printf("%s%s%s %zu %s", colour ? colours[result->outcome] : "",
	       result->outcome == FAILED ? "not ok" : "ok", colour ? "\033[0m" : "", number,
	       result->rule);
	if (result->outcome == SKIPPED) {
		char *why = cli_printable(result->why);

		printf(" # SKIP cannot be said here: %s", why);
		free(why);
	}
	putchar('\n');
	fflush(stdout);
}

void ktap_verdict(const struct run *run, const char *words)
{
	size_t counts[3] = { 0 }, i;

	for (i = 0; i < run->nr_results; i++)
		counts[run->results[i].outcome]++;
	comment(words);
	printf("# Totals: pass:%zu fail:%zu skip:%zu\n", counts[PASSED], counts[FAILED],
	       counts[SKIPPED]);
	fflush(stdout);
}
