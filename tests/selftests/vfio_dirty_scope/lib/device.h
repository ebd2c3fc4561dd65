/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_DEVICE_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct device;

/*
 * What makes a device do DMA. Each call returns 0 or a negative errno, and has
 * done what it says when it returns. Memory gets 32-bit words @seed, @seed + 1, ...
 *
 * @probe: -ENODEV if it is another's device. Memory of a page that nobody looks
 *	at is mapped at @scratch.
 * @prepare: tells the device where it will be asked to write; may be NULL
 * @forget: takes that back
 * @write: by DMA
 * @copy: by vfio_dma_rw(), or NULL
 */
struct dma_driver {
	const char *name;
	int (*probe)(struct device *dev);
	int (*prepare)(struct device *dev, uint64_t iova, uint32_t size);
	int (*forget)(struct device *dev, uint64_t iova, uint32_t size);
	int (*write)(struct device *dev, uint64_t iova, uint32_t size, uint32_t seed);
	int (*copy)(struct device *dev, uint64_t iova, uint32_t size, uint32_t seed);
};

extern const struct dma_driver edu_driver, sample_driver;

struct device {
	const char *name;
	int group;
	int fd;
	off_t bar0, config;
	const struct dma_driver *driver;
	uint64_t scratch_iova;
	uint32_t *scratch;
};

/* @name: a PCI address or the UUID of an mdev. 0 or a negative errno */
int device_open_group(struct device *dev, const char *name);
int device_join(struct device *dev, int container);
int device_leave(struct device *dev);

/* With the driver that knows it, if there is one; in a container with an IOMMU */
int device_open(struct device *dev);
void device_close(struct device *dev);
void device_close_all(struct device *dev);

int device_read(struct device *dev, off_t offset, void *value, size_t size);
int device_write(struct device *dev, off_t offset, const void *value, size_t size);

/* -ENOTTY: the device has no reset */
int device_reset(struct device *dev);

/* Of VFIO_DEVICE_FEATURE_MIGRATION, 0 without */
uint64_t device_migration_flags(struct device *dev);

/* @data: set to the descriptor of the stream, or -1; the caller's */
int device_set_state(struct device *dev, uint32_t state, int *data);

#endif
