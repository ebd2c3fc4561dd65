// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target without libFuzzer: works on files, and on those of directories, each once.
 * What once made a target fail is among them and must not do so again.
 *
 * usage: replay-TARGET FILE|DIRECTORY...
 */
#include <ftw.h>
#include <unistd.h>

#include "fuzz.h"

#define SECONDS_EACH	10

static unsigned int inputs;

static void replay(const char *path, size_t size)
{
	uint8_t *data = malloc(size + 1);
	FILE *file = fopen(path, "re");

	if (!data || !file || fread(data, 1, size, file) != size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	/* If it is the last that is said, this is the one. */
	fprintf(stderr, "%s\n", path);
	alarm(SECONDS_EACH);
	fuzz_one(data, size);
	alarm(0);
	free(data);
	inputs++;
}

static int visit(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_F)
		replay(path, (size_t)stat->st_size);
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (nftw(argv[i], visit, 16, FTW_PHYS)) {
			perror(argv[i]);
			return 1;
		}
	}
	fprintf(stderr, "%u inputs\n", inputs);
	return !inputs;
}
