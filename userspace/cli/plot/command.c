// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output/json.h"
#include "cli/output/message.h"
#include "cli/output/table.h"
#include "cli/plot/plot.h"

static const char help[] =
"Usage: pinscope plot [OPTION...] FILE...\n"
"\n"
"Shows recordings of 'pinscope record': how many pages, and which, were reported dirty\n"
"in each round. A round is what a hypervisor asks to bring its view of all memory up to\n"
"date: one GET for each range that is mapped.\n"
"\n"
"  -o, --output PREFIX  make pictures too, PREFIX-rounds and PREFIX-map, each .svg and\n"
"                       .png: a curve of dirty pages for each recording, and maps of the\n"
"                       pages. 'NAME (A).rec' and 'NAME (B).rec' share a panel with\n"
"                       curves. It needs gnuplot.\n"
"  -n, --rounds N       only the first N rounds of each recording\n"
"  -c, --columns N      maps side by side (default 2)\n"
"  -j, --json           print JSON, not a table\n"
"  -h, --help           this text\n"
"\n"
"Recordings are named by their files, without directory and extension.\n"
"\n"
"Columns: AT is the time from the first round on, in milliseconds. GETS are ranges asked\n"
"for, UNMAPS are ranges unmapped with their dirty pages asked for, FAILED those of both\n"
"that failed. ASKED and DIRTY count pages, each once.\n";

#define SERIES_MAX	64

static const struct plot_format formats[] = {
	{ ".svg", "svg", 1 },
	{ ".png", "pngcairo", 1.5 },
};

static void take_name(struct plot_series *series, const char *path)
{
	const char *base = strrchr(path, '/');
	char *dot;

	base = base ? base + 1 : path;
	snprintf(series->name, sizeof(series->name), "%.*s", (int)sizeof(series->name) - 1, base);
	dot = strrchr(series->name, '.');
	if (dot && dot != series->name)
		*dot = '\0';
}

static int read_series(struct plot_series *series, const char *path, uint64_t most)
{
	struct pinscope_recording_fault fault;
	struct pinscope_recording recording;
	FILE *in = fopen(path, "re");
	int ret;

	if (!in) {
		cli_error("cannot read '%s': %s; give the name of a recording", path,
			  strerror(errno));
		return CLI_MISSING;
	}
	ret = pinscope_recording_read(in, &recording, &fault);
	fclose(in);
	if (ret == -EBADMSG) {
		cli_error("'%s' is no good recording, see line %lu: %s%s%s%s", path, fault.line,
			  fault.what, *fault.value ? " ('" : "", fault.value,
			  *fault.value ? "')" : "");
		return CLI_FAILED;
	}
	series->cut = !ret && recording.cut;
	if (series->cut)
		cli_warn("the end of '%s' is missing: what is whole is shown", path);
	if (!ret) {
		ret = pinscope_rounds_find(&recording, &series->rounds, &series->nr);
		pinscope_recording_release(&recording);
	}
	if (ret) {
		cli_error("cannot read '%s': %s", path, strerror(-ret));
		return CLI_FAILED;
	}
	if (!series->nr) {
		cli_error("'%s' has no round: record while dirty pages are asked for", path);
		return CLI_FAILED;
	}
	series->shown = most && most < series->nr ? (size_t)most : series->nr;
	take_name(series, path);
	return CLI_OK;
}

static void print_table(const struct plot_series *series, size_t nr)
{
	static const struct cli_column columns[] = {
		{ "RECORDING", 0, 0 },
		{ "ROUND", CLI_COL_RIGHT, 0 },
		{ "AT", CLI_COL_RIGHT, 0 },
		{ "GETS", CLI_COL_RIGHT, 0 },
		{ "UNMAPS", CLI_COL_RIGHT, 0 },
		{ "FAILED", CLI_COL_RIGHT, 0 },
		{ "ASKED", CLI_COL_RIGHT, 0 },
		{ "DIRTY", CLI_COL_RIGHT, 0 },
	};
	struct cli_table *table = cli_table_new(columns, 8, cli_width());
	size_t i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < series[i].shown; j++) {
			const struct pinscope_round *round = &series[i].rounds[j];

			cli_table_row(table);
			cli_table_cell(table, "%s", series[i].name);
			cli_table_cell(table, "%zu", j + 1);
			cli_table_cell(table, "%llu", (unsigned long long)
				       (round->start_ms - series[i].rounds[0].start_ms));
			cli_table_cell(table, "%u", round->gets);
			cli_table_cell(table, "%u", round->unmaps);
			cli_table_cell(table, "%u", round->failed);
			cli_table_cell(table, "%llu", (unsigned long long)round->asked_pages);
			cli_table_cell(table, "%llu", (unsigned long long)round->dirty_pages);
		}
	}
	cli_table_print(table);
}

static struct json_object *json_round(const struct pinscope_round *round, uint64_t origin)
{
	struct json_object *object = json_object_new_object();
	struct json_object *dirty = json_object_new_array();
	size_t i;

	cli_json_number(object, "at_ms", round->start_ms - origin);
	cli_json_number(object, "took_ms", round->end_ms - round->start_ms);
	cli_json_number(object, "gets", round->gets);
	cli_json_number(object, "unmaps", round->unmaps);
	cli_json_number(object, "failed", round->failed);
	cli_json_number(object, "page_size", round->page_size);
	cli_json_number(object, "asked_pages", round->asked_pages);
	cli_json_number(object, "dirty_pages", round->dirty_pages);
	for (i = 0; i < round->nr_dirty; i++) {
		struct json_object *span = json_object_new_object();

		cli_json_number(span, "iova", round->dirty[i].iova);
		cli_json_number(span, "size", round->dirty[i].size);
		json_object_array_add(dirty, span);
	}
	json_object_object_add(object, "dirty", dirty);
	return object;
}

static void print_json(const struct plot_series *series, size_t nr)
{
	struct json_object *root = json_object_new_object();
	struct json_object *recordings = json_object_new_array();
	size_t i, j;

	for (i = 0; i < nr; i++) {
		struct json_object *object = json_object_new_object();
		struct json_object *rounds = json_object_new_array();

		cli_json_text(object, "name", series[i].name);
		cli_json_bool(object, "cut", series[i].cut);
		for (j = 0; j < series[i].shown; j++)
			json_object_array_add(rounds, json_round(&series[i].rounds[j],
								 series[i].rounds[0].start_ms));
		json_object_object_add(object, "rounds", rounds);
		json_object_array_add(recordings, object);
	}
	json_object_object_add(root, "recordings", recordings);
	cli_print_json(root);
}

static int draw(const char *prefix, const char *kind, const struct plot_format *format,
		const struct plot_series *series, size_t nr, size_t columns)
{
	FILE *script = tmpfile();
	int ret = CLI_OK;
	char *picture;

	if (!script || asprintf(&picture, "%s-%s%s", prefix, kind, format->extension) < 0) {
		cli_error("cannot write the script for gnuplot: %s", strerror(errno));
		if (script)
			fclose(script);
		return CLI_FAILED;
	}
	if (!strcmp(kind, "map"))
		ret = plot_map(script, format, series, nr, columns);
	else
		plot_rounds(script, format, series, nr);
	if (!ret)
		ret = gnuplot_run(script, picture);
	fclose(script);
	free(picture);
	return ret;
}

static int draw_all(const char *prefix, const struct plot_series *series, size_t nr,
		    size_t columns)
{
	int ret = CLI_OK;
	size_t i;

	for (i = 0; !ret && i < sizeof(formats) / sizeof(formats[0]); i++) {
		ret = draw(prefix, "rounds", &formats[i], series, nr, columns);
		if (!ret)
			ret = draw(prefix, "map", &formats[i], series, nr, columns);
	}
	return ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "columns", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct plot_series series[SERIES_MAX];
	const char *prefix = NULL;
	uint64_t columns = 2, most = 0;
	bool json = false;
	int option, ret = CLI_OK;
	size_t nr, i;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:n:c:jh", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			prefix = optarg;
			break;
		case 'n':
			if (!cli_number(optarg, UINT32_MAX, &most) || !most)
				return cli_usage(&cli_plot,
						 "'%s' is no number of rounds from 1 on", optarg);
			break;
		case 'c':
			if (!cli_number(optarg, 4, &columns) || !columns)
				return cli_usage(&cli_plot, "columns are 1 to 4, not '%s'", optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return cli_help(&cli_plot);
		default:
			return cli_bad_option(&cli_plot, options, argv, option);
		}
	}
	nr = (size_t)(argc - optind);
	if (!nr)
		return cli_usage(&cli_plot, "name at least one recording");
	if (nr > SERIES_MAX)
		return cli_usage(&cli_plot, "at most %d recordings", SERIES_MAX);

	for (i = 0; !ret && i < nr; i++)
		ret = read_series(&series[i], argv[optind + (int)i], most);
	if (!ret) {
		if (json)
			print_json(series, nr);
		else
			print_table(series, nr);
	} else if (json) {
		cli_print_json(json_object_new_object());
	}
	if (!ret && prefix)
		ret = draw_all(prefix, series, nr, columns < nr ? columns : nr);
	for (i = 0; i < nr; i++)
		pinscope_rounds_free(series[i].rounds, series[i].nr);
	return ret;
}

const struct cli_command cli_plot = {
	.name = "plot",
	.summary = "recordings as tables and pictures: dirty pages in each round",
	.help = help,
	.run = run,
};
