// SPDX-License-Identifier: GPL-2.0-only
/* An exerciser for "pinscope certify": the sample device, by its registers. */
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE	3	/* the device, as it was opened by pinscope */

enum { IOVA = 0x10, LEN = 0x18, SEED = 0x1c, CMD = 0x20, STATUS = 0x0c };
enum { WRITE = 1, WINDOW = 3, DROP = 4 };

static uint64_t bar;	/* where BAR 0 begins in that file */

static int put(uint64_t reg, const void *value, size_t size)
{
	return pwrite(DEVICE, value, size, (off_t)(bar + reg)) != (ssize_t)size;
}

/* Answers for itself: the command is done when the write of CMD returns */
static void command(uint32_t cmd, uint64_t iova, uint32_t len, uint32_t seed)
{
	uint32_t status;

	if (put(IOVA, &iova, 8) || put(LEN, &len, 4) || put(SEED, &seed, 4) || put(CMD, &cmd, 4) ||
	    pread(DEVICE, &status, 4, (off_t)(bar + STATUS)) != 4)
		puts("error its registers cannot be reached");
	else if (status & 4)
		printf("error %s\n", strerror((int)(status >> 16)));
	else
		puts("ok");
}

int main(void)
{
	struct vfio_region_info region = { .argsz = sizeof(region) };
	char line[128];
	unsigned long long iova;
	unsigned int len, seed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	region.index = VFIO_PCI_BAR0_REGION_INDEX;
	if (ioctl(DEVICE, VFIO_DEVICE_GET_REGION_INFO, &region))
		return 1;
	bar = region.offset;
	puts("ready 1 align 4 max 1024");

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "write %llx %u %x", &iova, &len, &seed) == 3)
			command(WRITE, iova, len, seed);
		else if (sscanf(line, "window %llx %u", &iova, &len) == 2)
			command(WINDOW, iova, len, 0);
		else if (sscanf(line, "drop %llx %u", &iova, &len) == 2)
			command(DROP, iova, len, 0);
		else
			puts("ok");	/* quiesce: it never works by itself */
	}
	return 0;
}
