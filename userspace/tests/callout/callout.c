// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the callout as mdevctl runs it: arguments, the configuration on
 * standard input, exit status. The device is a directory made here.
 *
 * usage: unit-callout PROGRAM
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "questions.h"

#define UUID "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c01"
#define SECONDS 10

static const char *program;
static char sysfs[64];
static int number, failed;

/**
 * struct run - the callout, run once
 * @in: its standard input
 * @full: its standard output has no room
 * @out: what it printed
 * @err: what it complained of
 * @status: its exit status, -1 if a signal ended it
 */
struct run {
	FILE *in;
	bool full;
	char out[1024];
	char err[1024];
	int status;
};

static void result(bool good, const char *name)
{
	printf("%sok %d callout.%s\n", good ? "" : "not ", ++number, name);
	failed += !good;
}

static void slurp(FILE *f, char *buf, size_t size)
{
	rewind(f);
	buf[fread(buf, 1, size - 1, f)] = '\0';
	fclose(f);
}

/* The input is a file: nobody waits for anybody. */
static void run(struct run *r, const char *type, const char *event,
		const char *action)
{
	FILE *out = r->full ? fopen("/dev/full", "w+") : tmpfile();
	FILE *err = tmpfile();
	int status;
	pid_t pid;

	if (!out || !err || !r->in)
		exit(1);
	fflush(NULL);
	lseek(fileno(r->in), 0, SEEK_SET);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (!pid) {
		alarm(SECONDS);
		dup2(fileno(r->in), 0);
		dup2(fileno(out), 1);
		dup2(fileno(err), 2);
		execl(program, program, "-t", type, "-e", event, "-a", action,
		      "-s", "none", "-u", UUID, "-p", "0000:00:06.0", NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (r->full)
		fclose(out);
	else
		slurp(out, r->out, sizeof(r->out));
	slurp(err, r->err, sizeof(r->err));
	fclose(r->in);
}

static FILE *input(const char *data, size_t length)
{
	FILE *f = tmpfile();

	if (!f || fwrite(data, 1, length, f) != length)
		exit(1);
	return f;
}

/* What the device's attribute is made, and what it is afterwards. */
static FILE *attribute(const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/mdev/devices/" UUID "/%s", sysfs,
		 name);
	return fopen(path, mode);
}

static void put(const char *name, const char *value)
{
	FILE *f = attribute(name, "w");

	if (!f)
		exit(1);
	fprintf(f, "%s\n", value);
	fclose(f);
}

static void put_opt_in(const char *value)
{
	put("opt_in", value);
	put("dma_logging", "0");
}

static bool opt_in_is(const char *value)
{
	char line[64] = "";
	FILE *f = attribute("opt_in", "r");

	if (!f || !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, value);
}

static void ask(const struct question *q)
{
	struct run r = { .in = input(q->config, strlen(q->config)) };
	bool good;

	put_opt_in("precopy");
	run(&r, q->type, q->event, q->action);
	good = r.status == q->status && opt_in_is("precopy");
	if (q->status == 1)
		good = good && strstr(r.err, q->said) && !r.out[0] &&
		       strchr(r.err, '\n') == r.err + strlen(r.err) - 1;
	else
		good = good && !r.err[0] &&
		       !strncmp(r.out, q->said,
				q->said[0] ? strlen(q->said) : 1);
	if (!good)
		printf("# status %d, printed '%s', complained '%s'\n",
		       r.status, r.out, r.err);
	result(good, q->name);
}

static void live(const char *config, const char *before, const char *after,
		 int status, const char *name)
{
	struct run r = { .in = input(config, strlen(config)) };

	put_opt_in(before);
	run(&r, OPTIN, "live", "modify");
	result(r.status == status && opt_in_is(after), name);
}

/* The second attribute is refused: the first gets back what it had. */
static void live_is_all_or_nothing(void)
{
	const char config[] = CONFIG("[{\"opt_in\":\"never\"},{\"dma_logging\":\"0\"}]");
	struct run r = { .in = input(config, strlen(config)) };
	char path[256];

	put_opt_in("precopy");
	snprintf(path, sizeof(path), "%s/bus/mdev/devices/" UUID "/dma_logging", sysfs);
	if (remove(path) || symlink("/dev/full", path))
		exit(1);
	run(&r, OPTIN, "live", "modify");
	if (remove(path))
		exit(1);
	result(r.status == 1 && strstr(r.err, "dma_logging cannot be set to 0") &&
	       opt_in_is("precopy"), "live_is_all_or_nothing");
}

static void no_room(const char *action)
{
	struct run r = { .in = input("", 0), .full = true };
	char name[64];

	put_opt_in("precopy");
	run(&r, OPTIN, "get", action);
	snprintf(name, sizeof(name), "no_room_for_%s", action);
	result(r.status == 1 && strstr(r.err, "cannot be written"), name);
}

static void huge(size_t size, bool nested)
{
	char *data = malloc(size);
	struct run r;

	if (!data)
		exit(1);
	memset(data, nested ? '[' : ' ', size);
	r.in = input(data, size);
	free(data);
	run(&r, OPTIN, "pre", "define");
	result(r.status == 1 && r.err[0], nested ? "deeply_nested" : "huge");
}

/* A configuration with bytes changed at random: an answer, never a crash. */
static void mutated(unsigned int times)
{
	const char good[] = CONFIG(START);
	unsigned int i, n, crashes = 0;
	char data[sizeof(good)];
	struct run r;

	srandom(1);
	for (i = 0; i < times; i++) {
		memcpy(data, good, sizeof(good));
		for (n = 0; n <= i % 4; n++)
			data[random() % (sizeof(good) - 1)] = random();
		r.in = input(data, sizeof(good) - 1);
		run(&r, OPTIN, "pre", "define");
		crashes += r.status != 0 && r.status != 1;
	}
	result(!crashes, "mutated");
}

static int drop(const char *path, const struct stat *st, int flag,
		struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void make_sysfs(void)
{
	static const char *const dirs[] = {
		"bus", "bus/mdev", "bus/mdev/devices", "bus/mdev/devices/" UUID
	};
	char path[256];
	size_t i;

	snprintf(sysfs, sizeof(sysfs), "/tmp/pinscope-callout.XXXXXX");
	if (!mkdtemp(sysfs) || setenv("PINSCOPE_SYSFS", sysfs, 1))
		exit(1);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", sysfs, dirs[i]);
		if (mkdir(path, 0700))
			exit(1);
	}
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2)
		return 1;
	program = argv[1];
	make_sysfs();

	printf("TAP version 13\n1..%zu\n", nr_questions + 10);
	for (i = 0; i < nr_questions; i++)
		ask(&questions[i]);
	live(CONFIG("[{\"opt_in\":\"never\"}]"), "start", "never", 0,
	     "live_sets");
	live(CONFIG("[{\"opt_in\":\"start\"},{\"opt_in\":\"never\"}]"),
	     "start", "never", 0, "live_sets_the_last");
	live(CONFIG("[]"), "never", "start", 0, "live_without_is_initial");
	live(CONFIG("[{\"opt_in\":\"x\"}]"), "start", "start", 1,
	     "live_refuses");
	live_is_all_or_nothing();
	no_room("attributes");
	no_room("capabilities");
	huge(10 << 20, false);
	huge(60000, true);
	mutated(400);

	nftw(sysfs, drop, 8, FTW_DEPTH | FTW_PHYS);
	return failed ? 1 : 0;
}
