// SPDX-License-Identifier: GPL-2.0-only
/* Which devices are refused, by what the trees say of them. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define UUID	"aabbccdd-0000-4000-8000-00000000000c"

/* A function with its group; without driver, or group, if that is NULL or 0. */
static void put_function(const char *address, unsigned int group, const char *driver)
{
	char name[128], target[128];

	snprintf(name, sizeof(name), "sys/devices/pci2/%s/class", address);
	put(name, "0x020000\n");
	snprintf(name, sizeof(name), "sys/bus/pci/devices/%s", address);
	snprintf(target, sizeof(target), "../../../devices/pci2/%s", address);
	put_link(name, target);
	if (driver) {
		snprintf(name, sizeof(name), "sys/devices/pci2/%s/driver", address);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
		put_link(name, target);
	}
	if (!group)
		return;
	snprintf(name, sizeof(name), "sys/devices/pci2/%s/iommu_group", address);
	snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%u", group);
	put_link(name, target);
	snprintf(name, sizeof(name), "sys/kernel/iommu_groups/%u/devices/%s", group, address);
	put(name, "%s", "");
}

/* VFIO has the group, and its node is there. */
static void put_vfio(unsigned int group)
{
	char name[64];

	snprintf(name, sizeof(name), "sys/class/vfio/%u/", group);
	put_dir(name);
	snprintf(name, sizeof(name), "dev/vfio/%u", group);
	put(name, "%s", "");
}

static void test_refused(void)
{
	put_function("0000:02:00.0", 0, "e1000e");
	result(says(3, "no IOMMU translates what 0000:02:00.0 does: switch it on",
		    "certify 02:00.0"), "certify.no_iommu");
	put_function("0000:02:01.0", 21, "e1000e");
	result(says(3, "belongs to its driver e1000e: with --bind vfio-pci gets it",
		    "certify 02:01.0"), "certify.other_driver");
	put_function("0000:02:02.0", 22, NULL);
	result(says(3, "has no driver: with --bind", "certify 02:02.0"), "certify.no_driver");

	put_function("0000:02:03.0", 23, "vfio-pci");
	put_function("0000:02:03.1", 23, "vfio-pci");
	put_vfio(23);
	result(says(3, "IOMMU group 23 of 0000:02:03.0 has other members, 0000:02:03.1 among them",
		    "certify 02:03.0"), "certify.other_members");
	put_function("0000:02:04.0", 24, "vfio-pci");
	put_function("0000:02:04.1", 24, "pcieport");
	put("sys/devices/pci2/0000:02:04.1/class", "0x060400\n");
	put_vfio(24);
	result(says(3, "cannot open dev/vfio/vfio: No such file or directory; 'modprobe -a vfio",
		    "certify 02:04.0"), "certify.bridge_is_no_member");

	put_function("0000:02:05.0", 25, "vfio-pci");
	put_vfio(25);
	put_link("proc/4242/fd/7", "/dev/vfio/25");
	put("proc/4242/comm", "qemu\n");
	result(says(3, "0000:02:05.0 is in use by qemu (pid 4242): end that first",
		    "certify 02:05.0"), "certify.in_use");
}

static void test_bind(void)
{
	put_function("0000:02:06.0", 26, "e1000e");
	put("sys/devices/pci2/0000:02:06.0/net/eth9/flags", "0x1003\n");
	put_link("sys/class/net/eth9", "../../devices/pci2/0000:02:06.0/net/eth9");
	result(says(3, "is in use: it has the network interface eth9; set it down first",
		    "certify --bind 02:06.0"), "certify.interface_is_up");
	put("sys/devices/pci2/0000:02:06.0/net/eth9/flags", "0x1002\n");
	result(says(3, "cannot give 0000:02:06.0 to vfio-pci: its module is not loaded",
		    "certify --bind 02:06.0"), "certify.no_vfio_pci");

	put_function("0000:02:07.0", 27, "vgpu");
	put_dir("sys/devices/pci2/0000:02:07.0/" UUID "/");
	put_link("sys/bus/mdev/devices/" UUID, "../../../devices/pci2/0000:02:07.0/" UUID);
	result(says(3, "is in use: it has the mdev " UUID "; name that, or remove it first",
		    "certify --bind 02:07.0"), "certify.parent_of_mdev");
}

/* With nodes that can be opened, and are none of VFIO. */
static void test_nodes(void)
{
	struct json_object *root;

	put("dev/vfio/vfio", "%s", "");
	put_function("0000:02:08.0", 28, "vfio-pci");
	put_vfio(28);
	result(says(2, "both names are of one device",
		    "certify 02:08.0 \"$PWD/sys/bus/pci/devices/0000:02:08.0\""),
	       "certify.twice_by_path");
	result(says(3, "nothing can be said of 0000:02:08.0: cannot open a container",
		    "certify 02:08.0"), "certify.no_container");
	root = json_of("certify --json 02:08.0");
	result(json_is(root, "device", "02:08.0") && json_at(root, "error") &&
	       !json_at(root, "verdict"), "certify.json_of_refusal");
	json_object_put(root);
	put_function("0000:02:09.0", 29, "vfio-pci");
	put_dir("sys/class/vfio/29/");
	put("dev/vfio/noiommu-29", "%s", "");
	result(says(3, "no IOMMU translates", "certify 02:09.0"), "certify.noiommu");
	unlink("dev/vfio/vfio");
}

void test_certify(void)
{
	test_refused();
	test_bind();
	test_nodes();
}
