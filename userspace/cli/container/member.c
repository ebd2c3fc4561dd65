// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/container/member.h"
#include "cli/output/message.h"

/* Has the kernel made a group of VFIO for the device? */
static bool has_vfio_group(const char *device)
{
	char path[PINSCOPE_PATH_MAX];
	unsigned int number;

	if (pinscope_device_group(device, &number))
		return false;
	snprintf(path, sizeof(path), "%s/class/vfio/%u", pinscope_sysfs_root(), number);
	return !access(path, F_OK);
}

/*
 * The node of a device that was just made may not be there yet: udev is about to
 * create it, or to give it its owner.
 */
static int open_group(const char *device, struct pinscope_group **out)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int ret, tries = 40;

	do {
		ret = pinscope_group_open_device(device, out);
		if (ret != -ENOENT && ret != -EACCES)
			return ret;
		if ((ret == -EACCES && !geteuid()) || !has_vfio_group(device))
			return ret;
		nanosleep(&pause, NULL);
	} while (--tries);
	return ret;
}

/* The usual case of a device without a group is that its driver is another one. */
static int fail_open(const char *device, int err)
{
	char what[192], driver[PINSCOPE_NAME_MAX];

	if (err == -ENOENT && !has_vfio_group(device) &&
	    !pinscope_device_driver(device, driver, sizeof(driver))) {
		cli_error("cannot open the group of %s: its driver %s does not give it to VFIO; "
			  "bind it to vfio-pci, or make an mdev on it and name that", device,
			  driver);
		return CLI_MISSING;
	}
	snprintf(what, sizeof(what), "cannot open the group of %s", device);
	return cli_fail(what, PINSCOPE_OP_GROUP_OPEN, err);
}

int cli_join(struct pinscope_container *container, const char *device, struct cli_member *member)
{
	struct cli_member joined = { 0 };
	struct pinscope_container_info info;
	enum pinscope_op op;
	char what[128];
	int ret;

	ret = open_group(device, &joined.group);
	if (ret)
		return fail_open(device, ret);

	op = PINSCOPE_OP_GROUP_ATTACH;
	ret = pinscope_group_attach(joined.group, container);
	if (ret)
		goto err;

	/* The first group of a container makes it possible to choose its IOMMU. */
	op = PINSCOPE_OP_SET_IOMMU;
	if (pinscope_container_get_info(container, &info)) {
		ret = pinscope_container_set_iommu(container);
		if (ret)
			goto err;
	} else {
		pinscope_container_info_release(&info);
	}

	op = PINSCOPE_OP_DEVICE_OPEN;
	ret = pinscope_device_open(joined.group, device, &joined.device);
	if (ret)
		goto err;
	*member = joined;
	return CLI_OK;

err:
	snprintf(what, sizeof(what), "cannot bring %s into the container", device);
	ret = cli_fail(what, op, ret);
	cli_leave(&joined);
	return ret;
}

void cli_leave(struct cli_member *member)
{
	pinscope_device_close(member->device);
	member->device = NULL;
	/* Closing the group detaches it. */
	pinscope_group_close(member->group);
	member->group = NULL;
}

const struct pinscope_scope_view *cli_find_own(const struct pinscope_scope_list *list,
					       unsigned int group)
{
	size_t i, j;

	/* A group is in one container only, so its number tells which is ours. */
	for (i = 0; i < list->nr; i++)
		for (j = 0; j < list->views[i].nr_groups; j++)
			if (list->views[i].groups[j].number == group)
				return &list->views[i];
	return NULL;
}
