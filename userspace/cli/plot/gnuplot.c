// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/child.h"
#include "cli/base/text.h"
#include "cli/output/message.h"
#include "cli/plot/plot.h"

/* It takes no time that a person would wait. */
#define LIMIT_MS	60000
#define NOT_THERE	127

void gnuplot_terminal(FILE *script, const struct plot_format *format, unsigned int width,
		      unsigned int height)
{
	fprintf(script, "set encoding utf8\n"
		"set terminal %s noenhanced size %.0f,%.0f font 'DejaVu Sans,11' fontscale %g "
		"linewidth %g background '#ffffff'\n"
		"set border lc '#808080'\nset tics textcolor '#202020'\n",
		format->terminal, width * format->scale, height * format->scale, format->scale,
		format->scale);
}

void gnuplot_text(FILE *script, const char *text)
{
	putc('\'', script);
	for (; *text; text++) {
		if (*text == '\'')
			putc('\'', script);
		putc((unsigned char)*text < ' ' ? '?' : *text, script);
	}
	putc('\'', script);
}

static void become_gnuplot(int script, int picture)
{
	if (lseek(script, 0, SEEK_SET) < 0 || dup2(script, STDIN_FILENO) < 0 ||
	    dup2(picture, STDOUT_FILENO) < 0)
		_exit(1);
	/* Names of files are UTF-8; numbers have points. */
	setenv("LC_ALL", "C.UTF-8", 1);
	execlp("gnuplot", "gnuplot", "-", NULL);
	_exit(errno == ENOENT ? NOT_THERE : 1);
}

int gnuplot_run(FILE *script, const char *picture)
{
	char *made;
	int file, status;
	pid_t child;

	if (fflush(script) || ferror(script)) {
		cli_error("cannot write the script for gnuplot: %s", strerror(errno));
		return CLI_FAILED;
	}
	made = cli_text("%s.new", picture);
	file = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0) {
		cli_error("cannot write '%s': %s; give another PREFIX to --output", picture,
			  strerror(errno));
		free(made);
		return CLI_FAILED;
	}
	child = fork();
	if (!child)
		become_gnuplot(fileno(script), file);
	close(file);
	status = child < 0 ? -errno : cli_wait(child, LIMIT_MS);
	if (!status && !rename(made, picture)) {
		free(made);
		return CLI_OK;
	}
	unlink(made);
	free(made);
	if (status == NOT_THERE) {
		cli_error("gnuplot is not there: install the package gnuplot-nox");
		return CLI_MISSING;
	}
	cli_error("gnuplot did not make '%s': see what it says above", picture);
	return CLI_FAILED;
}
