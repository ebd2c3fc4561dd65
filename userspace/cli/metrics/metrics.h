/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of "pinscope metrics" share: value.c knows the numbers, command.c
 * their names.
 */
#ifndef PINSCOPE_CLI_METRICS_H
#define PINSCOPE_CLI_METRICS_H

#include "cli/scope/scope.h"

enum metric {
	CONTAINER_INFO,
	CONTAINER_GARBLED,
	CONTAINER_WIDE,
	CONTAINER_TRACKING,
	CONTAINER_IOMMU_TRACKING,
	CONTAINER_PINNED,
	CONTAINER_GROUPS,
	CONTAINER_WIDE_GROUPS,
	CONTAINER_DEVICES,
	CONTAINER_WIDE_DEVICES,
	GROUP_INFO,
	GROUP_WIDE,
	GROUP_MEMBERS,
	GROUP_PINNED,
	GROUP_REFUSED,
	GROUP_CHANGED,
	DEVICE_INFO,
	DEVICE_OPEN,
	DEVICE_OPTED_IN,
	DEVICE_PINNED,
	DEVICE_SYNC_FAILURES,
	HOLDER_INFO,
	PROCESS_LOCKED,
	NR_METRICS,
};

/**
 * struct subject - what a sample is of
 * @view: a container, or NULL
 * @group: a group in it, or NULL
 * @device: a device of the group, or NULL
 * @holder: who holds a node of VFIO, or NULL
 * @pid: the process that it is about
 */
struct subject {
	const struct pinscope_scope_view *view;
	const struct pinscope_scope_group *group;
	const struct pinscope_scope_device *device;
	const struct pinscope_holder *holder;
	pid_t pid;
};

/**
 * metrics_value() - the number of a metric
 * @metric: which one
 * @subject: of what
 * @value: where to store it
 *
 * Return: whether there is one.
 */
bool metrics_value(enum metric metric, const struct subject *subject, uint64_t *value);

#endif /* PINSCOPE_CLI_METRICS_H */
