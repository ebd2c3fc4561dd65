// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI functions get the driver that a step wants, and at the end the one they had.
 */
#include <stdio.h>
#include <string.h>

#include <cli/output/message.h>

#include "demo.h"

/* Bind a function to the driver a step wants; remember what it had. */
int demo_bind(struct demo *demo, const char *address, const char *driver)
{
	char now[PINSCOPE_NAME_MAX] = "", what[160];
	size_t i;
	int ret;

	pinscope_device_driver(address, now, sizeof(now));
	if (!strcmp(now, driver))
		return CLI_OK;
	for (i = 0; i < demo->nr_rebound; i++)
		if (!strcmp(demo->rebound[i].address, address))
			break;
	if (i == demo->nr_rebound) {
		snprintf(demo->rebound[i].address, sizeof(demo->rebound[i].address), "%s", address);
		snprintf(demo->rebound[i].driver, sizeof(demo->rebound[i].driver), "%s", now);
		demo->nr_rebound++;
	}

	ret = pinscope_pci_bind(address, driver);
	if (!ret)
		return CLI_OK;
	snprintf(what, sizeof(what), "cannot bind %s to %s", address, driver);
	return cli_fail(what, PINSCOPE_OP_BIND, ret);
}

void demo_restore_functions(struct demo *demo)
{
	while (demo->nr_rebound--) {
		const struct rebound *old = &demo->rebound[demo->nr_rebound];

		pinscope_pci_unbind(old->address);
		if (*old->driver)
			pinscope_pci_bind(old->address, old->driver);
	}
	demo->nr_rebound = 0;
}
