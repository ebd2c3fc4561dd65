// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel, and the modules that it has or can load.
 */
#include <sys/utsname.h>
#include <unistd.h>

#include <pinscope/pinscope.h>

#include "cli/doctor/doctor.h"

void doctor_check_kernel(struct doctor_report *report)
{
	struct utsname name;

	uname(&name);
	doctor_add(report, "kernel", DOCTOR_GOOD, "", "%s %s", name.release, name.machine);
}

/*
 * A module is a directory of /sys/module, which one that is built in has only if it
 * has parameters. What else it makes in sysfs shows that it is there.
 */
struct module {
	const char *name;
	const char *makes;
};

static enum doctor_presence presence_of(const struct module *module)
{
	const char *sysfs = pinscope_sysfs_root();

	if (doctor_exists(sysfs, "module/%s/initstate", module->name))
		return DOCTOR_LOADED;
	if (doctor_exists(sysfs, "module/%s", module->name) ||
	    (module->makes && doctor_exists(sysfs, "%s", module->makes)))
		return DOCTOR_BUILT_IN;
	return DOCTOR_ABSENT;
}

enum doctor_presence doctor_vfio(void)
{
	static const struct module vfio_core = { "vfio", "class/vfio" };

	return presence_of(&vfio_core);
}

void doctor_check_modules(struct doctor_report *report)
{
	static const struct {
		struct module module;
		enum doctor_verdict missing;
		const char *remedy;
	} modules[] = {
		{ { "vfio", "class/vfio" }, DOCTOR_BAD, "modprobe vfio" },
		{ { "vfio_iommu_type1", NULL }, DOCTOR_BAD, "modprobe vfio_iommu_type1" },
		{ { "mdev", "bus/mdev" }, DOCTOR_NOTE,
		  "modprobe mdev, or load a vendor driver, which loads it" },
		{ { "vfio_pci", "bus/pci/drivers/vfio-pci" }, DOCTOR_NOTE,
		  "modprobe vfio-pci, to assign PCI functions directly" },
	};
	static const char *const found[] = { "not loaded", "loaded", "built in" };
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		enum doctor_presence presence = presence_of(&modules[i].module);

		doctor_add(report, modules[i].module.name,
			   presence ? DOCTOR_GOOD : modules[i].missing, modules[i].remedy, "%s",
			   found[presence]);
	}
}

/*
 * The patched core exports a function that the stock core has not. Where symbols
 * are hidden, its view in debugfs tells.
 */
void doctor_check_core(struct doctor_report *report)
{
	static const char remedy[] =
		"build the patched modules and load them (Documentation/patches.rst); "
		"without them the scope is not shown, and IOMMU-backed devices cannot opt in";
	static const char built_in[] =
		"boot a kernel that has VFIO as modules, such as Debian's, or build one with "
		"CONFIG_VFIO=m; then load the patched modules (Documentation/patches.rst)";
	enum doctor_presence presence = doctor_vfio();

	if (doctor_file_has(pinscope_proc_root(), "kallsyms", " vfio_register_dirty_client"))
		doctor_add(report, "VFIO core", DOCTOR_GOOD, "",
			   "patched: vfio_register_dirty_client() is exported");
	else if (doctor_exists(pinscope_debugfs_root(), "vfio/containers"))
		doctor_add(report, "VFIO core", DOCTOR_GOOD, "",
			   "patched: it shows containers in debugfs");
	else if (presence == DOCTOR_ABSENT)
		doctor_add(report, "VFIO core", DOCTOR_NOTE, "load vfio, then ask again",
			   "not loaded");
	else if (presence == DOCTOR_BUILT_IN)
		doctor_add(report, "VFIO core", DOCTOR_NOTE, built_in,
			   "stock, and built into the kernel: patched modules cannot take its "
			   "place");
	else
		doctor_add(report, "VFIO core", DOCTOR_NOTE, remedy,
			   "stock: it has no vfio_register_dirty_client()");
}

void doctor_check_debugfs(struct doctor_report *report)
{
	if (doctor_count_entries(pinscope_debugfs_root(), ".") > 0)
		doctor_add(report, "debugfs", DOCTOR_GOOD, "", "mounted at %s",
			   pinscope_debugfs_root());
	else if (geteuid())
		doctor_add(report, "debugfs", DOCTOR_NOTE, "run 'pinscope scope' as root",
			   "not to be read by this user");
	else
		doctor_add(report, "debugfs", DOCTOR_NOTE,
			   "mount -t debugfs none /sys/kernel/debug", "not mounted");
}
