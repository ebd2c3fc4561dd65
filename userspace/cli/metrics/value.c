// SPDX-License-Identifier: GPL-2.0-only
#include "cli/metrics/metrics.h"

static bool container_value(enum metric metric, const struct pinscope_scope_view *view,
			    uint64_t *value)
{
	const struct pinscope_scope_counts *counts = &view->counts;

	switch (metric) {
	case CONTAINER_INFO:
		*value = 1;
		return !view->garbled;
	case CONTAINER_GARBLED:
		*value = view->garbled;
		return true;
	case CONTAINER_WIDE:
		*value = counts->scope == PINSCOPE_SCOPE_WIDE;
		break;
	case CONTAINER_TRACKING:
		*value = counts->tracking;
		break;
	case CONTAINER_IOMMU_TRACKING:
		*value = counts->iommu;
		break;
	case CONTAINER_PINNED:
		*value = counts->pinned_pages;
		break;
	case CONTAINER_GROUPS:
		*value = counts->nr_groups;
		break;
	case CONTAINER_WIDE_GROUPS:
		*value = counts->nr_groups_wide;
		break;
	case CONTAINER_DEVICES:
		*value = counts->nr_devices;
		break;
	default:
		*value = counts->nr_devices_wide;
		break;
	}
	return view->has_iommu && !view->garbled;
}

static bool group_value(enum metric metric, const struct pinscope_scope_group *group,
			uint64_t *value)
{
	switch (metric) {
	case GROUP_WIDE:
		*value = group->scope == PINSCOPE_SCOPE_WIDE;
		return true;
	case GROUP_MEMBERS:
		*value = group->members;
		return group->scope != PINSCOPE_SCOPE_EMULATED;
	case GROUP_PINNED:
		*value = group->pins;
		return true;
	case GROUP_REFUSED:
		*value = group->refused;
		return true;
	case GROUP_CHANGED:
		*value = (uint64_t)group->since;
		return true;
	default:
		*value = 1;
		return true;
	}
}

static bool device_value(enum metric metric, const struct pinscope_scope_device *device,
			 uint64_t *value)
{
	switch (metric) {
	case DEVICE_OPEN:
		*value = device->open;
		return true;
	case DEVICE_OPTED_IN:
		*value = device->opted_in;
		return device->told;
	case DEVICE_PINNED:
		*value = device->pins;
		return device->told;
	case DEVICE_SYNC_FAILURES:
		*value = device->sync_failures;
		return device->told;
	default:
		*value = 1;
		return true;
	}
}

bool metrics_value(enum metric metric, const struct subject *subject, uint64_t *value)
{
	if (subject->device)
		return device_value(metric, subject->device, value);
	if (subject->group)
		return group_value(metric, subject->group, value);
	if (subject->view)
		return container_value(metric, subject->view, value);
	if (metric == PROCESS_LOCKED)
		return scope_mapped(subject->pid, value);
	*value = 1;
	return true;
}
