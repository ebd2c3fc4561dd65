// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
"Usage: pinscope record [OPTION...] -- COMMAND [ARGUMENT...]\n"
"\n"
"Runs a user of VFIO, such as QEMU, and records what its containers answer about dirty\n"
"pages: each start and stop of tracking, and which pages each GET and each unmapping\n"
"reports. 'pinscope plot' shows recordings.\n"
"\n"
"  -o, --output FILE  where to record (default recording.rec)\n"
"  -a, --append       go on with FILE, do not begin it anew\n"
"  -h, --help         this text\n"
"\n"
"The command's exit code is that of COMMAND. It runs with libpinscope-record.so\n"
"preloaded, which is searched beside this program, in ../lib from there, and where it\n"
"was installed; programs that are linked statically, or gain privileges when they are\n"
"executed, do not load it. Containers of iommufd have other ioctls: they are not\n"
"recorded.\n";

#define LIBRARY	"libpinscope-record.so"

static bool find_library(char path[PATH_MAX])
{
	char dir[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *slash;

	if (len > 0) {
		dir[len] = '\0';
		slash = strrchr(dir, '/');
		if (slash)
			*slash = '\0';
		if (snprintf(path, PATH_MAX, "%s/" LIBRARY, dir) < PATH_MAX && !access(path, R_OK))
			return true;
		if (snprintf(path, PATH_MAX, "%s/../lib/" LIBRARY, dir) < PATH_MAX &&
		    !access(path, R_OK))
			return true;
	}
	snprintf(path, PATH_MAX, "%s/" LIBRARY, PINSCOPE_LIBDIR);
	return !access(path, R_OK);
}

/* Absolute, since COMMAND may go elsewhere. */
static int prepare_file(const char *name, bool append, char path[PATH_MAX])
{
	int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0644);

	if (file < 0 || !realpath(name, path)) {
		cli_error("cannot write '%s': %s; name another file with --output", name,
			  strerror(errno));
		if (file >= 0)
			close(file);
		return CLI_FAILED;
	}
	close(file);
	return CLI_OK;
}

static int preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *value;

	if (strpbrk(library, " :")) {
		cli_error("'%s' cannot be preloaded: move it to a path without spaces and colons",
			  library);
		return CLI_FAILED;
	}
	if (asprintf(&value, "%s%s%s", library, others && *others ? ":" : "",
		     others ? others : "") < 0 || setenv("LD_PRELOAD", value, 1)) {
		cli_error("out of memory");
		return CLI_FAILED;
	}
	free(value);
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "append", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	const char *output = "recording.rec";
	char library[PATH_MAX], file[PATH_MAX];
	bool append = false;
	int option, ret;

	opterr = 0;
	/* Options end where COMMAND begins. */
	while ((option = getopt_long(argc, argv, "+:o:a", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			output = optarg;
			break;
		case 'a':
			append = true;
			break;
		case ':':
			return cli_usage(&cli_record, "'%s' wants a value", argv[optind - 1]);
		default:
			return cli_usage(&cli_record, "unknown option '%s'", argv[optind - 1]);
		}
	}
	if (optind == argc)
		return cli_usage(&cli_record, "say what to run, after '--'");
	if (!find_library(library)) {
		cli_error(LIBRARY " is not there: install it with 'make -C userspace install'");
		return CLI_MISSING;
	}
	ret = prepare_file(output, append, file);
	if (!ret)
		ret = preload(library);
	if (ret)
		return ret;
	if (setenv("PINSCOPE_RECORD", file, 1)) {
		cli_error("out of memory");
		return CLI_FAILED;
	}
	execvp(argv[optind], argv + optind);
	cli_error("cannot run '%s': %s; give the name of a program or its path", argv[optind],
		  strerror(errno));
	return errno == ENOENT || errno == EACCES ? CLI_MISSING : CLI_FAILED;
}

const struct cli_command cli_record = {
	.name = "record",
	.summary = "run QEMU or another user of VFIO, and record what it is told",
	.help = help,
	.run = run,
};
