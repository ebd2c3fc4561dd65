// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pictures are not drawn: the gnuplot of these tests passes its script on, so
 * that the picture's file is the script.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

#define HEAD "# pinscope recording 1: process 7, vmm\n"

/* A recording of @times GETs of the same. */
static void repeat(const char *name, const char *what, int times)
{
	FILE *file = fopen(name, "we");
	int i;

	if (!file)
		exit(1);
	fputs(HEAD, file);
	for (i = 0; i < times; i++)
		fprintf(file, "%d 7:3 get 0 %s\n", i + 1, what);
	fclose(file);
}

static void test_pictures(void)
{
	repeat("last.rec", "0xfffffffffffff000 0x1000 0x1000 1 0", 70);
	result(!run("plot -o picture last.rec")->status && !access("picture-map.svg", R_OK) &&
	       !access("picture-rounds.png", R_OK), "plot.last_page_of_space");

	put("top.rec", HEAD "1 7:3 get 0 0xfffffffeffff0000 0x10000 0x1000 0\n"
	    "2 7:3 get 0 0xffffffff00000000 0x100000000 0x1000 1 500000\n");
	result(strstr(run("plot -o picture top.rec")->out, " 1048592 ") &&
	       strstr(run("plot -n 1 -o picture top.rec; cat picture-map.svg")->out,
		      "xrange [0:1048592]"), "plot.end_of_space");

	put("all.rec", HEAD "1 7:3 unmap 0 0x0 0xfffffffffffff000 0x1000 0\n"
	    "2 7:3 unmap 0 0xfffffffffffff000 0x1000 0x1000 1 0\n");
	result(strstr(run("plot -o picture all.rec; cat picture-map.svg")->out,
		      "xrange [0:4503599627370496]"),
	       "plot.all_of_space");

	/* Spans of other page sizes in one picture. */
	put("sizes.rec", HEAD "1 7:3 get 0 0x200000 0x200000 0x200000 1 0\n"
	    "2 7:3 get 0 0x1000 0x3000 0x1000 1 2\n3 7:3 stop 0\n"
	    "4 7:3 get 0 0x10000 0x10000 0x10000 0\n");
	result(!run("plot -o picture sizes.rec")->status, "plot.page_sizes");

	put("failed.rec", HEAD "1 7:3 get 22 0x1 0xffffffffffffffff 0x3 0\n");
	result(says(4, "every GET failed", "plot -o picture failed.rec"), "plot.nothing_to_draw");
}

static void test_bad(void)
{
	put("odd.rec", HEAD "1 7:3 start 0\n2 7:3 unmap 0 0x1 0xa0000 0x1000 0\n");
	result(says(4, "see line 3: the address is not that of a page ('0x1')", "plot odd.rec"),
	       "plot.unaligned");
	put("esc.rec", HEAD "1 7:3 \033[2J 0\n");
	result(says(4, "('\\x1b[2J')", "plot esc.rec") && !strchr(run("plot esc.rec")->err, '\033'),
	       "plot.control_characters");
	put("cut.rec", HEAD "1 7:3 get 0 0x0 0x8000 0x1000 1 3\n2 7:3 get 0 0x0 0x8");
	result(says(0, "the end of 'cut.rec' is missing", "plot cut.rec") &&
	       strstr(run("plot cut.rec")->out, "cut "), "plot.cut");
}

static void test_json(void)
{
	struct json_object *root;

	put("bad\xff\xc2\x9b.rec", HEAD "900000 7:3 get 0 0x0 0x1000 0x1000 0\n"
	    "200 8:3 get 0 0xfffffffffffff000 0x1000 0x1000 1 0\n");
	root = json_of("plot --json bad*.rec");
	result(json_is(root, "recordings/0/name", "bad\xef\xbf\xbd\xc2\x9b") &&
	       !strstr(run("plot --json bad*.rec")->out, "\xc2\x9b"), "plot.json_of_odd_name");
	result(json_is(root, "recordings/0/rounds/1/at_ms", "0") &&
	       json_is(root, "recordings/0/rounds/1/dirty/0/iova", "18446744073709547520") &&
	       json_is(root, "recordings/0/cut", "false"), "plot.json_of_large_numbers");
	json_object_put(root);
	root = json_of("plot --json no-such.rec");
	result(root && json_at(root, "error"), "plot.json_of_failure");
	json_object_put(root);
}

void test_plot(void)
{
	const char *path = getenv("PATH");
	char *ours;

	put("bin/gnuplot", "#!/bin/sh\nexec cat\n");
	chmod("bin/gnuplot", 0755);
	if (asprintf(&ours, "bin:%s", path ? path : "/bin") < 0 || setenv("PATH", ours, 1))
		exit(1);
	free(ours);
	test_pictures();
	test_bad();
	test_json();
}
