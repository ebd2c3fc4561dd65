/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_*, for which the library has no calls yet. The
 * definitions stand here as the headers of older distributions lack them.
 */
#ifndef PINSCOPE_CERTIFY_LOGGING_H
#define PINSCOPE_CERTIFY_LOGGING_H

#include <pinscope/device.h>
#include <pinscope/dirty.h>

/**
 * logging_offered() - does a device have a log of its DMA?
 * @device: handle
 *
 * Return: whether it can be started, stopped and read.
 */
bool logging_offered(const struct pinscope_device *device);

/**
 * logging_start() - have a device log what it writes
 * @device: handle
 * @iova: first address
 * @size: bytes
 * @page: bytes that the user would like a bit to stand for
 *
 * Return: 0 or a negative errno.
 */
int logging_start(struct pinscope_device *device, uint64_t iova, uint64_t size, uint64_t page);

/**
 * logging_stop() - end that
 * @device: handle
 *
 * Return: 0 or a negative errno.
 */
int logging_stop(struct pinscope_device *device);

/**
 * logging_report() - what was written since the last time
 * @device: handle
 * @bitmap: its range is asked for, and its bits are set
 *
 * Return: 0 or a negative errno.
 */
int logging_report(struct pinscope_device *device, struct pinscope_bitmap *bitmap);

#endif /* PINSCOPE_CERTIFY_LOGGING_H */
