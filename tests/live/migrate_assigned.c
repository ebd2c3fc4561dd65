// SPDX-License-Identifier: GPL-2.0
/*
 * A VM with a device that is assigned as it is, by vfio-pci: QEMU refuses to
 * migrate it, and "pinscope scope" says which participant is why.
 */
#include <string.h>

#include <harness/harness.h>

#include "fixtures/pair.h"
#include "fixtures/shell.h"

TEST(migrate, assigned_device_is_refused_and_explained, .limit = 120)
{
	struct pair *pair = pair_new(64);
	struct sample *dev;
	char *why, *said;

	pair->from.mdevs[0] = next_mdev(OPTIN, "start");
	pair->nr = 1;
	pair->from.pci = lone_edu(2);
	pci_bind(pair->from.pci, "vfio-pci");
	pair->source = qemu_start("source", &pair->from);
	dev = sample_enable(pair->source, 0);
	sample_window(dev, 0x400);

	check(!qmp_try(pair->source, &why, "migrate", "{'uri':'%s'}",
		       "file:/dev/null"));
	note("QEMU: %s", why);
	check(strstr(why, pair->from.pci));

	said = output_of("pinscope scope");
	note("%s", said);
	check(strstr(said, pair->from.pci));
	check(strstr(said, "vfio-pci"));

	check(qemu_runs(pair->source));
	sample_write(dev, 0x400);
}
