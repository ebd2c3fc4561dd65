// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/output/paragraph.h"
#include "cli/output/table.h"
#include "cli/scope/scope.h"

/* What a device says of itself. */
struct saying {
	const struct pinscope_scope_device *device;
	char text[256];
	bool said;
};

static bool same_saying(const struct saying *a, const struct saying *b)
{
	return !strcmp(a->text, b->text) && !strcmp(a->device->driver, b->device->driver);
}

/* Those that say the same are told together. */
static void print_saying(struct saying *sayings, size_t nr, size_t i)
{
	size_t j, alike = 0;
	char *line;

	for (j = i; j < nr; j++) {
		if (!same_saying(&sayings[i], &sayings[j]))
			continue;
		sayings[j].said = true;
		alike++;
	}
	line = alike == 1 ?
	       cli_text("%s: \"%s\"", sayings[i].device->name, sayings[i].text) :
	       cli_text("%zu devices of %s: \"%s\"", alike, sayings[i].device->driver,
			sayings[i].text);
	cli_print_wrapped("  it says   ", line);
	free(line);
}

/* Sample drivers say themselves, in an attribute, why a device is not opted in. */
static void print_sayings(const struct pinscope_scope_view *view)
{
	struct saying *sayings = NULL;
	size_t i, j, nr = 0;

	for (i = 0; i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		if (group->scope != PINSCOPE_SCOPE_WIDE)
			continue;
		for (j = 0; j < group->nr_devices; j++) {
			struct saying saying = { .device = &group->devices[j] };

			if (pinscope_device_attr_read(saying.device->name, "scope", saying.text,
						      sizeof(saying.text)))
				continue;
			sayings = cli_must(reallocarray(sayings, nr + 1, sizeof(*sayings)));
			sayings[nr++] = saying;
		}
	}
	for (i = 0; i < nr; i++)
		if (!sayings[i].said)
			print_saying(sayings, nr, i);
	free(sayings);
}

static void print_counts(const struct pinscope_scope_counts *counts)
{
	printf("  scope     %s%s%s%s\n", cli_colour(cli_scope_colour(counts->scope)),
	       counts->scope == PINSCOPE_SCOPE_PINNED ? "PINNED" : "WIDE", cli_colour(CLI_PLAIN),
	       counts->scope != PINSCOPE_SCOPE_PINNED ?
	       ": everything mapped is reported dirty" :
	       counts->iommu ?
	       ": only what drivers pinned and devices wrote is reported dirty" :
	       ": only what vendor drivers pinned is reported dirty");
	printf("  tracking  %s%s\n", counts->tracking ? "on" : "off",
	       counts->iommu ? ", by the IOMMU as well" : "");
	printf("  pinned    %llu pages\n", (unsigned long long)counts->pinned_pages);
	printf("  groups    %u, of them %u wide\n", counts->nr_groups, counts->nr_groups_wide);
	printf("  devices   %u open, of them %u in wide groups\n", counts->nr_devices,
	       counts->nr_devices_wide);
}

static void print_advice(const struct pinscope_scope_view *view)
{
	char *advice = cli_words(pinscope_scope_advice, view), *rest = advice, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			cli_print_wrapped("  to do     ", line);
	free(advice);
}

static void print_forecast(const struct scope_forecast *forecast)
{
	char *line = cli_text("%s: %s", scope_verdict_name(forecast->verdict), forecast->words);

	cli_print_wrapped("  converges ", line);
	free(line);
}

static void print_dirty(const struct scope_dirty *dirty)
{
	if (!dirty->known)
		puts("  dirty     not known: tracking is off, or the core cannot be asked");
	else if (!dirty->has_rate)
		printf("  dirty     %llu pages now\n", (unsigned long long)dirty->pages);
	else
		printf("  dirty     %llu pages now, %.0f more each second\n",
		       (unsigned long long)dirty->pages, dirty->pages_per_second);
}

void scope_print_view(const struct pinscope_scope_view *view, const struct scope_dirty *dirty,
		      const struct scope_forecast *forecast)
{
	char *name, *why;

	if (view->garbled) {
		printf("Container %s: what the kernel shows of it makes no sense.\n", view->id);
		return;
	}
	name = cli_printable(*view->comm ? view->comm : "?");
	printf("Container %s, owned by %s (pid %d)%s\n", view->id, name, (int)view->owner,
	       view->has_iommu ? "" : ":");
	free(name);
	if (!view->has_iommu) {
		puts("  no IOMMU type is set yet, so nothing is mapped");
		return;
	}
	print_counts(&view->counts);
	if (dirty)
		print_dirty(dirty);
	if (forecast)
		print_forecast(forecast);
	why = cli_words(pinscope_scope_reason, view);
	cli_print_wrapped("  why       ", why);
	free(why);
	print_advice(view);
	print_sayings(view);
	if (view->nr_groups) {
		putchar('\n');
		scope_print_groups(view);
	}
}

void scope_print_holders(const struct scope_state *state)
{
	static const struct cli_column columns[] = {
		{ "PID", CLI_COL_RIGHT, 0 },
		{ "COMMAND", 0, 0 },
		{ "HOLDS", 0, 0 },
		{ "LOCKED", CLI_COL_RIGHT, 0 },
		{ "SCOPE", 0, 0 },
	};
	struct cli_table *table;
	char size[SCOPE_WORD];
	uint64_t mapped;
	size_t i;

	if (!state->nr_holders && state->error)
		puts("No process that can be seen holds a VFIO group or device.");
	if (!state->nr_holders)
		return;
	puts(state->error ?
	     "These processes use VFIO; which share a container cannot be seen:" :
	     "\nThese processes use VFIO by iommufd, which has no containers:");
	table = cli_table_new(columns, 5, cli_width());
	for (i = 0; i < state->nr_holders; i++) {
		const struct pinscope_holder *holder = &state->holders[i];

		cli_table_row(table);
		cli_table_cell(table, "%d", (int)holder->pid);
		cli_table_cell(table, "%s", holder->comm);
		cli_table_cell(table, "/dev/%s", holder->node);
		if (scope_mapped(holder->pid, &mapped))
			cli_table_cell(table, "%s", scope_size_words((double)mapped, size));
		else
			cli_table_cell(table, "-");
		cli_table_cell(table, "unknown");
	}
	cli_table_print(table);
}

void scope_print(const struct scope_state *state, const struct scope_request *request)
{
	size_t i;

	for (i = 0; i < state->list.nr; i++) {
		if (i)
			putchar('\n');
		scope_print_view(&state->list.views[i], request->dirty ? &state->dirty[i] : NULL,
				 request->forecast ? &state->forecast[i] : NULL);
	}
	if (!state->list.nr && !state->error)
		puts("No process has a VFIO container open.");
	scope_print_holders(state);
}
