// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events have the address of a container and the number of an IOMMU group. What
 * containers show tells what these are; it is kept, for a group that leaves is shown no
 * more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "cli/base/program.h"
#include "cli/trace/trace.h"

struct known_group {
	char number[16];
	char container[PINSCOPE_NAME_MAX];
	char *devices;
};

struct known_container {
	char address[24];
	char id[PINSCOPE_NAME_MAX];
};

static struct known_group *groups;
static size_t nr_groups;
static struct known_container *containers;
static size_t nr_containers;

static struct known_group *find_group(const char *number)
{
	size_t i;

	for (i = 0; i < nr_groups; i++)
		if (!strcmp(groups[i].number, number))
			return &groups[i];
	return NULL;
}

static struct known_container *find_container(const char *address)
{
	size_t i;

	for (i = 0; i < nr_containers; i++)
		if (!strcmp(containers[i].address, address))
			return &containers[i];
	return NULL;
}

/* Several groups of VFIO may be over one IOMMU group. */
static char *list_devices(const struct pinscope_scope_view *view, unsigned int iommu_group)
{
	char *text = NULL;
	size_t i, j, size;
	FILE *out = cli_must(open_memstream(&text, &size));
	bool first = true;

	for (i = 0; i < view->nr_groups; i++) {
		const struct pinscope_scope_group *group = &view->groups[i];

		for (j = 0; group->iommu_group == iommu_group && j < group->nr_devices; j++) {
			fprintf(out, "%s%s %s", first ? "" : ", ", group->devices[j].name,
				group->devices[j].driver);
			first = false;
		}
	}
	fclose(out);
	return cli_must(text);
}

static void keep_group(const struct pinscope_scope_view *view, unsigned int iommu_group)
{
	struct known_group *group;
	char number[16];

	snprintf(number, sizeof(number), "%u", iommu_group);
	group = find_group(number);
	if (!group) {
		groups = cli_must(reallocarray(groups, nr_groups + 1, sizeof(*groups)));
		group = &groups[nr_groups++];
		memset(group, 0, sizeof(*group));
		memcpy(group->number, number, sizeof(number));
	}
	free(group->devices);
	group->devices = list_devices(view, iommu_group);
	memcpy(group->container, view->id, sizeof(view->id));
}

/* Return the only container that there is, or "". */
static void read_groups(char only[PINSCOPE_NAME_MAX])
{
	struct pinscope_scope_list list;
	size_t i, j;

	*only = '\0';
	if (pinscope_scope_read_all(&list))
		return;
	for (i = 0; i < list.nr; i++)
		for (j = 0; j < list.views[i].nr_groups; j++)
			keep_group(&list.views[i], list.views[i].groups[j].iommu_group);
	if (list.nr == 1)
		memcpy(only, list.views[0].id, PINSCOPE_NAME_MAX);
	pinscope_scope_list_release(&list);
}

static const char *keep_container(const char *address, const char *id)
{
	struct known_container *container = find_container(address);

	if (!container) {
		containers = cli_must(reallocarray(containers, nr_containers + 1,
						   sizeof(*containers)));
		container = &containers[nr_containers++];
		snprintf(container->address, sizeof(container->address), "%s", address);
	}
	snprintf(container->id, sizeof(container->id), "%s", id);
	return container->id;
}

struct trace_subject trace_find(const struct trace_event *event)
{
	struct trace_subject subject = { .container = "?", .devices = "" };
	char address[24], number[16], only[PINSCOPE_NAME_MAX] = "";
	struct known_container *container;
	struct known_group *group = NULL;
	bool has_group = trace_field(event, "group", number, sizeof(number));

	trace_field(event, "container", address, sizeof(address));
	container = find_container(address);
	/* A change may be that of a group which nobody has seen here before. */
	if (!strcmp(event->name, "scope") || !container || (has_group && !find_group(number)))
		read_groups(only);
	if (has_group)
		group = find_group(number);
	if (group) {
		subject.devices = group->devices;
		subject.container = keep_container(address, group->container);
	} else if (container) {
		subject.container = container->id;
	} else if (*only) {
		subject.container = keep_container(address, only);
	}
	return subject;
}
