// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <pinscope/mapping.h>

#include "bitmap.h"
#include "file.h"

int pinscope_map(struct pinscope_container *container, void *vaddr, uint64_t iova, uint64_t size,
		 uint32_t access)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.vaddr = (uintptr_t)vaddr,
		.iova = iova,
		.size = size,
	};

	if (access & ~PINSCOPE_MAP_RW)
		return -EINVAL;
	if (access & PINSCOPE_MAP_READ)
		map.flags |= VFIO_DMA_MAP_FLAG_READ;
	if (access & PINSCOPE_MAP_WRITE)
		map.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	return file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_MAP_DMA, &map);
}

static int unmap(struct pinscope_container *container, struct vfio_iommu_type1_dma_unmap *arg,
		 uint64_t *unmapped)
{
	int ret;

	ret = file_ioctl(pinscope_container_fd(container), VFIO_IOMMU_UNMAP_DMA, arg);
	if (!ret && unmapped)
		*unmapped = arg->size;
	return ret;
}

int pinscope_unmap(struct pinscope_container *container, uint64_t iova, uint64_t size,
		   uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.iova = iova,
		.size = size,
	};

	return unmap(container, &arg, unmapped);
}

int pinscope_unmap_dirty(struct pinscope_container *container, uint64_t iova, uint64_t size,
			 uint64_t page_size, struct pinscope_bitmap *bitmap, uint64_t *unmapped)
{
	union {
		struct vfio_iommu_type1_dma_unmap unmap;
		char room[sizeof(struct vfio_iommu_type1_dma_unmap) + sizeof(struct vfio_bitmap)];
	} arg = {
		.unmap = {
			.argsz = sizeof(arg),
			.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
			.iova = iova,
			.size = size,
		},
	};
	struct vfio_bitmap kernel;
	int ret;

	ret = pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	if (ret)
		return ret;
	kernel = bitmap_for_kernel(bitmap);
	memcpy(arg.room + sizeof(arg.unmap), &kernel, sizeof(kernel));
	ret = unmap(container, &arg.unmap, unmapped);
	/* A failed call may have copied some words: promise none. */
	if (ret)
		pinscope_bitmap_prepare(bitmap, iova, size, page_size);
	return ret;
}

int pinscope_unmap_all(struct pinscope_container *container, uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DMA_UNMAP_FLAG_ALL,
	};

	return unmap(container, &arg, unmapped);
}

struct pinscope_buffer {
	struct pinscope_container *container;
	void *data;
	uint64_t iova;
	uint64_t size;
};

int pinscope_buffer_map(struct pinscope_container *container, uint64_t iova, uint64_t size,
			uint32_t access, struct pinscope_buffer **out)
{
	struct pinscope_buffer *buffer;
	int ret;

	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	buffer->container = container;
	buffer->iova = iova;
	buffer->size = size;
	buffer->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer->data == MAP_FAILED) {
		ret = -errno;
		goto err_free;
	}

	ret = pinscope_map(container, buffer->data, iova, size, access);
	if (ret)
		goto err_munmap;
	*out = buffer;
	return 0;

err_munmap:
	munmap(buffer->data, size);
err_free:
	free(buffer);
	return ret;
}

void pinscope_buffer_unmap(struct pinscope_buffer *buffer)
{
	if (!buffer)
		return;
	/* Fails harmlessly if the caller unmapped, or detached the last group. */
	pinscope_unmap(buffer->container, buffer->iova, buffer->size, NULL);
	munmap(buffer->data, buffer->size);
	free(buffer);
}

void *pinscope_buffer_data(const struct pinscope_buffer *buffer)
{
	return buffer->data;
}

uint64_t pinscope_buffer_iova(const struct pinscope_buffer *buffer)
{
	return buffer->iova;
}

uint64_t pinscope_buffer_size(const struct pinscope_buffer *buffer)
{
	return buffer->size;
}
