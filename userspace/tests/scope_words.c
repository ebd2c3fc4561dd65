// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of what is said of a container in words.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "scope_text.h"
#include "unit.h"

static const char failing_text[] =
	"owner 5 vmm\n"
	COUNTS("wide")
	"group 7 iommu_group 7 members 1 scope pinned cause pin since 1.000001 pins 3 refused 0\n"
	"device 7 0000:00:09.0 hwlog open opted_in yes pins 3 sync_failures 2 sync_error -12\n";

static void test_sync_error(void)
{
	struct pinscope_scope_view view;
	char text[1024];

	check(!pinscope_scope_parse(failing_text, &view) &&
	      view.groups[0].devices[0].sync_error == ENOMEM &&
	      view.groups[0].devices[0].sync_failures == 2 &&
	      !pinscope_scope_group_reason(&view.groups[0], text, sizeof(text)) &&
	      strstr(text, strerror(ENOMEM)), "scope.sync_error");
	pinscope_scope_view_release(&view);
}

/* Forty groups of one driver, and two others. */
static char *many_groups(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	if (!out)
		return NULL;
	fputs("owner 5 vmm\n" COUNTS("wide"), out);
	for (i = 10; i < 52; i++)
		fprintf(out, "group %d scope wide cause %s since 1.5\n"
			"device %d dev-%d %s open\n", i, i == 20 ? "reset" : "attach", i, i,
			i == 30 ? "other" : "backed");
	fclose(out);
	return text;
}

static const char reasons[] =
	"each of groups 10-19, 21-29, 31-51 (backed) has pinned nothing since it joined; "
	"group 20 (dev-20 of backed) has pinned nothing since its device was reset; "
	"group 30 (dev-30 of other) has pinned nothing since it joined";

static const char advice[] =
	"each of groups 10-19, 21-29, 31-51 (backed): have its driver pin what the device may "
	"write when tracking starts, or at the latest in PRE_COPY\n"
	"group 20: nothing: its driver pins anew when tracking starts\n"
	"group 30: have its driver pin what the device may write when tracking starts, or at "
	"the latest in PRE_COPY";

static void test_many(void)
{
	char *text = many_groups(), words[4096];
	struct pinscope_scope_view view;

	if (!text || pinscope_scope_parse(text, &view)) {
		check(false, "scope.many_groups");
		free(text);
		return;
	}
	check(view.nr_groups == 42, "scope.many_groups");
	check(!pinscope_scope_reason(&view, words, sizeof(words)) && !strcmp(words, reasons),
	      "scope.reasons_are_told_together");
	check(!pinscope_scope_advice(&view, words, sizeof(words)) && !strcmp(words, advice),
	      "scope.advice_is_told_together");
	check(pinscope_scope_advice(&view, words, 20) == -ENOSPC && strlen(words) < 20,
	      "scope.advice_is_cut");
	pinscope_scope_view_release(&view);
	free(text);
}

void test_scope_words(void)
{
	test_sync_error();
	test_many();
}
