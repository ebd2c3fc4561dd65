/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: mappings
 *
 * What a container maps is what its devices may reach. pinscope_map() maps
 * memory of the caller; a buffer, pinscope_buffer_map(), is memory and mapping
 * in one.
 */
#ifndef PINSCOPE_MAPPING_H
#define PINSCOPE_MAPPING_H

#include <stdint.h>

#include <pinscope/container.h>
#include <pinscope/dirty.h>

#ifdef __cplusplus
extern "C" {
#endif

/** PINSCOPE_MAP_READ - devices may read */
#define PINSCOPE_MAP_READ	(1u << 0)
/** PINSCOPE_MAP_WRITE - devices may write */
#define PINSCOPE_MAP_WRITE	(1u << 1)
/** PINSCOPE_MAP_RW - both */
#define PINSCOPE_MAP_RW		(PINSCOPE_MAP_READ | PINSCOPE_MAP_WRITE)

/**
 * pinscope_map() - map memory of this process
 * @container: handle, with the IOMMU type set
 * @vaddr: the memory; page-aligned
 * @iova: the address devices use for it; page-aligned
 * @size: bytes; a multiple of the page size
 * @access: %PINSCOPE_MAP_READ, %PINSCOPE_MAP_WRITE or both
 *
 * Return: 0, -EEXIST if a mapping overlaps, -EINVAL for unaligned or impossible
 * values, -ENOSPC if there are too many mappings, -ENOMEM if the limit of
 * locked memory is reached.
 */
int pinscope_map(struct pinscope_container *container, void *vaddr, uint64_t iova, uint64_t size,
		 uint32_t access);

/**
 * pinscope_unmap() - unmap a range
 * @container: handle
 * @iova: first address
 * @size: bytes
 * @unmapped: where to store how many bytes were really unmapped, or NULL
 *
 * Unmapping a range that holds no mapping succeeds and stores 0.
 *
 * Return: 0, -EINVAL for unaligned values or a range that cuts a mapping in
 * two.
 */
int pinscope_unmap(struct pinscope_container *container, uint64_t iova, uint64_t size,
		   uint64_t *unmapped);

/**
 * pinscope_unmap_dirty() - unmap a range and get its dirty pages in the same
 * step
 * @container: handle, tracking dirty pages
 * @iova: first address
 * @size: bytes
 * @page_size: bytes of memory one bit stands for, as of pinscope_dirty_get()
 * @bitmap: where to store the dirty pages; it is made to fit the range. After an
 *   error it covers the range with no page dirty.
 * @unmapped: where to store how many bytes were really unmapped, or NULL
 *
 * Return: as pinscope_unmap(), and -EINVAL if dirty pages are not tracked,
 * -ENOMEM.
 */
int pinscope_unmap_dirty(struct pinscope_container *container, uint64_t iova, uint64_t size,
			 uint64_t page_size, struct pinscope_bitmap *bitmap, uint64_t *unmapped);

/**
 * pinscope_unmap_all() - unmap whatever is mapped
 * @container: handle
 * @unmapped: where to store how many bytes were unmapped, or NULL
 *
 * Return: 0 or a negative errno.
 */
int pinscope_unmap_all(struct pinscope_container *container, uint64_t *unmapped);

/** struct pinscope_buffer - anonymous memory, mapped in a container */
struct pinscope_buffer;

/**
 * pinscope_buffer_map() - allocate zeroed memory and map it
 * @container: handle, with the IOMMU type set; must outlive the buffer
 * @iova: the address devices use for it
 * @size: bytes; a multiple of the page size
 * @access: %PINSCOPE_MAP_READ, %PINSCOPE_MAP_WRITE or both
 * @out: where to store the handle; to be freed with pinscope_buffer_unmap()
 *
 * Return: 0, or as pinscope_map().
 */
int pinscope_buffer_map(struct pinscope_container *container, uint64_t iova, uint64_t size,
			uint32_t access, struct pinscope_buffer **out);

/**
 * pinscope_buffer_unmap() - unmap a buffer, if it still is mapped, and free its
 * memory
 * @buffer: handle or NULL
 */
void pinscope_buffer_unmap(struct pinscope_buffer *buffer);

/**
 * pinscope_buffer_data() - the memory
 * @buffer: handle
 *
 * Return: its first byte.
 */
void *pinscope_buffer_data(const struct pinscope_buffer *buffer);

/**
 * pinscope_buffer_iova() - the address devices use for the memory
 * @buffer: handle
 *
 * Return: the address of its first byte.
 */
uint64_t pinscope_buffer_iova(const struct pinscope_buffer *buffer);

/**
 * pinscope_buffer_size() - the size of the memory
 * @buffer: handle
 *
 * Return: bytes.
 */
uint64_t pinscope_buffer_size(const struct pinscope_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_MAPPING_H */
