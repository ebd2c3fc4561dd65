// SPDX-License-Identifier: GPL-2.0
/* Devices of the software IOMMU: making them, groups, bad input, removal. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <pinscope/system.h>

#include "fixtures/release.h"
#include "fixtures/soft.h"

static unsigned int group_of(const char *sim)
{
	unsigned int group;

	ok(pinscope_device_group(sim, &group));
	return group;
}

static unsigned int members(unsigned int group)
{
	unsigned int nr;

	ok(pinscope_group_members(group, &nr));
	return nr;
}

TEST(sim, groups_have_the_size_asked_for)
{
	const char *first, *other;
	int size, i;

	for (size = 1; size <= 4; size++) {
		first = sim_new(SIM_GROUP + size, NULL);
		for (i = 1; i < size; i++)
			equal(group_of(sim_new(SIM_GROUP + size, NULL)),
			      group_of(first));
		equal(members(group_of(first)), size);
	}
	other = sim_new(SIM_GROUP, NULL);
	check(group_of(other) != group_of(first));
}

TEST(sim, devices_get_groups_of_their_own)
{
	need_sim();
	ok(sim_try_mkdir("test-a"));
	ok(sim_try_mkdir("test-b"));
	check(strcmp(sim_get("test-a", "group"), sim_get("test-b", "group")));
	equal(strcmp(sim_get("test-a", "page_size"), "4096"), 0);
	equal(strcmp(sim_get("test-a", "dirty_tracking"), "1"), 0);
	equal(strcmp(sim_get("test-a", "live"), "0"), 0);
}

static bool exists(const char *device)
{
	return !access(text("/sys/bus/platform/devices/%s", device), F_OK);
}

TEST(sim, bad_names_are_refused)
{
	need_sim();
	refused(sim_try_mkdir("test.a"), EINVAL);
	refused(sim_try_mkdir("test a"), EINVAL);
	refused(sim_try_mkdir("test-567890123456789012345678901234"),
		ENAMETOOLONG);
	ok(sim_try_mkdir("test-567890123456789012345678901"));
	ok(sim_put("test-567890123456789012345678901", "live", "1"));
	refused(sim_try_mkdir("test-567890123456789012345678901"), EEXIST);
}

TEST(sim, bad_values_are_refused)
{
	need_sim();
	ok(sim_try_mkdir("test-a"));
	refused(sim_put("test-a", "group", "one"), EINVAL);
	refused(sim_put("test-a", "group", "-1"), EINVAL);
	refused(sim_put("test-a", "group", "4294967296"), ERANGE);
	refused(sim_put("test-a", "page_size", "8192"), EINVAL);
	refused(sim_put("test-a", "page_size", "2097152"), EINVAL);
	refused(sim_put("test-a", "page_size", "0"), EINVAL);
	refused(sim_put("test-a", "dirty_tracking", "maybe"), EINVAL);
	refused(sim_put("test-a", "live", "maybe"), EINVAL);
	equal(strcmp(sim_get("test-a", "page_size"), "4096"), 0);
	equal(strcmp(sim_get("test-a", "live"), "0"), 0);
	check(!exists("pinscope_sim.test-a"));
}

TEST(sim, a_group_has_one_page_size_and_tracking)
{
	need_sim();
	sim_new(SIM_GROUP, NULL);
	ok(sim_try_mkdir("test-a"));
	ok(sim_put("test-a", "group", text("%u", SIM_GROUP)));
	ok(sim_put("test-a", "page_size", "65536"));
	refused(sim_put("test-a", "live", "1"), EEXIST);
	equal(strcmp(sim_get("test-a", "live"), "0"), 0);
	check(!exists("pinscope_sim.test-a"));
	ok(sim_put("test-a", "page_size", "4096"));
	ok(sim_put("test-a", "dirty_tracking", "0"));
	refused(sim_put("test-a", "live", "1"), EEXIST);
	ok(sim_put("test-a", "dirty_tracking", "1"));
	ok(sim_put("test-a", "live", "1"));
	check(exists("pinscope_sim.test-a"));
}

TEST(sim, a_live_device_does_not_change)
{
	const char *sim = sim_new(SIM_GROUP, NULL), *item = sim_item(sim);

	refused(sim_put(item, "group", "1"), EBUSY);
	refused(sim_put(item, "page_size", "65536"), EBUSY);
	refused(sim_put(item, "dirty_tracking", "0"), EBUSY);
	refused(sim_try_rmdir(item), EBUSY);
	check(exists(sim));
	ok(sim_put(item, "live", "1"));
	ok(sim_put(item, "live", "0"));
	check(!exists(sim));
	ok(sim_put(item, "live", "0"));
	ok(sim_put(item, "page_size", "65536"));
	ok(sim_put(item, "live", "1"));
	check(exists(sim));
}

TEST(sim, a_group_goes_with_its_last_device)
{
	const char *a = sim_new(SIM_GROUP, NULL), *b = sim_new(SIM_GROUP, NULL);
	unsigned int group = group_of(a);

	ok(sim_put(sim_item(a), "live", "0"));
	equal(members(group), 1);
	ok(sim_put(sim_item(b), "live", "0"));
	check(comes_true(access(text("/sys/kernel/iommu_groups/%u", group),
				F_OK), 2000));
	sim_new(SIM_GROUP, &(struct sim_options){ .page_size = 65536 });
}

TEST(sim, modules_stay_while_there_are_devices)
{
	const char *sim = sim_new(SIM_GROUP, NULL), *item = sim_item(sim);

	refused(module_try_unload("pinscope_sim"), EAGAIN);
	refused(module_try_unload("pinscope_iommu"), EAGAIN);
	ok(sim_put(item, "live", "0"));
	refused(module_try_unload("pinscope_sim"), EAGAIN);
	ok(sim_try_rmdir(item));
	ok(module_try_unload("pinscope_sim"));
	need_module("pinscope_sim");
	sim_new(SIM_GROUP, NULL);
}

TEST(sim, all_modules_unload_and_load_again)
{
	static const char * const modules[] = {
		"pinscope_puppet", "pinscope_sim", EMULATED, BACKED, OPTIN,
		PRECOPY, HWLOG, "pinscope_mdev", "pinscope_iommu",
	};
	int nr = sizeof(modules) / sizeof(modules[0]), i;

	need_sim();
	if (module_try_unload(EMULATED) == -EAGAIN)
		skip("needs pinscope_emulated not to be in use");
	for (i = 0; i < nr; i++)
		if (module_loaded(modules[i]))
			ok(module_try_unload(modules[i]));
	for (i = nr - 1; i >= 0; i--)
		need_module(modules[i]);
	vm_backed(vm_new(), sim_new(SIM_GROUP, NULL));
}

TEST(sim, other_drivers_devices_are_refused)
{
	const char *sim = sim_new(SIM_GROUP, NULL);

	/* Not a device of the software IOMMU, though on the platform bus. */
	refused(pinscope_pci_bind("pinscope_iommu", BACKED), EIO);
	ok(pinscope_pci_bind(sim, BACKED));
	ok(pinscope_pci_unbind(sim));
	check(!strcmp(pci_driver(sim), ""));
}

static void removal_waits(struct device *dev, const char *sim)
{
	const char *item = sim_item(sim);
	int req = request_eventfd(dev);
	struct pollfd asked = { .fd = req, .events = POLLIN };
	pid_t pid;

	window(dev, 3);
	pid = put_file_behind(text("/sys/kernel/config/pinscope/%s/live",
				   item), "0");
	check(poll(&asked, 1, 5000) == 1);
	refused(sim_put(item, "live", "0"), EBUSY);
	refused(sim_put(item, "page_size", "65536"), EBUSY);
	waits_for_release(dev, pid, req);
	check(!mdev_exists(dev->mdev->uuid));
	check(!exists(sim));
	pinscope_group_close(dev->group);
	dev->group = NULL;
	/* The directory is as good as new. */
	ok(sim_put(item, "live", "1"));
	vm_backed(vm_new(), sim);
}

TEST(sim, removal_of_a_backed_device_waits_for_release)
{
	const char *sim = sim_new(SIM_GROUP, NULL);

	removal_waits(vm_backed(vm_new(), sim), sim);
}

TEST(sim, removal_of_an_optin_device_waits_for_release)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, sim, "start");

	window(dev, 8);
	start(vm);
	removal_waits(dev, sim);
}

TEST(sim, removal_takes_a_closed_mdev_along)
{
	const char *sim = sim_new(SIM_GROUP, NULL);
	struct mdev *mdev = mdev_new(BACKED, sim);

	ok(sim_put(sim_item(sim), "live", "0"));
	check(!mdev_exists(mdev->uuid));
}
