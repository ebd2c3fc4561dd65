// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "cli/base/signals.h"
#include "cli/commands.h"
#include "cli/output/message.h"
#include "cli/trace/trace.h"

static const char help[] =
"Usage: pinscope trace [OPTION...]\n"
"\n"
"Prints, as they happen, changes of the dirty scope with their causes, and when tracking\n"
"starts and stops. Ctrl-C ends it.\n"
"\n"
"  -a, --all           pins, GETs and logs that are read, too\n"
"  -n, --count N       end after N events\n"
"  -t, --time SECONDS  end after that long\n"
"  -j, --json          print JSON, an object on each line\n"
"  -h, --help          this text\n"
"\n"
"SECONDS are counted since boot, as by 'pinscope scope'. GROUP is the IOMMU group that\n"
"translates the DMA. It uses a trace buffer of its own, so others who trace do not see\n"
"it; what comes while 1 MiB for each CPU is full is lost, which is said at the end.\n"
"\n"
"This needs the trace events of a patched VFIO core, tracefs and root.\n";

#define SYSTEM		"vfio"
#define PREFIX		"vfio_dirty_"
#define BUFFER_KIB	1024
#define POLL_MS		20

struct request {
	bool all;
	bool json;
	uint64_t count;
	double seconds;
};

/* What an event is printed with. */
struct session {
	const struct request *request;
	struct tep_handle *tep;
	struct tracefs_instance *instance;
	sigset_t signals;
	uint64_t nr;
	unsigned long long lost;
};

static bool is_over(const struct session *session)
{
	return signals_pending(&session->signals) || ferror(stdout) ||
	       (session->request->count && session->nr >= session->request->count);
}

/* As the kernel would print it; libtraceevent takes the condition in it for another. */
static const char *scope_of(struct tep_event *event, struct tep_record *record)
{
	unsigned long long wide, tracked = 0;

	if (tep_get_field_val(NULL, event, "wide", record, &wide, 0))
		return NULL;
	tep_get_field_val(NULL, event, "tracked", record, &tracked, 0);
	return wide ? "wide" : tracked ? "written" : "pinned";
}

static int on_event(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct session *session = context;
	struct trace_event told = { .pid = 0 };
	struct trace_seq fields;

	(void)cpu;
	if (is_over(session))
		return 1;
	session->lost += record->missed_events > 0 ? (unsigned long long)record->missed_events : 0;
	if (strncmp(event->name, PREFIX, strlen(PREFIX)))
		return 0;
	trace_seq_init(&fields);
	tep_print_event(session->tep, &fields, record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&fields);
	told.name = event->name + strlen(PREFIX);
	told.seconds = (double)record->ts / 1e9;
	told.pid = tep_data_pid(session->tep, record);
	told.fields = fields.buffer;
	told.scope = scope_of(event, record);
	trace_print(&told, session->request->json);
	trace_seq_destroy(&fields);
	session->nr++;
	return 0;
}

/* Of one that was killed; the kernel would trace into it for ever. */
static void remove_stale(void)
{
	char *path = tracefs_get_tracing_file("instances"), *end;
	struct tracefs_instance *instance;
	struct dirent *entry;
	pid_t pid;
	DIR *dir;

	dir = path ? opendir(path) : NULL;
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "pinscope-", 9))
			continue;
		pid = (pid_t)strtol(entry->d_name + 9, &end, 10);
		if (*end || pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		instance = tracefs_instance_alloc(NULL, entry->d_name);
		if (instance) {
			tracefs_instance_destroy(instance);
			tracefs_instance_free(instance);
		}
	}
	if (dir)
		closedir(dir);
	tracefs_put_tracing_file(path);
}

static int begin(struct session *session)
{
	static const char *const events[] = {
		"scope", "start", "stop", "pin", "unpin", "sync", "get",
	};
	const size_t nr = session->request->all ? sizeof(events) / sizeof(events[0]) : 3;
	static const char *const systems[] = { SYSTEM, NULL };
	char name[48];
	size_t i;

	if (!tracefs_tracing_dir() || access(tracefs_tracing_dir(), R_OK | X_OK)) {
		cli_error("cannot trace: %s; tracefs has to be mounted on /sys/kernel/tracing, and "
			  "only root may read it", strerror(errno));
		return CLI_MISSING;
	}
	if (!tracefs_event_file_exists(NULL, SYSTEM, PREFIX "scope", "id")) {
		cli_error("the VFIO core that is loaded has no trace events: load the patched one");
		return CLI_MISSING;
	}
	remove_stale();
	snprintf(name, sizeof(name), "pinscope-%d", (int)getpid());
	session->instance = tracefs_instance_create(name);
	session->tep = session->instance ? tracefs_local_events_system(NULL, systems) : NULL;
	if (!session->tep) {
		cli_error("cannot set up tracing: %s", strerror(errno));
		return CLI_FAILED;
	}
	/* Times as those of the scope; the names of tasks are not used. */
	tracefs_instance_file_write(session->instance, "trace_clock", "boot");
	tracefs_option_disable(session->instance, TRACEFS_OPTION_RECORD_CMD);
	tracefs_instance_set_buffer_size(session->instance, BUFFER_KIB, -1);
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), PREFIX "%s", events[i]);
		if (tracefs_event_enable(session->instance, SYSTEM, name) && i < 3) {
			cli_error("cannot enable the event %s: %s", name, strerror(errno));
			return CLI_FAILED;
		}
	}
	return CLI_OK;
}

static void end(struct session *session)
{
	if (session->instance) {
		tracefs_event_disable(session->instance, NULL, NULL);
		tracefs_instance_destroy(session->instance);
		tracefs_instance_free(session->instance);
	}
	if (session->tep)
		tep_free(session->tep);
	if (session->lost)
		cli_warn("%llu events were lost, for there was no room", session->lost);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int follow(struct session *session)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	const double until = now() + session->request->seconds;
	bool last;

	do {
		last = session->request->seconds && now() >= until;
		if (tracefs_iterate_raw_events(session->tep, session->instance, NULL, 0, on_event,
					       session) < 0 && errno && errno != EINTR &&
		    errno != EAGAIN) {
			cli_error("cannot read events: %s", strerror(errno));
			return CLI_FAILED;
		}
		if (!last && !is_over(session))
			nanosleep(&pause, NULL);
	} while (!last && !is_over(session));
	return CLI_OK;
}

static int trace(const struct request *request)
{
	struct session session = { .request = request };
	sigset_t before;
	int ret;

	signals_hold(&session.signals, &before);
	ret = begin(&session);
	if (!ret) {
		if (!request->json)
			trace_print_head();
		ret = follow(&session);
	}
	end(&session);
	/* The trace buffer is gone: one that came ends the program now. */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "count", required_argument, NULL, 'n' },
		{ "time", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .all = false };
	const char *rest;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":an:t:jh", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			request.all = true;
			break;
		case 'n':
			if (!cli_number(optarg, UINT32_MAX, &request.count) || !request.count)
				return cli_usage(&cli_trace, "'%s' is no number of events from 1 "
						 "on", optarg);
			break;
		case 't':
			if (!cli_real(optarg, &rest, &request.seconds) || *rest ||
			    request.seconds <= 0 || request.seconds > 1e9)
				return cli_usage(&cli_trace, "'%s' is no number of seconds",
						 optarg);
			break;
		case 'j':
			request.json = true;
			break;
		case 'h':
			return cli_help(&cli_trace);
		default:
			return cli_bad_option(&cli_trace, options, argv, option);
		}
	}
	if (optind < argc)
		return cli_no_argument(&cli_trace, argv[optind]);
	return trace(&request);
}

const struct cli_command cli_trace = {
	.name = "trace",
	.summary = "changes of the scope, with their causes, as they happen",
	.help = help,
	.run = run,
};
