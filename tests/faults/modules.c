// SPDX-License-Identifier: GPL-2.0
/* Modules that are loaded: by the test itself, as what fails is what a task does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "subject.h"
#include "sweep.h"

/* Each after what it needs; the first two can be missing */
static const struct {
	const char *name;
	const char *parameters;
} modules[] = {
	{ "vfio", "" },
	{ "mdev", "" },
	{ "vfio_dirty", "" },
	{ "vfio_iommu_type1", "allow_unsafe_interrupts=1" },
	{ "vfio_pci_core", "" },
	{ "vfio_pci", "" },
	{ "pinscope_iommu", "" },
	{ "pinscope_mdev", "" },
	{ EMULATED, "" },
	{ BACKED, "" },
	{ OPTIN, "" },
	{ PRECOPY, "" },
	{ HWLOG, "" },
	{ ASSIGNED, "" },
	{ "pinscope_sim", "" },
	{ "pinscope_puppet", "" },
};

#define NR_MODULES ((int)(sizeof(modules) / sizeof(modules[0])))

static int module_file[NR_MODULES];

static int open_module(const char *name)
{
	FILE *f = popen(text("modinfo -n %s", name), "r");
	char path[256] = "";

	check(f && fgets(path, sizeof(path), f));
	pclose(f);
	path[strcspn(path, "\n")] = '\0';
	return ok(open(path, O_RDONLY | O_CLOEXEC));
}

static int load(int m)
{
	return syscall(SYS_finit_module, module_file[m], modules[m].parameters,
		       0) ? -errno : 0;
}

static void load_rest(void *unused)
{
	int m;

	for (m = 0; m < NR_MODULES; m++)
		if (!module_loaded(modules[m].name))
			ok(load(m));
}

FAULTS(load_modules)
{
	int m;

	for (m = 0; m < NR_MODULES; m++)
		module_file[m] = open_module(modules[m].name);
	defer(RESTORE_HOST, load_rest, NULL);
	for (m = NR_MODULES - 1; m >= 0; m--)
		ok(module_try_unload(modules[m].name));
	for (m = 0; m < NR_MODULES; m++) {
		SWEEP(modules[m].name, NOTHING, load(m))
			if (module_loaded(modules[m].name))
				ok(module_try_unload(modules[m].name));
		ok(load(m));
	}
	/* They work after that */
	writes(vm_backed(vm_new(), lone_edu(0)), 4);
	new_device_of(&emulated, vm_new());
}
