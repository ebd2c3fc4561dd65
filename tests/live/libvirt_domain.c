// SPDX-License-Identifier: GPL-2.0
/* Domains with a sample device: started, saved and restored. */
#include <errno.h>
#include <string.h>

#include <harness/harness.h>
#include <harness/host.h>
#include <pinscope/mdev.h>

#include "fixtures/libvirt.h"
#include "fixtures/libvirt_sample.h"

#define VIRTUAL_NODE "mdev_3f0c8d9e_6a55_4ad0_a5f4_6d2f3a8f1c01_" EMULATED

static int set_opt_in(const char *value)
{
	return pinscope_device_attr_write(LIBVIRT_UUID, "opt_in", value);
}

TEST(libvirt, domain_has_the_device_while_it_runs, .limit = 180)
{
	struct libvirt *lv = libvirt_start("domain");

	virsh(lv, "nodedev-create %s", libvirt_example("mdev-optin.xml"));
	libvirt_define(lv, "domain.xml");

	virsh(lv, "start pinscope");
	refused(set_opt_in("never"), EBUSY);
	says(virsh(lv, "qemu-monitor-command pinscope --hmp info pci"),
	     "PCI device 1234:5053");
	sample_write_checked(sample_enable(libvirt_guest(lv), 0), 9);

	/* QEMU's default, said by libvirt; the domain goes on */
	virsh_refuses(lv, "doesn't support device and IOMMU dirty tracking",
		      "managedsave pinscope");
	says(virsh(lv, "domstate pinscope"), "running");

	virsh(lv, "destroy pinscope");
	ok(set_opt_in("never"));
	virsh(lv, "undefine pinscope");
	virsh(lv, "nodedev-destroy " LIBVIRT_NODE);
	check(!mdev_exists(LIBVIRT_UUID));
}

TEST(libvirt, saved_domain_is_restored_as_it_was, .limit = 180)
{
	struct libvirt *lv = libvirt_start("saved");
	struct sample *dev;
	struct sample_state before, after;

	virsh(lv, "nodedev-create %s", libvirt_example("mdev-optin.xml"));
	libvirt_define(lv, "domain-migratable.xml");
	virsh(lv, "start pinscope");
	dev = sample_enable(libvirt_guest(lv), 0);
	sample_write_checked(dev, 9);
	sample_write_checked(dev, 10);
	sample_state(dev, &before);
	equal(before.windows, 2);

	virsh(lv, "managedsave pinscope");
	says(virsh(lv, "list --all --managed-save"), "saved");
	/* Nobody has the device now */
	ok(set_opt_in("start"));

	virsh(lv, "start pinscope");
	dev = sample_in(libvirt_guest(lv), dev);
	sample_state(dev, &after);
	same_state(&before, &after);
	sample_write_checked(dev, 11);
	virsh(lv, "destroy pinscope");
	virsh(lv, "undefine pinscope");
	virsh(lv, "nodedev-destroy " LIBVIRT_NODE);
}

/* libvirt does not know the parent, but sees the device that mdevctl makes. */
TEST(long, libvirt_domain_has_a_device_of_the_virtual_parent, .limit = 180)
{
	struct libvirt *lv = libvirt_start("virtual");
	struct sample_state before, after;
	struct sample *dev;

	ok(mdev_try_new(EMULATED, NULL, LIBVIRT_UUID));
	check(comes_true(strstr(virsh(lv, "nodedev-list --cap mdev"),
				VIRTUAL_NODE), 10000));
	says(virsh(lv, "nodedev-dumpxml " VIRTUAL_NODE),
	     "<parent>computer</parent>");
	libvirt_define(lv, "domain-migratable.xml");
	virsh(lv, "start pinscope");
	dev = sample_enable(libvirt_guest(lv), 0);
	sample_write_checked(dev, 9);
	sample_state(dev, &before);
	virsh(lv, "save pinscope %s/lib/saved", lv->dir);
	virsh(lv, "restore %s/lib/saved", lv->dir);
	sample_state(sample_in(libvirt_guest(lv), dev), &after);
	same_state(&before, &after);
	virsh(lv, "destroy pinscope");
	virsh(lv, "undefine pinscope");
	virsh(lv, "nodedev-destroy " VIRTUAL_NODE);
	check(!mdev_exists(LIBVIRT_UUID));
}
