// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that is migrated: what it writes in each state is reported, and a driver
 * that pins while its device saves narrows what is.
 */
#include <errno.h>
#include <stdint.h>

#include "../kselftest_harness.h"

#include "vm.h"

#define PAGE_A 3
#define PAGE_B 40

FIXTURE(migration)
{
	struct vm vm;
	int data;
};

FIXTURE_VARIANT(migration)
{
	enum device_kind kind;
	const char *mode;
};

FIXTURE_VARIANTS_OF_KINDS(migration);

FIXTURE_SETUP(migration)
{
	struct vm *vm = &self->vm;
	int ret = vm_open(vm, variant->mode, variant->kind, 0);

	self->data = -1;
	if (ret > 0)
		SKIP(return, "%s", vm->why);
	ASSERT_EQ(0, ret);
	if (!(device_migration_flags(&vm->dev) & VFIO_MIGRATION_PRE_COPY))
		SKIP(return, "%s has no PRE_COPY", vm->dev.name);
	ret = vm_prepare(vm, PAGE_A) ?: vm_prepare(vm, PAGE_B);
	if (ret == -EOPNOTSUPP)
		SKIP(return, "nothing is known that makes %s do DMA", vm->dev.name);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, dirty_start(vm->container));
}

FIXTURE_TEARDOWN(migration)
{
	if (self->data >= 0)
		close(self->data);
	vm_close(&self->vm);
}

#define EXPECT_REPORTED(pages, bits) EXPECT_EQ(pages, (pages) & (bits))

#define GO_TO(state)								\
do {										\
	int _data;								\
										\
	ASSERT_EQ(0, device_set_state(&self->vm.dev, VFIO_DEVICE_STATE_##state,	\
				      &_data));					\
	if (_data >= 0)								\
		self->data = _data;						\
} while (0)

TEST_F(migration, scope_while_the_device_saves)
{
	struct vm *vm = &self->vm;
	uint64_t bits, saving = vm_scope_after(vm);

	if (variant->kind == PRECOPY)
		saving = vm->prepared;
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	GO_TO(PRE_COPY);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(saving, bits);
	GO_TO(STOP_COPY);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(saving, bits);
}

TEST_F(migration, scope_after_it_is_cancelled)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	GO_TO(PRE_COPY);
	ASSERT_EQ(0, vm_get(vm, &bits));
	GO_TO(RUNNING);
	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_EQ(vm_scope_after(vm), bits);
}

TEST_F(migration, what_is_written_in_each_state_is_reported)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	/* Before the driver may have begun to pin */
	ASSERT_EQ(0, vm_write(vm, PAGE_A, 1));
	GO_TO(PRE_COPY);
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 2));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_A) | P(PAGE_B), bits);
	/* After the last bitmap of a round, then the device stops */
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 3));
	GO_TO(STOP_COPY);
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_B), bits);
}

TEST_F(migration, what_is_written_before_it_is_cancelled_is_reported)
{
	struct vm *vm = &self->vm;
	uint64_t bits;

	GO_TO(PRE_COPY);
	ASSERT_EQ(0, vm_get(vm, &bits));
	ASSERT_EQ(0, vm_write(vm, PAGE_A, 1));
	GO_TO(RUNNING);
	ASSERT_EQ(0, vm_write(vm, PAGE_B, 2));
	ASSERT_EQ(0, vm_get(vm, &bits));
	EXPECT_REPORTED(P(PAGE_A) | P(PAGE_B), bits);
}

/* A device that stands still makes nothing dirty, its state can be read to the end */
TEST_F(migration, stream_comes_to_an_end)
{
	size_t total = 0;
	char part[4096];
	ssize_t n;

	GO_TO(STOP_COPY);
	ASSERT_LE(0, self->data);
	do {
		n = read(self->data, part, sizeof(part));
		ASSERT_LE(0, n);
		total += n;
		ASSERT_GT(1u << 30, total);
	} while (n);
	EXPECT_LT(0, total);
	GO_TO(STOP);
	GO_TO(RUNNING);
}

int main(int argc, char **argv)
{
	kinds_from_arguments(&argc, argv);
	return test_harness_run(argc, argv);
}
