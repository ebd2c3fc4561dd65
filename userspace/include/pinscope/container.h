/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: containers
 *
 * A container is an I/O address space. Groups are attached to it, memory is
 * mapped in it, and it is where a user asks which pages are dirty. The order of
 * calls: open, attach at least one group (see <pinscope/group.h>), set the
 * IOMMU type, then map, track and open devices.
 */
#ifndef PINSCOPE_CONTAINER_H
#define PINSCOPE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinscope/scope.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct pinscope_container - an open /dev/vfio/vfio */
struct pinscope_container;

/**
 * struct pinscope_iova_range - addresses that may be mapped
 * @first: first address
 * @last: last address, inclusive
 */
struct pinscope_iova_range {
	uint64_t first;
	uint64_t last;
};

/**
 * struct pinscope_container_info - what VFIO_IOMMU_GET_INFO says
 * @pgsizes: bitmap of the page sizes a mapping may have
 * @has_dirty: the container can track dirty pages; @dirty_pgsizes and
 *   @dirty_bitmap_max are set
 * @dirty_pgsizes: bitmap of the page sizes a dirty bitmap may have
 * @dirty_bitmap_max: largest dirty bitmap, in bytes
 * @has_dma_avail: @dma_avail is set
 * @dma_avail: how many more mappings may be made
 * @has_scope: the core reports the dirty scope; @scope is set
 * @scope: what a dirty bitmap of this container covers now
 * @ranges: addresses that may be mapped, in ascending order
 * @nr_ranges: number of @ranges, 0 if the core does not say
 */
struct pinscope_container_info {
	uint64_t pgsizes;
	bool has_dirty;
	uint64_t dirty_pgsizes;
	uint64_t dirty_bitmap_max;
	bool has_dma_avail;
	uint32_t dma_avail;
	bool has_scope;
	struct pinscope_scope_counts scope;
	struct pinscope_iova_range *ranges;
	size_t nr_ranges;
};

/**
 * pinscope_container_open() - open a new container
 * @out: where to store the handle; to be closed with pinscope_container_close()
 *
 * Return: 0, -EPROTONOSUPPORT if the kernel speaks another version of the VFIO
 * API, -ENOMEM, or what opening /dev/vfio/vfio failed with.
 */
int pinscope_container_open(struct pinscope_container **out);

/**
 * pinscope_container_from_fd() - a handle of a container that is open already
 * @fd: descriptor of /dev/vfio/vfio, which another process may have handed over
 * @out: where to store the handle; to be closed with pinscope_container_close(), which
 *   closes @fd. After an error @fd stays the caller's.
 *
 * Return: 0, -ENOTTY or another negative errno if @fd is no container,
 * -EPROTONOSUPPORT if the kernel speaks another version of the VFIO API, -ENOMEM.
 */
int pinscope_container_from_fd(int fd, struct pinscope_container **out);

/**
 * pinscope_container_close() - close a container
 * @container: handle or NULL
 *
 * The container lives on in the kernel until the last group attached to it is
 * closed.
 */
void pinscope_container_close(struct pinscope_container *container);

/**
 * pinscope_container_fd() - the file descriptor, for calls this library does
 * not offer
 * @container: handle
 *
 * Return: a descriptor that stays owned by @container.
 */
int pinscope_container_fd(const struct pinscope_container *container);

/**
 * pinscope_container_has_extension() - ask for a VFIO extension
 * @container: handle
 * @extension: e.g. %VFIO_TYPE1v2_IOMMU, %VFIO_UNMAP_ALL, %VFIO_UPDATE_VADDR
 * @out: where to store the answer
 *
 * Return: 0 or a negative errno.
 */
int pinscope_container_has_extension(const struct pinscope_container *container,
				     unsigned int extension, bool *out);

/**
 * pinscope_container_set_iommu() - choose the type 1 version 2 IOMMU
 * @container: handle, with at least one group attached
 *
 * Return: 0 or a negative errno. -EINVAL if no group is attached or a type is
 * set already.
 */
int pinscope_container_set_iommu(struct pinscope_container *container);

/**
 * pinscope_container_get_info() - read the container's properties
 * @container: handle, with the IOMMU type set
 * @out: filled on success; to be released with
 *   pinscope_container_info_release()
 *
 * Return: 0, -ENOMEM, or -EINVAL if no IOMMU type is set. Without any group the
 * answer is undefined.
 */
int pinscope_container_get_info(const struct pinscope_container *container,
				struct pinscope_container_info *out);

/**
 * pinscope_container_info_release() - free what pinscope_container_get_info()
 * allocated
 * @info: filled by pinscope_container_get_info(), or NULL
 */
void pinscope_container_info_release(struct pinscope_container_info *info);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_CONTAINER_H */
