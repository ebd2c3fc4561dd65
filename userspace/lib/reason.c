// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scope in words. One place, so that every program says the same.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pinscope/scope.h>

/* Text that grows in a buffer of the caller, and remembers if it was cut. */
struct words {
	char *buf;
	size_t size;
	size_t len;
	int ret;
};

static void words_init(struct words *words, char *buf, size_t size)
{
	words->buf = buf;
	words->size = size;
	words->len = 0;
	words->ret = 0;
	if (size)
		buf[0] = '\0';
}

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *fmt, ...)
{
	size_t room = words->size - words->len;
	va_list args;
	int len;

	if (words->ret)
		return;
	va_start(args, fmt);
	len = vsnprintf(words->buf + words->len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		words->ret = -ENOSPC;
	else
		words->len += (size_t)len;
}

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

static void say_group(struct words *words, const struct pinscope_scope_group *group)
{
	size_t i;

	say(words, "group %u", group->number);
	for (i = 0; i < group->nr_devices; i++)
		say(words, "%s%s of %s", i ? ", " : " (", group->devices[i].name,
		    group->devices[i].driver);
	say(words, "%s ", group->nr_devices ? ")" : "");

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
	say_group(&words, group);
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
		    "replace the assigned device by an mdev whose driver pins, or take it out of the container before migrating");
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

/* Of a container that is not wide: groups without pins, and what the others do. */
static void say_written(struct words *words, const struct pinscope_scope_view *view, int others)
{
	const char *sep = "";
	size_t i;

	for (i = 0; i < view->nr_groups; i++) {
		if (view->groups[i].scope != PINSCOPE_SCOPE_WRITTEN)
			continue;
		say(words, "%s", sep);
		say_group(words, &view->groups[i]);
		sep = "; ";
	}
	if (others)
		say(words, "; the others opted in by pinning");
}

int pinscope_scope_reason(const struct pinscope_scope_view *view, char *buf, size_t size)
{
	const struct pinscope_scope_group *group;
	struct words words;
	size_t i, backed = 0, written = 0, wide = 0;

	words_init(&words, buf, size);
	if (!view->has_iommu) {
		say(&words, "no IOMMU type is set yet, so nothing is mapped");
		return words.ret;
	}

	for (i = 0; i < view->nr_groups; i++) {
		backed += view->groups[i].scope != PINSCOPE_SCOPE_EMULATED;
		written += view->groups[i].scope == PINSCOPE_SCOPE_WRITTEN;
	}

	if (view->counts.scope == PINSCOPE_SCOPE_PINNED) {
		if (!view->counts.nr_groups)
			say(&words, "no group is attached");
		else if (!backed)
			say(&words, "no group has an IOMMU behind it: drivers pin all they write");
		else if (written)
			say_written(&words, view, written < backed);
		else
			say(&words, "every group with an IOMMU behind it opted in by pinning");
		return words.ret;
	}

	for (i = 0; i < view->nr_groups; i++) {
		group = &view->groups[i];
		if (group->scope != PINSCOPE_SCOPE_WIDE)
			continue;
		if (wide++)
			say(&words, "; ");
		say_group(&words, group);
	}
	if (!wide)
		say(&words, "%u of %u groups have not opted in", view->counts.nr_groups_wide,
		    view->counts.nr_groups);
	return words.ret;
}
