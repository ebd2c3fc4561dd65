// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scope in words. One place, so that every program says the same.
 */
#include <string.h>

#include "words.h"

/* What an event means for a group that is wide. */
static const char *wide_because(const char *cause)
{
	static const struct {
		const char *cause;
		const char *text;
	} causes[] = {
		{ "attach", "has pinned nothing since it joined" },
		{ "pin", "has not pinned what all its devices may write" },
		{ "detach", "has pinned nothing since a member left" },
		{ "close", "has pinned nothing since its last device was closed" },
		{ "reset", "has pinned nothing since its device was reset" },
		{ "start", "held no pin when tracking started" },
		{ "stop", "held no pin when tracking stopped" },
		{ "grow", "lost its opt-in when another device joined it" },
		{ "opt-out", "was opted out by its driver" },
		{ "iommu-error", "should be tracked by its IOMMU, which failed to start" },
	};
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(cause, causes[i].cause))
			return causes[i].text;
	return "has not opted in";
}

static int has_driver(const struct pinscope_scope_group *group, const char *driver)
{
	size_t i;

	for (i = 0; i < group->nr_devices; i++)
		if (!strcmp(group->devices[i].driver, driver))
			return 1;
	return 0;
}

static int has_open_device(const struct pinscope_scope_group *group)
{
	size_t i;

	for (i = 0; i < group->nr_devices; i++)
		if (group->devices[i].open)
			return 1;
	return 0;
}

/* Those that are open have opted in, as far as the core tells. */
static int has_opted_in(const struct pinscope_scope_group *group)
{
	size_t i, opted_in = 0;

	for (i = 0; i < group->nr_devices; i++) {
		if (!group->devices[i].open)
			continue;
		if (!group->devices[i].opted_in)
			return 0;
		opted_in++;
	}
	return opted_in > 0;
}

static void say_failures(struct words *words, const struct pinscope_scope_group *group)
{
	const struct pinscope_scope_device *device;
	size_t i;

	for (i = 0; i < group->nr_devices; i++) {
		device = &group->devices[i];
		if (device->sync_failures)
			say(words,
			    "; the log of %s could not be read %llu time%s (the last time: %s), and everything asked for was reported",
			    device->name, (unsigned long long)device->sync_failures,
			    device->sync_failures == 1 ? "" : "s", strerror(device->sync_error));
	}
}

static int failed_to_track(const struct pinscope_scope_group *group)
{
	return !strcmp(group->cause, "iommu-error");
}

void say_name(struct words *words, const struct pinscope_scope_group *group)
{
	size_t i;

	say(words, "group %u", group->number);
	for (i = 0; i < group->nr_devices; i++)
		say(words, "%s%s of %s", i ? ", " : " (", group->devices[i].name,
		    group->devices[i].driver);
	say(words, "%s", group->nr_devices ? ")" : "");
}

void say_why(struct words *words, const struct pinscope_scope_group *group)
{
	if (group->scope == PINSCOPE_SCOPE_EMULATED) {
		say(words, "has no IOMMU behind it: it writes only what its driver pins");
		return;
	}
	if (group->scope == PINSCOPE_SCOPE_PINNED) {
		say(words, "opted in by pinning, %llu pages now", (unsigned long long)group->pins);
		say_failures(words, group);
		return;
	}

	if (group->scope == PINSCOPE_SCOPE_WRITTEN) {
		say(words, "is tracked: written pages, told by the IOMMU");
		return;
	}

	if (failed_to_track(group)) {
		say(words, "%s", wide_because(group->cause));
		return;
	}
	if (has_driver(group, "vfio-pci")) {
		say(words, "is directly assigned, and vfio-pci never pins");
		return;
	}
	if (has_opted_in(group)) {
		say(words, "has opted in, but another device of IOMMU group %u has not",
		    group->iommu_group);
		say_failures(words, group);
		return;
	}
	say(words, "%s", wide_because(group->cause));
	if (group->members > 1)
		say(words, "; IOMMU group %u has %u members, so it may not pin",
		    group->iommu_group, group->members);
	if (group->refused)
		say(words, "; %llu pin%s refused", (unsigned long long)group->refused,
		    group->refused == 1 ? " was" : "s were");
	/* Two mdevs over one physical device are a group of two as well. */
	if (group->refused && group->members == 1)
		say(words, " while another device shared IOMMU group %u", group->iommu_group);
	say_failures(words, group);
}

int pinscope_scope_group_reason(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	struct words words;

	words_init(&words, buf, size);
	say_name(&words, group);
	say(&words, " ");
	say_why(&words, group);
	return words.ret;
}

int pinscope_scope_group_advice(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	struct words words;

	words_init(&words, buf, size);
	if (group->scope != PINSCOPE_SCOPE_WIDE)
		return 0;

	if (failed_to_track(group))
		say(&words,
		    "look in the kernel's log for errors of its IOMMU, then stop and start tracking");
	else if (group->can_track)
		say(&words, "nothing: its IOMMU tracks what it writes when tracking starts");
	else if (has_driver(group, "vfio-pci"))
		say(&words,
		    "bind a variant driver of vfio-pci that pins what its guest programs, or take it out of the container before migrating");
	else if (has_opted_in(group))
		say(&words,
		    "have the other devices of IOMMU group %u opt in as well, or close them",
		    group->iommu_group);
	else if (group->members > 1)
		say(&words,
		    "give the device an IOMMU group of its own: another slot, or a bridge with ACS; or set pin_shared_groups of vfio_iommu_type1 before the container is set up");
	else if (group->refused)
		say(&words, "leave it alone on its parent: another device is there, too");
	else if (!has_open_device(group))
		say(&words, "open the device: only the driver of an open one can pin");
	else if (!strcmp(group->cause, "close") || !strcmp(group->cause, "reset") ||
		 !strcmp(group->cause, "stop"))
		say(&words, "nothing: its driver pins anew when tracking starts");
	else
		say(&words,
		    "have its driver pin what the device may write when tracking starts, or at the latest in PRE_COPY");
	return words.ret;
}
