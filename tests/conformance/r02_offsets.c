// SPDX-License-Identifier: GPL-2.0
/*
 * R2: drivers that pass an address inside a page pin that page. A test returns what it
 * pinned by the same address before it looks, as a core that is wrong may find it by
 * nothing else.
 */
#include <errno.h>
#include <string.h>

#include "fixtures/memory.h"
#include "fixtures/puppet.h"

#define INSIDE 0x100
#define KB_PAGE (PAGE / 1024)

static struct puppet *unmapped_puppet(void)
{
	struct vm *vm = vm_new();

	vm->unmapped = true;
	return vm_puppet(vm, NULL);
}

/* What comes before a mapping in memory is no business of a device */
TEST(r02, address_in_front_of_a_mapping_pins_nothing)
{
	struct puppet *dev = unmapped_puppet();
	struct vm *vm = dev->dev->vm;
	unsigned int locked;
	int ret;

	map_pages(vm, 5, 1);
	start(vm);
	ret = try_make(dev, PIN_IN(IOVA(4) + INSIDE));
	locked = locked_kb();
	if (ret > 0)
		make(dev, UNPIN_IN(IOVA(4) + INSIDE));
	equal(ret, -EINVAL);
	equal(locked, 0);
	equal(query(dev).pins, 0);
	same(dirty_in(vm, IOVA(0), RAM_SIZE, PAGE), NONE);
	ok(try_unmap(vm, 5, 1));
}

/* Both are mapped, each on its own, and the second is before the first in memory */
TEST(r02, address_inside_a_page_pins_what_is_mapped_there)
{
	struct puppet *dev = unmapped_puppet();
	struct vm *vm = dev->dev->vm;
	uint8_t *other = small_memory(2 * PAGE), *one = small_memory(PAGE);
	static const uint8_t nothing[2 * PAGE];

	map_at(vm, other + PAGE, IOVA(5), PAGE);
	map_at(vm, one, IOVA(4), PAGE);
	start(vm);
	make(dev, PIN_IN(IOVA(4) + INSIDE));
	make(dev, WRITES(4));
	make(dev, UNPIN_IN(IOVA(4) + INSIDE));
	equal(query(dev).pins, 0);
	locked_is(0);
	check(!memcmp(other, nothing, sizeof(nothing)));
	equal(one[1], 0x70);
	same(dirty_in(vm, IOVA(0), RAM_SIZE, PAGE), P(4));
	same(dirty_in(vm, IOVA(0), RAM_SIZE, PAGE), NONE);
	ok(try_unmap_at(vm, IOVA(4), 2 * PAGE));
}

/* It is the page that is pinned, by whatever address */
TEST(r02, page_pinned_by_two_addresses_is_one_page)
{
	struct puppet *dev = unmapped_puppet();
	struct vm *vm = dev->dev->vm;
	unsigned int both, left;

	map_pages(vm, 4, 2);
	make(dev, PIN(4));
	make(dev, PIN_IN(IOVA(4) + INSIDE));
	both = locked_kb();
	make(dev, UNPIN(4));
	left = locked_kb();
	make(dev, UNPIN_IN(IOVA(4) + INSIDE));
	equal(both, KB_PAGE);
	equal(left, KB_PAGE);
	equal(query(dev).pins, 0);
	locked_is(0);
	ok(try_unmap(vm, 4, 2));
}
