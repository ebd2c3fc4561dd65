// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints which pages a device says that it wrote within a second, from its own log. It
 * opens the device in a container of its own, so nobody else may have it.
 *
 *   cc dma-log.c $(pkg-config --cflags --libs pinscope) -o dma-log
 *   ./dma-log 0000:00:06.0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#define IOVA	0x10000000ull
#define SIZE	(1024 * 4096ull)

static int fail(const char *what, int ret)
{
	fprintf(stderr, "dma-log: cannot %s: %s\n", what, strerror(-ret));
	return 1;
}

static int print_log(struct pinscope_device *device, struct pinscope_bitmap *written)
{
	const struct pinscope_dma_logging_range all = { .iova = IOVA, .size = SIZE };
	struct pinscope_page_range range;
	int ret;

	ret = pinscope_dma_logging_start(device, &all, 1, 4096);
	if (ret)
		return fail("start the log", ret);
	sleep(1);
	ret = pinscope_dma_logging_get(device, IOVA, SIZE, 4096, written);
	pinscope_dma_logging_stop(device);
	if (ret)
		return fail("read the log", ret);
	pinscope_bitmap_for_each(written, range)
		printf("0x%llx %llu pages\n", (unsigned long long)(IOVA + range.first * 4096),
		       (unsigned long long)range.count);
	return 0;
}

int main(int argc, char **argv)
{
	struct pinscope_container *container = NULL;
	struct pinscope_bitmap *written = NULL;
	struct pinscope_buffer *memory = NULL;
	struct pinscope_device *device = NULL;
	struct pinscope_group *group = NULL;
	const char *name = argc == 2 ? argv[1] : "";
	int ret;

	ret = pinscope_container_open(&container);
	if (!ret)
		ret = pinscope_group_open_device(name, &group);
	if (!ret)
		ret = pinscope_group_attach(group, container);
	if (!ret)
		ret = pinscope_container_set_iommu(container);
	if (!ret)
		ret = pinscope_device_open(group, name, &device);
	if (!ret)
		ret = pinscope_dma_logging_check(device);
	if (!ret)
		ret = pinscope_buffer_map(container, IOVA, SIZE, PINSCOPE_MAP_RW, &memory);
	if (!ret)
		ret = pinscope_bitmap_new(&written);
	ret = ret ? fail("use the device", ret) : print_log(device, written);

	pinscope_bitmap_free(written);
	pinscope_buffer_unmap(memory);
	pinscope_device_close(device);
	pinscope_group_close(group);
	pinscope_container_close(container);
	return ret;
}
