// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel shows, in the text format that Prometheus reads. Nothing is asked of
 * containers.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/commands.h"
#include "cli/metrics/metrics.h"

static const char help[] =
"Usage: pinscope metrics\n"
"\n"
"Prints what is known of containers, groups, devices and processes that use VFIO as\n"
"metrics in the text format of Prometheus. It only reads what the kernel shows in\n"
"debugfs and /proc: a migration is not disturbed. Where there is nothing to tell,\n"
"nothing is printed.\n"
"\n"
"  -h, --help  this text\n"
"\n"
"Names and labels stay as they are. On a stock core there are pinscope_holder_info and\n"
"pinscope_process_locked_bytes only, and it exits with 3; with 4 if what the kernel\n"
"shows of a container makes no sense, which pinscope_container_garbled tells, too.\n";

enum level { CONTAINER, GROUP, DEVICE, HOLDER, PROCESS };

struct family {
	const char *name;
	const char *type;
	const char *help;
	enum level level;
};

static const struct family families[NR_METRICS] = {
	[CONTAINER_INFO] = { "pinscope_container_info", "gauge",
		"A VFIO container and the process that opened it.", CONTAINER },
	[CONTAINER_GARBLED] = { "pinscope_container_garbled", "gauge",
		"What the kernel shows of the container makes no sense.", CONTAINER },
	[CONTAINER_WIDE] = { "pinscope_container_wide", "gauge",
		"Everything mapped is reported dirty.", CONTAINER },
	[CONTAINER_TRACKING] = { "pinscope_container_tracking", "gauge",
		"Dirty tracking is on: a migration goes on.", CONTAINER },
	[CONTAINER_IOMMU_TRACKING] = { "pinscope_container_iommu_tracking", "gauge",
		"IOMMUs track what devices write.", CONTAINER },
	[CONTAINER_PINNED] = { "pinscope_container_pinned_pages", "gauge",
		"Pages that vendor drivers have pinned, each counted once.", CONTAINER },
	[CONTAINER_GROUPS] = { "pinscope_container_groups", "gauge",
		"Groups in the container.", CONTAINER },
	[CONTAINER_WIDE_GROUPS] = { "pinscope_container_wide_groups", "gauge",
		"Groups in the container that make it wide.", CONTAINER },
	[CONTAINER_DEVICES] = { "pinscope_container_devices", "gauge",
		"Devices open in the container.", CONTAINER },
	[CONTAINER_WIDE_DEVICES] = { "pinscope_container_wide_devices", "gauge",
		"Devices open in groups that are wide.", CONTAINER },
	[GROUP_INFO] = { "pinscope_group_info", "gauge",
		"A group in a container, its scope, and the event that made it so.", GROUP },
	[GROUP_WIDE] = { "pinscope_group_wide", "gauge",
		"The group makes its container wide.", GROUP },
	[GROUP_MEMBERS] = { "pinscope_group_members", "gauge",
		"Devices in the IOMMU group; only one that is alone may pin.", GROUP },
	[GROUP_PINNED] = { "pinscope_group_pinned_pages", "gauge",
		"Pages that devices of the group have pinned.", GROUP },
	[GROUP_REFUSED] = { "pinscope_group_refused_pins_total", "counter",
		"Pins refused since the group was attached.", GROUP },
	[GROUP_CHANGED] = { "pinscope_group_changed_boottime_seconds", "gauge",
		"When the scope of the group changed last, since boot.", GROUP },
	[DEVICE_INFO] = { "pinscope_device_info", "gauge",
		"A device in a container, and its driver.", DEVICE },
	[DEVICE_OPEN] = { "pinscope_device_open", "gauge",
		"The device is open.", DEVICE },
	[DEVICE_OPTED_IN] = { "pinscope_device_opted_in", "gauge",
		"The device writes only what its driver has pinned.", DEVICE },
	[DEVICE_PINNED] = { "pinscope_device_pinned_pages", "gauge",
		"Pages that the device has pinned.", DEVICE },
	[DEVICE_SYNC_FAILURES] = { "pinscope_device_sync_failures_total", "counter",
		"Failures to read the device's log of writes since it was opened.", DEVICE },
	[HOLDER_INFO] = { "pinscope_holder_info", "gauge",
		"A process that holds a node of VFIO outside of the containers above.", HOLDER },
	[PROCESS_LOCKED] = { "pinscope_process_locked_bytes", "gauge",
		"Memory that the process has locked: what is mapped for an IOMMU is.", PROCESS },
};

static void put_label(const char *name, const char *text, bool first)
{
	char *utf8 = cli_utf8(text);
	const char *c;

	printf("%s%s=\"", first ? "" : ",", name);
	for (c = utf8; *c; c++) {
		if (*c == '\n')
			fputs("\\n", stdout);
		else if (*c == '\\' || *c == '"')
			printf("\\%c", *c);
		else
			putchar(*c);
	}
	putchar('"');
	free(utf8);
}

static void put_number(const char *name, unsigned long number, bool first)
{
	printf("%s%s=\"%lu\"", first ? "" : ",", name, number);
}

/* Only what tells which one it is; "info" has the rest. */
static void put_labels(const struct family *family, const struct subject *s)
{
	const bool info = strstr(family->name, "_info");

	putchar('{');
	if (s->view)
		put_label("container", s->view->id, true);
	if (s->group)
		put_number("group", s->group->number, false);
	if (s->device)
		put_label("device", s->device->name, false);
	if (family->level == PROCESS || family->level == HOLDER ||
	    (family->level == CONTAINER && info))
		put_number("pid", (unsigned long)s->pid, !s->view);
	if (info && family->level == CONTAINER)
		put_label("comm", s->view->comm, false);
	if (info && family->level == GROUP) {
		if (s->group->scope != PINSCOPE_SCOPE_EMULATED)
			put_number("iommu_group", s->group->iommu_group, false);
		put_label("scope", pinscope_scope_name(s->group->scope), false);
		put_label("cause", s->group->cause, false);
	}
	if (info && family->level == DEVICE)
		put_label("driver", s->device->driver, false);
	if (info && family->level == HOLDER) {
		put_label("comm", s->holder->comm, false);
		put_label("node", s->holder->node, false);
	}
	putchar('}');
}

/* A family of which there is no sample is not mentioned. */
static void put_sample(const struct family *family, const struct subject *s, bool *begun)
{
	uint64_t value;

	if (!metrics_value((enum metric)(family - families), s, &value))
		return;
	if (!*begun)
		printf("# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
		       family->type);
	*begun = true;
	fputs(family->name, stdout);
	put_labels(family, s);
	printf(" %llu\n", (unsigned long long)value);
}

static void put_view(const struct family *family, const struct pinscope_scope_view *view,
		     bool *begun)
{
	struct subject s = { .view = view, .pid = view->owner };
	size_t i, j;

	if (family->level == CONTAINER)
		put_sample(family, &s, begun);
	for (i = 0; family->level != CONTAINER && i < view->nr_groups; i++) {
		s.group = &view->groups[i];
		if (family->level == GROUP)
			put_sample(family, &s, begun);
		for (j = 0; family->level == DEVICE && j < s.group->nr_devices; j++) {
			s.device = &s.group->devices[j];
			put_sample(family, &s, begun);
		}
	}
}

/* Each process once, in whatever it was found before. */
static bool seen(const struct scope_state *state, size_t nr, pid_t pid)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (pid == (i < state->list.nr ? state->list.views[i].owner :
			    state->holders[i - state->list.nr].pid))
			return true;
	return false;
}

static void put_processes(const struct family *family, const struct scope_state *state,
			  bool *begun)
{
	size_t i;

	for (i = 0; i < state->list.nr + state->nr_holders; i++) {
		struct subject s = { .pid = i < state->list.nr ? state->list.views[i].owner :
				     state->holders[i - state->list.nr].pid };

		if (s.pid && !seen(state, i, s.pid))
			put_sample(family, &s, begun);
	}
}

static void put_family(const struct family *family, const struct scope_state *state)
{
	bool begun = false;
	size_t i;

	if (family->level == PROCESS)
		put_processes(family, state, &begun);
	for (i = 0; family->level == HOLDER && i < state->nr_holders; i++) {
		const struct subject s = { .holder = &state->holders[i],
					   .pid = state->holders[i].pid };

		put_sample(family, &s, &begun);
	}
	for (i = 0; family->level <= DEVICE && i < state->list.nr; i++)
		put_view(family, &state->list.views[i], &begun);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct scope_request request = { .json = false };
	struct scope_state state;
	int option, ret;
	size_t i;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(&cli_metrics);
		return cli_bad_option(&cli_metrics, options, argv, option);
	}
	if (optind < argc)
		return cli_no_argument(&cli_metrics, argv[optind]);
	ret = scope_read(&request, &state);
	for (i = 0; i < NR_METRICS; i++)
		put_family(&families[i], &state);
	scope_release(&state);
	return ret;
}

const struct cli_command cli_metrics = {
	.name = "metrics",
	.summary = "what scope shows, for Prometheus",
	.help = help,
	.run = run,
};
