// SPDX-License-Identifier: GPL-2.0
/* Memory is unmapped, and the user told what was dirty in it. */
#include <errno.h>
#include <sys/mman.h>

#include "fixtures/puppet.h"

static struct iommu_ioas_unmap_dirty unmap_of(struct space *space, int first, int nr,
					      void *bitmap)
{
	return (struct iommu_ioas_unmap_dirty){
		.size = sizeof(struct iommu_ioas_unmap_dirty),
		.ioas_id = space->id,
		.iova = IOVA(first),
		.length = nr * PAGE,
		.page_size = PAGE,
		.data = (uintptr_t)bitmap,
	};
}

static int try_unmap_dirty(struct space *space, int first, int nr, void *bitmap)
{
	struct iommu_ioas_unmap_dirty unmap = unmap_of(space, first, nr, bitmap);
	int ret = raw(space->fd, IOMMU_IOAS_UNMAP_DIRTY, &unmap);

	if (!ret)
		equal(unmap.length, nr * PAGE);
	return ret;
}

/* What was pinned is in the answer, as the driver had to return it */
TEST(ioas_unmap, tells_what_was_dirty_and_keeps_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap = 0;

	start(space);
	cpu_writes(dev, 5);
	window(dev, 7);
	ok(try_unmap_dirty(space, 0, PAGES, &bitmap));
	same(bitmap, P(5) | P(7));
	equal(scope_of(space).out_pinned_pages, 0);
	map_pages(space, 0, PAGES);
	same(dirty(space), NONE);
}

TEST(ioas_unmap, takes_several_mappings)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap = 0;

	ok(try_unmap(space, 0, PAGES));
	map_pages(space, 0, 4);
	map_pages(space, 4, 4);
	map_pages(space, 8, 8);
	start(space);
	cpu_writes(dev, 2);
	cpu_writes(dev, 6);
	cpu_writes(dev, 9);
	ok(try_unmap_dirty(space, 0, 8, &bitmap));
	same(bitmap, P(2) | P(6));
	same(dirty(space), P(9));
	cpu_writes(dev, 10);
	check(try_command(dev, PINSCOPE_CMD_CPU_WRITE, IOVA(3), 64) < 0);
}

/* The device goes on as before: it pins, and writes */
TEST(ioas_unmap, that_cannot_tell_unmaps_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t bitmap = 0;

	check(nowhere != MAP_FAILED);
	start(space);
	cpu_writes(dev, 5);
	refused(try_unmap_dirty(space, 0, PAGES, nowhere), EFAULT);
	cpu_writes(dev, 6);
	window(dev, 8);
	ok(try_unmap_dirty(space, 0, PAGES, &bitmap));
	same(bitmap, P(5) | P(6) | P(8));
}

TEST(ioas_unmap, cuts_no_mapping)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap = 0;

	start(space);
	cpu_writes(dev, 5);
	refused(try_unmap_dirty(space, 0, 8, &bitmap), ENOENT);
	same(bitmap, NONE);
	window(dev, 2);
	same(dirty(space), P(2) | P(5));
}

/* What the driver tries to pin while it returns its pins is refused */
TEST(ioas_unmap, asks_drivers_for_their_logs_and_pins)
{
	struct space *space = space_new();
	struct puppet *dev = space_puppet(space);
	uint64_t bitmap = 0;

	make(dev, REGISTER);
	start(space);
	make(dev, PIN_TRACKED(7));
	script(dev, PUPPET_SYNC, MARK(7));
	script(dev, PUPPET_DMA_UNMAP, PIN(3));
	ok(try_unmap_dirty(space, 0, PAGES, &bitmap));
	same(bitmap, P(7));
	equal(scope_of(space).out_pinned_pages, 0);
}

/* A call with one member of its argument set otherwise */
#define UNMAP_WITH(member, value)						\
({										\
	struct iommu_ioas_unmap_dirty unmap_ = unmap_of(space, 0, PAGES, bitmap); \
										\
	unmap_.member = (value);						\
	raw(space->fd, IOMMU_IOAS_UNMAP_DIRTY, &unmap_);			\
})

TEST(ioas_unmap, bad_call_is_refused)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	uint64_t bitmap[2] = {};

	refused(UNMAP_WITH(flags, 0), ENODATA);
	start(space);
	cpu_writes(dev, 1);
	refused(UNMAP_WITH(size, sizeof(struct iommu_ioas_unmap_dirty) - 1), EINVAL);
	refused(UNMAP_WITH(flags, 1), EOPNOTSUPP);
	refused(UNMAP_WITH(__reserved, 1), EOPNOTSUPP);
	refused(UNMAP_WITH(ioas_id, dev->id), ENOENT);
	refused(UNMAP_WITH(length, 0), EINVAL);
	refused(UNMAP_WITH(length, -RAM_IOVA + PAGE), EOVERFLOW);
	refused(UNMAP_WITH(page_size, 3 * PAGE), EINVAL);
	refused(UNMAP_WITH(data, (uintptr_t)bitmap + 1), EINVAL);
	same(dirty(space), P(1));
}

/* The answer is there, but the caller, who is told that it failed, does not look at it */
TEST(ioas_unmap, argument_that_cannot_be_written_unmaps_nothing)
{
	struct space *space = space_new();
	struct member *dev = space_emulated(space);
	struct iommu_ioas_unmap_dirty *arg;
	uint64_t bitmap = 0;

	arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(arg != MAP_FAILED);
	*arg = unmap_of(space, 0, PAGES, &bitmap);
	check(!mprotect(arg, PAGE, PROT_READ));
	start(space);
	cpu_writes(dev, 5);
	refused(raw(space->fd, IOMMU_IOAS_UNMAP_DIRTY, arg), EFAULT);
	same(dirty(space), P(5));
	cpu_writes(dev, 6);
}
