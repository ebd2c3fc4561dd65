// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the machine has to have: an IOMMU, and interrupts that it remaps; and what
 * iommufd knows of it.
 */
#include <pinscope/pinscope.h>

#include "cli/doctor/doctor.h"

void doctor_check_iommu(struct doctor_report *report)
{
	int units = doctor_count_entries(pinscope_sysfs_root(), "class/iommu");
	int groups = doctor_count_entries(pinscope_sysfs_root(), "kernel/iommu_groups");

	if (groups <= 0) {
		doctor_add(report, "IOMMU", DOCTOR_BAD,
			   "switch it on in the firmware, and boot with intel_iommu=on or "
			   "amd_iommu=on; emulated mdevs work without, and so does the software "
			   "IOMMU (Documentation/software-iommu.rst)", "off: no IOMMU group");
		return;
	}
	doctor_add(report, "IOMMU", DOCTOR_GOOD, "", "on: %d unit%s, %d groups",
		   units < 0 ? 0 : units, units == 1 ? "" : "s", groups);
}

void doctor_check_groups(struct doctor_report *report)
{
	struct pinscope_pci *pci;
	size_t nr, i, shared = 0;

	if (doctor_count_entries(pinscope_sysfs_root(), "kernel/iommu_groups") <= 0 ||
	    pinscope_pci_find(&pci, &nr))
		return;
	for (i = 0; i < nr; i++)
		shared += pci[i].has_group && pci[i].members > 1;
	pinscope_pci_free(pci);
	doctor_add(report, "IOMMU groups", shared ? DOCTOR_NOTE : DOCTOR_GOOD,
		   "devices of such groups cannot opt in by pinning: use a slot with a group of "
		   "its own", "%zu PCI functions share a group with others", shared);
}

/*
 * One that was built beside a kernel without it has a parameter by which it tells whether
 * the IOMMU drivers of that kernel are of use to it.
 */
void doctor_check_iommufd(struct doctor_report *report)
{
	if (!doctor_exists(pinscope_dev_root(), "iommu"))
		return;
	if (doctor_parameter("iommufd", "kernel_tracks_dirty") == 'N')
		doctor_add(report, "iommufd", DOCTOR_NOTE,
			   "have the drivers of devices opt in, or boot a kernel that has "
			   "CONFIG_IOMMUFD",
			   "added to this kernel, whose own IOMMU drivers cannot tell it what is "
			   "dirty");
	else
		doctor_add(report, "iommufd", DOCTOR_GOOD, "", "there");
}

void doctor_check_interrupts(struct doctor_report *report)
{
	bool remapped, unsafe;

	remapped = doctor_file_has(pinscope_proc_root(), "interrupts", " IR-") ||
		   doctor_file_has(pinscope_proc_root(), "interrupts", "-IR");
	unsafe = doctor_parameter("vfio_iommu_type1", "allow_unsafe_interrupts") == 'Y';

	if (remapped)
		doctor_add(report, "interrupts", DOCTOR_GOOD, "", "remapped by the IOMMU");
	else if (unsafe)
		doctor_add(report, "interrupts", DOCTOR_GOOD, "",
			   "not remapped, but allow_unsafe_interrupts is on");
	else
		doctor_add(report, "interrupts", DOCTOR_NOTE,
			   "if you trust the devices, write 'options vfio_iommu_type1 "
			   "allow_unsafe_interrupts=1' to /etc/modprobe.d/vfio.conf and reload "
			   "it, or boot with vfio_iommu_type1.allow_unsafe_interrupts=1 if it is "
			   "built in", "remapping not seen, and allow_unsafe_interrupts is off");
}
