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

#define UUID "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c01"
#define OPTIN "pinscope_optin-dma"
#define BACKED "pinscope_backed-dma"
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

/**
 * struct question - one question and its answer
 * @name: of the test
 * @type: of the device
 * @event: and
 * @action: what mdevctl does
 * @config: on standard input
 * @status: exit status
 * @said: part of the complaint, or what is printed if there is none
 */
struct question {
	const char *name;
	const char *type;
	const char *event;
	const char *action;
	const char *config;
	int status;
	const char *said;
};

#define CONFIG(attrs) \
	"{\"mdev_type\":\"x\",\"start\":\"manual\",\"attrs\":" attrs "}"
#define START "[{\"opt_in\":\"start\"}]"

static const struct question questions[] = {
	{ "not_mine", "i915-GVTg_V5_4", "pre", "define", "{", 2, "" },
	{ "not_mine_by_prefix", "xpinscope_optin-dma", "get", "attributes",
	  "", 2, "" },
	{ "not_mine_by_suffix", "pinscope_optin-mdev", "pre", "start",
	  CONFIG("[]"), 2, "" },
	{ "not_mine_empty", "", "pre", "start", CONFIG("[]"), 2, "" },
	{ "not_mine_nothing_between", "pinscope_-dma", "pre", "start",
	  CONFIG("[]"), 2, "" },

	{ "good_value", OPTIN, "pre", "define", CONFIG(START) "\n", 0, "" },
	{ "every_value", OPTIN, "pre", "modify",
	  CONFIG("[{\"opt_in\":\"never\"},{\"opt_in\":\"stopcopy\"},"
		 "{\"opt_in\":\"precopy\"}]"), 0, "" },
	{ "no_attributes", BACKED, "pre", "start", CONFIG("[]"), 0, "" },
	{ "attributes_absent", OPTIN, "pre", "start",
	  "{\"mdev_type\":\"x\",\"start\":\"auto\"}", 0, "" },
	{ "bad_value", OPTIN, "pre", "start",
	  CONFIG("[{\"opt_in\":\"sometimes\"}]"), 1,
	  "opt_in cannot be 'sometimes': set it to start, precopy, stopcopy or never." },
	{ "bad_value_first", OPTIN, "pre", "define",
	  CONFIG("[{\"opt_in\":\"\"},{\"opt_in\":\"never\"}]"), 1,
	  "opt_in cannot be ''" },
	{ "other_attribute", OPTIN, "pre", "define",
	  CONFIG("[{\"windows\":\"1\"}]"), 1, "those they have are opt_in and dma_logging" },
	{ "attribute_of_other_type", BACKED, "pre", "modify", CONFIG(START), 1,
	  "no attribute to set: leave 'opt_in' out" },
	{ "control_characters", BACKED, "pre", "define",
	  CONFIG("[{\"\\u001b[2J\\n\":\"x\"}]"), 1, "leave '?[2J?' out" },
	{ "long_name", BACKED, "pre", "define",
	  CONFIG("[{\"a name of more than the forty-seven bytes that one sentence "
		 "can show of it\":\"x\"}]"), 1, "...' out" },

	{ "empty_input", OPTIN, "pre", "define", "", 1, "no configuration" },
	{ "half_an_object", OPTIN, "pre", "define", "{\"attrs\":[", 1,
	  "ends too early" },
	{ "no_json", OPTIN, "pre", "define", "attrs = opt_in", 1,
	  "no valid JSON" },
	{ "rest_after_object", OPTIN, "pre", "define", CONFIG("[]") "x", 1,
	  "no valid JSON" },
	{ "null", OPTIN, "pre", "define", "null\n", 1, "no JSON object" },
	{ "an_array", OPTIN, "pre", "define", "[]", 1, "no JSON object" },
	{ "no_utf8", OPTIN, "pre", "define", CONFIG("[{\"\xff\":\"x\"}]"), 1,
	  "no valid JSON" },
	{ "attrs_no_array", OPTIN, "pre", "define", CONFIG("{}"), 1,
	  "attrs is no array" },
	{ "attrs_null", OPTIN, "pre", "define", CONFIG("null"), 1,
	  "attrs is no array" },
	{ "attribute_no_object", OPTIN, "pre", "define", CONFIG("[1]"), 1,
	  "an object with one attribute" },
	{ "attribute_null", OPTIN, "pre", "define", CONFIG("[null]"), 1,
	  "an object with one attribute" },
	{ "two_in_one", OPTIN, "pre", "define",
	  CONFIG("[{\"opt_in\":\"start\",\"a\":\"b\"}]"), 1,
	  "an object with one attribute" },
	{ "number_as_value", OPTIN, "pre", "define",
	  CONFIG("[{\"opt_in\":1}]"), 1, "is no string" },
	{ "null_as_value", OPTIN, "pre", "define",
	  CONFIG("[{\"opt_in\":null}]"), 1, "is no string" },
	{ "nul_in_value", OPTIN, "pre", "define",
	  CONFIG("[{\"opt_in\":\"start\\u0000x\"}]"), 1, "holds a NUL" },

	{ "post_is_quiet", OPTIN, "post", "define", "{", 0, "" },
	{ "stop_is_quiet", OPTIN, "pre", "stop", "{", 0, "" },
	{ "undefine_is_quiet", OPTIN, "pre", "undefine", "{", 0, "" },
	{ "future_event", OPTIN, "dream", "define", "{", 0, "" },
	{ "attributes", OPTIN, "get", "attributes", "", 0,
	  "[{\"opt_in\":\"precopy\"},{\"dma_logging\":\"0\"}]\n" },
	{ "attributes_none", BACKED, "get", "attributes", "", 0, "[]\n" },
	{ "capabilities", OPTIN, "get", "capabilities",
	  "{\"provides\":{\"version\":2}}", 0,
	  "{\"supports\":{\"version\":2," },
};

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
	const char config[] = CONFIG("[{\"opt_in\":\"never\"},{\"dma_logging\":\"1\"}]");
	struct run r = { .in = input(config, strlen(config)) };
	char path[256];

	put_opt_in("precopy");
	snprintf(path, sizeof(path), "%s/bus/mdev/devices/" UUID "/dma_logging", sysfs);
	if (remove(path) || symlink("/dev/full", path))
		exit(1);
	run(&r, OPTIN, "live", "modify");
	if (remove(path))
		exit(1);
	result(r.status == 1 && strstr(r.err, "dma_logging cannot be set to 1") &&
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
	size_t i, nr = sizeof(questions) / sizeof(questions[0]);

	if (argc != 2)
		return 1;
	program = argv[1];
	make_sysfs();

	printf("TAP version 13\n1..%zu\n", nr + 10);
	for (i = 0; i < nr; i++)
		ask(&questions[i]);
	live(CONFIG("[{\"opt_in\":\"never\"}]"), "start", "never", 0,
	     "live_sets");
	live(CONFIG("[{\"opt_in\":\"never\"},{\"opt_in\":\"precopy\"}]"),
	     "start", "precopy", 0, "live_sets_the_last");
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
