// SPDX-License-Identifier: GPL-2.0
/*
 * What is in use stays until it is released: unbinding the parent, removing
 * the mdev and unloading the module while the device is open.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "fixtures/release.h"

TEST(dev, mdev_remove_waits_for_release)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	int req = request_eventfd(dev);

	window(dev, 3);
	waits_for_release(dev, put_file_behind(text("%s/remove",
						    dev->mdev->path), "1"),
			  req);
	check(!mdev_exists(dev->mdev->uuid));
}

/* Nobody can ask the user, so the administrator is told. */
TEST(dev, remove_of_what_cannot_be_asked_for, .says = "in use, and the user has not set up")
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	pid_t pid = put_file_behind(text("%s/remove", dev->mdev->path), "1");
	int status = 0;

	window(dev, 3);
	doze(500);
	writes(dev, 3);
	equal(waitpid(pid, &status, WNOHANG), 0);
	close_device(dev);
	check(comes_true(waitpid(pid, &status, WNOHANG) == pid, 8000));
	equal(WEXITSTATUS(status), 0);
}

TEST(dev, backed_mdev_remove_waits_for_release)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_backed(vm, lone_edu(0));
	int req = request_eventfd(dev);

	waits_for_release(dev, put_file_behind(text("%s/remove",
						    dev->mdev->path), "1"),
			  req);
	check(!mdev_exists(dev->mdev->uuid));
}

TEST(dev, remove_of_an_attached_mdev_that_is_not_open)
{
	struct vm *vm = vm_new();
	struct mdev *mdev = mdev_new(BACKED, lone_edu(0));
	struct device *dev = device_of(vm, mdev);

	attach(dev);
	mdev_remove(mdev);
	check(!mdev_exists(mdev->uuid));
	check(try_open(dev) < 0);
}

static void unbind_waits_for_release(struct device *dev, const char *parent)
{
	const char *unbind = text("/sys/class/mdev_bus/%s/driver/unbind",
				  parent);
	int req = request_eventfd(dev);

	window(dev, 3);
	waits_for_release(dev, put_file_behind(unbind, parent), req);
	check(!mdev_exists(dev->mdev->uuid));
	check(!strcmp(pci_driver(parent), ""));
	/* The function is as good as new. */
	pci_bind(parent, "vfio-pci");
	pinscope_group_close(dev->group);
	dev->group = NULL;
	vm_add_pci(vm_new(), parent);
}

TEST(dev, unbind_of_backed_waits_for_release)
{
	const char *parent = lone_edu(0);

	unbind_waits_for_release(vm_backed(vm_new(), parent), parent);
}

TEST(dev, unbind_of_optin_waits_for_release)
{
	const char *parent = lone_edu(0);
	struct vm *vm = vm_new();
	struct device *dev = vm_optin(vm, parent, "start");

	window(dev, 8);
	start(vm);
	unbind_waits_for_release(dev, parent);
}

static void module_in_use_stays(struct device *dev, const char *module)
{
	refused(module_try_unload(module), EAGAIN);
	refused(module_try_unload("pinscope_mdev"), EAGAIN);
	refused(module_try_unload("vfio_iommu_type1"), EAGAIN);
	check(module_loaded(module));
	window(dev, 3);
	writes(dev, 3);
}

TEST(dev, module_of_an_open_emulated_device_stays)
{
	struct vm *vm = vm_new();

	module_in_use_stays(vm_emulated(vm), EMULATED);
}

TEST(dev, module_of_an_open_backed_device_stays)
{
	struct vm *vm = vm_new();

	module_in_use_stays(vm_backed(vm, lone_edu(0)), BACKED);
}

TEST(dev, module_of_an_open_optin_device_stays)
{
	struct vm *vm = vm_new();

	module_in_use_stays(vm_optin(vm, lone_edu(0), "start"), OPTIN);
}

TEST(dev, modules_unload_and_load_again)
{
	static const char * const drivers[] = { EMULATED, BACKED, OPTIN };
	struct vm *vm = vm_new();
	size_t i;

	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!module_loaded(drivers[i]))
			continue;
		ok(module_try_unload(drivers[i]));
		check(!module_loaded(drivers[i]));
		need_module(drivers[i]);
	}
	window(vm_emulated(vm), 3);
}

TEST(dev, group_opens_once)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);
	struct pinscope_group *group;

	refused(pinscope_group_open_device(dev->name, &group), EBUSY);
}

TEST(dev, instances_are_limited)
{
	char uuid[PINSCOPE_UUID_SIZE];
	const char *parent = lone_edu(0);
	int i, max;

	mdev_new(BACKED, parent);
	max = atoi(get_line(text("%s/available_instances",
				 mdev_type_dir(BACKED, parent))));
	check(max > 0);
	for (i = 0; i < max; i++)
		mdev_new(BACKED, parent);
	ok(pinscope_uuid_random(uuid));
	check(mdev_try_new(BACKED, parent, uuid) < 0);
	check(!mdev_exists(uuid));
}

TEST(dev, closing_in_any_order)
{
	struct vm *vm = vm_new();
	struct device *dev = vm_emulated(vm);

	/* The container first: the kernel keeps it while the group is in it. */
	window(dev, 3);
	start(vm);
	vm_close(vm);
	writes(dev, 3);
	pinscope_group_close(dev->group);
	dev->group = NULL;
	writes(dev, 3);
	close_device(dev);
}
