// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metrics, read as Prometheus would: a family's HELP and TYPE come once and before
 * its samples, which come together; no sample comes twice; labels end where they should.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define FAMILIES_MAX 64

static size_t name_length(const char *text)
{
	size_t len = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return len;
}

/* Behind the labels, or NULL if they are none. */
static const char *skip_labels(const char *text)
{
	size_t len;

	if (*text++ != '{')
		return NULL;
	for (;;) {
		len = name_length(text);
		if (!len || strncmp(text + len, "=\"", 2))
			return NULL;
		for (text += len + 2; *text && *text != '"'; text++)
			if (*text == '\\' && !strchr("\\\"n", *++text))
				return NULL;
		if (*text++ != '"')
			return NULL;
		if (*text == '}')
			return text + 1;
		if (*text++ != ',')
			return NULL;
	}
}

static bool is_sample(const char *line, const char *family)
{
	const char *rest, *value;
	size_t len = name_length(line);

	if (len != strlen(family) || strncmp(line, family, len))
		return false;
	rest = skip_labels(line + len);
	if (!rest || *rest++ != ' ')
		return false;
	for (value = rest; isdigit((unsigned char)*rest); rest++)
		;
	return rest > value && !*rest;
}

static bool is_head(const char *line, const char *what, const char *family)
{
	char head[128];
	int len = snprintf(head, sizeof(head), "# %s %s ", what, family);

	return !strncmp(line, head, (size_t)len) && line[len];
}

static bool is_good(const char *text)
{
	static char families[FAMILIES_MAX][96];
	char *copy = strdup(text), *rest = copy, *line, *samples = copy, *before;
	size_t nr = 0, i;
	bool good = true;

	while (good && (line = strsep(&rest, "\n")) && *line) {
		if (*line == '#') {
			/* HELP, TYPE, and at least one sample */
			snprintf(families[nr], sizeof(families[nr]), "%.*s",
				 (int)name_length(line + 7), line + 7);
			for (i = 0; i < nr; i++)
				good &= !!strcmp(families[i], families[nr]);
			good &= is_head(line, "HELP", families[nr]);
			line = strsep(&rest, "\n");
			good &= line && (is_head(line, "TYPE", families[nr]) &&
					 (strstr(line, " gauge") || strstr(line, " counter")));
			line = good ? strsep(&rest, "\n") : NULL;
			samples = line;
			good &= line && ++nr < FAMILIES_MAX;
		}
		good &= nr && line && is_sample(line, families[nr - 1]);
		/* None comes twice: those before are strings that follow one another. */
		for (before = samples; good && before != line; before += strlen(before) + 1)
			good &= !!strncmp(before, line, (size_t)(strrchr(line, ' ') - line) + 1);
	}
	if (!good)
		printf("# %s\n", line ? line : "nothing");
	free(copy);
	return good && !*(rest ? rest : "");
}

#define COUNTS \
	"scope wide\ntracking on\niommu_tracking off\npinned_pages 18446744073709551615\n" \
	"groups 2\ngroups_wide 1\ndevices 1\ndevices_wide 1\n"

static void test_containers(void)
{
	const struct run *r;

	put("debug/vfio/containers/0/scope", "owner 5 v\"\\\\\\n\xff\n" COUNTS
	    "group 7 iommu_group 3 members 2 scope wide cause attach since 1.75 pins 4 "
	    "refused 3 tracks no\n"
	    "device 7 0000:00:06.0 a_driver open opted_in no pins 4\n"
	    "group 8 scope emulated cause pin since 2.5 pins 1 refused 0 tracks no\n"
	    "device 8 aabbccdd-0000-4000-8000-000000000001 other closed\n");
	put("debug/vfio/containers/1/scope", "owner 6 none\n");
	put("debug/vfio/containers/2/scope", "owner 7 forged\nscope pinned\n");
	put("proc/5/status", "VmLck:\t 2048 kB\n");
	r = run("metrics");
	result(r->status == 4 && is_good(r->out), "metrics.format");
	result(strstr(r->out, "pinscope_container_pinned_pages{container=\"0\"} "
		      "18446744073709551615\n") &&
	       strstr(r->out, "pinscope_container_wide{container=\"0\"} 1\n") &&
	       strstr(r->out, "pinscope_group_info{container=\"0\",group=\"7\",iommu_group=\"3\","
		      "scope=\"wide\",cause=\"attach\"} 1\n") &&
	       strstr(r->out, "_refused_pins_total{container=\"0\",group=\"7\"} 3\n") &&
	       strstr(r->out, "# TYPE pinscope_group_refused_pins_total counter\n") &&
	       strstr(r->out, "device=\"0000:00:06.0\",driver=\"a_driver\"} 1\n") &&
	       strstr(r->out, "pinscope_process_locked_bytes{pid=\"5\"} 2097152\n"),
	       "metrics.values");
	/* The kernel's own backslashes are undone by the library. */
	result(strstr(r->out, "pinscope_container_info{container=\"0\",pid=\"5\",comm="
		      "\"v\\\"\\\\\\n\xef\xbf\xbd\"} 1\n"), "metrics.labels_are_escaped");
	result(strstr(r->out, "pinscope_container_garbled{container=\"2\"} 1\n") &&
	       !strstr(r->out, "pinscope_container_info{container=\"2\"") &&
	       !strstr(r->out, "pinscope_container_wide{container=\"1\"") &&
	       !strstr(r->out, "pinscope_device_pinned_pages{container=\"0\",group=\"8\""),
	       "metrics.what_is_not_known_is_left_out");
}

static void test_nothing(void)
{
	const struct run *r;

	put("debug/vfio/containers/2/scope", "owner 7 forged\n");
	if (rename("debug/vfio", "debug/none"))
		exit(1);
	put("proc/71/comm", "vm\n");
	/* Who holds two groups has locked its memory once. */
	put_link("proc/71/fd/3", "/dev/vfio/12");
	put_link("proc/71/fd/4", "/dev/vfio/13");
	r = run("metrics");
	result(r->status == 3 && is_good(r->out) && strstr(r->err, "the scope is unknown") &&
	       strstr(r->out, "pinscope_holder_info{pid=\"71\",comm=\"vm\",node=\"vfio/12\"} 1") &&
	       !strstr(r->out, "pinscope_container"), "metrics.stock_core");
	if (rename("proc", "proc.full"))
		exit(1);
	put_dir("proc/");
	r = run("metrics");
	result(r->status == 3 && !*r->out, "metrics.nobody_on_a_stock_core");
	put_dir("debug/vfio/containers/");
	r = run("metrics");
	result(r->status == 0 && !*r->out && !*r->err, "metrics.nothing");
	if (rmdir("debug/vfio/containers") || rmdir("debug/vfio") || rmdir("proc") ||
	    rename("proc.full", "proc"))
		exit(1);
}

void test_metrics(void)
{
	rename("debug/none", "debug/vfio");
	test_containers();
	test_nothing();
}
