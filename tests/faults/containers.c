// SPDX-License-Identifier: GPL-2.0
/* Containers, groups that join and leave, and what is asked of a container. */
#include <string.h>

#include "fixtures/view.h"
#include "subject.h"
#include "sweep.h"

FAULTS(container_open)
{
	struct pinscope_container *container;

	SWEEP("open a container", container = NULL,
	      pinscope_container_open(&container))
		pinscope_container_close(container);
}

/* The first group of a container, whose IOMMU type is set with it */
static int set_up(struct device *dev)
{
	int ret = pinscope_group_open_device(dev->name, &dev->group);

	if (ret)
		return ret;
	ret = pinscope_group_attach(dev->group, dev->vm->container);
	if (!ret)
		ret = pinscope_container_set_iommu(dev->vm->container);
	return ret;
}

static void tear_down(struct device *dev)
{
	struct pinscope_group_status status;

	if (!dev->group)
		return;
	if (!pinscope_group_get_status(dev->group, &status) && status.attached)
		ok(pinscope_group_detach(dev->group));
	pinscope_group_close(dev->group);
	dev->group = NULL;
}

static void attach_first(const struct kind *kind)
{
	struct vm *vm = vm_new();
	struct device *dev = device_of(vm, new_mdev(kind));

	SWEEP_PARTS("first group", NOTHING, set_up(dev))
		tear_down(dev);
	attach(dev);
	open_device(dev);
}

ON(attach_first, emulated)
ON(attach_first, backed)
ON(attach_first, tracked)
ON(attach_first, backed_edu)

FAULTS(attach_first_pci)
{
	struct device *dev = device_of_pci(vm_new(), lone_edu(0));

	SWEEP_PARTS("first group", NOTHING, set_up(dev))
		tear_down(dev);
	attach(dev);
	open_device(dev);
}

/* No domain that the container has does for it */
FAULTS(join_with_other_pages)
{
	static const struct sim_options of_64k = {
		.page_size = SIZE_64K, .no_tracking = true,
	};
	uint8_t *ram = huge_memory(SIZE_2M);
	struct vm *vm = vm_new();
	struct device *dev;

	vm->unmapped = true;
	attach(device_of(vm, new_mdev(&backed)));
	map_at(vm, ram, SIZE_2M, SIZE_2M);
	dev = device_of(vm, mdev_new(BACKED, sim_new(SIM_GROUP + 299, &of_64k)));
	ok(pinscope_group_open_device(dev->name, &dev->group));
	SWEEP("join", NOTHING, pinscope_group_attach(dev->group, vm->container))
		if (!sweep.ret)
			ok(pinscope_group_detach(dev->group));
}

/*
 * A group joins and leaves while the other device's page 3 is pinned, so that what
 * is mapped is mapped once more for it.
 */
static void join(const struct kind *first, const struct kind *second,
		 bool tracking)
{
	struct vm *vm = vm_new();
	struct device *old = new_device_of(first, vm);
	struct device *dev = device_of(vm, new_mdev(second));

	if (first->pins)
		window(old, 3);
	if (tracking) {
		start(vm);
		writes(old, 3);
	}
	sweep_watch(vm);
	ok(pinscope_group_open_device(dev->name, &dev->group));
	/* The container keeps the ranges of its first IOMMU */
	ok(pinscope_group_attach(dev->group, vm->container));
	ok(pinscope_group_detach(dev->group));
	SWEEP("join", NOTHING,
	      pinscope_group_attach(dev->group, vm->container)) {
		if (tracking && !(dirty(vm) & P(3)))
			complain("page 3 is lost");
		if (!sweep.ret) {
			open_device(dev);
			let_write(dev, second);
			if (tracking && !(dirty(vm) & P(4)))
				complain("page 4 is lost");
			close_device(dev);
			ok(pinscope_group_detach(dev->group));
		}
		writes(old, 3);
		if (tracking && !(dirty(vm) & P(3)))
			complain("page 3 is lost later");
		writes(old, 3);
	}
}

#define JOIN(first, second)						\
	static void join(const struct kind *, const struct kind *, bool);\
	FAULTS(join_##second##_to_##first)				\
	{								\
		join(&(first), &(second), false);			\
	}								\
	FAULTS(join_##second##_to_##first##_while_tracking)		\
	{								\
		join(&(first), &(second), true);			\
	}

JOIN(emulated, emulated)
JOIN(emulated, backed)
JOIN(emulated, tracked)
JOIN(emulated, backed_edu)
JOIN(backed, tracked)
JOIN(tracked, backed)
JOIN(tracked, tracked)
JOIN(optin, optin_edu)

/* Nothing that fails may keep a group from leaving */
static int leave(struct device *dev)
{
	close_device(dev);
	return pinscope_group_detach(dev->group);
}

static void detach_from(const struct kind *kind, const struct kind *other)
{
	struct vm *vm = vm_new();
	struct device *stays = new_device_of(other, vm);
	struct device *dev = device_of(vm, new_mdev(kind));

	window(stays, 3);
	start(vm);
	attach(dev);
	open_device(dev);
	let_write(dev, kind);
	sweep_watch(vm);
	SWEEP("leave", NOTHING, leave(dev)) {
		if (sweep.ret)
			complain("it has not left");
		if (!(dirty(vm) & P(4)))
			complain("page 4 is lost");
		ok(pinscope_group_attach(dev->group, vm->container));
		open_device(dev);
		dirty(vm);
		let_write(dev, kind);
	}
}

#define DETACH(which, other)						\
	static void detach_from(const struct kind *, const struct kind *);\
	FAULTS(detach_##which##_beside_##other)				\
	{								\
		detach_from(&(which), &(other));			\
	}

DETACH(emulated, emulated)
DETACH(backed, emulated)
DETACH(tracked, emulated)
DETACH(tracked, optin)
DETACH(optin, emulated)
DETACH(hwlog, emulated)

static int ask(struct vm *vm)
{
	struct pinscope_container_info info;
	int ret = pinscope_container_get_info(vm->container, &info);

	if (!ret)
		pinscope_container_info_release(&info);
	return ret;
}

static int read_views(struct pinscope_scope_list *list)
{
	int ret = pinscope_scope_read_all(list);

	if (!ret)
		pinscope_scope_list_release(list);
	return ret;
}

FAULTS(info)
{
	struct vm *vm = vm_new();

	new_device_of(&optin, vm);
	new_device_of(&emulated, vm);
	SWEEP("GET_INFO", NOTHING, ask(vm))
		continue;
}

FAULTS(views)
{
	struct pinscope_group_status status;
	struct pinscope_scope_list list;
	struct vm *vm = vm_new();
	struct device *dev = new_device_of(&hwlog, vm);

	sweep_watch(vm);
	SWEEP("scope in debugfs", NOTHING, read_views(&list))
		continue;
	SWEEP("status of a group", NOTHING,
	      pinscope_group_get_status(dev->group, &status))
		continue;
}
