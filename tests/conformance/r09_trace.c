// SPDX-License-Identifier: GPL-2.0
/* R9, over time: tracepoints tell in which order pins, scope and GET came. */
#include <string.h>
#include <unistd.h>

#include "fixtures/vm.h"

#define TRACING "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/conformance"

static void remove_instance(void *unused)
{
	(void)unused;
	put_file(INSTANCE "/events/vfio/enable", "0");
	rmdir(INSTANCE);
}

static void trace_on(void)
{
	if (access(TRACING "/events", F_OK) &&
	    command("mount -t tracefs none " TRACING))
		skip("needs tracefs");
	if (access(TRACING "/events/vfio/vfio_dirty_scope", F_OK))
		missing("tracepoints");
	check(!command("mkdir -p " INSTANCE));
	defer(RESTORE_HOST, remove_instance, NULL);
	ok(put_file(INSTANCE "/events/vfio/enable", "1"));
}

/* The next line of the trace that shows an event, from where the last was. */
static char *next_event(FILE *trace, const char *event)
{
	static char line[512];

	while (fgets(line, sizeof(line), trace))
		if (strstr(line, text(" %s:", event)))
			return line;
	fail("the trace does not show %s, or not in this order", event);
}

TEST(r09, trace_shows_the_order_of_events)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	FILE *trace;

	trace_on();
	window(dev, 3);
	start(vm);
	dirty(vm);
	no_window(dev, 3);
	stop(vm);
	trace = fopen(INSTANCE "/trace", "r");
	check(trace);
	check(strstr(next_event(trace, "vfio_dirty_pin"),
		     text("iova=0x%llx npage=1", IOVA(3))));
	next_event(trace, "vfio_dirty_start");
	check(strstr(next_event(trace, "vfio_dirty_get"), "scope=pinned"));
	next_event(trace, "vfio_dirty_unpin");
	next_event(trace, "vfio_dirty_stop");
	fclose(trace);
}

TEST(r09, trace_shows_scope_and_its_cause)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, lone_edu(0), "start");
	FILE *trace;
	char *line;

	window(dev, 3);
	trace_on();
	start(vm);
	stop(vm);
	trace = fopen(INSTANCE "/trace", "r");
	check(trace);
	line = next_event(trace, "vfio_dirty_scope");
	check(strstr(line, "scope=pinned") && strstr(line, "cause=pin"));
	line = next_event(trace, "vfio_dirty_scope");
	check(strstr(line, "scope=wide"));
	fclose(trace);
}
