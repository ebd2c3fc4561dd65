// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <linux/vfio.h>
#include <stddef.h>

#include <pinscope/dma_logging.h>

static_assert(sizeof(struct pinscope_dma_logging_range) ==
	      sizeof(struct vfio_device_feature_dma_logging_range), "the kernel reads them");
static_assert(offsetof(struct pinscope_dma_logging_range, size) ==
	      offsetof(struct vfio_device_feature_dma_logging_range, length), "the same way");

int pinscope_dma_logging_check(const struct pinscope_device *device)
{
	int ret;

	ret = pinscope_device_feature_probe(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					    VFIO_DEVICE_FEATURE_SET);
	if (!ret)
		ret = pinscope_device_feature_probe(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
						    VFIO_DEVICE_FEATURE_SET);
	if (!ret)
		ret = pinscope_device_feature_probe(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
						    VFIO_DEVICE_FEATURE_GET);
	return ret;
}

int pinscope_dma_logging_start(struct pinscope_device *device,
			       const struct pinscope_dma_logging_range *ranges, size_t nr,
			       uint64_t page_size)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = page_size,
		.num_ranges = (uint32_t)nr,
		.ranges = (uintptr_t)ranges,
	};

	if (nr > UINT32_MAX)
		return -E2BIG;
	return pinscope_device_feature_set(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_START, &control,
					   sizeof(control));
}

int pinscope_dma_logging_stop(struct pinscope_device *device)
{
	return pinscope_device_feature_set(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

int pinscope_dma_logging_get(struct pinscope_device *device, uint64_t iova, uint64_t size,
			     uint64_t page_size, struct pinscope_bitmap *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova,
		.length = size,
		.page_size = page_size,
	};
	int ret;

	ret = pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	if (ret)
		return ret;
	report.bitmap = (uintptr_t)pinscope_bitmap_words(bitmap);
	ret = pinscope_device_feature_get(device, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, &report,
					  sizeof(report));
	/* A failed call may have set some bits: promise none. */
	if (ret)
		pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	return ret;
}
