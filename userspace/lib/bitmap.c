// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pinscope/dirty.h>

#include "bitmap.h"

#define WORD_BITS	64

struct pinscope_bitmap {
	uint64_t iova;
	uint64_t page_size;
	uint64_t pages;
	uint64_t *words;
	size_t room;	/* words allocated */
};

static uint64_t words_of(uint64_t pages)
{
	return pages / WORD_BITS + !!(pages % WORD_BITS);
}

int pinscope_bitmap_new(struct pinscope_bitmap **out)
{
	struct pinscope_bitmap *bitmap = calloc(1, sizeof(*bitmap));

	if (!bitmap)
		return -ENOMEM;
	*out = bitmap;
	return 0;
}

void pinscope_bitmap_free(struct pinscope_bitmap *bitmap)
{
	if (!bitmap)
		return;
	free(bitmap->words);
	free(bitmap);
}

int pinscope_bitmap_prepare(struct pinscope_bitmap *bitmap, uint64_t iova, uint64_t size,
			    uint64_t page_size)
{
	uint64_t *words;
	uint64_t need;

	if (!page_size || page_size & (page_size - 1) || !size || size & (page_size - 1))
		return -EINVAL;

	need = words_of(size / page_size);
	if (need > bitmap->room) {
		if (need > PTRDIFF_MAX / sizeof(*words))
			return -ENOMEM;
		words = realloc(bitmap->words, (size_t)need * sizeof(*words));
		if (!words)
			return -ENOMEM;
		bitmap->words = words;
		bitmap->room = (size_t)need;
	}
	memset(bitmap->words, 0, (size_t)need * sizeof(*bitmap->words));
	bitmap->iova = iova;
	bitmap->page_size = page_size;
	bitmap->pages = size / page_size;
	return 0;
}

struct vfio_bitmap bitmap_for_kernel(struct pinscope_bitmap *bitmap)
{
	struct vfio_bitmap kernel = {
		.pgsize = bitmap->page_size,
		.size = words_of(bitmap->pages) * sizeof(*bitmap->words),
		.data = (void *)bitmap->words,
	};

	return kernel;
}

uint64_t pinscope_bitmap_iova(const struct pinscope_bitmap *bitmap)
{
	return bitmap->iova;
}

uint64_t pinscope_bitmap_page_size(const struct pinscope_bitmap *bitmap)
{
	return bitmap->page_size;
}

uint64_t pinscope_bitmap_pages(const struct pinscope_bitmap *bitmap)
{
	return bitmap->pages;
}

uint64_t *pinscope_bitmap_words(struct pinscope_bitmap *bitmap)
{
	return bitmap->words;
}

bool pinscope_bitmap_test(const struct pinscope_bitmap *bitmap, uint64_t page)
{
	if (page >= bitmap->pages)
		return false;
	return bitmap->words[page / WORD_BITS] >> page % WORD_BITS & 1;
}

bool pinscope_bitmap_test_iova(const struct pinscope_bitmap *bitmap, uint64_t iova)
{
	if (!bitmap->pages || iova < bitmap->iova)
		return false;
	return pinscope_bitmap_test(bitmap, (iova - bitmap->iova) / bitmap->page_size);
}

/* The bits of a word that stand for pages: all of them but in the last word. */
static uint64_t valid_bits(const struct pinscope_bitmap *bitmap, size_t word)
{
	uint64_t left = bitmap->pages - (uint64_t)word * WORD_BITS;

	return left >= WORD_BITS ? ~0ull : (1ull << left) - 1;
}

uint64_t pinscope_bitmap_count(const struct pinscope_bitmap *bitmap)
{
	size_t i, nr = words_of(bitmap->pages);
	uint64_t count = 0;

	for (i = 0; i < nr; i++)
		count += (uint64_t)__builtin_popcountll(bitmap->words[i] & valid_bits(bitmap, i));
	return count;
}

int pinscope_bitmap_merge(struct pinscope_bitmap *bitmap, const struct pinscope_bitmap *other)
{
	size_t i, nr = words_of(bitmap->pages);

	if (bitmap->iova != other->iova || bitmap->page_size != other->page_size ||
	    bitmap->pages != other->pages)
		return -EINVAL;
	for (i = 0; i < nr; i++)
		bitmap->words[i] |= other->words[i];
	return 0;
}

/* The first page at or after @page whose bit is @dirty, or the end. */
static uint64_t seek(const struct pinscope_bitmap *bitmap, uint64_t page, bool dirty)
{
	uint64_t word;

	while (page < bitmap->pages) {
		word = bitmap->words[page / WORD_BITS];
		if (!dirty)
			word = ~word;
		word >>= page % WORD_BITS;
		if (word) {
			page += (uint64_t)__builtin_ctzll(word);
			break;
		}
		page = (page / WORD_BITS + 1) * WORD_BITS;
	}
	return page < bitmap->pages ? page : bitmap->pages;
}

bool pinscope_bitmap_next(const struct pinscope_bitmap *bitmap, uint64_t from,
			  struct pinscope_page_range *out)
{
	uint64_t first = seek(bitmap, from, true);

	if (first >= bitmap->pages)
		return false;
	out->first = first;
	out->count = seek(bitmap, first, false) - first;
	return true;
}
