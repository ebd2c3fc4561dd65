// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/commands.h"
#include "cli/output/message.h"

static const char help[] =
"Usage: pinscope record [OPTION...] -- COMMAND [ARGUMENT...]\n"
"\n"
"Runs a user of VFIO, such as QEMU, and records what its containers answer about dirty\n"
"pages: each start and stop of tracking, and which pages each GET and each unmapping\n"
"reports. 'pinscope plot' shows recordings.\n"
"\n"
"  -o, --output FILE  where to record (default recording.rec): a regular file, which is\n"
"                     begun anew once COMMAND runs\n"
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

/* A recording, and what it held: until COMMAND runs it may have to come back. */
struct output {
	const char *name;
	char path[PATH_MAX];
	int file;
	bool is_new;
	FILE *old;
};

static int cannot_write(const char *name)
{
	cli_error("cannot write '%s': %s; name another file with --output", name, strerror(errno));
	return CLI_FAILED;
}

/* What a recorder that was killed had begun to write: a line cannot go on with it. */
static void drop_cut_line(const struct output *output)
{
	off_t size = lseek(output->file, 0, SEEK_END), end = size;
	char byte;

	while (end > 0 && pread(output->file, &byte, 1, end - 1) == 1 && byte != '\n')
		end--;
	if (end > 0 && end < size && !ftruncate(output->file, end))
		cli_warn("the last line of '%s' was not whole, and is dropped", output->name);
}

static int open_output(struct output *output)
{
	/* What is no regular file may make its opener wait. */
	const int flags = O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	struct stat stat;

	output->file = open(output->name, flags | O_CREAT | O_EXCL, 0644);
	output->is_new = output->file >= 0;
	if (output->file < 0 && errno == EEXIST)
		output->file = open(output->name, flags | O_CREAT, 0644);
	if (output->file < 0 || fstat(output->file, &stat))
		return cannot_write(output->name);
	if (!S_ISREG(stat.st_mode)) {
		cli_error("'%s' is no regular file: name another one with --output", output->name);
		return CLI_FAILED;
	}
	/* Absolute, since COMMAND may go elsewhere. */
	return realpath(output->name, output->path) ? CLI_OK : cannot_write(output->name);
}

static bool copy(int to, int from)
{
	char buf[65536];
	ssize_t len;

	if (lseek(from, 0, SEEK_SET) < 0 || lseek(to, 0, SEEK_SET) < 0)
		return false;
	while ((len = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)len) != len)
			return false;
	return !len;
}

static int begin_anew(struct output *output)
{
	output->old = tmpfile();
	if (!output->old || !copy(fileno(output->old), output->file)) {
		cli_error("cannot keep what is in '%s' until the command runs: %s", output->name,
			  strerror(errno));
		return CLI_FAILED;
	}
	return ftruncate(output->file, 0) ? cannot_write(output->name) : CLI_OK;
}

static void put_back(const struct output *output)
{
	if (output->is_new)
		unlink(output->path);
	if (output->old && !copy(output->file, fileno(output->old)))
		cli_warn("what was in '%s' is lost: %s", output->name, strerror(errno));
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
	value = cli_text("%s%s%s", library, others && *others ? ":" : "", others ? others : "");
	cli_must(setenv("LD_PRELOAD", value, 1) ? NULL : value);
	free(value);
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "append", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct output output = { .name = "recording.rec" };
	char library[PATH_MAX];
	bool append = false;
	int option, ret;

	opterr = 0;
	/* Options end where COMMAND begins. */
	while ((option = getopt_long(argc, argv, "+:o:ah", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			output.name = optarg;
			break;
		case 'a':
			append = true;
			break;
		case 'h':
			return cli_help(&cli_record);
		default:
			return cli_bad_option(&cli_record, options, argv, option);
		}
	}
	if (optind == argc)
		return cli_usage(&cli_record, "say what to run, after '--'");
	if (!find_library(library)) {
		cli_error(LIBRARY " is not there: install it with 'make -C userspace install'");
		return CLI_MISSING;
	}
	ret = open_output(&output);
	if (!ret)
		ret = preload(library);
	if (!ret)
		cli_must(setenv("PINSCOPE_RECORD", output.path, 1) ? NULL : output.path);
	if (!ret && append)
		drop_cut_line(&output);
	else if (!ret)
		ret = begin_anew(&output);
	if (ret)
		return ret;
	execvp(argv[optind], argv + optind);
	ret = errno;
	put_back(&output);
	cli_error("cannot run '%s': %s; give the name of a program or its path", argv[optind],
		  strerror(ret));
	return ret == ENOENT || ret == EACCES ? CLI_MISSING : CLI_FAILED;
}

const struct cli_command cli_record = {
	.name = "record",
	.summary = "run QEMU or another user of VFIO, and record what it is told",
	.help = help,
	.run = run,
};
