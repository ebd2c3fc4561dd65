// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/output/message.h"
#include "cli/output/paragraph.h"
#include "cli/output/table.h"
#include "cli/scope/scope.h"

/* More names than a screen has room for tell no more. */
#define NAMES_MAX	4u

/* The devices of groups that are wide, a word each. */
static char *wide_devices(const struct pinscope_scope_view *view)
{
	unsigned int more = 0, named = 0;
	char *text = NULL;
	size_t i, j, size;
	FILE *out = cli_must(open_memstream(&text, &size));

	for (i = 0; i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		if (group->scope != PINSCOPE_SCOPE_WIDE)
			continue;
		if (!group->nr_devices)
			fprintf(out, "%sgroup %u", named++ ? " " : "", group->number);
		for (j = 0; j < group->nr_devices; j++) {
			if (named < NAMES_MAX)
				fprintf(out, "%s%s %s", named++ ? " " : "",
					group->devices[j].name, group->devices[j].driver);
			else
				more++;
		}
	}
	if (more)
		fprintf(out, " and %u more", more);
	if (!named)
		putc('-', out);
	fclose(out);
	return cli_must(text);
}

static void fill(struct cli_table *table, const struct pinscope_scope_view *view,
		 const struct scope_dirty *dirty)
{
	const struct pinscope_scope_counts *counts = &view->counts;
	char *wide;

	cli_table_row(table);
	cli_table_cell(table, "%s", view->id);
	if (view->garbled || !view->has_iommu) {
		cli_table_cell(table, "%s", view->garbled ? "?" : "-");
		return;
	}
	cli_table_cell(table, "%s", pinscope_scope_name(counts->scope));
	cli_table_colour(table, cli_scope_colour(counts->scope));
	cli_table_cell(table, "%s", counts->tracking ? "on" : "off");
	cli_table_cell(table, "%llu", (unsigned long long)counts->pinned_pages);
	if (dirty->has_rate)
		cli_table_cell(table, "%.0f", dirty->pages_per_second);
	else
		cli_table_cell(table, "-");
	wide = wide_devices(view);
	cli_table_cell(table, "%s", wide);
	free(wide);
}

static void print_table(const struct scope_state *state)
{
	static const struct cli_column columns[] = {
		{ "CONTAINER", CLI_COL_RIGHT, 0 },
		{ "SCOPE", 0, 0 },
		{ "TRACKING", 0, 0 },
		{ "PINNED", CLI_COL_RIGHT, 0 },
		{ "DIRTY/S", CLI_COL_RIGHT, 0 },
		{ "WIDE", 0, 36 },
	};
	struct cli_table *table = cli_table_new(columns, 6, cli_width());
	size_t i;

	for (i = 0; i < state->list.nr; i++)
		fill(table, &state->list.views[i], &state->dirty[i]);
	cli_table_print(table);
}

static void print_forecast(const struct pinscope_scope_view *view,
			   const struct scope_forecast *forecast)
{
	static const enum cli_colour colours[] = {
		[SCOPE_UNKNOWN] = CLI_NOTE, [SCOPE_YES] = CLI_GOOD, [SCOPE_NO] = CLI_WRONG,
	};
	char *line = cli_text("%s, %s (pid %d): %s: %s", view->id, *view->comm ? view->comm : "?",
			      (int)view->owner, scope_verdict_name(forecast->verdict),
			      forecast->words);

	fputs(cli_colour(colours[forecast->verdict]), stdout);
	cli_print_wrapped("  ", line);
	fputs(cli_colour(CLI_PLAIN), stdout);
	free(line);
}

static void print_frame(const struct scope_state *state, const struct scope_request *request)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;
	char *goal;
	size_t i;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%T", &tm);
	if (state->error || !state->list.nr) {
		printf("%s  every %g s\n", clock, request->interval);
		if (!state->error)
			puts("No process has a VFIO container open.");
		scope_print_holders(state);
		return;
	}
	printf("%s  every %g s\n\n", clock, request->interval);
	print_table(state);
	goal = scope_goal_words(&request->goal);
	printf("\nDoes a migration come to its end, at %s?\n", goal);
	free(goal);
	for (i = 0; i < state->list.nr; i++)
		print_forecast(&state->list.views[i], &state->forecast[i]);
	scope_print_holders(state);
}

static void pause_for(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	nanosleep(&left, NULL);
}

int scope_watch(const struct scope_request *request)
{
	const bool terminal = isatty(STDOUT_FILENO) && !request->json;
	uint64_t times;
	bool shown;
	int ret;

	for (times = 1; ; times++) {
		/* What is complained of stands above the table. */
		if (terminal) {
			fputs("\033[H\033[J", stdout);
			fflush(stdout);
		}
		cli_forget_error();
		ret = scope_show(request, print_frame, &shown);
		if (!shown || fflush(stdout) || ferror(stdout) || times == request->count)
			return ret;
		pause_for(request->interval);
		if (!terminal && !request->json)
			putchar('\n');
	}
}
