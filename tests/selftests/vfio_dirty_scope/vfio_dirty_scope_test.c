// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a dirty bitmap covers if nobody has written: everything that is mapped, as
 * long as a device is in the container of which the kernel does not know where it
 * writes, else the pages that drivers have pinned.
 */
#include <errno.h>
#include <stdint.h>

#include "../kselftest_harness.h"

#include "vm.h"

#define PAGE_A 3
#define PAGE_B 40

FIXTURE(scope)
{
	struct vm vm;
};

FIXTURE_VARIANT(scope)
{
	enum device_kind kind;
	const char *mode;
};

FIXTURE_VARIANTS_OF_KINDS(scope);

FIXTURE_SETUP(scope)
{
	int ret = vm_open(&self->vm, variant->mode, variant->kind, 0);

	if (ret > 0)
		SKIP(return, "%s", self->vm.why);
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(scope)
{
	vm_close(&self->vm);
}

/* A driver that pins has something to pin, and one that does not has not */
static int prepare(struct vm *vm)
{
	return vm_prepare(vm, PAGE_A) ?: vm_prepare(vm, PAGE_B);
}

#define PREPARE_OR_SKIP(vm)							\
do {										\
	int _ret = prepare(vm);							\
										\
	if (_ret == -EOPNOTSUPP)						\
		SKIP(return, "nothing is known that makes %s do DMA", (vm)->dev.name); \
	ASSERT_EQ(0, _ret);							\
} while (0)

TEST_F(scope, of_a_device_that_does_nothing)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	/* That it was read is no reason to be clean */
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	ASSERT_EQ(0, dirty_stop(vm->container));
}

TEST_F(scope, of_a_device_with_buffers)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
}

TEST_F(scope, of_a_buffer_that_is_given_back)
{
	struct vm *vm = &self->vm;
	uint64_t bits, before;

	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, dirty_start(vm->container));
	before = vm_scope_after(vm);
	ASSERT_EQ(0, vm_forget(vm, PAGE_B));
	/* The device may have written it until then */
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(before, bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
}

TEST_F(scope, of_a_group_whose_device_is_not_open)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	device_close(&vm->dev);
	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, vm_get(vm, &bits));
	/* It may be opened, and write, at any time */
	EXPECT_EQ(vm_scope_before(vm), bits);
}

TEST_F(scope, is_wide_again_once_the_device_is_closed)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, vm_get(vm, &bits));
	device_close(&vm->dev);
	vm->prepared = 0;
	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_before(vm), bits);
}

TEST_F(scope, after_a_reset)
{
	struct vm *vm = &self->vm;
	uint64_t bits;
	int ret;

	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, dirty_start(vm->container));
	ret = device_reset(&vm->dev);
	if (ret == -ENOTTY)
		SKIP(return, "%s has no reset", vm->dev.name);
	ASSERT_EQ(0, ret);
	/* The device has forgotten its buffers, its driver its pins */
	vm->prepared = 0;
	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
}

TEST_F(scope, with_an_assigned_device_beside_it)
{
	const char *name = kind_device(PCI);
	struct vm *vm = &self->vm;
	struct device other;
	uint64_t bits;

	if (variant->kind == PCI)
		SKIP(return, "it is the other devices that change");
	if (!name)
		SKIP(return, "no second device: set %s to %s", kinds[PCI].variable,
		     kinds[PCI].what);
	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, device_open_group(&other, name));
	ASSERT_EQ(0, dirty_start(vm->container));

	ASSERT_EQ(0, device_join(&other, vm->container));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(VM_ALL, bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(VM_ALL, bits);

	/* What it wrote last is in the first bitmap after that */
	ASSERT_EQ(0, device_leave(&other));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(VM_ALL, bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	device_close_all(&other);
}

#define SCOPE_OR_SKIP(vm, info)							\
do {										\
	ASSERT_EQ(0, container_get_info((vm)->container, info));		\
	if (!(info)->has_scope)							\
		SKIP(return, "the kernel does not tell the scope of a container"); \
} while (0)

TEST_F(scope, is_told_as_a_capability)
{
	struct vm *vm = &self->vm;
	struct container_info info;
	bool wide;

	SCOPE_OR_SKIP(vm, &info);
	PREPARE_OR_SKIP(vm);
	ASSERT_EQ(0, container_get_info(vm->container, &info));
	wide = !vm->kind->narrow_before;
	EXPECT_EQ(!wide, !!(info.scope.flags & VFIO_IOMMU_DIRTY_SCOPE_PINNED));
	EXPECT_EQ(0, info.scope.flags & VFIO_IOMMU_DIRTY_SCOPE_TRACKING);
	EXPECT_EQ(1, info.scope.nr_groups);
	EXPECT_EQ(wide, info.scope.nr_groups_wide);
	EXPECT_EQ(1, info.scope.nr_devices);
	EXPECT_EQ(wide, info.scope.nr_devices_wide);
	EXPECT_EQ(wide ? 0 : 2, info.scope.pinned_pages);

	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, container_get_info(vm->container, &info));
	wide = !vm->kind->narrow_after;
	EXPECT_EQ(!wide, !!(info.scope.flags & VFIO_IOMMU_DIRTY_SCOPE_PINNED));
	EXPECT_EQ(VFIO_IOMMU_DIRTY_SCOPE_TRACKING,
		  info.scope.flags & VFIO_IOMMU_DIRTY_SCOPE_TRACKING);
	EXPECT_EQ(wide, info.scope.nr_groups_wide);
	EXPECT_EQ(wide, info.scope.nr_devices_wide);
	EXPECT_EQ(wide ? 0 : 2, info.scope.pinned_pages);
}

TEST_F(scope, has_no_memory_that_devices_only_read)
{
	struct vm *vm = &self->vm;
	struct container_info info;
	uint64_t bits = 0;

	SCOPE_OR_SKIP(vm, &info);
	ASSERT_EQ(0, dirty_start(vm->container));
	ASSERT_EQ(0, dirty_get(vm->container, vm->dev.scratch_iova, vm->page_size,
			       vm->page_size, &bits, sizeof(bits)));
	EXPECT_EQ(0, bits);
}

int main(int argc, char **argv)
{
	kinds_from_arguments(&argc, argv);
	return test_harness_run(argc, argv);
}
