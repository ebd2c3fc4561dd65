// SPDX-License-Identifier: GPL-2.0
/* Devices that the administrator makes: mdevs, their parents, modules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinscope/pci.h>

#include "subject.h"
#include "sweep.h"

static int instances(const char *driver, const char *parent)
{
	return atoi(get_line(text("%s/available_instances",
				  mdev_type_dir(driver, parent))));
}

static void create(const char *driver, const char *parent)
{
	struct mdev *mdev = mdev_new(driver, parent);	/* binds the parent */
	char uuid[PINSCOPE_UUID_SIZE];
	int left;

	mdev_remove(mdev);
	left = instances(driver, parent);
	ok(pinscope_uuid_random(uuid));
	SWEEP("create", NOTHING, mdev_try_new(driver, parent, uuid)) {
		if (mdev_exists(uuid))
			ok(pinscope_mdev_remove(uuid));
		else if (!sweep.ret)
			complain("it is not there");
		if (instances(driver, parent) != left)
			complain("%d more can be made, %d before",
				 instances(driver, parent), left);
	}
}

FAULTS(create_emulated)
{
	create(EMULATED, NULL);
}

FAULTS(create_backed)
{
	create(BACKED, new_sim(false));
}

FAULTS(create_optin)
{
	create(OPTIN, new_sim(false));
}

FAULTS(create_precopy)
{
	create(PRECOPY, new_sim(false));
}

FAULTS(create_hwlog)
{
	create(HWLOG, new_sim(false));
}

FAULTS(create_hwlog_on_edu)
{
	create(HWLOG, lone_edu(0));
}

static void bind(const char *parent, const char *driver)
{
	pci_bind(parent, driver);
	ok(pinscope_pci_unbind(parent));
	/* The library sees that there is no driver, not why */
	sweep_returns(EIO);
	SWEEP_PARTS("bind", NOTHING, pinscope_pci_bind(parent, driver))
		if (pci_driver(parent)[0])
			ok(pinscope_pci_unbind(parent));
	ok(pinscope_pci_bind(parent, driver));
	/* It works after that */
	new_device_of(&emulated, vm_new());
	vm_add(vm_new(), mdev_new(driver, parent));
}

FAULTS(bind_sim)
{
	bind(new_sim(false), BACKED);
}

FAULTS(bind_sim_with_log)
{
	bind(new_sim(false), HWLOG);
}

FAULTS(bind_edu)
{
	bind(lone_edu(0), BACKED);
}

FAULTS(bind_edu_with_log)
{
	bind(lone_edu(0), HWLOG);
}

static int make_item(const char *path)
{
	return mkdir(path, 0755) ? -errno : 0;
}

/* Devices of the software IOMMU */
FAULTS(software_device)
{
	const char *item = text("test-%d-faults", getpid());
	const char *path = text("/sys/kernel/config/pinscope/%s", item);

	need_sim();
	SWEEP("make a directory", NOTHING, make_item(path))
		if (!access(path, F_OK))
			ok(sim_try_rmdir(item));
	ok(sim_try_mkdir(item));
	ok(sim_put(item, "group", text("%d", SIM_GROUP + 200)));
	SWEEP("make a device", NOTHING, sim_put(item, "live", "1")) {
		if (sim_get(item, "live")[0] == '0')
			continue;
		if (access(text("/sys/bus/platform/devices/%s",
				sim_device(item)), F_OK))
			complain("it is not there");
		ok(sim_put(item, "live", "0"));
	}
}
