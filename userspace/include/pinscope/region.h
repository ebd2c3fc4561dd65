/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: mapped regions
 *
 * A region that the driver does not trap, such as a BAR of a function of vfio-pci, can
 * be mapped: its registers are reached without a call of the kernel. Accesses are to be
 * volatile, aligned, and of the width that the device knows; in the device's byte order,
 * which is little-endian on PCI.
 */
#ifndef PINSCOPE_REGION_H
#define PINSCOPE_REGION_H

#include <stddef.h>
#include <stdint.h>

#include <pinscope/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct pinscope_region_map - a part of a region, mapped */
struct pinscope_region_map;

/**
 * pinscope_region_map() - map a part of a region for reading and writing
 * @device: handle
 * @index: region index, e.g. %VFIO_PCI_BAR0_REGION_INDEX
 * @offset: within the region, a multiple of the CPU's page size
 * @size: bytes
 * @out: where to store the handle; to be freed with pinscope_region_unmap()
 *
 * The mapping outlives @device and keeps its file open. Registers are there as long as
 * the device decodes memory, see pinscope_device_enable(): it may be reset, or enter
 * a power state without, and an access raises SIGBUS then, or waits.
 *
 * Return: 0; -EINVAL without such a region, for a part that goes beyond its end, or an
 * offset that is no page's; -EOPNOTSUPP if the driver traps the region, or some of that
 * part; -EACCES if the driver does not let it be read and written; -EPROTO if what the
 * driver says of it makes no sense; -ENOMEM; or what mmap() failed with.
 */
int pinscope_region_map(const struct pinscope_device *device, uint32_t index, uint64_t offset,
			size_t size, struct pinscope_region_map **out);

/**
 * pinscope_region_unmap() - unmap it
 * @map: handle or NULL
 */
void pinscope_region_unmap(struct pinscope_region_map *map);

/**
 * pinscope_region_data() - where it is mapped
 * @map: handle
 *
 * Return: its first byte; to be accessed as volatile.
 */
void *pinscope_region_data(const struct pinscope_region_map *map);

/**
 * pinscope_region_size() - how much is mapped
 * @map: handle
 *
 * Return: bytes.
 */
size_t pinscope_region_size(const struct pinscope_region_map *map);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_REGION_H */
