// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints each VFIO container of the system whose dirty scope is wide, and what would
 * narrow it. Needs root and a patched VFIO core.
 *
 *   cc why-wide.c $(pkg-config --cflags --libs pinscope) -o why-wide
 */
#include <stdio.h>
#include <string.h>

#include <pinscope/pinscope.h>

int main(void)
{
	struct pinscope_scope_list list;
	char advice[1024];
	size_t i;
	int ret;

	ret = pinscope_scope_read_all(&list);
	if (ret) {
		fprintf(stderr, "why-wide: %s: %s\n", strerror(-ret),
			pinscope_explain(PINSCOPE_OP_SCOPE, ret));
		return 1;
	}
	for (i = 0; i < list.nr; i++) {
		const struct pinscope_scope_view *view = &list.views[i];

		if (view->garbled || !view->has_iommu ||
		    view->counts.scope != PINSCOPE_SCOPE_WIDE)
			continue;
		pinscope_scope_advice(view, advice, sizeof(advice));
		printf("container %s of process %d:\n%s\n", view->id, (int)view->owner, advice);
	}
	printf("%zu containers\n", list.nr);
	pinscope_scope_list_release(&list);
	return 0;
}
