// SPDX-License-Identifier: GPL-2.0-only
/*
 * One page that stands alone: the verdict, the map of what was written, reported and
 * lost, and the rules. It takes no script, and nothing from elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "cli/base/program.h"
#include "cli/certify/report/markup.h"
#include "cli/certify/report/report.h"

static const char style[] =
"body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;"
"color:#1c2128;background:#fff}"
"h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
"pre{white-space:pre-wrap;background:#f4f5f7;border-left:4px solid #6b7280;padding:.8rem}"
"pre.bad{border-color:#b42318}pre.good{border-color:#1a7f4b}"
"table{border-collapse:collapse}td,th{text-align:left;padding:.15rem .7rem .15rem 0;"
"vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}"
".pass{color:#1a7f4b}.fail{color:#b42318;font-weight:600}.skip{color:#6b7280}"
".map{overflow-x:auto}.map svg{display:block}"
".c{fill:#e8eaed}.d{fill:#9db7d6}.w{fill:#1d5fa8}.l{fill:#d92d20}"
"text{font:11px system-ui,sans-serif;fill:#1c2128}"
"@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#15181c}"
"pre{background:#1f242a}.c{fill:#2a3038}.d{fill:#4a6a90}.w{fill:#7db4f0}.l{fill:#ff6b5e}"
"text{fill:#e6e8eb}.fail{color:#ff6b5e}.pass{color:#5cc98d}.skip{color:#9aa3ad}}";

#define ROW		14u	/* height of a row, in pixels */
#define LABEL		330u	/* width of what stands before it */
#define MAP_WIDTH	768u

static char kind(char mark)
{
	switch (mark) {
	case '!':
		return 'l';
	case 'W':
		return 'w';
	case '#':
		return 'd';
	default:
		return 'c';
	}
}

/* Pages that look alike and follow one another are one rectangle. */
static void put_row(FILE *out, const struct round *round, size_t row)
{
	size_t pages = strlen(round->map), page, count;
	double each = (double)MAP_WIDTH / (double)pages;

	fprintf(out, "<text x=\"0\" y=\"%zu\">", row * ROW + 10);
	markup_put(out, round->rule);
	fputs(": ", out);
	markup_put(out, round->label);
	fputs("</text>\n", out);
	for (page = 0; page < pages; page += count) {
		for (count = 1; round->map[page + count] == round->map[page]; count++)
			;
		fprintf(out, "<rect class=\"%c\" x=\"%.2f\" y=\"%zu\" width=\"%.2f\" "
			"height=\"%u\"><title>pages %ld to %ld</title></rect>\n",
			kind(round->map[page]),
			LABEL + (double)page * each, row * ROW, (double)count * each - 0.3,
			ROW - 2, (long)page - (long)CERTIFY_GUARD,
			(long)(page + count) - 1 - (long)CERTIFY_GUARD);
	}
}

static void put_key(FILE *out, const char *class, const char *means)
{
	fprintf(out, " <svg width=\"12\" height=\"12\"><rect class=\"%s\" width=\"12\" "
		"height=\"12\"/></svg> %s", class, means);
}

static void put_map(FILE *out, const struct run *run)
{
	size_t i;

	fputs("<h2>Pages</h2>\n<p>A row is a GET, from the first page to the last; the device "
	      "works between the guard pages at both ends.", out);
	put_key(out, "c", "clean,");
	put_key(out, "d", "reported,");
	put_key(out, "w", "written and reported,");
	put_key(out, "l", "written and not reported: <b>lost</b>.</p>\n");
	fprintf(out, "<div class=\"map\"><svg width=\"%u\" height=\"%zu\" role=\"img\" "
		"aria-label=\"map of pages\">\n", LABEL + MAP_WIDTH, run->nr_rounds * ROW + 4);
	for (i = 0; i < run->nr_rounds; i++)
		put_row(out, &run->rounds[i], i);
	fputs("</svg></div>\n", out);
}

static void put_rules(FILE *out, const struct run *run)
{
	static const char *const outcomes[] = { "pass", "fail", "skip" };
	size_t i;

	fputs("<h2>Rules</h2>\n<table><tr><th>Rule</th><th>Result</th><th>Seconds</th><th>Why</th>"
	      "</tr>\n", out);
	for (i = 0; i < run->nr_results; i++) {
		const struct result *result = &run->results[i];
		const char *outcome = outcomes[result->outcome];

		fprintf(out, "<tr><td>%s</td><td class=\"%s\">%s</td><td class=\"n\">%.2f</td><td>",
			result->rule, outcome, outcome, result->seconds);
		markup_put(out, result->why);
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
}

int report_html(const struct run *run, const char *words, const char *file)
{
	FILE *out = markup_open(file);
	bool bad = false;
	size_t i;

	if (!out)
		return CLI_FAILED;
	for (i = 0; i < run->nr_results; i++)
		bad |= run->results[i].outcome == FAILED;
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">"
	      "<title>pinscope certify ", out);
	markup_put(out, run->subject->name);
	fprintf(out, "</title><style>%s</style></head><body>\n<h1>", style);
	markup_put(out, run->subject->name);
	fputs(" of ", out);
	markup_put(out, run->subject->driver);
	fprintf(out, "</h1>\n<pre class=\"%s\">", bad ? "bad" : "good");
	markup_put(out, words);
	fputs("</pre>\n", out);
	put_map(out, run);
	put_rules(out, run);
	fputs("</body></html>\n", out);
	return markup_close(out, file);
}
