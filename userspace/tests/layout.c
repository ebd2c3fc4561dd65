// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that were built with older headers have the library fill their structures:
 * none may have another size before the soname changes, see libpinscope(3).
 */
#include <stdio.h>

#include <pinscope/pinscope.h>

#include "unit.h"

#define SIZE(name, bytes)	{ #name, sizeof(struct name), (bytes) }

void test_layout(void)
{
	/* Of programs with pointers of 64 bits */
	static const struct {
		const char *name;
		size_t size;
		size_t expected;
	} structs[] = {
		SIZE(pinscope_container_info, 96),
		SIZE(pinscope_device_info, 12),
		SIZE(pinscope_dirty_range, 16),
		SIZE(pinscope_dma_logging_range, 16),
		SIZE(pinscope_event, 72),
		SIZE(pinscope_group_status, 2),
		SIZE(pinscope_holder, 140),
		SIZE(pinscope_iova_range, 16),
		SIZE(pinscope_irq, 8),
		SIZE(pinscope_mdev, 256),
		SIZE(pinscope_mdev_type, 548),
		SIZE(pinscope_page_range, 16),
		SIZE(pinscope_pci, 144),
		SIZE(pinscope_precopy_info, 16),
		SIZE(pinscope_recording, 24),
		SIZE(pinscope_recording_fault, 56),
		SIZE(pinscope_region, 24),
		SIZE(pinscope_round, 88),
		SIZE(pinscope_scope_counts, 32),
		SIZE(pinscope_scope_device, 160),
		SIZE(pinscope_scope_group, 80),
		SIZE(pinscope_scope_list, 16),
		SIZE(pinscope_scope_view, 192),
		SIZE(pinscope_span, 16),
	};
	char name[80];
	size_t i;

	for (i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		snprintf(name, sizeof(name), "layout.%s", structs[i].name);
		check(sizeof(void *) != 8 || structs[i].size == structs[i].expected, name);
	}
}
