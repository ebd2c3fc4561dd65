// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of the documentation, as they stand there. Those of a page are
 * one script, which ends at the first that fails.
 */
#include <stdio.h>
#include <string.h>

#include <harness/harness.h>
#include <harness/host.h>

#define DOCUMENTATION "/opt/pinscope/Documentation"
#define SCRIPT "/tmp/pinscope-guide"

/* Lines that begin with "#" and a blank, and what continues them. */
static void extract(const char *page)
{
	FILE *in = fopen(page, "r"), *out = fopen(SCRIPT, "w");
	bool continued = false;
	char line[512], *text;
	int commands = 0;

	if (!in)
		skip("needs %s", page);
	check(out);
	fputs("set -ex -o pipefail\n", out);
	while (fgets(line, sizeof(line), in)) {
		text = line + strspn(line, " ");
		if (!continued) {
			if (text == line || strncmp(text, "# ", 2))
				continue;
			text += 2;
			commands++;
		}
		fputs(text, out);
		continued = strlen(text) > 1 &&
			    !strcmp(text + strlen(text) - 2, "\\\n");
	}
	fclose(in);
	check(!fclose(out));
	check(commands > 10);
}

static void clean_up(void *arg)
{
	(void)arg;
	/* What a page that was not read to its end has left running */
	command("for f in /tmp/source.pid /tmp/target.pid; do "
		"[ ! -e $f ] || kill -9 $(cat $f); done");
	command("rm -f /tmp/source.* /tmp/target.* /tmp/migration " SCRIPT);
}

TEST(guide, migrate_a_vm, .limit = 120)
{
	need_module(OPTIN);
	extract(DOCUMENTATION "/migration.rst");
	defer(RESTORE_HOST, clean_up, NULL);
	equal(command("bash " SCRIPT), 0);
}
