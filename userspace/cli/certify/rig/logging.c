// SPDX-License-Identifier: GPL-2.0-only
#include <linux/vfio.h>

#include "cli/certify/rig/logging.h"

#define LOGGING_START	6
#define LOGGING_STOP	7
#define LOGGING_REPORT	8

struct logging_control {
	uint64_t page_size;
	uint32_t num_ranges;
	uint32_t reserved;
	uint64_t ranges;
};

struct logging_range {
	uint64_t iova;
	uint64_t length;
};

struct logging_read {
	uint64_t iova;
	uint64_t length;
	uint64_t page_size;
	uint64_t bitmap;
};

bool logging_offered(const struct pinscope_device *device)
{
	return !pinscope_device_feature_probe(device, LOGGING_START, VFIO_DEVICE_FEATURE_SET) &&
	       !pinscope_device_feature_probe(device, LOGGING_STOP, VFIO_DEVICE_FEATURE_SET) &&
	       !pinscope_device_feature_probe(device, LOGGING_REPORT, VFIO_DEVICE_FEATURE_GET);
}

int logging_start(struct pinscope_device *device, uint64_t iova, uint64_t size, uint64_t page)
{
	struct logging_range range = { .iova = iova, .length = size };
	struct logging_control control = {
		.page_size = page,
		.num_ranges = 1,
		.ranges = (uintptr_t)&range,
	};

	return pinscope_device_feature_set(device, LOGGING_START, &control, sizeof(control));
}

int logging_stop(struct pinscope_device *device)
{
	return pinscope_device_feature_set(device, LOGGING_STOP, NULL, 0);
}

int logging_report(struct pinscope_device *device, struct pinscope_bitmap *bitmap)
{
	struct logging_read read = {
		.iova = pinscope_bitmap_iova(bitmap),
		.length = pinscope_bitmap_pages(bitmap) * pinscope_bitmap_page_size(bitmap),
		.page_size = pinscope_bitmap_page_size(bitmap),
		.bitmap = (uintptr_t)pinscope_bitmap_words(bitmap),
	};

	return pinscope_device_feature_get(device, LOGGING_REPORT, &read, sizeof(read));
}
