// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exercisers that do not do what they say, for "pinscope certify" to find. They know
 * the sample device, as example.c does.
 *
 * usage: liar mute|hang|die|garbage|long|claims|other|elsewhere|
 *	refuses|child
 */
#include <linux/vfio.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE	3
#define PAGE	4096u

static uint64_t bar;

static void put(uint64_t reg, const void *value, size_t size)
{
	if (pwrite(DEVICE, value, size, (off_t)(bar + reg)) != (ssize_t)size)
		exit(1);
}

static void command(uint32_t cmd, uint64_t iova, uint32_t len, uint32_t seed)
{
	put(0x10, &iova, 8);
	put(0x18, &len, 4);
	put(0x1c, &seed, 4);
	put(0x20, &cmd, 4);
}

/* The second write is where it goes wrong, so that something has worked before */
static void write_as(const char *how, uint64_t iova, uint32_t len, uint32_t seed)
{
	static unsigned int count;

	if (count++ < 2) {
		command(1, iova, len, seed);
		puts("ok");
		return;
	}
	if (!strcmp(how, "hang"))
		pause();
	if (!strcmp(how, "die"))
		raise(SIGSEGV);
	if (!strcmp(how, "garbage")) {
		puts("OK, done");
		return;
	}
	if (!strcmp(how, "refuses")) {
		puts("error the moon is in the wrong quarter");
		return;
	}
	if (!strcmp(how, "elsewhere"))
		command(1, (iova & ~(uint64_t)(PAGE - 1)) + PAGE, len, seed);
	if (!strcmp(how, "other"))
		seed++;
	if (strcmp(how, "claims"))
		command(1, iova, len, seed);
	puts("ok");
}

int main(int argc, char **argv)
{
	struct vfio_region_info region = { .argsz = sizeof(region) };
	const char *how = argc > 1 ? argv[1] : "";
	char line[128];
	unsigned long long iova;
	unsigned int len, seed, i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(how, "mute"))
		pause();
	if (!strcmp(how, "long"))
		for (i = 0; i < 1000; i++)
			fputs("ready ", stdout);
	/* One that outlives its parent, and has the device */
	if (!strcmp(how, "child") && !fork()) {
		pause();
		return 0;
	}
	if (ioctl(DEVICE, VFIO_DEVICE_GET_REGION_INFO, &region))
		return 1;
	bar = region.offset;
	puts("ready 1");

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "write %llx %u %x", &iova, &len, &seed) == 3) {
			write_as(how, iova, len, seed);
		} else if (sscanf(line, "window %llx %u", &iova, &len) == 2) {
			command(3, iova, len, 0);
			puts("ok");
		} else if (sscanf(line, "drop %llx %u", &iova, &len) == 2) {
			command(4, iova, len, 0);
			puts("ok");
		} else {
			puts("ok");
		}
	}
	return 0;
}
