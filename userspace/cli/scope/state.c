// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "cli/output/message.h"
#include "cli/scope/scope.h"

/* Who holds groups is known by the containers already. */
static size_t leave_out_groups(struct pinscope_holder *holders, size_t nr)
{
	size_t i, kept = 0;

	for (i = 0; i < nr; i++)
		if (!holders[i].has_group)
			holders[kept++] = holders[i];
	return kept;
}

static void read_containers(const struct scope_request *request, struct scope_state *state)
{
	const struct pinscope_scope_list *list = &state->list;
	size_t i;

	state->dirty = cli_must(calloc(list->nr + 1, sizeof(*state->dirty)));
	state->forecast = cli_must(calloc(list->nr + 1, sizeof(*state->forecast)));
	for (i = 0; i < list->nr; i++) {
		state->garbled += list->views[i].garbled;
		if (request->dirty)
			scope_look(list, &list->views[i], &state->dirty[i]);
		if (request->forecast)
			scope_forecast(&list->views[i], &state->dirty[i], &request->goal,
				       &state->forecast[i]);
	}
}

int scope_read(const struct scope_request *request, struct scope_state *state)
{
	int ret;

	memset(state, 0, sizeof(*state));
	state->error = pinscope_scope_read_all(&state->list);
	if (state->error)
		cli_fail("the scope is unknown", PINSCOPE_OP_SCOPE, state->error);
	ret = pinscope_holders_find(&state->holders, &state->nr_holders);
	if (ret) {
		cli_error("cannot look for who uses VFIO: %s", strerror(-ret));
		scope_release(state);
		return CLI_FAILED;
	}
	if (state->error)
		return CLI_MISSING;
	state->nr_holders = leave_out_groups(state->holders, state->nr_holders);
	read_containers(request, state);
	if (!state->garbled)
		return CLI_OK;
	cli_error("what the kernel shows of %zu container%s makes no sense: its owner may have a "
		  "name that pretends to be more; update the patched modules", state->garbled,
		  state->garbled == 1 ? "" : "s");
	return CLI_FAILED;
}

void scope_release(struct scope_state *state)
{
	size_t i;

	for (i = 0; state->forecast && i < state->list.nr; i++)
		free(state->forecast[i].words);
	free(state->forecast);
	free(state->dirty);
	pinscope_holders_free(state->holders);
	pinscope_scope_list_release(&state->list);
	memset(state, 0, sizeof(*state));
}
