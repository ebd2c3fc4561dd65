// SPDX-License-Identifier: GPL-2.0
/* What other programs, and people, read of a run. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/certify.h"

#include <live/fixtures/shell.h>

static const char *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail("there is no \"%s\"", key);
	return value ? json_object_get_string(value) : "";
}

TEST(report, json_tells_lost_pages_and_the_guide, .limit = 60)
{
	char *output = certify(1, "--json -t 'dirty.each_page' -e sample %s",
			       broken_new("forget")->uuid);
	struct json_object *root = json_tokener_parse(output), *rules, *rounds, *rule, *round;

	if (!root)
		fail("that is no JSON:\n%s", output);
	equal(atoi(member(root, "failed")), 1);
	check(json_object_object_get_ex(root, "rules", &rules));
	rule = json_object_array_get_idx(rules, 0);
	check(!strcmp(member(rule, "name"), "dirty.each_page"));
	check(!strcmp(member(rule, "outcome"), "fail"));
	check(!strcmp(member(rule, "guide"), "3. Know the complete footprint"));
	check(json_object_object_get_ex(root, "rounds", &rounds));
	equal((long)json_object_array_length(rounds), 2);
	round = json_object_array_get_idx(rounds, 1);
	equal(atoi(member(round, "lost")), 1);
	equal(member(round, "map")[atoi(member(root, "guard_pages")) + 15], '!');
	equal(member(round, "map")[atoi(member(root, "guard_pages")) + 14], 'W');
	json_object_put(root);
}

TEST(report, json_of_a_refusal_has_the_reason)
{
	char *output = output_of("{ pinscope certify --json 0000:00:1f.7 2>/dev/null; }");
	struct json_object *root = json_tokener_parse(output);

	if (!root)
		fail("that is no JSON:\n%s", output);
	check(strstr(member(root, "error"), "there is no device '0000:00:1f.7'"));
	json_object_put(root);
}

TEST(report, junit_has_each_rule, .limit = 60)
{
	char *output;

	certify(1, "--junit /tmp/certify.xml -t 'dirty.*' -e sample %s",
		broken_new("forget")->uuid);
	output = output_of("{ cat /tmp/certify.xml; rm /tmp/certify.xml; }");
	says(output, "tests=\"12\" failures=\"");
	says(output, "<testcase classname=\"certify\" name=\"dirty.each_page\"");
	says(output, "<failure message=\"LOST: page 15 written");
	says(output, "</testsuite>");
	says_not(output, "&amp;lt;");
}

TEST(report, page_has_the_map, .limit = 60)
{
	char *output;

	certify(1, "--html /tmp/certify.html -t 'dirty.each_page' -e 'sample' %s",
		broken_new("forget")->uuid);
	output = output_of("{ cat /tmp/certify.html; rm /tmp/certify.html; }");
	says(output, "<rect class=\"l\"");
	says(output, "<rect class=\"w\"");
	says(output, "PAGES ARE LOST");
	says(output, "<title>pages 15 to 15</title>");
	says(output, "</html>");
	says_not(output, "<script");
	says_not(output, "http");
}

TEST(report, file_that_cannot_be_written)
{
	says(certify(4, "--html /nonexistent/x -t abi.info %s", emulated_new()->uuid),
	     "cannot write /nonexistent/x: No such file or directory");
}

TEST(report, full_disk_is_told)
{
	says(certify(4, "--junit /dev/full -t abi.info %s", emulated_new()->uuid),
	     "cannot write all of /dev/full");
}

TEST(report, ktap_has_a_plan_and_as_many_results, .limit = 60)
{
	char *output = output_of(text("pinscope certify -e sample %s | "
				      "awk '/^1\\.\\./ { sub(/1\\.\\./, \"\"); plan = $0 } "
				      "/^(not )?ok / { seen++ } END { print plan - seen }'",
				      emulated_new()->uuid));

	check(!strcmp(output, "0\n"));
}

TEST(report, command_line_that_is_wrong)
{
	says(certify(2, ""), "name a device");
	says(certify(2, "a b c"), "at most two devices");
	says(certify(2, "-p 3 a"), "'3' is no number of pages from 48 to 4096");
	says(certify(2, "-l 0 a"), "'0' is no number of seconds");
	says(certify(2, "-t 'nix.*' %s", emulated_new()->uuid), "no rule is called 'nix.*'");
}
