// SPDX-License-Identifier: GPL-2.0
/*
 * R7: if a container has IOMMU-backed groups and not all of them are limited,
 * everything is dirty; a container of emulated devices only is always limited.
 */
#include "fixtures/edu.h"
#include "fixtures/vm.h"

TEST(r07, emulated_and_vfio_pci_make_everything_dirty)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);

	vm_add_pci(vm, lone_edu(1));
	start(vm);
	same(dirty(vm), ALL);
	window(em, 3);
	same(dirty(vm), ALL);
	no_window(em, 3);
	same(dirty(vm), ALL);
}

TEST(r07, emulated_pin_does_not_narrow_backed)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *backed = vm_backed(vm, lone_edu(0));

	window(em, 3);
	start(vm);
	same(dirty(vm), ALL);
	writes(backed, 12);
	window(em, 4);
	same(dirty(vm), ALL);
}

TEST(r07, vfio_pci_joins_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *pci;

	window(em, 3);
	start(vm);
	same(dirty(vm), P(3));
	pci = vm_add_pci(vm, lone_edu(1));
	same(dirty(vm), ALL);
	edu_writes(pci, 11);
	same(dirty(vm), ALL);
}

TEST(r07, vfio_pci_leaves_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *pci = vm_add_pci(vm, lone_edu(1));

	window(em, 3);
	start(vm);
	same(dirty(vm), ALL);
	edu_writes(pci, 11);
	leave_vm(pci);
	/* What it wrote since the last GET may be anywhere: once more all. */
	same(dirty(vm), ALL);
	same(dirty(vm), P(3));
}

TEST(r07, optin_and_backed_make_everything_dirty)
{
	struct vm *vm = vm_new();
	struct device *optin = vm_optin(vm, lone_edu(0), "start");
	struct device *backed = vm_backed(vm, lone_edu(1));

	window(optin, 3);
	start(vm);
	equal(pins(optin), 1);
	same(dirty(vm), ALL);
	writes(backed, 10);
	same(dirty(vm), ALL);
}

TEST(r07, all_opted_in_is_narrow)
{
	struct vm *vm = vm_new();
	struct device *a = vm_optin(vm, lone_edu(0), "start");
	struct device *b = vm_optin(vm, lone_edu(1), "start");
	struct device *em = vm_emulated(vm);

	window(a, 1);
	window(b, 5);
	window(em, 9);
	start(vm);
	same(dirty(vm), P(1) | P(5) | P(9));
	same(dirty(vm), P(1) | P(5) | P(9));
}

TEST(r07, backed_joins_and_leaves_while_tracking)
{
	struct vm *vm = vm_new();
	struct device *optin = vm_optin(vm, lone_edu(0), "start");
	struct device *backed;

	window(optin, 3);
	start(vm);
	same(dirty(vm), P(3));
	backed = vm_backed(vm, lone_edu(1));
	same(dirty(vm), ALL);
	writes(backed, 6);
	leave_vm(backed);
	holds(dirty(vm), P(6) | P(3));
	same(dirty(vm), P(3));
}

TEST(r07, vfio_pci_joins_and_leaves_optin)
{
	struct vm *vm = vm_new();
	struct device *optin = vm_optin(vm, lone_edu(0), "start");
	struct device *pci;

	window(optin, 3);
	start(vm);
	same(dirty(vm), P(3));
	pci = vm_add_pci(vm, lone_edu(1));
	same(dirty(vm), ALL);
	edu_writes(pci, 14);
	leave_vm(pci);
	holds(dirty(vm), P(14) | P(3));
	same(dirty(vm), P(3));
}

TEST(r07, emulated_joins_and_leaves_optin)
{
	struct vm *vm = vm_new();
	struct device *optin = vm_optin(vm, lone_edu(0), "start");
	struct device *em;

	window(optin, 3);
	start(vm);
	same(dirty(vm), P(3));
	em = vm_emulated(vm);
	same(dirty(vm), P(3));
	window(em, 8);
	same(dirty(vm), P(3) | P(8));
	leave_vm(em);
	same(dirty(vm), P(3) | P(8));
	same(dirty(vm), P(3));
}

TEST(r07, last_backed_leaves_emulated_behind)
{
	struct vm *vm = vm_new();
	struct device *em = vm_emulated(vm);
	struct device *backed = vm_backed(vm, lone_edu(0));

	window(em, 2);
	start(vm);
	same(dirty(vm), ALL);
	leave_vm(backed);
	same(dirty(vm), ALL);
	same(dirty(vm), P(2));
	writes(em, 2);
}
