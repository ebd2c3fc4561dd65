// SPDX-License-Identifier: GPL-2.0
/* An IOAS is what the container was: R2, R16, R17 and R18 for devices without DMA. */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/space.h"

TEST(ioas, nothing_pinned_nothing_dirty)
{
	struct space *space = space_new();

	space_emulated(space);
	start(space);
	same(dirty(space), NONE);
}

TEST(ioas, pinned_pages_are_dirty_in_every_get)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	window(dev, 2);
	window(dev, 9);
	same(dirty(space), P(2) | P(9));
	same(dirty(space), P(2) | P(9));
	equal(scope_of(space).out_pinned_pages, 2);
}

TEST(ioas, page_pinned_before_start_is_dirty_until_shown_once_more)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	window(dev, 6);
	start(space);
	same(dirty(space), P(6));
	no_window(dev, 6);
	equal(scope_of(space).out_pinned_pages, 0);
	same(dirty(space), P(6));
	same(dirty(space), NONE);
}

TEST(ioas, pinned_and_unpinned_between_gets_is_shown)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	same(dirty(space), NONE);
	window(dev, 11);
	writes(dev, 11);
	no_window(dev, 11);
	same(dirty(space), P(11));
	same(dirty(space), NONE);
}

TEST(ioas, page_pinned_for_reading_is_clean)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	ok(try_command(dev, PINSCOPE_CMD_ADD_READ_WINDOW, IOVA(4), PAGE));
	same(dirty(space), NONE);
	no_window(dev, 4);
	same(dirty(space), NONE);
}

/* Of the two devices the one that only reads does not tell when the page is clean */
TEST(ioas, page_of_two_devices_is_dirty_until_both_have_returned_it)
{
	struct space *space = space_new();
	struct member *writer = space_emulated(space), *reader = space_emulated(space);

	start(space);
	window(writer, 4);
	ok(try_command(reader, PINSCOPE_CMD_ADD_READ_WINDOW, IOVA(4), PAGE));
	equal(scope_of(space).out_pinned_pages, 1);
	no_window(writer, 4);
	same(dirty(space), P(4));
	no_window(reader, 4);
	same(dirty(space), P(4));
	same(dirty(space), NONE);
}

TEST(ioas, cpu_write_is_dirty_once)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	cpu_writes(dev, 10);
	same(dirty(space), P(10));
	same(dirty(space), NONE);
}

TEST(ioas, copy_that_fails_half_way_is_dirty)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	check(!mprotect(space->ram + 5 * PAGE, PAGE, PROT_NONE));
	check(try_command(dev, PINSCOPE_CMD_CPU_WRITE, IOVA(5) - 64, 128) < 0);
	holds(dirty(space), P(4));
}

TEST(ioas, refused_pin_leaves_nothing_dirty)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	check(try_command(dev, PINSCOPE_CMD_ADD_WINDOW, IOVA(PAGES - 3), 4 * PAGE) < 0);
	same(dirty(space), NONE);
	equal(scope_of(space).out_pinned_pages, 0);
}

TEST(ioas, looking_forgets_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	cpu_writes(dev, 3);
	same(look(space), P(3));
	same(look(space), P(3));
	same(dirty(space), P(3));
	same(look(space), NONE);
}

TEST(ioas, failed_get_forgets_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(nowhere != MAP_FAILED);
	start(space);
	cpu_writes(dev, 3);
	refused(try_get(space, 0, PAGES, 0, nowhere), EFAULT);
	same(dirty(space), P(3));
}

TEST(ioas, get_of_some_pages_forgets_no_others)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap = 0;

	start(space);
	cpu_writes(dev, 3);
	cpu_writes(dev, 8);
	ok(try_get(space, 4, 8, 0, &bitmap));
	same(bitmap, P(8 - 4));
	same(dirty(space), P(3));
}

TEST(ioas, dirt_outlives_its_mapping)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	cpu_writes(dev, 5);
	window(dev, 7);
	ok(try_unmap(space, 0, PAGES));
	same(dirty(space), NONE);
	map_pages(space, 0, PAGES);
	same(dirty(space), P(5) | P(7));
	same(dirty(space), NONE);
}

TEST(ioas, pages_of_a_device_that_leaves_are_shown_once_more)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	window(dev, 5);
	same(dirty(space), P(5));
	close_member(dev);
	same(dirty(space), P(5));
	same(dirty(space), NONE);
}

TEST(ioas, device_takes_its_pins_to_no_other_space)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct member *dev = space_emulated(space);

	map_pages(other, 0, PAGES);
	start(space);
	start(other);
	window(dev, 2);
	ok(try_attach(dev, other->id));
	equal(scope_of(space).out_pinned_pages, 0);
	same(dirty(space), P(2));
	same(dirty(other), NONE);
	cpu_writes(dev, 4);
	same(dirty(space), NONE);
	same(dirty(other), P(4));
}

/* The pages are the same, and pinned once, but each space has devices of its own */
TEST(ioas, shared_memory_is_dirty_where_it_was_written_through)
{
	struct space *space = space_new(), *other = space_beside(space);
	struct member *dev = space_emulated(space), *beside = space_emulated(other);
	struct iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.dst_ioas_id = other->id,
		.src_ioas_id = space->id,
		.length = RAM_SIZE,
		.dst_iova = RAM_IOVA,
		.src_iova = RAM_IOVA,
	};

	ok(raw(space->fd, IOMMU_IOAS_COPY, &copy));
	start(space);
	start(other);
	window(dev, 2);
	cpu_writes(dev, 3);
	window(beside, 2);
	same(dirty(space), P(2) | P(3));
	same(dirty(other), P(2));
	no_window(dev, 2);
	same(dirty(space), P(2));
	same(dirty(space), NONE);
	same(dirty(other), P(2));
}

TEST(ioas, stop_forgets)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	start(space);
	cpu_writes(dev, 5);
	stop(space);
	stop(space);
	cpu_writes(dev, 6);
	start(space);
	same(dirty(space), NONE);
	cpu_writes(dev, 7);
	start(space);
	same(dirty(space), P(7));
}

TEST(ioas, scope_tells_what_limits_the_bitmap)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);

	equal(scope_of(space).out_flags, IOMMU_IOAS_DIRTY_SCOPE_PINNED);
	start(space);
	window(dev, 1);
	equal(scope_of(space).out_flags,
	      IOMMU_IOAS_DIRTY_SCOPE_PINNED | IOMMU_IOAS_DIRTY_SCOPE_TRACKING);
	equal(scope_of(space).out_pinned_pages, 1);
	stop(space);
	equal(scope_of(space).out_flags, IOMMU_IOAS_DIRTY_SCOPE_PINNED);
}

/* Nothing is known of what it writes, nor whether the answers before had it all */
TEST(ioas, device_behind_an_iommu_makes_everything_dirty, .log = UNSAFE_INTERRUPTS)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct member *pci = member_of_pci(space, lone_edu(0));

	start(space);
	window(dev, 3);
	same(dirty(space), P(3));
	ok(try_bind(pci));
	ok(try_attach(pci, space->id));
	equal(scope_of(space).out_flags, IOMMU_IOAS_DIRTY_SCOPE_TRACKING);
	same(dirty(space), ALL);
	same(dirty(space), ALL);
	ok(try_detach(pci));
	same(dirty(space), ALL);
	same(dirty(space), P(3));
}
