/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: dirty pages
 *
 * A container is told to track, is asked for a range's dirty pages as often as
 * one likes, and is told to stop. The answer is a bitmap object that grows to
 * fit what it is asked to hold and can be used again.
 */
#ifndef PINSCOPE_DIRTY_H
#define PINSCOPE_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinscope/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct pinscope_bitmap - one bit per page of a range of addresses */
struct pinscope_bitmap;

/**
 * struct pinscope_page_range - pages that follow one another
 * @first: index of the first page, counted from the beginning of the bitmap
 * @count: how many
 */
struct pinscope_page_range {
	uint64_t first;
	uint64_t count;
};

/**
 * pinscope_bitmap_new() - a bitmap of no pages
 * @out: where to store the handle; to be freed with pinscope_bitmap_free()
 *
 * Return: 0 or -ENOMEM.
 */
int pinscope_bitmap_new(struct pinscope_bitmap **out);

/**
 * pinscope_bitmap_free() - free a bitmap
 * @bitmap: handle or NULL
 */
void pinscope_bitmap_free(struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_prepare() - make a bitmap fit a range, with every page clean
 * @bitmap: handle
 * @iova: first address
 * @size: bytes, more than 0
 * @page_size: bytes one bit stands for; a power of two
 *
 * Return: 0, -EINVAL for a size that is no multiple of the page size, or
 * -ENOMEM; after an error the bitmap is as it was.
 */
int pinscope_bitmap_prepare(struct pinscope_bitmap *bitmap, uint64_t iova, uint64_t size,
			    uint64_t page_size);

/**
 * pinscope_bitmap_iova() - the address a bitmap begins with
 * @bitmap: handle
 *
 * Return: the address of page 0.
 */
uint64_t pinscope_bitmap_iova(const struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_page_size() - what one bit stands for
 * @bitmap: handle
 *
 * Return: bytes.
 */
uint64_t pinscope_bitmap_page_size(const struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_pages() - how many pages a bitmap covers
 * @bitmap: handle
 *
 * Return: pages, dirty or not.
 */
uint64_t pinscope_bitmap_pages(const struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_words() - the bits themselves, as the kernel wrote them
 * @bitmap: handle
 *
 * The last word is whole: bits beyond the last page are in it, and the kernel
 * leaves them 0.
 *
 * Return: (pages + 63) / 64 words. The pointer is good until the bitmap is
 * prepared anew.
 */
uint64_t *pinscope_bitmap_words(struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_test() - is a page dirty?
 * @bitmap: handle
 * @page: index of the page
 *
 * Return: whether it is; false beyond the end.
 */
bool pinscope_bitmap_test(const struct pinscope_bitmap *bitmap, uint64_t page);

/**
 * pinscope_bitmap_test_iova() - is the page at an address dirty?
 * @bitmap: handle
 * @iova: the address
 *
 * Return: whether it is; false outside the range.
 */
bool pinscope_bitmap_test_iova(const struct pinscope_bitmap *bitmap, uint64_t iova);

/**
 * pinscope_bitmap_count() - how many pages are dirty?
 * @bitmap: handle
 *
 * Return: dirty pages.
 */
uint64_t pinscope_bitmap_count(const struct pinscope_bitmap *bitmap);

/**
 * pinscope_bitmap_merge() - make every page dirty that is dirty in another
 * bitmap
 * @bitmap: handle
 * @other: bitmap of the same range and page size
 *
 * Return: 0, or -EINVAL if the ranges differ.
 */
int pinscope_bitmap_merge(struct pinscope_bitmap *bitmap, const struct pinscope_bitmap *other);

/**
 * pinscope_bitmap_next() - find the next dirty range
 * @bitmap: handle
 * @from: index of the page to begin the search with
 * @out: filled if there is one
 *
 * Return: whether there is one.
 */
bool pinscope_bitmap_next(const struct pinscope_bitmap *bitmap, uint64_t from,
			  struct pinscope_page_range *out);

/**
 * pinscope_bitmap_for_each() - walk the dirty ranges in ascending order
 * @bitmap: handle; evaluated repeatedly
 * @range: a struct pinscope_page_range variable
 */
#define pinscope_bitmap_for_each(bitmap, range)						\
	for (bool pinscope_more_ = pinscope_bitmap_next((bitmap), 0, &(range));		\
	     pinscope_more_;								\
	     pinscope_more_ = pinscope_bitmap_next((bitmap), (range).first + (range).count,	\
						   &(range)))

/**
 * pinscope_dirty_start() - track dirty pages
 * @container: handle, with the IOMMU type set
 *
 * Starting twice is no error.
 *
 * Return: 0 or a negative errno.
 */
int pinscope_dirty_start(struct pinscope_container *container);

/**
 * pinscope_dirty_stop() - track no longer
 * @container: handle
 *
 * Stopping twice is no error.
 *
 * Return: 0 or a negative errno.
 */
int pinscope_dirty_stop(struct pinscope_container *container);

/**
 * pinscope_dirty_get() - which pages are dirty since the last time this was
 * asked?
 * @container: handle, tracking
 * @iova: first address; a mapping must begin here
 * @size: bytes; a mapping must end there
 * @page_size: bytes one bit stands for: the smallest page size of the container;
 *   on a patched core any power of two from the CPU's page size up to it
 * @bitmap: where to store the dirty pages; it is made to fit the range. After
 *   an error it covers the range with no page dirty.
 *
 * Return: 0, -EINVAL if the container does not track, the range cuts a mapping
 * in two, or the page size is none of these, -ENOMEM.
 */
int pinscope_dirty_get(struct pinscope_container *container, uint64_t iova, uint64_t size,
		       uint64_t page_size, struct pinscope_bitmap *bitmap);

/**
 * pinscope_dirty_look() - which pages are dirty, without forgetting it
 * @container: handle, tracking
 * @iova: as of pinscope_dirty_get()
 * @size: as of pinscope_dirty_get()
 * @page_size: as of pinscope_dirty_get()
 * @bitmap: as of pinscope_dirty_get()
 *
 * What this tells is told again, by this and by the next pinscope_dirty_get().
 *
 * Return: as pinscope_dirty_get(), and -EINVAL on a core that cannot do that.
 */
int pinscope_dirty_look(struct pinscope_container *container, uint64_t iova, uint64_t size,
			uint64_t page_size, struct pinscope_bitmap *bitmap);

/**
 * struct pinscope_dirty_range - dirty pages next to each other
 * @iova: address of the first
 * @size: bytes
 */
struct pinscope_dirty_range {
	uint64_t iova;
	uint64_t size;
};

/**
 * pinscope_dirty_ranges() - dirty pages as ranges, which cost what is dirty
 * @container: handle, tracking, of a patched core
 * @iova: first address, at any page; moves on to where the next call goes on
 * @size: bytes; what is left for the next call, 0 when all has been told
 * @look: whether what is told stays dirty
 * @ranges: filled in ascending order
 * @nr: how many fit; how many there are
 *
 * Ask again, with @iova and @size as they are, until @size is 0.
 *
 * Return: 0; -EINVAL for a size of 0, an address or size that is no multiple of the
 * CPU's page size, or on a core that cannot do that; -EOVERFLOW if the range goes
 * beyond the last address; -ENOSPC if @nr is 0; -ENODATA if the container does not
 * track. After an error nothing is forgotten and @nr is 0.
 */
int pinscope_dirty_ranges(struct pinscope_container *container, uint64_t *iova,
			  uint64_t *size, bool look, struct pinscope_dirty_range *ranges,
			  size_t *nr);

#ifdef __cplusplus
}
#endif

#endif /* PINSCOPE_DIRTY_H */
