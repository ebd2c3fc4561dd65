// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scope of a container in words. Groups of which the same is to be said are
 * told together, so that forty devices of one driver are one sentence.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/* What is said of a group: its drivers, and that. Those with none are left out. */
struct saying {
	const struct pinscope_scope_group *group;
	char drivers[128];
	char text[768];
	bool said;
};

/* Each driver once, in the order of the devices. */
static void name_drivers(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	struct words words;
	size_t i, j;

	words_init(&words, buf, size);
	for (i = 0; i < group->nr_devices; i++) {
		for (j = 0; j < i; j++)
			if (!strcmp(group->devices[j].driver, group->devices[i].driver))
				break;
		if (j == i)
			say(&words, "%s%s", words.len ? ", " : "", group->devices[i].driver);
	}
}

static bool alike(const struct saying *a, const struct saying *b)
{
	return !strcmp(a->drivers, b->drivers) && !strcmp(a->text, b->text);
}

/* "each of groups 9-12, 15 (vfio-pci)": of @sayings[@i] and those like it after it */
static void say_names(struct words *words, struct saying *sayings, size_t nr, size_t i)
{
	const char *before = " ";
	unsigned int first, last;
	size_t j;

	say(words, "each of groups");
	for (j = i; j < nr; j++) {
		if (sayings[j].said || !alike(&sayings[i], &sayings[j]))
			continue;
		sayings[j].said = true;
		first = sayings[j].group->number;
		last = first;
		/* Numbers ascend, so that a run of them is one of the array. */
		while (j + 1 < nr && sayings[j + 1].group->number == last + 1 &&
		       alike(&sayings[i], &sayings[j + 1])) {
			sayings[++j].said = true;
			last++;
		}
		if (first == last)
			say(words, "%s%u", before, first);
		else
			say(words, "%s%u-%u", before, first, last);
		before = ", ";
	}
	if (*sayings[i].drivers)
		say(words, " (%s)", sayings[i].drivers);
}

static bool has_alike(const struct saying *sayings, size_t nr, size_t i)
{
	size_t j;

	for (j = i + 1; j < nr; j++)
		if (!sayings[j].said && alike(&sayings[i], &sayings[j]))
			return true;
	return false;
}

/* A group that stands alone: whole, however many devices it has. */
static void say_one(struct words *words, struct saying *saying, bool advice)
{
	saying->said = true;
	if (advice) {
		/* Its devices stand in the reason. */
		say(words, "group %u: %s", saying->group->number, saying->text);
		return;
	}
	say_name(words, saying->group);
	say(words, " ");
	say_why(words, saying->group);
}

static void say_all(struct words *words, struct saying *sayings, size_t nr, bool advice)
{
	const char *between = "";
	size_t i;

	for (i = 0; i < nr; i++) {
		if (sayings[i].said || !*sayings[i].text)
			continue;
		say(words, "%s", between);
		if (has_alike(sayings, nr, i)) {
			say_names(words, sayings, nr, i);
			say(words, "%s%s", advice ? ": " : " ", sayings[i].text);
		} else {
			say_one(words, &sayings[i], advice);
		}
		between = advice ? "\n" : "; ";
	}
}

static void why(const struct pinscope_scope_group *group, char *buf, size_t size)
{
	struct words words;

	words_init(&words, buf, size);
	say_why(&words, group);
}

/* Of the groups of one scope, why it is theirs. */
static int say_reasons(struct words *words, const struct pinscope_scope_view *view,
		       enum pinscope_scope scope)
{
	struct saying *sayings = calloc(view->nr_groups + 1, sizeof(*sayings));
	size_t i, nr = 0;

	if (!sayings)
		return -ENOMEM;
	for (i = 0; i < view->nr_groups; i++) {
		struct saying *saying = &sayings[nr];

		if (view->groups[i].scope != scope)
			continue;
		saying->group = &view->groups[i];
		name_drivers(saying->group, saying->drivers, sizeof(saying->drivers));
		why(saying->group, saying->text, sizeof(saying->text));
		nr++;
	}
	say_all(words, sayings, nr, false);
	free(sayings);
	return words->ret;
}

static int say_pinned(struct words *words, const struct pinscope_scope_view *view)
{
	size_t i, backed = 0, written = 0;
	int ret = 0;

	for (i = 0; i < view->nr_groups; i++) {
		backed += view->groups[i].scope != PINSCOPE_SCOPE_EMULATED;
		written += view->groups[i].scope == PINSCOPE_SCOPE_WRITTEN;
	}
	if (!view->counts.nr_groups)
		say(words, "no group is attached");
	else if (!backed)
		say(words, "no group has an IOMMU behind it: drivers pin all they write");
	else if (!written)
		say(words, "every group with an IOMMU behind it opted in by pinning");
	else
		ret = say_reasons(words, view, PINSCOPE_SCOPE_WRITTEN);
	if (written && written < backed)
		say(words, "; the others opted in by pinning");
	return ret ? ret : words->ret;
}

int pinscope_scope_reason(const struct pinscope_scope_view *view, char *buf, size_t size)
{
	struct words words;
	int ret;

	words_init(&words, buf, size);
	if (!view->has_iommu) {
		say(&words, "no IOMMU type is set yet, so nothing is mapped");
		return words.ret;
	}
	if (view->counts.scope == PINSCOPE_SCOPE_PINNED)
		return say_pinned(&words, view);

	ret = say_reasons(&words, view, PINSCOPE_SCOPE_WIDE);
	if (!ret && !words.len)
		say(&words, "%u of %u groups have not opted in", view->counts.nr_groups_wide,
		    view->counts.nr_groups);
	return ret ? ret : words.ret;
}

int pinscope_scope_advice(const struct pinscope_scope_view *view, char *buf, size_t size)
{
	struct saying *sayings = calloc(view->nr_groups + 1, sizeof(*sayings));
	struct words words;
	size_t i;

	words_init(&words, buf, size);
	if (!sayings)
		return -ENOMEM;
	for (i = 0; i < view->nr_groups; i++) {
		sayings[i].group = &view->groups[i];
		name_drivers(&view->groups[i], sayings[i].drivers, sizeof(sayings[i].drivers));
		pinscope_scope_group_advice(&view->groups[i], sayings[i].text,
					    sizeof(sayings[i].text));
	}
	say_all(&words, sayings, view->nr_groups, true);
	free(sayings);
	return words.ret;
}
