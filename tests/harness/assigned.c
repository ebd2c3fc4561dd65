// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "assigned.h"
#include "harness.h"
#include "host.h"
#include "sim.h"

static char *attribute(const char *bdf, const char *name)
{
	return text("/sys/bus/pci/devices/%s/%s", bdf, name);
}

int assigned_put(const char *bdf, const char *name, const char *value)
{
	return put_file(attribute(bdf, name), value);
}

char *assigned_get(const char *bdf, const char *name)
{
	return get_line(attribute(bdf, name));
}

bool assigned_says(const char *bdf, const char *scope)
{
	char *said = assigned_get(bdf, "scope");

	if (strstr(said, scope))
		return true;
	note("scope: %s", said);
	return false;
}

const char *assigned_function(int n, const char *opt_in)
{
	const char *bdf = lone_edu(n);

	if (is_sim(bdf))
		skip("needs a function of edu");
	need_module(ASSIGNED);
	pci_bind(bdf, ASSIGNED);
	if (opt_in && assigned_put(bdf, "opt_in", opt_in))
		missing("opting in of an assigned device");
	return bdf;
}

static char *fault_file(const char *bdf, const char *fault)
{
	return text("/sys/kernel/debug/pinscope_assigned-%s/%s", bdf, fault);
}

static void repair(void *arg)
{
	put_file(arg, "N");
}

void assigned_fault(const char *bdf, const char *fault)
{
	char *file = fault_file(bdf, fault);

	ok(put_file(file, "Y"));
	/* Before the function is given back, which waits for it */
	defer(CLOSE_FILES, repair, file);
}

void assigned_repair(const char *bdf, const char *fault)
{
	ok(put_file(fault_file(bdf, fault), "N"));
}
