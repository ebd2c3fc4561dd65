// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a PCI function to vfio-pci, and puts back what was.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/certify/certify.h"
#include "cli/output/message.h"

static bool has_node(const struct subject *subject)
{
	char path[PINSCOPE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/vfio/%u", pinscope_dev_root(), subject->group);
	return !access(path, F_OK);
}

int bind_take(struct subject *subject, struct binding *before)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int ret, tries = 40;
	char what[128];

	*before = (struct binding) { 0 };
	pinscope_device_driver(subject->name, before->driver, sizeof(before->driver));
	if (pinscope_device_attr_read(subject->name, "driver_override", before->override,
				      sizeof(before->override)) ||
	    !strcmp(before->override, "(null)"))
		before->override[0] = '\0';

	ret = pinscope_pci_bind(subject->name, "vfio-pci");
	if (ret) {
		snprintf(what, sizeof(what), "cannot give %s to vfio-pci", subject->name);
		if (ret == -ENOENT) {
			cli_error("%s: its module is not loaded: 'modprobe vfio-pci'", what);
			return CLI_MISSING;
		}
		return cli_fail(what, PINSCOPE_OP_BIND, ret);
	}
	subject->bound = true;
	snprintf(subject->driver, sizeof(subject->driver), "vfio-pci");
	/* udev is about to make it. */
	while (!has_node(subject) && tries--)
		nanosleep(&pause, NULL);
	return CLI_OK;
}

/* pinscope_pci_bind() leaves an override behind, which may not have been there. */
int bind_put_back(const struct subject *subject, const struct binding *before)
{
	char now[PINSCOPE_NAME_MAX] = "";
	int ret;

	if (*before->driver) {
		ret = pinscope_pci_bind(subject->name, before->driver);
		if (!ret)
			ret = pinscope_device_attr_write(subject->name, "driver_override",
							 *before->override ? before->override :
							 "\n");
	} else {
		ret = pinscope_pci_unbind(subject->name);
		if (!ret && *before->override)
			ret = pinscope_device_attr_write(subject->name, "driver_override",
							 before->override);
	}
	if (!ret)
		return CLI_OK;
	pinscope_device_driver(subject->name, now, sizeof(now));
	cli_error("cannot put %s back: %s; it has driver '%s' now, and had '%s' with "
		  "driver_override '%s'", subject->name, strerror(-ret), now, before->driver,
		  before->override);
	return CLI_FAILED;
}
