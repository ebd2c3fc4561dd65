// SPDX-License-Identifier: GPL-2.0
/* What mapping costs, without and with an IOMMU */
#include <stdio.h>

#include "program.h"

/* A function that nothing else has, alone in its IOMMU group */
#define FUNCTION "0000:00:08.0"

static void measure(struct space *space, const char *kind, uint64_t size)
{
	void *memory = memory_new(MEMORY_THP, size);
	char row[64];

	snprintf(row, sizeof(row), "map.%s", kind);
	sample(row, space_map(space, memory, 0, size));
	snprintf(row, sizeof(row), "unmap.%s", kind);
	sample(row, space_unmap(space, 0, size));
	memory_free(memory, size);
}

void map_rows(void)
{
	struct space space;

	progress("mappings without IOMMU");
	space_open(&space);
	measure(&space, "emulated", GIB);
	space_close(&space);

	progress("mappings with IOMMU");
	check("cannot bind " FUNCTION " to vfio-pci",
	      pinscope_pci_bind(FUNCTION, "vfio-pci"));
	space_attach(&space, FUNCTION);
	measure(&space, "backed", GIB);
	space_close(&space);
}
