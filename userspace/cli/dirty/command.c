// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/dirty/dirty.h"
#include "cli/output/message.h"

static const char help[] =
"Usage: pinscope dirty [OPTION...] DEVICE...\n"
"\n"
"Opens devices in a container of its own, maps memory, starts dirty tracking, has the\n"
"sample devices among them write, and prints which pages each GET reports dirty.\n"
"A DEVICE is the UUID of an mdev or the address of a PCI function bound to vfio-pci.\n"
"\n"
"  -p, --pages N           map N pages of 4 KiB (default 64, most 262144)\n"
"  -n, --rounds N          write and GET N times (default 3, most 1000)\n"
"  -w, --window PAGE[+N]   register a DMA buffer of N pages; may be repeated\n"
"                          (default 8+8, for devices that need windows)\n"
"  -d, --dma PAGE[+N]      pages to write in each round; may be repeated\n"
"                          (default: one page of the first window, the next in each round)\n"
"  -s, --state STATE       migration state to enter; the first in round 1, the second in\n"
"                          round 2, and so on, e.g. -s PRE_COPY -s STOP_COPY\n"
"  -l, --late-windows      register the windows after tracking started, not before\n"
"  -j, --json              print JSON\n"
"  -h, --help              this text\n"
"\n"
"Round 0 is the GET right after tracking started, before anything is written. Devices\n"
"that are not of a pinscope type, such as those of vfio-pci, are opened and stay idle.\n"
"\n"
"Exits with 1 if a page was written by a device and not reported dirty: it is lost.\n";

#define PAGES_MAX	262144u
#define ROUNDS_MAX	1000u

static bool parse_span(const char *text, struct span *span)
{
	const char *plus = strchr(text, '+');
	char first[24];

	span->count = 1;
	if (!plus)
		return cli_number(text, PAGES_MAX - 1, &span->first);
	if ((size_t)(plus - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(plus - text));
	first[plus - text] = '\0';
	return cli_number(first, PAGES_MAX - 1, &span->first) &&
	       cli_number(plus + 1, PAGES_MAX, &span->count) && span->count;
}

static int get(struct session *session, uint64_t round)
{
	int ret;

	ret = pinscope_dirty_get(session->container, DIRTY_IOVA,
				 session->request->pages * DIRTY_PAGE_SIZE, DIRTY_PAGE_SIZE,
				 session->dirty);
	if (ret)
		return cli_fail("cannot get the dirty pages", PINSCOPE_OP_DIRTY, ret);
	dirty_report(session, round);
	memset(session->written, 0, session->request->pages);
	return CLI_OK;
}

static int run_rounds(struct session *session)
{
	const struct request *request = session->request;
	uint64_t round;
	int ret = CLI_OK;

	if (!request->late_windows)
		ret = dirty_add_windows(session);
	if (ret)
		return ret;
	ret = pinscope_dirty_start(session->container);
	if (ret)
		return cli_fail("cannot start tracking", PINSCOPE_OP_DIRTY, ret);
	ret = get(session, 0);
	if (!ret && request->late_windows)
		ret = dirty_add_windows(session);

	for (round = 1; !ret && round <= request->rounds; round++) {
		if (round <= request->nr_states)
			ret = dirty_enter_state(session, request->states[round - 1]);
		if (!ret)
			ret = dirty_write(session, round);
		if (!ret)
			ret = get(session, round);
	}
	return ret;
}

static int work(const struct request *request)
{
	struct session session = { .request = request };
	int ret;

	if (request->json)
		session.rounds = json_object_new_array();
	ret = dirty_set_up(&session);
	if (!ret && !request->json)
		dirty_print_head(&session);
	if (!ret)
		ret = run_rounds(&session);
	if (!ret && session.lost)
		cli_error("%llu pages were written and not reported dirty",
			  (unsigned long long)session.lost);
	if (request->json)
		dirty_print_json(&session, !ret);
	dirty_tear_down(&session);
	return !ret && session.lost ? CLI_BAD : ret;
}

/* The same device in another spelling is the same device. */
static bool same_device(const char *a, const char *b)
{
	char names[2][PINSCOPE_NAME_MAX];

	if (pinscope_device_name(a, names[0], sizeof(names[0])) ||
	    pinscope_device_name(b, names[1], sizeof(names[1])))
		return !strcmp(a, b);
	return !strcmp(names[0], names[1]);
}

static bool within(const struct span *spans, size_t nr, uint64_t pages)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (spans[i].first >= pages || spans[i].count > pages - spans[i].first)
			return false;
	return true;
}

static int check(struct request *request)
{
	size_t i, j;

	if (!request->nr_windows) {
		request->windows[0].first = request->pages > 16 ? 8 : 0;
		request->windows[0].count = request->pages > 16 ? 8 : 1;
		request->nr_windows = 1;
	}
	if (!within(request->windows, request->nr_windows, request->pages) ||
	    !within(request->writes, request->nr_writes, request->pages))
		return cli_usage(&cli_dirty, "a window or a write is beyond the %llu pages mapped: "
				 "map more with --pages", (unsigned long long)request->pages);
	for (i = 0; i < request->nr_windows; i++)
		if (request->windows[i].count * DIRTY_PAGE_SIZE > PINSCOPE_SAMPLE_LEN_MAX)
			return cli_usage(&cli_dirty, "a window has at most %u pages",
					 PINSCOPE_SAMPLE_LEN_MAX / DIRTY_PAGE_SIZE);
	if (!request->nr_names)
		return cli_usage(&cli_dirty, "name at least one device");
	if (request->nr_names > DIRTY_DEVICES_MAX)
		return cli_usage(&cli_dirty, "at most %d devices", DIRTY_DEVICES_MAX);
	for (i = 0; i < request->nr_names; i++)
		for (j = 0; j < i; j++)
			if (same_device(request->names[i], request->names[j]))
				return cli_usage(&cli_dirty, "'%s' is named twice",
						 request->names[i]);
	return CLI_OK;
}

static int too_many(const char *what, int most)
{
	return cli_usage(&cli_dirty, "at most %d %s", most, what);
}

static int no_state(const char *text)
{
	char names[200] = "";
	size_t used = 0;
	unsigned int i;

	/* In ERROR a device ends up; no one can have it go there. */
	for (i = PINSCOPE_STATE_STOP; i < PINSCOPE_STATE_NR && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 used ? ", " : "", pinscope_migration_state_name(i));
	return cli_usage(&cli_dirty, "'%s' is no migration state; those are %s", text, names);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pages", required_argument, NULL, 'p' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "window", required_argument, NULL, 'w' },
		{ "dma", required_argument, NULL, 'd' },
		{ "state", required_argument, NULL, 's' },
		{ "late-windows", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .pages = 64, .rounds = 3 };
	int option, ret;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":p:n:w:d:s:ljh", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			if (!cli_number(optarg, PAGES_MAX, &request.pages) || !request.pages)
				return cli_usage(&cli_dirty,
						 "'%s' is no number of pages from 1 to %u", optarg,
						 PAGES_MAX);
			break;
		case 'n':
			if (!cli_number(optarg, ROUNDS_MAX, &request.rounds))
				return cli_usage(&cli_dirty,
						 "'%s' is no number of rounds from 0 to %u",
						 optarg, ROUNDS_MAX);
			break;
		case 'w':
			if (request.nr_windows == DIRTY_SPANS_MAX)
				return too_many("windows", DIRTY_SPANS_MAX);
			if (!parse_span(optarg, &request.windows[request.nr_windows++]))
				return cli_usage(&cli_dirty,
						 "'%s' is no window: name its first page, or PAGE+N",
						 optarg);
			break;
		case 'd':
			if (request.nr_writes == DIRTY_SPANS_MAX)
				return too_many("writes", DIRTY_SPANS_MAX);
			if (!parse_span(optarg, &request.writes[request.nr_writes++]))
				return cli_usage(&cli_dirty,
						 "'%s' is no page to write: name it, or PAGE+N",
						 optarg);
			break;
		case 's':
			if (request.nr_states == DIRTY_STATES_MAX)
				return too_many("states", DIRTY_STATES_MAX);
			if (pinscope_migration_state_parse(optarg,
							   &request.states[request.nr_states++]))
				return no_state(optarg);
			break;
		case 'l':
			request.late_windows = true;
			break;
		case 'j':
			request.json = true;
			break;
		case 'h':
			return cli_help(&cli_dirty);
		default:
			return cli_bad_option(&cli_dirty, options, argv, option);
		}
	}
	request.names = argv + optind;
	request.nr_names = (size_t)(argc - optind);
	if (request.rounds < request.nr_states)
		request.rounds = request.nr_states;

	ret = check(&request);
	return ret ? ret : work(&request);
}

const struct cli_command cli_dirty = {
	.name = "dirty",
	.summary = "let devices write, and show which pages are reported dirty",
	.help = help,
	.run = run,
};
