// SPDX-License-Identifier: GPL-2.0
/* VFIO_IOMMU_GET_INFO: lengths, capabilities, bad addresses. */
#include <errno.h>
#include <pinscope/uapi.h>
#include <string.h>

#include "fixtures/vm.h"

#define SHORTEST offsetof(struct vfio_iommu_type1_info, cap_offset)
#define CANARY 0xa5

static uint8_t buf[4096] __attribute__((aligned(8)));
static struct vfio_iommu_type1_info *info = (void *)buf;

static long get_info(struct vm *vm, uint32_t argsz)
{
	memset(buf, CANARY, sizeof(buf));
	info->argsz = argsz;
	info->flags = 0;
	return raw(vm->fd, VFIO_IOMMU_GET_INFO, buf);
}

static void untouched_from(size_t offset)
{
	size_t i;

	for (i = offset; i < sizeof(buf); i++)
		if (buf[i] != CANARY)
			fail("byte %zu behind the buffer was written", i);
}

TEST(abi, info_refuses_short_argsz)
{
	struct vm *vm = vm_new();
	uint32_t argsz;

	vm_emulated(vm);
	for (argsz = 0; argsz < SHORTEST; argsz++)
		refused(get_info(vm, argsz), EINVAL);
	untouched_from(8);
}

TEST(abi, info_fills_only_what_argsz_covers)
{
	struct vm *vm = vm_new();
	uint32_t argsz;

	vm_emulated(vm);
	for (argsz = SHORTEST; argsz < sizeof(*info); argsz++) {
		ok(get_info(vm, argsz));
		check(info->flags & VFIO_IOMMU_INFO_PGSIZES);
		check(info->iova_pgsizes & PAGE);
		untouched_from(argsz);
	}
}

TEST(abi, info_tells_the_size_it_needs)
{
	struct vm *vm = vm_new();
	uint32_t need;

	vm_emulated(vm);
	ok(get_info(vm, sizeof(*info)));
	need = info->argsz;
	check(need > sizeof(*info));
	check(info->flags & VFIO_IOMMU_INFO_CAPS);
	equal(info->cap_offset, 0);
	untouched_from(sizeof(*info));

	/* One byte too little is as good as none. */
	ok(get_info(vm, need - 1));
	equal(info->argsz, need);
	equal(info->cap_offset, 0);
	untouched_from(sizeof(*info));

	ok(get_info(vm, need));
	check(info->cap_offset >= sizeof(*info));
	untouched_from(need);
	ok(get_info(vm, need + 100));
	check(info->cap_offset >= sizeof(*info));
	untouched_from(need);
}

/* The capability of an id, NULL without one; each must lie in the buffer. */
static struct vfio_info_cap_header *find_cap(uint16_t id)
{
	uint32_t offset = info->cap_offset;
	struct vfio_info_cap_header *cap, *found = NULL;
	int n = 0;

	while (offset) {
		check(offset >= sizeof(*info) && offset % 4 == 0);
		check(offset + sizeof(*cap) <= info->argsz);
		cap = (void *)(buf + offset);
		if (cap->id == id) {
			check(!found);
			found = cap;
		}
		offset = cap->next;
		check(n++ < 32);
	}
	return found;
}

TEST(abi, info_offers_migration)
{
	struct vfio_iommu_type1_info_cap_migration *cap;
	struct vm *vm = vm_new();

	vm_emulated(vm);
	ok(get_info(vm, sizeof(buf)));
	cap = (void *)find_cap(VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION);
	check(cap);
	equal(cap->header.version, 1);
	equal(cap->pgsize_bitmap, PAGE);
	check(cap->max_dirty_bitmap_size >= 1 << 20);
}

/* Programs need not try which forms there are */
TEST(abi, info_tells_the_forms_of_reports)
{
	struct vfio_iommu_type1_info_cap_migration *cap;
	struct vm *vm = vm_new();

	vm_emulated(vm);
	ok(get_info(vm, sizeof(buf)));
	cap = (void *)find_cap(VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION);
	check(cap);
	if (!cap->flags)
		missing("dirty pages as ranges");
	same(cap->flags, VFIO_IOMMU_MIGRATION_DIRTY_RANGES | VFIO_IOMMU_MIGRATION_NO_CLEAR);
}

TEST(abi, info_offers_dirty_scope)
{
	struct vfio_iommu_type1_info_cap_dirty_scope *cap;
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	window(dev, 3);
	ok(get_info(vm, sizeof(buf)));
	cap = (void *)find_cap(VFIO_IOMMU_TYPE1_INFO_CAP_DIRTY_SCOPE);
	if (!cap)
		missing("the scope in VFIO_IOMMU_GET_INFO");
	equal(cap->header.version, 1);
	equal(cap->flags, VFIO_IOMMU_DIRTY_SCOPE_PINNED);
	equal(cap->reserved, 0);
	equal(cap->nr_groups, 1);
	equal(cap->pinned_pages, 1);
	check((uint8_t *)(cap + 1) <= buf + info->argsz);
}

TEST(abi, info_keeps_the_old_capabilities)
{
	struct vm *vm = vm_new();

	vm_add_pci(vm, lone_edu(1));
	ok(get_info(vm, sizeof(buf)));
	check(find_cap(VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION));
	check(find_cap(VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL));
	check(find_cap(VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE));
}

TEST(abi, info_with_bad_address_faults)
{
	struct vm *vm = vm_new();

	vm_emulated(vm);
	refused(raw(vm->fd, VFIO_IOMMU_GET_INFO, NULL), EFAULT);
}

TEST(abi, container_without_iommu_refuses_all)
{
	struct vm *vm = vm_new();

	refused(get_info(vm, sizeof(buf)), EINVAL);
	refused(try_map(vm, 0, PAGES, PINSCOPE_MAP_RW), EINVAL);
	refused(try_unmap(vm, 0, PAGES), EINVAL);
	refused(pinscope_dirty_start(vm->container), EINVAL);
	refused(pinscope_dirty_stop(vm->container), EINVAL);
}

/* Neither without a group, nor another time */
TEST(abi, iommu_is_set_once_and_for_groups)
{
	struct vm *vm = vm_new();

	refused(raw(vm->fd, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU),
		EINVAL);
	vm_emulated(vm);
	refused(raw(vm->fd, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU),
		EINVAL);
	ok(try_unmap(vm, 0, PAGES));
}
