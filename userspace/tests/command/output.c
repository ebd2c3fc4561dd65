// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const char *const lines[] = {
	"help", "--version", "list", "list --json", "doctor", "doctor --json", "dirty --help", NULL
};

static bool each_fails(const char *redirection)
{
	char line[64];
	size_t i;

	for (i = 0; lines[i]; i++) {
		snprintf(line, sizeof(line), "%s%s", lines[i], redirection);
		if (!says(4, "cannot write all of the output", line))
			return false;
	}
	return true;
}

/* The widest line of what was printed. */
static size_t width_of(const char *text)
{
	size_t widest = 0, len;

	for (; *text; text += len + !!text[len]) {
		len = strcspn(text, "\n");
		widest = len > widest ? len : widest;
	}
	return widest;
}

void test_output(void)
{
	result(each_fails(" >/dev/full"), "output.disk_full");
	result(each_fails(" >&-"), "output.closed");
	/* Nothing was to be printed, so nothing is missing. */
	result(says(0, "", "record -o none.rec true >&-"), "output.closed_but_not_used");
	/* What is opened must not get the place of standard error, or of output. */
	result(run("list 2>&-")->status == 0, "output.no_stderr");

	put_link("sys/bus/pci/devices/0000:00:06.0", "../../../devices/pci0/0000:00:06.0");
	put("sys/devices/pci0/0000:00:06.0/mdev_supported_types/a-dma/description",
	    "a sentence that is long enough to be broken into several lines, as it should\n");
	put_link("sys/class/mdev_bus/0000:00:06.0", "../../devices/pci0/0000:00:06.0");
	setenv("COLUMNS", "60", 1);
	result(width_of(run("doctor")->out) > 40 && width_of(run("scope --help")->out) < 100,
	       "output.narrow");
	result(width_of(run("list | sed '1,/^$/d'")->out) <= 60, "output.narrow_types");
	put_dir("debug/vfio/containers/");
	put("debug/vfio/containers/0/scope",
	    "owner 5 vmm\nscope wide\ntracking on\npinned_pages 0\ngroups 1\ngroups_wide 1\ndevices 0\ndevices_wide 0\ngroup 5 scope wide cause close since 1\n"
	    "device 5 0000:00:06.0 a_driver closed\n");
	result(width_of(run("scope | grep why")->out) <= 60, "output.columns_below_80");
	setenv("COLUMNS", "200", 1);
	result(width_of(run("scope | grep why")->out) > 60, "output.columns_above_100");
	unsetenv("COLUMNS");
}
