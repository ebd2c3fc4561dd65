// SPDX-License-Identifier: GPL-2.0
/*
 * R6: the backend flags each group, and what it says of the whole container
 * follows every change of any group at once.
 */
#include "fixtures/vm.h"

TEST(r06, container_follows_each_group)
{
	struct vm *vm = vm_new();
	struct device *a = vm_optin(vm, lone_edu(0), "precopy");
	struct device *b = vm_optin(vm, lone_edu(1), "precopy");

	window(a, 1);
	window(b, 2);
	start(vm);
	equal(scope_of(vm).nr_groups, 2);
	equal(scope_of(vm).nr_groups_wide, 2);
	check(!scope_pinned(vm));
	enter(a, PINSCOPE_STATE_PRE_COPY);
	equal(scope_of(vm).nr_groups_wide, 1);
	check(!scope_pinned(vm));
	same(dirty(vm), ALL);
	enter(b, PINSCOPE_STATE_PRE_COPY);
	equal(scope_of(vm).nr_groups_wide, 0);
	check(scope_pinned(vm));
	enter(a, PINSCOPE_STATE_RUNNING);
	equal(scope_of(vm).nr_groups_wide, 1);
	check(!scope_pinned(vm));
}

TEST(r06, container_follows_attach_and_detach)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *pci;

	check(scope_pinned(vm));
	pci = vm_add_pci(vm, lone_edu(1));
	equal(scope_of(vm).nr_groups, 2);
	equal(scope_of(vm).nr_groups_wide, 1);
	check(!scope_pinned(vm));
	leave_vm(pci);
	equal(scope_of(vm).nr_groups, 1);
	equal(scope_of(vm).nr_groups_wide, 0);
	check(scope_pinned(vm));
	window(em, 1);
	check(scope_pinned(vm));
}
