// SPDX-License-Identifier: GPL-2.0
/* Mediated devices as libvirt's node devices, from the documented files. */
#include <stdlib.h>
#include <string.h>

#include <harness/harness.h>
#include <harness/host.h>
#include <pinscope/mdev.h>

#include "fixtures/libvirt.h"

#define MISTAKEN_UUID "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c03"
#define MISTAKEN_NODE "mdev_3f0c8d9e_6a55_4ad0_a5f4_6d2f3a8f1c03_0000_00_06_0"
#define VIRTUAL_UUID "3f0c8d9e-6a55-4ad0-a5f4-6d2f3a8f1c04"

static char *attribute(const char *uuid, const char *name)
{
	return get_line(text("/sys/bus/mdev/devices/%s/%s", uuid, name));
}

static int available(const char *driver, const char *parent)
{
	return atoi(get_line(text("%s/available_instances",
				  mdev_type_dir(driver, parent))));
}

/* "pci_0000_00_06_0" for 0000:00:06.0 */
static char *node_of(const char *bdf)
{
	char *node = text("pci_%s", bdf), *c;

	for (c = node; *c; c++)
		if (*c == ':' || *c == '.')
			*c = '_';
	return node;
}

static bool listed(struct libvirt *lv, const char *options, const char *node)
{
	return strstr(virsh(lv, "nodedev-list --cap mdev %s", options), node);
}

TEST(libvirt, parents_are_pci_functions, .limit = 180)
{
	struct libvirt *lv = libvirt_start("parents");
	char *parents = virsh(lv, "nodedev-list --cap mdev_types"), *xml;

	says(parents, LIBVIRT_PARENT_NODE);
	says(parents, node_of(lone_edu(1)));
	says(parents, node_of(paired_edu(0)));
	says(parents, node_of(paired_edu(1)));

	xml = virsh(lv, "nodedev-dumpxml " LIBVIRT_PARENT_NODE);
	says(xml, "<driver>\n    <name>" OPTIN "</name>");
	says(xml, "<type id='" OPTIN "-dma'>");
	says(xml, text("<name>%s</name>",
		       get_line(text("%s/name", mdev_type_dir(OPTIN, LIBVIRT_PARENT)))));
	says(xml, "<deviceAPI>vfio-pci</deviceAPI>");
	says(xml, text("<availableInstances>%d<",
		       available(OPTIN, LIBVIRT_PARENT)));

	/* The virtual parent is none of them, nor usable by its name */
	check(module_loaded(EMULATED));
	check(!strstr(parents, EMULATED));
	virsh_refuses(lv, "invalid parent device '" EMULATED "'",
		      "nodedev-create %s",
		      libvirt_example("mdev-virtual-parent.xml"));
	check(!mdev_exists(VIRTUAL_UUID));
}

TEST(libvirt, device_is_defined_and_started, .limit = 120)
{
	struct libvirt *lv = libvirt_start("persistent");
	int instances = available(OPTIN, LIBVIRT_PARENT);
	char *xml;

	/* Not what it is without the attribute */
	xml = replaced(libvirt_read(libvirt_example("mdev-optin.xml")),
		       "value='start'", "value='never'");
	virsh(lv, "nodedev-define %s", libvirt_file(lv, "mdev.xml", xml));
	check(!mdev_exists(LIBVIRT_UUID));
	check(comes_true(listed(lv, "--inactive", LIBVIRT_NODE), 10000));
	xml = virsh(lv, "nodedev-dumpxml --inactive " LIBVIRT_NODE);
	says(xml, "<attr name='opt_in' value='never'/>");
	says(xml, "<uuid>" LIBVIRT_UUID "</uuid>");

	virsh(lv, "nodedev-start " LIBVIRT_NODE);
	check(mdev_exists(LIBVIRT_UUID));
	check(!strcmp(attribute(LIBVIRT_UUID, "opt_in"), "never"));
	equal(available(OPTIN, LIBVIRT_PARENT), instances - 1);
	virsh(lv, "nodedev-autostart " LIBVIRT_NODE);
	xml = virsh(lv, "nodedev-info " LIBVIRT_NODE);
	says(xml, "Active:         yes");
	says(xml, "Persistent:     yes");
	says(xml, "Autostart:      yes");

	virsh(lv, "nodedev-destroy " LIBVIRT_NODE);
	check(!mdev_exists(LIBVIRT_UUID));
	equal(available(OPTIN, LIBVIRT_PARENT), instances);
	virsh(lv, "nodedev-undefine " LIBVIRT_NODE);
	check(comes_true(!listed(lv, "--all", LIBVIRT_NODE), 10000));
}

TEST(libvirt, device_is_created_for_now, .limit = 120)
{
	const char *backed = lone_edu(1);
	struct libvirt *lv = libvirt_start("transient");
	char *created, uuid[PINSCOPE_UUID_SIZE];
	struct footprint now;

	pci_bind(backed, BACKED);
	created = virsh(lv, "nodedev-create %s",
			libvirt_example("mdev-backed.xml"));
	footprint_take(&now);
	equal(now.mdevs.nr, lv->before.mdevs.nr + 1);
	/* "Node device mdev_<uuid>_<parent> created from", with _ for - */
	created = strstr(created, "mdev_");
	check(created);
	created[strcspn(created, " ")] = '\0';
	says(created, node_of(backed) + strlen("pci_"));
	snprintf(uuid, sizeof(uuid), "%s", created + strlen("mdev_"));
	for (char *c = uuid; *c; c++)
		*c = *c == '_' ? '-' : *c;
	check(mdev_exists(uuid));
	check(comes_true(listed(lv, "--transient", created), 10000));
	virsh(lv, "nodedev-destroy %s", created);
	check(!mdev_exists(uuid));
	check(comes_true(!listed(lv, "--all", created), 10000));
}

TEST(libvirt, mistaken_attribute_leaves_nothing, .limit = 120)
{
	struct libvirt *lv = libvirt_start("mistaken");
	char *mistaken = libvirt_example("mdev-mistaken.xml");
	int instances = available(OPTIN, LIBVIRT_PARENT);

	virsh_refuses(lv, "opt_in cannot be 'sometimes'",
		      "nodedev-create %s", mistaken);
	check(!mdev_exists(MISTAKEN_UUID));
	check(!listed(lv, "--all", MISTAKEN_NODE));

	virsh_refuses(lv, "opt_in cannot be 'sometimes'",
		      "nodedev-define %s", mistaken);
	check(!mdev_exists(MISTAKEN_UUID));
	check(comes_true(!listed(lv, "--all", MISTAKEN_NODE), 10000));
	equal(available(OPTIN, LIBVIRT_PARENT), instances);
}
