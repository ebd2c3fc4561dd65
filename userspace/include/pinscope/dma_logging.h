/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: DMA logging by a device
 *
 * Some devices log what they write, and their drivers offer the log by the features
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_* of <linux/vfio.h>. It is asked of the device and
 * not of its container, whose dirty scope it does not narrow: a hypervisor that uses
 * it need not ask the container about this device.
 */
#ifndef PINSCOPE_DMA_LOGGING_H
#define PINSCOPE_DMA_LOGGING_H

#include <stddef.h>
#include <stdint.h>

#include <pinscope/device.h>
#include <pinscope/dirty.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct pinscope_dma_logging_range - addresses that are logged
 * @iova: the first
 * @size: bytes
 */
struct pinscope_dma_logging_range {
	uint64_t iova;
	uint64_t size;
};

/**
 * pinscope_dma_logging_check() - does a device offer a log?
 * @device: handle
 *
 * Return: 0 if it does, -ENOTTY if not, or another negative errno.
 */
int pinscope_dma_logging_check(const struct pinscope_device *device);

/**
 * pinscope_dma_logging_start() - have a device log what it writes from now on
 * @device: handle
 * @ranges: where; ranges may not overlap, and what is written elsewhere is not logged
 * @nr: how many, at least 1
 * @page_size: bytes that are told apart, a power of two; the device may tell apart
 *   more, or less
 *
 * Return: 0; -ENOTTY without the feature; -EINVAL without a range, for ranges that
 * overlap, or if the device logs already; -EOPNOTSUPP if it cannot log so many ranges,
 * or such a page size; -E2BIG for more ranges than the kernel takes; -ENOMEM; or
 * another negative errno of the driver.
 */
int pinscope_dma_logging_start(struct pinscope_device *device,
			       const struct pinscope_dma_logging_range *ranges, size_t nr,
			       uint64_t page_size);

/**
 * pinscope_dma_logging_stop() - have a device log no longer
 * @device: handle
 *
 * What was not read is forgotten.
 *
 * Return: 0, -ENOTTY without the feature, or another negative errno of the driver:
 * some refuse it where nothing is logged.
 */
int pinscope_dma_logging_stop(struct pinscope_device *device);

/**
 * pinscope_dma_logging_get() - which pages has the device written since this was asked?
 * @device: handle, logging
 * @iova: first address
 * @size: bytes; all of it within what is logged
 * @page_size: bytes one bit stands for, a power of two from 4096 on; need not be that
 *   of pinscope_dma_logging_start()
 * @bitmap: where to store the pages; it is made to fit the range. After an error it
 *   covers the range with no page dirty, and the log must be taken for lost: all that
 *   is logged may have been written.
 *
 * Return: 0; -EINVAL if the device does not log, or for a range or page size that is
 * none of these; -ENOTTY without the feature; -EOVERFLOW; -ENOMEM; or another negative
 * errno of the driver.
 */
int pinscope_dma_logging_get(struct pinscope_device *device, uint64_t iova, uint64_t size,
			     uint64_t page_size, struct pinscope_bitmap *bitmap);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_DMA_LOGGING_H */
