/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that join and leave a container.
 */
#ifndef PINSCOPE_CLI_MEMBER_H
#define PINSCOPE_CLI_MEMBER_H

#include <pinscope/pinscope.h>

/**
 * struct cli_member - a device in a container
 * @group: its group
 * @device: its handle
 */
struct cli_member {
	struct pinscope_group *group;
	struct pinscope_device *device;
};

/**
 * cli_join() - attach a device's group to a container and open the device
 * @container: the container
 * @device: device name
 * @member: filled on success; to be undone with cli_leave()
 *
 * Says itself what fails.
 *
 * Return: an exit code.
 */
int cli_join(struct pinscope_container *container, const char *device, struct cli_member *member);

/**
 * cli_leave() - close a device and detach its group
 * @member: a member; may be empty, is empty afterwards
 */
void cli_leave(struct cli_member *member);

/**
 * cli_find_own() - find the view of a container of this process
 * @list: every container of the system
 * @group: number of a group that is in it
 *
 * Return: the view, or NULL.
 */
const struct pinscope_scope_view *cli_find_own(const struct pinscope_scope_list *list,
					       unsigned int group);

#endif /* PINSCOPE_CLI_MEMBER_H */
