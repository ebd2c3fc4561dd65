// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>

#include "cli/base/text.h"
#include "cli/output/json.h"
#include "cli/scope/scope.h"

static void add_words(struct json_object *object, const char *key, char *words)
{
	cli_json_text(object, key, words);
	free(words);
}

static struct json_object *json_device(const struct pinscope_scope_device *device)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "name", device->name);
	cli_json_text(object, "driver", device->driver);
	cli_json_bool(object, "open", device->open);
	if (device->told) {
		cli_json_bool(object, "opted_in", device->opted_in);
		cli_json_number(object, "pins", device->pins);
		cli_json_number(object, "sync_failures", device->sync_failures);
		cli_json_number(object, "sync_error", (uint64_t)device->sync_error);
	}
	return object;
}

static struct json_object *json_group(const struct pinscope_scope_group *group)
{
	struct json_object *object = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	size_t i;

	cli_json_number(object, "group", group->number);
	cli_json_maybe(object, "iommu_group", group->scope != PINSCOPE_SCOPE_EMULATED,
		       group->iommu_group);
	cli_json_number(object, "members", group->members);
	cli_json_text(object, "scope", pinscope_scope_name(group->scope));
	cli_json_text(object, "cause", group->cause);
	cli_json_real(object, "since", group->since);
	cli_json_number(object, "pins", group->pins);
	cli_json_number(object, "refused", group->refused);
	cli_json_bool(object, "can_track", group->can_track);
	for (i = 0; i < group->nr_devices; i++)
		json_object_array_add(devices, json_device(&group->devices[i]));
	json_object_object_add(object, "devices", devices);
	add_words(object, "reason", cli_words(pinscope_scope_group_reason, group));
	add_words(object, "advice", cli_words(pinscope_scope_group_advice, group));
	return object;
}

struct json_object *scope_json_view(const struct pinscope_scope_view *view)
{
	const struct pinscope_scope_counts *counts = &view->counts;
	struct json_object *object = json_object_new_object();
	struct json_object *groups;
	size_t i;

	cli_json_text(object, "id", view->id);
	cli_json_bool(object, "garbled", view->garbled);
	if (view->garbled)
		return object;
	cli_json_number(object, "pid", (uint64_t)view->owner);
	cli_json_text(object, "comm", view->comm);
	add_words(object, "reason", cli_words(pinscope_scope_reason, view));
	if (!view->has_iommu)
		return object;

	cli_json_text(object, "scope", pinscope_scope_name(counts->scope));
	cli_json_bool(object, "tracking", counts->tracking);
	cli_json_bool(object, "iommu_tracking", counts->iommu);
	cli_json_number(object, "pinned_pages", counts->pinned_pages);
	cli_json_number(object, "nr_groups", counts->nr_groups);
	cli_json_number(object, "nr_groups_wide", counts->nr_groups_wide);
	cli_json_number(object, "nr_devices", counts->nr_devices);
	cli_json_number(object, "nr_devices_wide", counts->nr_devices_wide);
	groups = json_object_new_array();
	for (i = 0; i < view->nr_groups; i++)
		json_object_array_add(groups, json_group(&view->groups[i]));
	json_object_object_add(object, "groups", groups);
	return object;
}

static struct json_object *json_holders(const struct scope_state *state)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < state->nr_holders; i++) {
		const struct pinscope_holder *holder = &state->holders[i];
		struct json_object *object = json_object_new_object();

		cli_json_number(object, "pid", (uint64_t)holder->pid);
		cli_json_text(object, "comm", holder->comm);
		cli_json_text(object, "node", holder->node);
		cli_json_maybe(object, "group", holder->has_group, holder->group);
		cli_json_text(object, "scope", "unknown");
		json_object_array_add(array, object);
	}
	return array;
}

static void add_dirty(struct json_object *object, const struct scope_dirty *dirty)
{
	cli_json_maybe(object, "dirty_pages", dirty->known, dirty->pages);
	cli_json_real(object, "dirty_pages_per_second",
		      dirty->has_rate ? dirty->pages_per_second : NAN);
}

static void add_forecast(struct json_object *view, const struct scope_forecast *forecast)
{
	struct json_object *object = json_object_new_object();

	cli_json_text(object, "converges", scope_verdict_name(forecast->verdict));
	cli_json_real(object, "last_round_bytes", forecast->bytes_known ? forecast->bytes : NAN);
	cli_json_real(object, "last_round_seconds",
		      forecast->bytes_known ? forecast->seconds : NAN);
	cli_json_text(object, "reason", forecast->words);
	json_object_object_add(view, "forecast", object);
}

void scope_json(const struct scope_state *state, const struct scope_request *request)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = NULL, *view;
	size_t i;

	if (!state) {
		cli_print_json(root);
		return;
	}
	if (!state->error)
		array = json_object_new_array();
	for (i = 0; i < state->list.nr; i++) {
		view = scope_json_view(&state->list.views[i]);
		if (request->dirty)
			add_dirty(view, &state->dirty[i]);
		if (request->forecast)
			add_forecast(view, &state->forecast[i]);
		json_object_array_add(array, view);
	}
	json_object_object_add(root, "containers", array);
	json_object_object_add(root, "holders", json_holders(state));
	cli_print_json(root);
}
