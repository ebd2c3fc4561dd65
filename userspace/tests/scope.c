// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the text in which the kernel shows a container.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/pinscope.h>

#include "scope_text.h"
#include "unit.h"

static const char wide_text[] =
	"owner 812 qemu system\n"
	COUNTS("wide")
	"group 10 iommu_group 4 members 2 scope wide cause attach since 13.1 pins 0 refused 2\n"
	"device 10 uuid-b pinscope_optin open\n"
	"group 9 iommu_group 9 members 1 scope emulated cause attach since 12.0 pins 8 refused 0\n"
	"device 9 uuid-a pinscope_emulated open\n"
	"group 5 iommu_group 5 members 1 scope wide cause close since 14.5 pins 0 refused 0\n"
	"device 5 0000:00:06.0 vfio-pci closed\n"
	"novelty 1 2 3\n";

static void test_scope_parse(void)
{
	struct pinscope_scope_view view;
	char text[1024], small[16];

	check(!pinscope_scope_parse(wide_text, &view), "scope.parse");
	check(view.owner == 812 && !strcmp(view.comm, "qemu system"), "scope.owner_with_space");
	check(view.has_iommu && view.counts.scope == PINSCOPE_SCOPE_WIDE &&
	      view.counts.tracking && view.counts.pinned_pages == 12 &&
	      view.counts.nr_groups_wide == 2 && view.counts.nr_devices == 2, "scope.counts");
	check(view.nr_groups == 3 && view.groups[0].number == 5 && view.groups[2].number == 10,
	      "scope.groups_in_order");
	check(view.groups[2].refused == 2 && view.groups[2].members == 2 &&
	      view.groups[2].nr_devices == 1 && view.groups[2].devices[0].open &&
	      !view.groups[0].devices[0].open, "scope.group_and_device");

	check(!pinscope_scope_reason(&view, text, sizeof(text)) && strstr(text, "uuid-b") &&
	      strstr(text, "pinscope_optin") && strstr(text, "vfio-pci") &&
	      !strstr(text, "uuid-a"), "scope.reason_names_wide_groups_only");
	check(pinscope_scope_reason(&view, small, sizeof(small)) == -ENOSPC &&
	      strlen(small) < sizeof(small), "scope.reason_is_cut");
	check(!pinscope_scope_group_advice(&view.groups[1], text, sizeof(text)) && !*text,
	      "scope.no_advice_for_emulated");
	check(!pinscope_scope_group_advice(&view.groups[2], text, sizeof(text)) && *text,
	      "scope.advice_for_wide");
	pinscope_scope_view_release(&view);

	check(!pinscope_scope_parse("owner 1 x\n" COUNTS("wide")
				    "group 9 iommu_group 6 members 1 scope wide cause attach "
				    "since 1.0 pins 0 refused 2\n", &view) &&
	      !pinscope_scope_group_reason(&view.groups[0], text, sizeof(text)) &&
	      strstr(text, "shared IOMMU group 6"), "scope.reason_two_over_one_device");
	pinscope_scope_view_release(&view);

	check(!pinscope_scope_parse("owner 1 init\n", &view) && !view.has_iommu &&
	      !view.nr_groups, "scope.no_iommu_yet");
	pinscope_scope_view_release(&view);
	check(pinscope_scope_parse("", &view) == -EBADMSG, "scope.empty");
}

static const char tracked_text[] =
	"owner 7 qemu\n"
	COUNTS("pinned")
	"iommu_tracking on\n"
	"group 3 iommu_group 3 members 1 scope written cause iommu since 2.5 pins 0 refused 0 "
	"tracks yes\n"
	"device 3 0000:00:06.0 vfio-pci open\n"
	"group 4 iommu_group 4 members 1 scope pinned cause pin since 2.6 pins 8 refused 0 "
	"tracks yes\n"
	"group 5 iommu_group 5 members 1 scope wide cause iommu-error since 2.7 pins 0 refused 0 "
	"tracks yes\n"
	"group 6 iommu_group 6 members 1 scope wide cause stop since 2.8 pins 0 refused 0 "
	"tracks yes\n";

static void test_scope_tracked(void)
{
	struct pinscope_scope_view view;
	char text[1024];

	check(!pinscope_scope_parse(tracked_text, &view) && view.nr_groups == 4 &&
	      view.counts.iommu, "scope.parse_tracked");
	check(view.groups[0].scope == PINSCOPE_SCOPE_WRITTEN && view.groups[0].can_track &&
	      !strcmp(pinscope_scope_name(view.groups[0].scope), "written"), "scope.written");
	check(!pinscope_scope_reason(&view, text, sizeof(text)) &&
	      strstr(text, "group 3 (0000:00:06.0 of vfio-pci) is tracked: written pages, told "
			   "by the IOMMU; the others"), "scope.reason_names_tracked_groups");
	check(!pinscope_scope_group_advice(&view.groups[0], text, sizeof(text)) && !*text,
	      "scope.no_advice_for_tracked");
	check(!pinscope_scope_group_reason(&view.groups[2], text, sizeof(text)) &&
	      strstr(text, "IOMMU, which failed") &&
	      !pinscope_scope_group_advice(&view.groups[2], text, sizeof(text)) &&
	      strstr(text, "kernel's log"), "scope.iommu_error");
	check(!pinscope_scope_group_advice(&view.groups[3], text, sizeof(text)) &&
	      strstr(text, "nothing: its IOMMU"), "scope.can_be_tracked");
	pinscope_scope_view_release(&view);
}

static void test_malformed(void)
{
	static const struct {
		const char *name;
		const char *text;
	} cases[] = {
		{ "no_pid", "owner\n" },
		{ "pid_no_number", "owner x y\n" },
		{ "no_owner", COUNTS("wide") },
		{ "owner_twice", "owner 1 a\nowner 1 a\n" COUNTS("wide") },
		{ "scope_twice", "owner 1 a\n" COUNTS("wide") "scope pinned\n" },
		{ "count_twice", "owner 1 a\n" COUNTS("wide") "groups_wide 0\n" },
		{ "owner_not_first", COUNTS("wide") "owner 1 a\n" },
		{ "scope_of_none", "owner 1 a\nscope\n" },
		{ "scope_unknown", "owner 1 a\n" COUNTS("narrow") },
		{ "scope_alone", "owner 1 a\nscope wide\n" },
		{ "counts_alone", "owner 1 a\ngroups 2\n" },
		{ "number_negative", "owner 1 a\n" COUNTS("wide") "groups -1\n" },
		{ "number_too_large", "owner 1 a\ngroups 4294967296\n" },
		{ "number_absurd", "owner 1 a\npinned_pages 99999999999999999999999\n" },
		{ "tracking_unknown", "owner 1 a\n" COUNTS("wide") "iommu_tracking maybe\n" },
		{ "group_of_none", "owner 1 a\n" COUNTS("wide") "group\n" },
		{ "group_without_scope", "owner 1 a\n" COUNTS("wide") "group 1 members 2\n" },
		{ "group_scope_of_none", "owner 1 a\n" COUNTS("wide") "group 1 scope\n" },
		{ "group_scope_unknown", "owner 1 a\n" COUNTS("wide") "group 1 scope odd\n" },
		{ "group_twice", "owner 1 a\n" COUNTS("wide") "group 1 scope wide\n"
		  "group 1 scope pinned\n" },
		{ "group_without_iommu", "owner 1 a\ngroup 1 scope wide\n" },
		{ "since_no_number", "owner 1 a\n" COUNTS("wide")
		  "group 1 scope wide since 1.x\n" },
		{ "since_nan", "owner 1 a\n" COUNTS("wide") "group 1 scope wide since nan\n" },
		{ "since_infinite", "owner 1 a\n" COUNTS("wide") "group 1 scope wide since inf\n" },
		{ "since_hexadecimal", "owner 1 a\n" COUNTS("wide")
		  "group 1 scope wide since 0x10\n" },
		{ "since_absurd", "owner 1 a\n" COUNTS("wide")
		  "group 1 scope wide since 99999999999999999999\n" },
		{ "device_before_group", "owner 1 a\n" COUNTS("wide") "device 1 n d open\n" },
		{ "device_cut", "owner 1 a\n" COUNTS("wide") "group 1 scope wide\n"
		  "device 1 name driver\n" },
		{ "device_ajar", "owner 1 a\n" COUNTS("wide") "group 1 scope wide\n"
		  "device 1 name driver ajar\n" },
		{ "sync_error_absurd", "owner 1 a\n" COUNTS("wide") "group 1 scope wide\n"
		  "device 1 name driver open sync_error -2147483648\n" },
	};
	struct pinscope_scope_view view;
	char *cut, name[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "scope.malformed.%s", cases[i].name);
		check(pinscope_scope_parse(cases[i].text, &view) == -EBADMSG, name);
	}

	/* Cut anywhere, it is refused or read, and leaks nothing. */
	for (i = 0; i < sizeof(wide_text); i++) {
		cut = strndup(wide_text, i);
		if (cut && !pinscope_scope_parse(cut, &view))
			pinscope_scope_view_release(&view);
		free(cut);
	}
	check(true, "scope.cut_anywhere");
}

/* Names that a kernel which does not escape them would show, of 15 bytes at most. */
static void test_forged(void)
{
	static const char *const names[] = {
		"a\nscope x", "q\nscope pinned", "a\nscope wide", "a\ntracking on",
		"a\ngroups 0", "a\npinned_pages", "a\ngroup 9", "a\ngroup\ndevice",
		"a\ndevice 5 b c", "a\nowner 1 init", "\nowner 1 init",
	};
	struct pinscope_scope_view view;
	bool believed = false;
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "owner 5 %s\n", names[i]);
		if (!pinscope_scope_parse(text, &view)) {
			believed |= view.has_iommu || view.nr_groups || view.owner != 5;
			pinscope_scope_view_release(&view);
		}
		snprintf(text, sizeof(text), "owner 5 %s\n%s", names[i], wide_text + 22);
		if (!pinscope_scope_parse(text, &view)) {
			believed |= view.counts.scope != PINSCOPE_SCOPE_WIDE ||
				    view.nr_groups != 3 || view.owner != 5;
			pinscope_scope_view_release(&view);
		}
	}
	check(!strncmp(wide_text + 22, "scope", 5) && !believed, "scope.forged_lines");
}

static void test_escaped(void)
{
	static const struct {
		const char *shown;
		const char *name;
	} cases[] = {
		{ "a\\nscope x", "a\nscope x" },
		{ "a\\012scope x", "a\nscope x" },
		{ "\\x1b[2J\\e\\033", "\x1b[2J\x1b\x1b" },
		{ "\\t\\r\\v\\f\\a\\\"", "\t\r\v\f\a\"" },
		{ "a\\\\n", "a\\n" },
		{ "\\xff\\377", "\xff\xff" },
		{ "\\", "\\" },
		{ "\\q\\xg1\\9\\400", "\\q\\xg1\\9\\400" },
		{ "a\\0b\\x00c\\000", "a\\0b\\x00c\\000" },
		{ " two  blanks ", " two  blanks " },
		{ "", "" },
	};
	struct pinscope_scope_view view;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "owner 5 %s\n", cases[i].shown);
		if (pinscope_scope_parse(text, &view) || strcmp(view.comm, cases[i].name))
			break;
		pinscope_scope_view_release(&view);
	}
	if (i < sizeof(cases) / sizeof(cases[0]))
		printf("# not so: '%s'\n", cases[i].shown);
	check(i == sizeof(cases) / sizeof(cases[0]), "scope.escaped_owner");
}

/*
 * A program that uses the library may have a locale with another decimal point, which
 * need not be installed here. What obeys it is this function.
 */
static bool locale_obeyed;

double strtod(const char *text, char **end)
{
	locale_obeyed = true;
	if (end)
		*end = (char *)text;
	return 0;
}

static void test_locale(void)
{
	struct pinscope_scope_view view;

	check(!pinscope_scope_parse(wide_text, &view) && view.groups[0].since > 14.49 &&
	      view.groups[0].since < 14.51 && !locale_obeyed, "scope.any_locale");
	pinscope_scope_view_release(&view);
}

void test_scope(void)
{
	test_scope_parse();
	test_scope_tracked();
	test_malformed();
	test_forged();
	test_escaped();
	test_locale();
}
