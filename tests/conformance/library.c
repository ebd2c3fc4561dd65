// SPDX-License-Identifier: GPL-2.0
/*
 * What libpinscope makes of the kernel where no other test uses it: registers
 * that are mapped, the log of a device, a container that came as a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fixtures/memory.h"
#include "fixtures/vm.h"

#define EDU_ID 0x00
#define EDU_LIVENESS 0x04

static int try_region(struct device *dev, uint32_t index, uint64_t offset,
		      size_t size, struct pinscope_region_map **map)
{
	return pinscope_region_map(dev->dev, index, offset, size, map);
}

/* Once, and of this width */
static uint32_t loaded(const uint32_t *address)
{
	return __atomic_load_n(address, __ATOMIC_RELAXED);
}

TEST(library, registers_are_reached_without_a_call)
{
	struct device *dev = vm_add_pci(vm_new(), lone_edu(1));
	struct pinscope_region_map *map;
	uint32_t *registers;
	uint32_t id;

	ok(pinscope_device_enable(dev->dev));
	ok(pinscope_device_read(dev->dev, VFIO_PCI_BAR0_REGION_INDEX, EDU_ID,
				&id, sizeof(id)));
	ok(try_region(dev, VFIO_PCI_BAR0_REGION_INDEX, 0, PAGE, &map));
	equal(pinscope_region_size(map), PAGE);
	registers = pinscope_region_data(map);
	equal(id & 0xff, 0xed);
	equal(loaded(&registers[EDU_ID / 4]), id);
	__atomic_store_n(&registers[EDU_LIVENESS / 4], 0x12345678,
			 __ATOMIC_RELAXED);
	equal(loaded(&registers[EDU_LIVENESS / 4]), ~0x12345678u);
	pinscope_region_unmap(map);
}

TEST(library, region_beyond_its_end_is_not_mapped)
{
	struct device *dev = vm_add_pci(vm_new(), lone_edu(1));
	const uint32_t bar = VFIO_PCI_BAR0_REGION_INDEX;
	struct pinscope_region_map *map;
	struct pinscope_region region;

	ok(pinscope_device_get_region(dev->dev, bar, &region));
	refused(try_region(dev, bar, 0, region.size + PAGE, &map), EINVAL);
	refused(try_region(dev, bar, region.size, PAGE, &map), EINVAL);
	refused(try_region(dev, bar, -PAGE, 2 * PAGE, &map), EINVAL);
	refused(try_region(dev, bar, 8, PAGE, &map), EINVAL);
	refused(try_region(dev, bar, 0, 0, &map), EINVAL);
	refused(try_region(dev, 1000, 0, PAGE, &map), EINVAL);
	ok(try_region(dev, bar, region.size - PAGE, PAGE, &map));
	pinscope_region_unmap(map);
}

TEST(library, trapped_region_is_not_mapped)
{
	struct device *dev = vm_emulated(vm_new());
	struct pinscope_region_map *map;

	refused(try_region(dev, VFIO_PCI_BAR0_REGION_INDEX, 0, PAGE, &map),
		EOPNOTSUPP);
}

/* Pages that the log of a device has, as a set. */
static uint64_t logged(struct device *dev, struct pinscope_bitmap *bitmap)
{
	ok(pinscope_dma_logging_get(dev->dev, RAM_IOVA, RAM_SIZE, PAGE,
				    bitmap));
	equal(pinscope_bitmap_pages(bitmap), PAGES);
	return *pinscope_bitmap_words(bitmap);
}

TEST(library, log_of_a_device_has_what_it_wrote)
{
	const struct pinscope_dma_logging_range halves[] = {
		{ .iova = IOVA(0), .size = 8 * PAGE },
		{ .iova = IOVA(8), .size = 8 * PAGE },
	};
	struct pinscope_bitmap *bitmap;
	struct device *dev;

	dev = vm_add(vm_new(), mdev_new_type(HWLOG, "logging", lone_edu(0)));
	ok(pinscope_bitmap_new(&bitmap));
	ok(pinscope_dma_logging_check(dev->dev));
	window(dev, 3);
	window(dev, 9);
	ok(pinscope_dma_logging_start(dev->dev, halves, 2, PAGE));
	writes(dev, 3);
	writes(dev, 9);
	same(logged(dev, bitmap), P(3) | P(9));
	same(logged(dev, bitmap), NONE);
	writes(dev, 9);
	ok(pinscope_dma_logging_stop(dev->dev));
	refused(pinscope_dma_logging_get(dev->dev, RAM_IOVA, RAM_SIZE, PAGE,
					 bitmap), EINVAL);
	equal(pinscope_bitmap_count(bitmap), 0);
	pinscope_bitmap_free(bitmap);
}

TEST(library, device_without_log_offers_none)
{
	struct device *dev = vm_emulated(vm_new());

	refused(pinscope_dma_logging_check(dev->dev), ENOTTY);
}

TEST(library, container_is_used_by_its_descriptor)
{
	struct pinscope_container *again;
	struct pinscope_bitmap *bitmap;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 5);
	start(vm);
	ok(pinscope_container_from_fd(fcntl(vm->fd, F_DUPFD_CLOEXEC, 0),
				      &again));
	ok(pinscope_bitmap_new(&bitmap));
	ok(pinscope_dirty_get(again, RAM_IOVA, RAM_SIZE, PAGE, bitmap));
	same(*pinscope_bitmap_words(bitmap), P(5));
	pinscope_bitmap_free(bitmap);
	pinscope_container_close(again);
	same(dirty(vm), P(5));
}

TEST(library, what_is_no_container_stays_open)
{
	struct pinscope_container *container;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	refused(pinscope_container_from_fd(fd, &container), ENOTTY);
	ok(close(fd));
}
