// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "leak.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* Younger objects may have their only pointer in a register. */
#define MIN_AGE_MS 5500

static int tell(const char *word)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, word, strlen(word)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

bool leak_watched(void)
{
	/* Its own thread would look at any time, and say so in the log. */
	return !tell("scan=off");
}

static bool is_ours(const char *object)
{
	return strstr(object, "[vfio") || strstr(object, "[mdev]") ||
	       strstr(object, "[pinscope");
}

static int judge(const char *object, int *others)
{
	if (!object[0])
		return 0;
	if (!is_ours(object)) {
		++*others;
		return 0;
	}
	printf("# leaked memory:\n");
	fputs(object, stdout);
	return 1;
}

int leak_check(void)
{
	static char object[16384];
	int ours = 0, others = 0, i;
	char line[512];
	size_t len = 0;
	FILE *f;

	/* The second look is for what the first had counted as still new. */
	for (i = 0; i < 2; i++) {
		doze(MIN_AGE_MS);
		if (tell("scan"))
			return -1;
	}
	f = fopen(KMEMLEAK, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (line[0] != ' ') {
			ours += judge(object, &others);
			len = 0;
		}
		len += snprintf(object + len, sizeof(object) - len, "# %s",
				line);
		if (len >= sizeof(object))
			len = sizeof(object) - 1;
	}
	ours += judge(object, &others);
	fclose(f);
	if (others)
		printf("# kmemleak: %d more object(s), none of VFIO or the drivers\n",
		       others);
	return ours;
}
