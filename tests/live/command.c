// SPDX-License-Identifier: GPL-2.0
/*
 * The command where the kernel is needed to tell whether it does well: what it
 * leaves behind, what it waits for, and what it believes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/host.h>
#include <pinscope/pci.h>

#include "fixtures/shell.h"

#define NOBODY 65534

/* Functions and their drivers, the mdevs, and what is mounted. */
static char *traces(void)
{
	return output_of("for d in /sys/bus/pci/devices/*; do "
			 "echo $d $(readlink $d/driver); done; "
			 "ls /sys/bus/mdev/devices /sys/kernel/config/pinscope; "
			 "grep configfs /proc/mounts; echo");
}

static void no_trace(const char *before)
{
	char *after = traces();

	if (strcmp(before, after))
		fail("before:\n%safter:\n%s", before, after);
}

/* The driver says that it may not pin, as the demonstration shows. */
#define REFUSED "*pin refused*"

TEST(command, demo_nobody_listens_to_leaves_nothing, .limit = 120, .log = REFUSED)
{
	const char *before;

	need_module(OPTIN);
	before = traces();
	/* 141: SIGPIPE, as of any other program */
	equal(command("bash -c 'pinscope-demo | true; exit ${PIPESTATUS[0]}'"),
	      141);
	no_trace(before);
}

/* Sends a signal once something is there, in the midst of the demonstration. */
static void ended(const char *signal, const char *options, const char *there)
{
	command("pinscope-demo %s & demo=$!; "
		"until %s; do kill -0 $demo || exit; sleep 0.02; done; "
		"kill -%s $demo; wait $demo; echo $? >/tmp/pinscope-status",
		options, there, signal);
}

TEST(command, demo_hung_up_leaves_nothing, .limit = 120, .log = REFUSED)
{
	const char *before;

	need_module(OPTIN);
	before = traces();
	ended("HUP", "", "[ -n \"$(ls /sys/bus/mdev/devices)\" ]");
	no_trace(before);
	check(!strcmp(get_line("/tmp/pinscope-status"), "129"));
}

static void mount_configfs(void *arg)
{
	(void)arg;
	command("mountpoint -q /sys/kernel/config || "
		"mount -t configfs none /sys/kernel/config");
}

TEST(command, demo_ended_unmounts_what_it_mounted, .limit = 120, .log = REFUSED)
{
	char *before;

	need_module("pinscope_sim");
	defer(RESTORE_HOST, mount_configfs, NULL);
	equal(command("umount /sys/kernel/config"), 0);
	before = traces();
	ended("TERM", "--sim",
	      "[ -e /sys/kernel/config/pinscope/demo-optin ]");
	no_trace(before);
	check(!strcmp(get_line("/tmp/pinscope-status"), "143"));
}

TEST(command, function_of_another_driver_is_refused_at_once)
{
	const char *edu = lone_edu(0);
	uint64_t start;

	pci_bind(edu, OPTIN);
	start = now_ms();
	equal(command("pinscope dirty %s", edu), 3);
	/* It waits for two seconds where udev may be at work */
	check(now_ms() - start < 1800);
	check(strstr(output_of(text("pinscope dirty %s", edu)),
		     "its driver " OPTIN " does not give it to VFIO"));
}

TEST(command, function_that_no_driver_takes_keeps_its_own, .log = "*virtio*|*drivers*")
{
	const char *edu = lone_edu(0);

	pci_bind(edu, OPTIN);
	refused(pinscope_pci_bind(edu, "virtio-pci"), EIO);
	check(!strcmp(pci_driver(edu), OPTIN));
}

/* Somebody without rights, who has a container and a name. */
static pid_t named(const char *name)
{
	int ready[2];
	pid_t pid;
	char byte;

	ok(pipe(ready));
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		if (setgid(NOBODY) || setuid(NOBODY) ||
		    prctl(PR_SET_NAME, name) ||
		    open("/dev/vfio/vfio", O_RDWR) < 0)
			_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(void *arg)
{
	pid_t *pid = arg;

	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
}

TEST(command, names_of_owners_forge_nothing)
{
	static const char * const names[] = {
		"a\nscope x", "q\nscope pinned", "\033]0;x\a\xff", "a b\\n",
	};
	static pid_t pids[sizeof(names) / sizeof(names[0])];
	unsigned int i;
	char *said;

	if (!core_is_patched())
		missing("containers in debugfs");
	command("chmod 666 /dev/vfio/vfio");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pids[i] = named(names[i]);
		defer(CLOSE_FILES, end, &pids[i]);
	}
	said = output_of("pinscope scope");
	note("%s", said);
	check(strstr(said, text("owned by a\\x0ascope x (pid %d)", pids[0])));
	check(strstr(said, text("owned by q\\x0ascope pinned (pid %d)",
				pids[1])));
	check(strstr(said, text("owned by \\x1b]0;x\\x07\\xff (pid %d)",
				pids[2])));
	check(strstr(said, text("owned by a b\\n (pid %d)", pids[3])));
	check(!strstr(said, "PINNED"));
	check(!strchr(said, '\033'));
	equal(command("pinscope scope --json | grep -c '\"comm\"'"), 0);
}
