// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: unit-command PROGRAM
 */
#include <errno.h>
#include <ftw.h>
#include <json-c/json.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define SECONDS "20"

static char dir[64] = "/tmp/pinscope-command.XXXXXX";
static int number, failed;

void result(bool good, const char *name)
{
	printf("%sok %d command.%s\n", good ? "" : "not ", ++number, name);
	failed += !good;
}

static void slurp(const char *name, char *buf, size_t size)
{
	FILE *file = fopen(name, "re");
	size_t len = file ? fread(buf, 1, size - 1, file) : 0;

	buf[len] = '\0';
	if (file)
		fclose(file);
}

const struct run *run(const char *line)
{
	static struct run run;
	char *command;
	int status;

	if (asprintf(&command, "{ timeout -s KILL " SECONDS " \"$PINSCOPE\" %s; } >out 2>err "
		     "</dev/null", line) < 0)
		exit(1);
	/* A file of a test may be in the way of the next one. */
	unlink("out");
	unlink("err");
	fflush(NULL);
	status = system(command);
	free(command);
	run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	if (run.status > 128)
		run.status = 128 - run.status;
	slurp("out", run.out, sizeof(run.out));
	slurp("err", run.err, sizeof(run.err));
	return &run;
}

bool says(int status, const char *what, const char *line)
{
	const struct run *r = run(line);

	if (r->status == status && strstr(r->err, what))
		return true;
	printf("# pinscope %s: status %d, said: %s\n", line, r->status, r->err);
	return false;
}

struct json_object *json_of(const char *line)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;
	const struct run *r = run(line);

	if (!tokener)
		exit(1);
	/* Not strictly: then json-c 0.18 takes only ASCII. */
	root = json_tokener_parse_ex(tokener, r->out, (int)strlen(r->out) + 1);
	if (mbstowcs(NULL, r->out, 0) == (size_t)-1) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	return root;
}

struct json_object *json_at(struct json_object *root, const char *path)
{
	char *copy = strdup(path), *rest = copy, *word;

	while (root && (word = strsep(&rest, "/"))) {
		if (json_object_is_type(root, json_type_array))
			root = json_object_array_get_idx(root, strtoul(word, NULL, 10));
		else if (!json_object_object_get_ex(root, word, &root))
			root = NULL;
	}
	free(copy);
	return root;
}

bool json_is(struct json_object *root, const char *path, const char *text)
{
	struct json_object *member = json_at(root, path);
	const char *is = member ? json_object_get_string(member) : "(null)";

	if (!strcmp(is, text))
		return true;
	printf("# %s is '%s', not '%s'\n", path, is, text);
	return false;
}

static void make_parents(const char *name)
{
	char path[PATH_MAX], *slash = path;

	snprintf(path, sizeof(path), "%s", name);
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash++ = '/';
	}
}

void put(const char *name, const char *fmt, ...)
{
	va_list args;
	FILE *file;

	make_parents(name);
	file = fopen(name, "we");
	if (!file)
		exit(1);
	va_start(args, fmt);
	vfprintf(file, fmt, args);
	va_end(args);
	fclose(file);
}

void put_dir(const char *name)
{
	make_parents(name);
	mkdir(name, 0755);
}

void put_link(const char *name, const char *target)
{
	make_parents(name);
	if (symlink(target, name) && errno != EEXIST)
		exit(1);
}

bool holds(const char *name, const char *text)
{
	char buf[4096];

	slurp(name, buf, sizeof(buf));
	return !access(name, F_OK) && !strcmp(buf, text);
}

static int drop(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	(void)stat;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	char *program = argc == 2 ? realpath(argv[1], NULL) : NULL;

	if (!program || setenv("PINSCOPE", program, 1) || !mkdtemp(dir) || chdir(dir))
		return 1;
	free(program);
	unsetenv("COLUMNS");
	if (setenv("LC_ALL", "C.UTF-8", 1) || !setlocale(LC_ALL, ""))
		return 1;
	setenv("PINSCOPE_SYSFS", "sys", 1);
	setenv("PINSCOPE_DEBUGFS", "debug", 1);
	setenv("PINSCOPE_DEV", "dev", 1);
	setenv("PINSCOPE_PROC", "proc", 1);
	put_dir("proc/");
	put_dir("dev/vfio/");

	puts("TAP version 13");
	test_options();
	test_output();
	test_record();
	test_plot();
	test_scope();
	test_watch_of_scope();
	test_metrics();
	test_devices();
	test_terminal();
	test_doctor();
	test_certify();
	printf("1..%d\n", number);
	if (chdir("/") || nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS))
		return 1;
	return failed != 0;
}
