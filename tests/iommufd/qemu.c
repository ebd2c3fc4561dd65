// SPDX-License-Identifier: GPL-2.0
/* QEMU opens devices by iommufd. */
#include "fixtures/space.h"

/* Starts, realizes the device, and quits when told to. */
static int qemu(const char *device)
{
	return command("echo '{\"execute\":\"qmp_capabilities\"}{\"execute\":\"quit\"}' | "
		       "timeout %u qemu-system-x86_64 -accel tcg -machine q35 -m 64M "
		       "-nodefaults -display none -S -qmp stdio "
		       "-object iommufd,id=iommufd0 "
		       "-device vfio-pci,%s,iommufd=iommufd0",
		       60 * time_factor(), device);
}

TEST(qemu, opens_an_emulated_device, .limit = 90)
{
	space_new();
	equal(qemu(text("sysfsdev=%s", mdev_new(EMULATED, NULL)->path)), 0);
}

TEST(qemu, opens_a_pci_function, .limit = 90, .log = UNSAFE_INTERRUPTS)
{
	space_new();
	need_module("vfio_pci");
	pci_bind(lone_edu(0), "vfio-pci");
	equal(qemu(text("host=%s", lone_edu(0))), 0);
}
