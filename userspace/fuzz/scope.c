// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text in which the kernel shows a container: read, told in words, printed and
 * made JSON of.
 */
#include <errno.h>
#include <json-c/json.h>

#include "cli/base/text.h"
#include "cli/scope/scope.h"
#include "fuzz.h"

static void check_order(const struct pinscope_scope_view *view)
{
	size_t i;

	must(!view->nr_groups || view->has_iommu);
	for (i = 1; i < view->nr_groups; i++)
		must(view->groups[i - 1].number < view->groups[i].number);
	for (i = 0; i < view->nr_groups; i++)
		must(view->groups[i].since >= 0 && view->groups[i].since < 1e13);
}

/* Cut to any size, words end within it. */
static void check_words(const struct pinscope_scope_view *view)
{
	char small[40];

	must(pinscope_scope_reason(view, small, sizeof(small)) != -ENOSPC ||
	     strlen(small) < sizeof(small));
	must(pinscope_scope_advice(view, small, sizeof(small)) != -ENOSPC ||
	     strlen(small) < sizeof(small));
	pinscope_scope_reason(view, small, 1);
	must(!*small);
}

static void check_json(const struct pinscope_scope_view *view)
{
	struct json_object *object = scope_json_view(view), *again;
	struct json_tokener *tokener = json_tokener_new();
	const char *text = json_object_to_json_string(object);
	char *utf8 = cli_utf8(text);

	must(tokener && !strcmp(utf8, text));
	free(utf8);
	/* Not strictly: then json-c 0.18 takes only ASCII. */
	again = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	must(again && json_object_equal(again, object));
	json_object_put(again);
	json_object_put(object);
	json_tokener_free(tokener);
}

static void check_printable(const char *text)
{
	char *printable = cli_printable(text), *c;

	/* In the C locale, which is that of the target. */
	for (c = printable; *c; c++)
		must(*c >= ' ' && *c <= '~');
	free(printable);
}

static void check_forecast(const struct pinscope_scope_view *view)
{
	const struct scope_goal goal = { .bandwidth = 1, .downtime = 0.001 };
	const struct scope_dirty dirty = { .known = true, .has_rate = true };
	struct scope_forecast forecast;

	scope_forecast(view, &dirty, &goal, &forecast);
	must(*forecast.words && (!forecast.bytes_known || forecast.bytes >= 0));
	scope_print_view(view, &dirty, &forecast);
	free(forecast.words);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	char *text = fuzz_text(data, size);
	struct pinscope_scope_view view;

	/* What is printed tells nothing here. */
	if (!quiet)
		quiet = freopen("/dev/null", "w", stdout);
	must(quiet);
	check_printable(text);
	if (!pinscope_scope_parse(text, &view)) {
		check_order(&view);
		check_words(&view);
		check_printable(view.comm);
		check_json(&view);
		check_forecast(&view);
		pinscope_scope_view_release(&view);
	}
	free(text);
	return 0;
}
