// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory whose contents are known, so that it shows where a device has written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/base/program.h"
#include "cli/certify/rig/rig.h"

/* No two pages, and no two fills of a page, look alike; nor do they count up. */
static uint32_t word(uint32_t fill, size_t page, size_t index)
{
	uint32_t value = fill * 0x9e3779b9u ^ (uint32_t)page * 0x85ebca6bu ^
			 (uint32_t)index * 0xc2b2ae35u;

	value ^= value >> 15;
	value *= 0x2c1b3c6du;
	return value ^ value >> 13;
}

static void fill_page(struct memory *memory, size_t page)
{
	uint32_t *words = (uint32_t *)(memory->data + page * memory->page);
	size_t i;

	for (i = 0; i < memory->page / sizeof(*words); i++)
		words[i] = word(memory->fill, page, i);
}

static bool is_filled(const struct memory *memory, size_t page)
{
	const uint32_t *words = (const uint32_t *)(memory->data + page * memory->page);
	size_t i;

	for (i = 0; i < memory->page / sizeof(*words); i++)
		if (words[i] != word(memory->fill, page, i))
			return false;
	return true;
}

int memory_new(struct memory *memory, size_t pages, size_t page, uint64_t iova)
{
	void *data = mmap(NULL, pages * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return -errno;
	/* A program that is started must not share it, or a write would part the two. */
	madvise(data, pages * page, MADV_DONTFORK);
	*memory = (struct memory) {
		.data = data, .pages = pages, .page = page, .iova = iova,
		.written = cli_must(calloc(pages, 1)),
		.asked = cli_must(calloc(pages, 1)),
	};
	memory_fill(memory);
	return 0;
}

void memory_free(struct memory *memory)
{
	if (memory->data)
		munmap(memory->data, memory->pages * memory->page);
	free(memory->written);
	free(memory->asked);
	*memory = (struct memory) { 0 };
}

void memory_fill(struct memory *memory)
{
	size_t page;

	memory->fill++;
	for (page = 0; page < memory->pages; page++)
		fill_page(memory, page);
}

void memory_look(struct memory *memory)
{
	size_t page;

	for (page = 0; page < memory->pages; page++) {
		if (is_filled(memory, page))
			continue;
		memory->written[page] = 1;
		fill_page(memory, page);
	}
}

bool memory_counts(const struct memory *memory, size_t page, size_t offset, size_t len,
		   uint32_t seed)
{
	const uint32_t *words = (const uint32_t *)(memory->data + page * memory->page + offset);
	size_t i;

	for (i = 0; i < len / sizeof(*words); i++)
		if (words[i] != seed + (uint32_t)i)
			return false;
	return true;
}

uint64_t memory_size(const struct memory *memory)
{
	return memory->pages * memory->page;
}

uint64_t memory_iova(const struct memory *memory, size_t page)
{
	return memory->iova + (CERTIFY_GUARD + page) * memory->page;
}
