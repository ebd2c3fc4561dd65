// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
"Usage: pinscope dirty [OPTION...] DEVICE...\n"
"\n"
"Opens devices in a container of its own, maps memory, starts dirty tracking, has the\n"
"sample devices among them write, and prints which pages each GET reports dirty.\n"
"A DEVICE is the UUID of an mdev or the address of a PCI function bound to vfio-pci.\n"
"\n"
"  -p, --pages N           map N pages of 4 KiB (default 64, most 262144)\n"
"  -n, --rounds N          write and GET N times (default 3)\n"
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

#define PAGE_SIZE	4096u
#define PAGES_MAX	262144u
#define SPANS_MAX	16
#define DEVICES_MAX	16
#define STATES_MAX	16
#define ROW_PAGES	64u
#define ROWS_MAX	32u
/* Below the range that x86 keeps for message-signalled interrupts. */
#define IOVA		0x10000000ull

/* Pages that follow one another. */
struct span {
	uint64_t first;
	uint64_t count;
};

struct request {
	uint64_t pages;
	uint64_t rounds;
	struct span windows[SPANS_MAX];
	size_t nr_windows;
	struct span writes[SPANS_MAX];
	size_t nr_writes;
	enum pinscope_migration_state states[STATES_MAX];
	size_t nr_states;
	bool late_windows;
	bool json;
	char **names;
	size_t nr_names;
};

/* A device at work. */
struct worker {
	const char *name;
	struct cli_member member;
	bool sample;
	uint32_t features;
	bool migrates;
	int data_fd;
};

struct session {
	const struct request *request;
	struct pinscope_container *container;
	struct pinscope_buffer *buffer;
	struct worker workers[DEVICES_MAX];
	size_t nr_workers;
	struct pinscope_bitmap *dirty;
	unsigned char *written;	/* one byte a page, of this round */
	struct json_object *rounds;
	uint64_t lost;
};

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

/* Windows are for devices that pin: all but plain IOMMU-backed ones. */
static bool uses_windows(const struct worker *worker)
{
	return worker->sample &&
	       (!(worker->features & PINSCOPE_FEATURE_BACKED) ||
		worker->features & PINSCOPE_FEATURE_OPTIN);
}

/* A group opens once: a second device of it uses the handle of the first. */
static struct pinscope_group *find_group(const struct session *session, const char *name)
{
	unsigned int number;
	size_t i;

	if (pinscope_device_group(name, &number))
		return NULL;
	for (i = 0; i < session->nr_workers; i++) {
		struct pinscope_group *group = session->workers[i].member.group;

		if (group && pinscope_group_number(group) == number)
			return group;
	}
	return NULL;
}

static int open_device(struct session *session, struct worker *worker)
{
	struct pinscope_group *group = find_group(session, worker->name);
	char what[128];
	int ret;

	if (!group)
		return cli_join(session->container, worker->name, &worker->member);
	ret = pinscope_device_open(group, worker->name, &worker->member.device);
	if (!ret)
		return CLI_OK;
	snprintf(what, sizeof(what), "cannot open %s", worker->name);
	return cli_fail(what, PINSCOPE_OP_DEVICE_OPEN, ret);
}

static int open_worker(struct session *session, struct worker *worker)
{
	uint64_t caps;
	int ret;

	ret = open_device(session, worker);
	if (ret)
		return ret;
	worker->sample = !pinscope_sample_check(worker->member.device);
	worker->migrates = !pinscope_migration_get_caps(worker->member.device, &caps);
	if (!worker->sample)
		return CLI_OK;

	ret = pinscope_sample_read32(worker->member.device, PINSCOPE_REG_FEATURES,
				     &worker->features);
	if (!ret)
		ret = pinscope_device_enable(worker->member.device);
	return ret ? cli_fail("cannot start the device", PINSCOPE_OP_SAMPLE, ret) : CLI_OK;
}

static int add_windows(struct session *session)
{
	const struct request *request = session->request;
	char what[128];
	size_t i, j;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];

		if (!uses_windows(worker))
			continue;
		for (j = 0; j < request->nr_windows; j++) {
			const struct span *window = &request->windows[j];

			ret = pinscope_sample_add_window(worker->member.device,
							 IOVA + window->first * PAGE_SIZE,
							 (uint32_t)(window->count * PAGE_SIZE));
			if (!ret)
				continue;
			snprintf(what, sizeof(what), "%s refuses the window of pages %llu+%llu",
				 worker->name, (unsigned long long)window->first,
				 (unsigned long long)window->count);
			return cli_fail(what, PINSCOPE_OP_SAMPLE, ret);
		}
	}
	return CLI_OK;
}

/* Every device that can be in a state goes there, as a hypervisor has them do. */
static int enter_state(struct session *session, enum pinscope_migration_state state)
{
	char what[128];
	size_t i;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];
		int fd;

		if (!worker->migrates)
			continue;
		ret = pinscope_migration_set_state(worker->member.device, state, &fd);
		if (ret) {
			snprintf(what, sizeof(what), "%s does not enter %s", worker->name,
				 pinscope_migration_state_name(state));
			return cli_fail(what, PINSCOPE_OP_MIGRATION, ret);
		}
		/* A stream lives through the saving states, and ends with them. */
		if (fd >= 0) {
			if (worker->data_fd >= 0)
				close(worker->data_fd);
			worker->data_fd = fd;
		}
	}
	return CLI_OK;
}

static int write_span(struct session *session, struct worker *worker, const struct span *span,
		      uint32_t seed)
{
	const char *memory = pinscope_buffer_data(session->buffer);
	char what[128];
	uint64_t page;
	int ret;

	for (page = span->first; page < span->first + span->count; page++) {
		/* A stopped device must not write; that is no failure of it. */
		ret = pinscope_sample_dma_write(worker->member.device, IOVA + page * PAGE_SIZE,
						PAGE_SIZE, seed);
		if (ret) {
			snprintf(what, sizeof(what), "%s cannot write page %llu", worker->name,
				 (unsigned long long)page);
			return cli_fail(what, PINSCOPE_OP_SAMPLE, ret);
		}
		if (pinscope_sample_verify(memory + page * PAGE_SIZE, PAGE_SIZE, seed)) {
			cli_error("%s wrote page %llu, but its memory has other contents",
				  worker->name, (unsigned long long)page);
			return CLI_BAD;
		}
		session->written[page] = 1;
	}
	return CLI_OK;
}

static bool may_write(const struct worker *worker)
{
	enum pinscope_migration_state state;

	if (!worker->sample)
		return false;
	if (!worker->migrates || pinscope_migration_get_state(worker->member.device, &state))
		return true;
	return state == PINSCOPE_STATE_RUNNING || state == PINSCOPE_STATE_PRE_COPY;
}

static int write_pages(struct session *session, uint64_t round)
{
	const struct request *request = session->request;
	uint32_t seed = (uint32_t)(round << 16);
	size_t i, j;
	int ret;

	for (i = 0; i < session->nr_workers; i++) {
		struct worker *worker = &session->workers[i];

		if (!may_write(worker))
			continue;
		for (j = 0; j < request->nr_writes; j++) {
			ret = write_span(session, worker, &request->writes[j], seed);
			if (ret)
				return ret;
		}
		if (!request->nr_writes) {
			const struct span *window = &request->windows[0];
			const struct span one = {
				.first = window->first + (round - 1) % window->count,
				.count = 1,
			};

			ret = write_span(session, worker, &one, seed);
			if (ret)
				return ret;
		}
	}
	return CLI_OK;
}

/* One character stands for one page, or for several of a large memory. */
static char map_char(const struct session *session, uint64_t first, uint64_t count)
{
	uint64_t page, dirty = 0, written = 0, lost = 0;

	for (page = first; page < first + count && page < session->request->pages; page++) {
		bool is_dirty = pinscope_bitmap_test(session->dirty, page);

		dirty += is_dirty;
		written += session->written[page];
		lost += session->written[page] && !is_dirty;
	}
	if (lost)
		return '!';
	if (written)
		return 'W';
	return dirty ? '#' : '.';
}

static void print_map(const struct session *session)
{
	uint64_t pages = session->request->pages, each = 1, row, column, first;

	while (pages / each > (uint64_t)ROW_PAGES * ROWS_MAX)
		each *= 2;
	for (row = 0; row * ROW_PAGES * each < pages; row++) {
		printf("  %6llu  ", (unsigned long long)(row * ROW_PAGES * each));
		for (column = 0; column < ROW_PAGES; column++) {
			first = (row * ROW_PAGES + column) * each;
			if (first >= pages)
				break;
			if (column && !(column % 16))
				putchar(' ');
			putchar(map_char(session, first, each));
		}
		putchar('\n');
	}
	if (each > 1)
		printf("          each character stands for %llu pages\n",
		       (unsigned long long)each);
}

static uint64_t count_written(const struct session *session)
{
	uint64_t page, count = 0;

	for (page = 0; page < session->request->pages; page++)
		count += session->written[page];
	return count;
}

static struct json_object *json_ranges(const struct pinscope_bitmap *dirty)
{
	struct json_object *array = json_object_new_array();
	struct pinscope_page_range range;

	pinscope_bitmap_for_each(dirty, range) {
		struct json_object *object = json_object_new_object();

		cli_json_number(object, "first", range.first);
		cli_json_number(object, "count", range.count);
		json_object_array_add(array, object);
	}
	return array;
}

static void report(struct session *session, uint64_t round, const char *state)
{
	const struct request *request = session->request;
	uint64_t dirty = pinscope_bitmap_count(session->dirty);
	uint64_t written = count_written(session), lost = 0, page;
	struct pinscope_scope_counts scope = { 0 };
	bool known = !pinscope_container_scope(session->container, &scope);

	for (page = 0; page < request->pages; page++)
		lost += session->written[page] && !pinscope_bitmap_test(session->dirty, page);
	session->lost += lost;

	if (request->json) {
		struct json_object *object = json_object_new_object();

		cli_json_number(object, "round", round);
		cli_json_text(object, "state", state);
		cli_json_text(object, "scope", pinscope_scope_name(scope.scope));
		cli_json_maybe(object, "pinned_pages", known, scope.pinned_pages);
		cli_json_number(object, "written", written);
		cli_json_number(object, "dirty", dirty);
		cli_json_number(object, "lost", lost);
		json_object_object_add(object, "ranges", json_ranges(session->dirty));
		json_object_array_add(session->rounds, object);
		return;
	}

	printf("GET %llu  %s, scope %s", (unsigned long long)round, state,
	       known ? pinscope_scope_name(scope.scope) : "not told by this core");
	if (known)
		printf(", %llu pinned", (unsigned long long)scope.pinned_pages);
	printf("; written %llu, reported dirty %llu of %llu", (unsigned long long)written,
	       (unsigned long long)dirty, (unsigned long long)request->pages);
	if (lost)
		printf(", LOST %llu", (unsigned long long)lost);
	putchar('\n');
	print_map(session);
}

static const char *state_now(const struct session *session)
{
	enum pinscope_migration_state state;
	size_t i;

	for (i = 0; i < session->nr_workers; i++)
		if (session->workers[i].migrates &&
		    !pinscope_migration_get_state(session->workers[i].member.device, &state))
			return pinscope_migration_state_name(state);
	return "RUNNING";
}

static int get(struct session *session, uint64_t round)
{
	int ret;

	ret = pinscope_dirty_get(session->container, IOVA, session->request->pages * PAGE_SIZE,
				 PAGE_SIZE, session->dirty);
	if (ret)
		return cli_fail("cannot get the dirty pages", PINSCOPE_OP_DIRTY, ret);
	report(session, round, state_now(session));
	memset(session->written, 0, session->request->pages);
	return CLI_OK;
}

static int set_up(struct session *session)
{
	const struct request *request = session->request;
	size_t i;
	int ret;

	ret = pinscope_container_open(&session->container);
	if (ret)
		return cli_fail("cannot open a container", PINSCOPE_OP_CONTAINER_OPEN, ret);
	for (i = 0; i < request->nr_names; i++) {
		session->workers[i].name = request->names[i];
		session->workers[i].data_fd = -1;
		session->nr_workers++;
		ret = open_worker(session, &session->workers[i]);
		if (ret)
			return ret;
	}

	ret = pinscope_buffer_map(session->container, IOVA, request->pages * PAGE_SIZE,
				  PINSCOPE_MAP_RW, &session->buffer);
	if (ret)
		return cli_fail("cannot map memory", PINSCOPE_OP_MAP, ret);
	session->written = calloc(request->pages, 1);
	ret = session->written ? pinscope_bitmap_new(&session->dirty) : -ENOMEM;
	return ret ? cli_fail("cannot count pages", PINSCOPE_OP_DIRTY, ret) : CLI_OK;
}

static void tear_down(struct session *session)
{
	size_t i;

	if (session->container)
		pinscope_dirty_stop(session->container);
	for (i = 0; i < session->nr_workers; i++) {
		if (session->workers[i].data_fd >= 0)
			close(session->workers[i].data_fd);
		pinscope_device_close(session->workers[i].member.device);
		session->workers[i].member.device = NULL;
	}
	/* While the container still has its IOMMU. */
	pinscope_buffer_unmap(session->buffer);
	for (i = 0; i < session->nr_workers; i++)
		cli_leave(&session->workers[i].member);
	pinscope_container_close(session->container);
	pinscope_bitmap_free(session->dirty);
	free(session->written);
}

static int run_rounds(struct session *session)
{
	const struct request *request = session->request;
	uint64_t round;
	int ret = CLI_OK;

	if (!request->late_windows)
		ret = add_windows(session);
	if (ret)
		return ret;
	ret = pinscope_dirty_start(session->container);
	if (ret)
		return cli_fail("cannot start tracking", PINSCOPE_OP_DIRTY, ret);
	ret = get(session, 0);
	if (!ret && request->late_windows)
		ret = add_windows(session);

	for (round = 1; !ret && round <= request->rounds; round++) {
		if (round <= request->nr_states)
			ret = enter_state(session, request->states[round - 1]);
		if (!ret)
			ret = write_pages(session, round);
		if (!ret)
			ret = get(session, round);
	}
	return ret;
}

static int work(const struct request *request)
{
	struct session session = { .request = request };
	size_t i;
	int ret;

	if (request->json)
		session.rounds = json_object_new_array();

	ret = set_up(&session);
	if (!ret && !request->json) {
		printf("%llu pages of 4 KiB mapped;", (unsigned long long)request->pages);
		for (i = 0; i < session.nr_workers; i++) {
			const struct worker *worker = &session.workers[i];

			printf("%s %s (%s)", i ? "," : "", worker->name,
			       !worker->sample ? "idle" :
			       !(worker->features & PINSCOPE_FEATURE_BACKED) ? "emulated" :
			       worker->features & PINSCOPE_FEATURE_HWLOG ? "hardware log" :
			       worker->features & PINSCOPE_FEATURE_OPTIN ? "opt-in" : "backed");
		}
		puts("\n. clean   # dirty   W written and dirty   ! written, not reported: lost\n");
	}
	if (!ret)
		ret = run_rounds(&session);

	if (request->json) {
		struct json_object *root = json_object_new_object();

		cli_json_number(root, "page_size", PAGE_SIZE);
		cli_json_number(root, "pages", request->pages);
		json_object_object_add(root, "rounds", session.rounds);
		cli_json_number(root, "lost", session.lost);
		cli_print_json(root);
	}
	tear_down(&session);
	if (!ret && session.lost) {
		cli_error("%llu pages were written and not reported dirty",
			  (unsigned long long)session.lost);
		ret = CLI_BAD;
	}
	return ret;
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
		return cli_usage(&cli_dirty, "a window or a write is beyond the %llu pages mapped",
				 (unsigned long long)request->pages);
	for (i = 0; i < request->nr_windows; i++)
		if (request->windows[i].count * PAGE_SIZE > PINSCOPE_SAMPLE_LEN_MAX)
			return cli_usage(&cli_dirty, "a window has at most %u pages",
					 PINSCOPE_SAMPLE_LEN_MAX / PAGE_SIZE);
	if (!request->nr_names)
		return cli_usage(&cli_dirty, "name at least one device");
	if (request->nr_names > DEVICES_MAX)
		return cli_usage(&cli_dirty, "at most %d devices", DEVICES_MAX);
	for (i = 0; i < request->nr_names; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(request->names[i], request->names[j]))
				return cli_usage(&cli_dirty, "'%s' is named twice",
						 request->names[i]);
	return CLI_OK;
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
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .pages = 64, .rounds = 3 };
	int option, ret;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":p:n:w:d:s:lj", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			if (!cli_number(optarg, PAGES_MAX, &request.pages) || !request.pages)
				return cli_usage(&cli_dirty, "'%s' is no number of pages", optarg);
			break;
		case 'n':
			if (!cli_number(optarg, 1000, &request.rounds))
				return cli_usage(&cli_dirty, "'%s' is no number of rounds", optarg);
			break;
		case 'w':
			if (request.nr_windows == SPANS_MAX ||
			    !parse_span(optarg, &request.windows[request.nr_windows++]))
				return cli_usage(&cli_dirty, "'%s' is no window, or one too many",
						 optarg);
			break;
		case 'd':
			if (request.nr_writes == SPANS_MAX ||
			    !parse_span(optarg, &request.writes[request.nr_writes++]))
				return cli_usage(&cli_dirty, "'%s' is no page, or one too many",
						 optarg);
			break;
		case 's':
			if (request.nr_states == STATES_MAX ||
			    pinscope_migration_state_parse(optarg,
							   &request.states[request.nr_states++]))
				return cli_usage(&cli_dirty, "'%s' is no state, or one too many",
						 optarg);
			break;
		case 'l':
			request.late_windows = true;
			break;
		case 'j':
			request.json = true;
			break;
		case ':':
			return cli_usage(&cli_dirty, "'%s' wants a value", argv[optind - 1]);
		default:
			return cli_usage(&cli_dirty, "unknown option '%s'", argv[optind - 1]);
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
