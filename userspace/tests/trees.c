// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of what the library reads of the system's trees, which are prepared in
 * a directory.
 */
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "unit.h"

static char tree[32] = "/tmp/pinscope-unit-XXXXXX";

static void __attribute__((format(printf, 2, 3))) put(const char *text, const char *fmt, ...)
{
	char path[512], *slash;
	va_list args;
	FILE *file;

	snprintf(path, sizeof(path), "%s/", tree);
	va_start(args, fmt);
	vsnprintf(path + strlen(path), sizeof(path) - strlen(path), fmt, args);
	va_end(args);
	for (slash = path + strlen(tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (!text)
		return;
	file = fopen(path, "we");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

static void put_link(const char *target, const char *name)
{
	char path[512];

	put(NULL, "%s", name);
	snprintf(path, sizeof(path), "%s/%s", tree, name);
	if (symlink(target, path))
		perror(path);
}

#define UUID "aabbccdd-0000-4000-8000-000000000001"

static void test_system(void)
{
	char text[PINSCOPE_PATH_MAX], tiny[4];
	unsigned int value;

	put("12\n", "devices/pci0/0000:00:06.0/" UUID "/pinned_pages");
	put(NULL, "kernel/iommu_groups/9/devices/" UUID "/");
	put(NULL, "kernel/iommu_groups/5/devices/0000:00:06.0/");
	put_link("../../../devices/pci0/0000:00:06.0", "bus/pci/devices/0000:00:06.0");
	put_link("../../../devices/pci0/0000:00:06.0/" UUID, "bus/mdev/devices/" UUID);
	put_link("../../../../kernel/iommu_groups/9",
		 "devices/pci0/0000:00:06.0/" UUID "/iommu_group");
	put_link("../../../devices/pci0/0000:00:06.0", "class/vfio/9/backing");
	put_link("../../devices/pci0/0000:00:06.0", "class/mdev_bus/0000:00:06.0");
	put("3\n", "devices/pci0/0000:00:06.0/mdev_supported_types/a-dma/available_instances");
	put("vfio-pci\n", "devices/pci0/0000:00:06.0/mdev_supported_types/a-dma/device_api");
	put_link("../mdev_supported_types/a-dma", "devices/pci0/0000:00:06.0/" UUID "/mdev_type");

	check(!pinscope_device_name("00:06.0", text, sizeof(text)) &&
	      !strcmp(text, "0000:00:06.0"), "system.pci_without_domain");
	check(!pinscope_device_name("AABBCCDD-0000-4000-8000-000000000001", text, sizeof(text)) &&
	      !strcmp(text, UUID), "system.uuid_in_capitals");
	check(pinscope_device_name("../pci0", text, sizeof(text)) == -ENODEV &&
	      pinscope_device_name("..", text, sizeof(text)) == -ENODEV &&
	      pinscope_device_name("", text, sizeof(text)) == -ENODEV, "system.no_way_out");
	check(pinscope_device_name("0000:00:06.0", tiny, sizeof(tiny)) == -ENAMETOOLONG,
	      "system.name_too_long");
	check(!pinscope_device_group(UUID, &value) && value == 9, "system.group");
	check(pinscope_device_group("0000:00:06.0", &value) == -ENOENT, "system.no_group");
	check(!pinscope_group_members(9, &value) && value == 1, "system.members");
	check(pinscope_group_members(77, &value) == -ENOENT, "system.no_such_group");
	check(!pinscope_group_backing(9, text, sizeof(text)) && !strcmp(text, "0000:00:06.0"),
	      "system.backing");
	check(pinscope_group_backing(5, text, sizeof(text)) == -ENOENT, "system.no_backing");
	check(pinscope_device_driver(UUID, text, sizeof(text)) == -ENOENT, "system.no_driver");
	check(!pinscope_device_attr_read(UUID, "pinned_pages", text, sizeof(text)) &&
	      !strcmp(text, "12"), "system.attribute");
	check(pinscope_device_attr_write(UUID, "absent", "1") == -ENOENT,
	      "system.attribute_absent");
}

static void test_mdev(void)
{
	struct pinscope_mdev_type *types;
	struct pinscope_mdev *mdevs;
	char uuid[PINSCOPE_UUID_SIZE];
	size_t nr;

	check(!pinscope_mdev_types_find(&types, &nr) && nr == 1 &&
	      !strcmp(types[0].parent, "0000:00:06.0") && !strcmp(types[0].type, "a-dma") &&
	      types[0].available == 3 && !*types[0].description, "mdev.types");
	pinscope_mdev_types_free(types);
	check(!pinscope_mdev_find(&mdevs, &nr) && nr == 1 && !strcmp(mdevs[0].uuid, UUID) &&
	      !strcmp(mdevs[0].parent, "0000:00:06.0") && !strcmp(mdevs[0].type, "a-dma"),
	      "mdev.devices");
	pinscope_mdev_free(mdevs);
	check(pinscope_mdev_create("nobody", "a-dma", UUID) == -ENODEV, "mdev.no_parent");
	check(pinscope_mdev_remove("aabbccdd-0000-4000-8000-000000000002") == -ENODEV,
	      "mdev.no_device");
	check(!pinscope_uuid_random(uuid) && strlen(uuid) == 36, "mdev.uuid");
	check(pinscope_pci_bind("0000:00:06.0", "nothing") == -ENOENT, "pci.no_driver");
	check(pinscope_pci_bind("0000:99:06.0", "nothing") == -ENODEV, "pci.no_function");
}

/* Of a file of the tree: its contents without the newline. */
static bool holds(const char *name, const char *text)
{
	char path[512], line[128] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, text);
}

/* Files that stand for those of a driver that does not take the function. */
static void test_bind(void)
{
	put("(null)\n", "devices/pci0/0000:00:06.0/driver_override");
	put_link("../../../bus/pci", "devices/pci0/0000:00:06.0/subsystem");
	put_link("../../../bus/pci/drivers/before", "devices/pci0/0000:00:06.0/driver");
	put("", "bus/pci/drivers/before/unbind");
	put("", "bus/pci/drivers/before/bind");
	put(NULL, "bus/pci/drivers/shy/");
	put("", "bus/pci/drivers_probe");
	check(pinscope_pci_bind("0000:00:06.0", "shy") == -EIO, "pci.driver_takes_nothing");
	check(holds("bus/pci/drivers/before/unbind", "0000:00:06.0") &&
	      holds("bus/pci/drivers_probe", "0000:00:06.0"), "pci.tried");
	check(holds("bus/pci/drivers/before/bind", "0000:00:06.0") &&
	      holds("devices/pci0/0000:00:06.0/driver_override", ""), "pci.old_driver_is_back");

	put("before\n", "devices/pci0/0000:00:06.0/driver_override");
	check(pinscope_pci_bind("0000:00:06.0", "shy") == -EIO &&
	      holds("devices/pci0/0000:00:06.0/driver_override", "before"),
	      "pci.old_override_is_back");
}

/* A process that holds a group, twice, and one that uses iommufd. */
static void test_holders(void)
{
	struct pinscope_holder *holders;
	char proc[64];
	size_t nr, i;
	unsigned int good = 0;

	snprintf(proc, sizeof(proc), "%s/proc", tree);
	setenv("PINSCOPE_PROC", proc, 1);
	put("vmm\n", "proc/71/comm");
	put_link("/dev/vfio/12", "proc/71/fd/3");
	put_link("/dev/vfio/12", "proc/71/fd/4");
	put_link("/dev/vfio/vfio", "proc/71/fd/5");
	put_link("/dev/vfio/4294967296", "proc/71/fd/6");
	put("dpdk\n", "proc/72/comm");
	put_link("/dev/vfio/devices/vfio0", "proc/72/fd/9");
	put_link("/dev/iommu", "proc/72/fd/10");
	put_link("/dev/vfio/13 (deleted)", "proc/72/fd/11");
	put_link("/dev/null", "proc/72/fd/12");
	check(!pinscope_holders_find(&holders, &nr) && nr == 4, "holders.find");
	for (i = 0; i < nr; i++) {
		const struct pinscope_holder *holder = &holders[i];

		if (holder->pid == 71)
			good += holder->has_group && holder->group == 12 &&
				!strcmp(holder->node, "vfio/12") && !strcmp(holder->comm, "vmm");
		else if (holder->has_group)
			good += holder->group == 13 && !strcmp(holder->node, "vfio/13");
		else
			good += !strcmp(holder->node, "vfio/devices/vfio0") ||
				!strcmp(holder->node, "iommu");
	}
	check(good == 4, "holders.groups_devices_and_iommufd");
	pinscope_holders_free(holders);
	unsetenv("PINSCOPE_PROC");
}

static const char shown[] =
	"owner 812 qemu system\nscope wide\ntracking on\npinned_pages 12\ngroups 1\n"
	"groups_wide 1\ndevices 1\ndevices_wide 1\ngroup 10 scope wide\n";

static void test_debugfs(void)
{
	struct pinscope_scope_list list;
	char debugfs[64];

	snprintf(debugfs, sizeof(debugfs), "%s/debug", tree);
	setenv("PINSCOPE_DEBUGFS", debugfs, 1);
	check(pinscope_scope_read_all(&list) == -ENOENT, "debugfs.absent");
	put(NULL, "debug/");
	check(pinscope_scope_read_all(&list) == -ENOENT, "debugfs.not_mounted");
	put(NULL, "debug/x86/");
	check(pinscope_scope_read_all(&list) == -EOPNOTSUPP, "debugfs.stock_core");
	put(NULL, "debug/vfio/containers/");
	check(!pinscope_scope_read_all(&list) && !list.nr, "debugfs.no_container");
	pinscope_scope_list_release(&list);
	put(shown, "debug/vfio/containers/12/scope");
	put("owner 1 init\n", "debug/vfio/containers/3/scope");
	put(NULL, "debug/vfio/containers/4/");
	check(!pinscope_scope_read_all(&list) && list.nr == 2 && !strcmp(list.views[0].id, "3") &&
	      list.views[1].nr_groups == 1, "debugfs.two_and_one_that_goes");
	pinscope_scope_list_release(&list);
	put("owner 9 q\nscope x\n", "debug/vfio/containers/5/scope");
	check(!pinscope_scope_read_all(&list) && list.nr == 3 && list.views[1].garbled &&
	      !strcmp(list.views[1].id, "5") && !list.views[1].has_iommu &&
	      !list.views[2].garbled && list.views[2].nr_groups == 1,
	      "debugfs.malformed_hides_no_other");
	pinscope_scope_list_release(&list);
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

void test_trees(void)
{
	if (!mkdtemp(tree)) {
		check(false, "trees");
		return;
	}
	setenv("PINSCOPE_SYSFS", tree, 1);
	test_system();
	test_mdev();
	test_bind();
	test_holders();
	test_debugfs();
	nftw(tree, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
