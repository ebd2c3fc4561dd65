// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/text.h"
#include "cli/dirty/dirty.h"
#include "cli/output/json.h"

#define ROW_PAGES	64u
#define ROWS_MAX	32u

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

void dirty_report(struct session *session, uint64_t round)
{
	const char *state = dirty_state_now(session);
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

static const char *kind_of(const struct worker *worker)
{
	if (!worker->sample)
		return "idle";
	if (!(worker->features & PINSCOPE_FEATURE_BACKED))
		return "emulated";
	if (worker->features & PINSCOPE_FEATURE_HWLOG)
		return "hardware log";
	return worker->features & PINSCOPE_FEATURE_OPTIN ? "opt-in" : "backed";
}

void dirty_print_head(const struct session *session)
{
	char *name;
	size_t i;

	printf("%llu pages of 4 KiB mapped;", (unsigned long long)session->request->pages);
	for (i = 0; i < session->nr_workers; i++) {
		name = cli_printable(session->workers[i].name);
		printf("%s %s (%s)", i ? "," : "", name, kind_of(&session->workers[i]));
		free(name);
	}
	puts("\n. clean   # dirty   W written and dirty   ! written, not reported: lost\n");
}

void dirty_print_json(const struct session *session, bool done)
{
	struct json_object *root = json_object_new_object();

	cli_json_number(root, "page_size", DIRTY_PAGE_SIZE);
	cli_json_number(root, "pages", session->request->pages);
	json_object_object_add(root, "rounds", session->rounds);
	/* That nothing is lost is known when all is done, not before. */
	cli_json_maybe(root, "lost", done || session->lost, session->lost);
	cli_print_json(root);
}
