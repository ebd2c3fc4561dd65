// SPDX-License-Identifier: GPL-2.0-only
#include "cli/base/program.h"
#include "cli/scope/scope.h"

int scope_show(const struct scope_request *request, scope_printer *print, bool *shown)
{
	struct scope_state state;
	int ret = scope_read(request, &state);
	bool known = ret != CLI_FAILED || state.garbled;

	if (request->json)
		scope_json(known ? &state : NULL, request);
	else if (known)
		print(&state, request);
	if (known)
		scope_release(&state);
	if (shown)
		*shown = known;
	return ret;
}
