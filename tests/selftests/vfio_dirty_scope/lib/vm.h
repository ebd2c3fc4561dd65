/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_VFIO_DIRTY_SCOPE_VM_H
#define SELFTESTS_VFIO_DIRTY_SCOPE_VM_H

#include <stdint.h>

#include "container.h"
#include "device.h"
#include "dirty.h"
#include "kinds.h"

/* As many pages as a word of a bitmap has bits; the bit of each; their addresses */
#define VM_PAGES	64
#define VM_ALL		(~0ull)
#define VM_IOVA		0x10000000ull
#define P(page)		(1ull << (page))

/*
 * A container with memory at VM_IOVA and a device in it, as a user has it that
 * runs a virtual machine.
 */
struct vm {
	int container;
	struct device dev;
	const struct kind *kind;
	uint64_t page_size;
	uint8_t *memory;
	/* Pages that the device was prepared for */
	uint64_t prepared;
	/* Why the test is to be skipped */
	char why[160];
};

/* What VM_NO_MEMORY leaves to the test to map, VM_NO_DEVICE to open */
#define VM_NO_MEMORY	(1 << 0)
#define VM_NO_DEVICE	(1 << 1)

/* 0, a negative errno, or 1: the test cannot be made, @why says why */
int vm_open(struct vm *vm, const char *mode, enum device_kind kind, unsigned int flags);
void vm_close(struct vm *vm);

static inline uint64_t vm_iova(const struct vm *vm, unsigned int page)
{
	return VM_IOVA + page * vm->page_size;
}

/* They return 0 or a negative errno, and can be used before any of the next */
int vm_map(struct vm *vm, unsigned int first, unsigned int nr);
int vm_unmap(struct vm *vm, unsigned int first, unsigned int nr);
int vm_get(struct vm *vm, uint64_t *bits);

/*
 * The first words of a page. vm_write() looks whether they arrived: -EIO if not.
 * -EOPNOTSUPP: nothing is known that makes this device do that.
 */
int vm_prepare(struct vm *vm, unsigned int page);
int vm_forget(struct vm *vm, unsigned int page);
int vm_write(struct vm *vm, unsigned int page, uint32_t seed);

/* What a bitmap has if nobody has written: all that is mapped, or what is pinned */
uint64_t vm_scope_before(const struct vm *vm);
uint64_t vm_scope_after(const struct vm *vm);

#endif
