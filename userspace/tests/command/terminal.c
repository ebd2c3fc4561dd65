// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is different on a terminal: colours, and the width that it has.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define LIMIT_MS 20000

#define UUID	"6d0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c0"

/* What the command prints on a terminal of that many columns. */
static const char *on_terminal(unsigned short columns, const char *line)
{
	static char out[65536];
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	size_t len = 0;
	struct pollfd wait;
	char command[512];
	ssize_t got;
	pid_t child;

	snprintf(command, sizeof(command), "\"$PINSCOPE\" %s", line);
	fflush(NULL);
	child = forkpty(&wait.fd, NULL, NULL, &size);
	if (child < 0)
		exit(1);
	if (!child) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	wait.events = POLLIN;
	while (len + 1 < sizeof(out) && poll(&wait, 1, LIMIT_MS) > 0) {
		got = read(wait.fd, out + len, sizeof(out) - 1 - len);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	out[len] = '\0';
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(wait.fd);
	return out;
}

/* The widest line; a terminal ends it with a carriage return. */
static size_t width_of(const char *text)
{
	size_t widest = 0, column = 0;

	for (; *text; text++) {
		/* Bytes that go on with a character take no column. */
		column = *text == '\n' ? 0 : column + (*text != '\r' && (*text & 0xc0) != 0x80);
		widest = column > widest ? column : widest;
	}
	return widest;
}

static void put_devices(void)
{
	put("debug/vfio/containers/0/scope",
	    "owner 5 qemu-system-x86\nscope wide\ntracking on\npinned_pages 123456789\ngroups 3\n"
	    "groups_wide 2\ndevices 3\ndevices_wide 2\n"
	    "group 110 iommu_group 17 members 12 scope wide cause iommu-error since 2.296471 "
	    "pins 0 refused 1234567 tracks no\n"
	    "device 110 " UUID "1 pinscope_backed open opted_in no pins 0\n"
	    "group 9 iommu_group 6 members 1 scope pinned cause opt-out since 12.3 "
	    "pins 123456789 refused 0 tracks no\n"
	    "device 9 " UUID "2 pinscope_optin open opted_in yes pins 8\n"
	    "group 11 iommu_group 11 members 1 scope emulated cause pin since 12.305370 "
	    "pins 8 refused 0 tracks no\n"
	    "device 11 " UUID "3 pinscope_emulated open opted_in yes pins 8\n");
	put_dir("sys/devices/pci0/0000:00:06.0/" UUID "3/");
	put_link("sys/devices/pci0/0000:00:06.0/" UUID "3/driver",
		 "../../../../bus/mdev/drivers/pinscope_emulated");
	put("sys/devices/pci0/0000:00:06.0/mdev_supported_types/pinscope_emulated-dma/description",
	    "a sentence that is long enough to be broken into several lines, as it should\n");
	put_link("sys/devices/pci0/0000:00:06.0/" UUID "3/mdev_type",
		 "../mdev_supported_types/pinscope_emulated-dma");
	put_link("sys/bus/mdev/devices/" UUID "3", "../../../devices/pci0/0000:00:06.0/" UUID "3");
}

static void test_width(void)
{
	static const unsigned short widths[] = { 80, 99, 100, 120 };
	static const char *const lines[] = {
		"list", "list --all", "scope", "scope --bandwidth 1M", "scope --watch --count 1",
		"doctor",
	};
	const char *text;
	bool good = true;
	size_t i, j;

	setenv("NO_COLOR", "1", 1);
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (j = 0; j < sizeof(lines) / sizeof(lines[0]); j++) {
			text = on_terminal(widths[i], lines[j]);
			if (*text && width_of(text) <= widths[i])
				continue;
			printf("# %s: %zu columns on a terminal of %u\n", lines[j], width_of(text),
			       (unsigned int)widths[i]);
			good = false;
		}
	}
	result(good, "terminal.width");
	/* Names are whole even there, to be copied. */
	result(strstr(on_terminal(80, "list"), UUID "3 ") &&
	       strstr(on_terminal(80, "scope"), UUID "1") &&
	       strstr(on_terminal(80, "scope"), "refused"), "terminal.nothing_is_cut");
	unsetenv("NO_COLOR");
}

static void test_colours(void)
{
	static const char red[] = "\033[31mWIDE\033[0m";

	setenv("TERM", "xterm", 1);
	result(strstr(on_terminal(100, "scope"), red), "terminal.colours");
	result(!strchr(run("scope")->out, '\033'), "terminal.no_colours_in_a_file");
	setenv("NO_COLOR", "", 1);
	result(strstr(on_terminal(100, "scope"), red), "terminal.empty_no_color_is_none");
	setenv("NO_COLOR", "0", 1);
	result(!strchr(on_terminal(100, "scope"), '\033') &&
	       !strchr(on_terminal(100, "doctor"), '\033'), "terminal.no_color");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	result(!strchr(on_terminal(100, "scope"), '\033'), "terminal.dumb");
	unsetenv("TERM");
	result(!strchr(on_terminal(100, "scope"), '\033'), "terminal.unknown");
}

void test_terminal(void)
{
	char *before = getenv("TERM");

	before = before ? strdup(before) : NULL;
	rename("debug/none", "debug/vfio");
	put_devices();
	test_width();
	test_colours();
	if (before)
		setenv("TERM", before, 1);
	free(before);
	rename("debug/vfio", "debug/none");
}
