// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

#define COUNTS(pages) \
	"scope wide\ntracking on\npinned_pages " pages "\ngroups 3\ngroups_wide 2\ndevices 2\n" \
	"devices_wide 1\n"

/* How often a text is in another. */
static unsigned int count(const char *in, const char *text)
{
	unsigned int times = 0;

	while ((in = strstr(in, text))) {
		times++;
		in += strlen(text);
	}
	return times;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\n')
			return true;
	return strstr(text, "\x7f");
}

static void test_owner(void)
{
	struct json_object *root;
	const struct run *r;

	/* As a kernel shows it that escapes, and as one does that does not. */
	put("debug/vfio/containers/0/scope", "owner 5 a\\nscope x\\x1b[2J\n");
	put("debug/vfio/containers/1/scope", "owner 6 a\nscope pinned\n");
	put("debug/vfio/containers/2/scope",
	    "owner 7 r\xc3\xa9\xff\033]0;x\x07\x7f\n" COUNTS("12"));
	r = run("scope");
	result(r->status == 4 && strstr(r->out, "owned by a\\x0ascope x\\x1b[2J (pid 5)") &&
	       strstr(r->out, "owned by r\xc3\xa9\\xff\\x1b]0;x\\x07\\x7f (pid 7)"),
	       "scope.all_others_are_shown");
	result(strstr(r->out, "Container 1: what the kernel shows of it makes no sense") &&
	       !strstr(r->out, "PINNED") && strstr(r->err, "of 1 container makes"),
	       "scope.forged_is_not_believed");
	result(!has_control(r->out) && !has_control(r->err), "scope.no_control_characters");

	root = json_of("scope --json");
	result(json_is(root, "containers/0/comm", "a\nscope x\x1b[2J") &&
	       json_is(root, "containers/1/garbled", "true") &&
	       !json_at(root, "containers/1/scope") &&
	       json_is(root, "containers/2/comm", "r\xc3\xa9\xef\xbf\xbd\x1b]0;x\x07\x7f") &&
	       json_at(root, "error"), "scope.json_is_valid");
	result(!has_control(run("scope --json")->out), "scope.json_without_control_characters");
	json_object_put(root);
	unlink("debug/vfio/containers/1/scope");
}

/* Bytes that are no UTF-8 in each way there is: one U+FFFD for each. */
static void test_utf8(void)
{
	static const char * const names[][2] = {
		{ "\x80", "?" }, { "\xc3", "?" }, { "\xc0\xaf", "??" }, { "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" }, { "\xf4\x90\x80\x80", "????" }, { "\xf5", "?" },
		{ "\xe2\x82", "??" }, { "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};
	char want[64], *end;
	const char *c;
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_object *root;

		for (c = names[i][1], end = want; *c; c++)
			end += sprintf(end, "%s", *c == '?' ? "\xef\xbf\xbd" : (char[]){ *c, 0 });
		put("debug/vfio/containers/0/scope", "owner 5 %s\n", names[i][0]);
		root = json_of("scope --json");
		good &= json_is(root, "containers/0/comm", want);
		json_object_put(root);
	}
	result(good, "scope.json_is_utf8");
}

static void test_numbers(void)
{
	struct json_object *root;

	put("debug/vfio/containers/0/scope", "owner 5 vmm\n" COUNTS("18446744073709551615")
	    "group 7 scope wide since 1.25 pins 9223372036854775808\n");
	root = json_of("scope --json");
	result(json_is(root, "containers/0/pinned_pages", "18446744073709551615") &&
	       json_is(root, "containers/0/groups/0/pins", "9223372036854775808") &&
	       json_is(root, "containers/0/groups/0/since", "1.25"), "scope.json_of_large_numbers");
	json_object_put(root);
}

static void test_many(void)
{
	FILE *file;
	const struct run *r;
	int i;

	file = fopen("debug/vfio/containers/0/scope", "we");
	if (!file)
		exit(1);
	fputs("owner 5 vmm\n" COUNTS("12"), file);
	for (i = 10; i < 50; i++) {
		char name[96];

		fprintf(file, "group %d scope wide cause attach since 1.5\n"
			"device %d a-device-with-the-long-name-of-a-uuid-%d pinscope_backed open\n",
			i, i, i);
		snprintf(name, sizeof(name),
			 "sys/bus/mdev/devices/a-device-with-the-long-name-of-a-uuid-%d/scope", i);
		put(name, "wide: it never pins\n");
	}
	fclose(file);
	r = run("scope");
	result(count(r->out, "to do") == 1 && count(r->out, "it says") == 1 &&
	       strstr(r->out, "40 devices of pinscope_backed: \"wide: it never pins\"") &&
	       strstr(r->out, "since it joined\n"), "scope.forty_groups_are_told_once");
	/* All of them are in the table. */
	result(count(r->out, "a-device-with") == 40, "scope.forty_groups_are_listed");
}

static void test_holders(void)
{
	struct json_object *root;
	const struct run *r;

	put("proc/71/comm", "vm\\x1b\xc3\xa9\n");
	put_link("proc/71/fd/3", "/dev/vfio/12");
	put("proc/72/comm", "dpdk\n");
	put_link("proc/72/fd/3", "/dev/vfio/devices/vfio3");
	r = run("scope");
	result(r->status == 0 && strstr(r->out, "by iommufd") &&
	       strstr(r->out, "/dev/vfio/devices/vfio3") && !strstr(r->out, "/dev/vfio/12"),
	       "scope.iommufd_has_no_container");
	/* Without a core that shows containers */
	if (rename("debug/vfio", "debug/none"))
		exit(1);
	r = run("scope");
	result(r->status == 3 && strstr(r->out, "/dev/vfio/12") &&
	       strstr(r->out, "/dev/vfio/devices/vfio3") && strstr(r->out, "\xc3\xa9"),
	       "scope.holders");
	root = json_of("scope --json");
	result(json_at(root, "holders/1") && json_at(root, "error"), "scope.json_of_holders");
	json_object_put(root);
}

void test_scope(void)
{
	test_owner();
	test_utf8();
	test_numbers();
	test_many();
	test_holders();
}
