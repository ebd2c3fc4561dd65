// SPDX-License-Identifier: GPL-2.0
/* Devices, the corpus, and how a program is run for good or bad. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <harness/harness.h>
#include <harness/host.h>
#include <harness/kernel.h>
#include <harness/sim.h>

#include "fuzz.h"

#define CORPUS "/opt/pinscope/fuzz"

struct program *corpus[MAX_CORPUS];
int nr_corpus;

/* Emulated, opting in at START, with a log, and never pinning */
void make_world(struct world *w)
{
	static const char * const drivers[] = { EMULATED, OPTIN, HWLOG, BACKED };
	struct mdev *mdev;
	char link[256];
	ssize_t len;
	int i;

	for (i = 0; i < NR_DEVICES; i++) {
		mdev = mdev_new(drivers[i], i ? sim_new(SIM_GROUP + 50 + i, NULL) : NULL);
		w->uuid[i] = mdev->uuid;
		len = readlink(text("%s/iommu_group", mdev->path), link,
			       sizeof(link) - 1);
		if (len < 0)
			fail("%s has no group: %s", mdev->uuid, strerror(errno));
		link[len] = '\0';
		snprintf(w->group[i], sizeof(w->group[i]), "/dev/vfio/%s",
			 strrchr(link, '/') + 1);
		check(comes_true(!access(w->group[i], F_OK), 5000));
	}
	w->nr = NR_DEVICES;
}

void corpus_add(const struct program *p)
{
	if (nr_corpus == MAX_CORPUS)
		nr_corpus = draw_below(MAX_CORPUS);
	corpus[nr_corpus] = zalloc(sizeof(*p));
	*corpus[nr_corpus++] = *p;
}

static void read_program(const char *name)
{
	char content[PROGRAM_TEXT], why[128];
	const char *path = text(CORPUS "/%s", name);
	FILE *f = fopen(path, "r");
	struct program p;
	size_t len;

	if (!f)
		fail("%s: %s", path, strerror(errno));
	len = fread(content, 1, sizeof(content) - 1, f);
	fclose(f);
	content[len] = '\0';
	if (!program_parse(&p, content, why, sizeof(why)))
		fail("%s: %s", path, why);
	corpus_add(&p);
}

void read_corpus(void)
{
	struct dirent **list;
	int i, nr = scandir(CORPUS, &list, NULL, alphasort);

	if (nr < 0)
		fail("%s: %s", CORPUS, strerror(errno));
	for (i = 0; i < nr; i++)
		if (list[i]->d_name[0] != '.')
			read_program(list[i]->d_name);
	if (!nr_corpus)
		fail("%s is empty", CORPUS);
}

/*
 * A program for the host, which keeps the last one in case that the guest does not
 * come back: a line that says what it is, then the calls
 */
void tell(const char *what, const struct program *p)
{
	char lines[PROGRAM_TEXT], *rest = lines, *line;

	program_print(p, lines, sizeof(lines));
	printf("%s: %s\n", what, strsep(&rest, "\n"));
	while ((line = strsep(&rest, "\n")))
		printf("+ %s\n", line);
	fflush(stdout);
}

/* Takes calls out as long as the kernel is as unhappy without them */
static void shrink(struct program *p)
{
	struct program less;
	struct outcome out;
	int i;

	for (i = p->nr - 1; i >= 0 && p->nr > 1; i--) {
		less = *p;
		less.nr--;
		memmove(&less.call[i], &less.call[i + 1],
			(less.nr - i) * sizeof(less.call[0]));
		tell("program", &less);
		runner_run(&less, &out);
		if (out.bad[0])
			*p = less;
	}
}

/* Runs one; a bad end is the end of the test */
int run_program(struct program *p)
{
	struct outcome out;
	bool stuck;

	tell("program", p);
	runner_run(p, &out);
	if (!out.bad[0])
		return out.news;
	stuck = strstr(out.bad, "killed");
	if (!stuck)
		shrink(p);
	tell("bad", p);
	fail("%s after the program above", out.bad);
}

void same_as_before(const struct footprint *before)
{
	if (!footprint_same(before))
		fail("something is left of the programs");
}
