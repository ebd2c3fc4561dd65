// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results for other programs: JUnit and JSON.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/report/markup.h"
#include "cli/certify/report/report.h"
#include "cli/output/json.h"

static const char *const outcomes[] = { "pass", "fail", "skip" };
static const char *const widths[] = { NULL, "wide", "narrow" };
static const char *const moments[MOMENTS] = {
	"attach", "start", "pre_copy", "stop_copy", "close", "reset",
};

static size_t count(const struct run *run, enum outcome outcome)
{
	size_t i, nr = 0;

	for (i = 0; i < run->nr_results; i++)
		nr += run->results[i].outcome == outcome;
	return nr;
}

static void put_case(FILE *out, const struct result *result)
{
	static const char *const tags[] = { NULL, "failure", "skipped" };

	fprintf(out, "  <testcase classname=\"certify\" name=\"%s\" time=\"%.3f\">",
		result->rule, result->seconds);
	if (result->outcome != PASSED) {
		fprintf(out, "\n    <%s message=\"", tags[result->outcome]);
		markup_put(out, result->why);
		fputs("\">", out);
		if (result->outcome == FAILED && result->notes)
			markup_put(out, result->notes);
		fprintf(out, "</%s>\n  ", tags[result->outcome]);
	}
	fputs("</testcase>\n", out);
}

int report_junit(const struct run *run, const char *words, const char *file)
{
	FILE *out = markup_open(file);
	double seconds = 0;
	size_t i;

	if (!out)
		return CLI_FAILED;
	for (i = 0; i < run->nr_results; i++)
		seconds += run->results[i].seconds;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"", out);
	markup_put(out, run->subject->name);
	fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" errors=\"0\" "
		"time=\"%.3f\">\n", run->nr_results, count(run, FAILED), count(run, SKIPPED),
		seconds);
	for (i = 0; i < run->nr_results; i++)
		put_case(out, &run->results[i]);
	fputs("  <system-out>", out);
	markup_put(out, words);
	fputs("</system-out>\n</testsuite>\n", out);
	return markup_close(out, file);
}

static struct json_object *json_result(const struct result *result)
{
	struct json_object *object = json_object_new_object();
	const char *section = NULL, *advice = cause_advice(result->cause, &section);

	cli_json_text(object, "name", result->rule);
	cli_json_text(object, "outcome", outcomes[result->outcome]);
	cli_json_text(object, "why", result->why);
	cli_json_text(object, "to_do", result->outcome == FAILED && advice ? advice : "");
	cli_json_text(object, "guide", result->outcome == FAILED && section ? section : "");
	cli_json_real(object, "seconds", result->seconds);
	return object;
}

static struct json_object *json_round(const struct round *round)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "rule", round->rule);
	cli_json_text(object, "label", round->label);
	cli_json_number(object, "written", round->written);
	cli_json_number(object, "reported", round->dirty);
	cli_json_number(object, "lost", round->lost);
	cli_json_number(object, "over_reported", round->over);
	cli_json_maybe(object, "pinned", round->pinned >= 0, (uint64_t)round->pinned);
	cli_json_text(object, "map", round->map);
	return object;
}

static struct json_object *json_scope(const struct run *run)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < MOMENTS; i++)
		cli_json_text(object, moments[i], widths[run->seen[i]] ? widths[run->seen[i]] : "");
	return object;
}

void report_json(const struct run *run, const char *words)
{
	struct json_object *root = json_object_new_object();
	struct json_object *results = json_object_new_array(), *rounds = json_object_new_array();
	size_t i;

	cli_json_text(root, "device", run->subject->name);
	cli_json_text(root, "driver", run->subject->driver);
	cli_json_text(root, "second", run->second ? run->second->name : "");
	cli_json_text(root, "exerciser", run->request->exerciser ? run->request->exerciser : "");
	cli_json_bool(root, "iommu", !run->subject->emulated);
	cli_json_bool(root, "kernel_reports_scope", run->patched);
	cli_json_number(root, "guard_pages", CERTIFY_GUARD);
	cli_json_number(root, "pages", run->request->pages);
	json_object_object_add(root, "scope", json_scope(run));
	cli_json_number(root, "passed", count(run, PASSED));
	cli_json_number(root, "failed", count(run, FAILED));
	cli_json_number(root, "skipped", count(run, SKIPPED));
	for (i = 0; i < run->nr_results; i++)
		json_object_array_add(results, json_result(&run->results[i]));
	json_object_object_add(root, "rules", results);
	for (i = 0; i < run->nr_rounds; i++)
		json_object_array_add(rounds, json_round(&run->rounds[i]));
	json_object_object_add(root, "rounds", rounds);
	cli_json_text(root, "verdict", words);
	cli_print_json(root);
}

void report_refused(const struct request *request)
{
	struct json_object *root = json_object_new_object();

	cli_json_text(root, "device", request->device);
	cli_json_text(root, "verdict", "");
	cli_print_json(root);
}
