// SPDX-License-Identifier: GPL-2.0
/*
 * The pin by which a device opts in while its user tracks: everything mapped is
 * reported once more. It takes a device with IOMMU backing, a puppet; what the
 * puppet does itself is counted as well. All that is mapped is pinned, so there is
 * no more of it than the guest has memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <puppet/puppet.h>

#include "program.h"

#define PARENT "0000:00:06.0"
#define PUPPET "pinscope_puppet"

static void puppet_new(char uuid[PINSCOPE_UUID_SIZE])
{
	struct pinscope_mdev_type *types;
	size_t nr, i;

	check("cannot bind " PARENT " to " PUPPET,
	      pinscope_pci_bind(PARENT, PUPPET));
	check("no types of mdevs", pinscope_mdev_types_find(&types, &nr));
	check("no UUID", pinscope_uuid_random(uuid));
	for (i = 0; i < nr; i++)
		if (!strcmp(types[i].parent, PARENT) &&
		    !strcmp(types[i].driver, PUPPET))
			break;
	if (i == nr)
		die(PARENT " has no type of " PUPPET);
	check("cannot create an mdev",
	      pinscope_mdev_create(PARENT, types[i].type, uuid));
	pinscope_mdev_types_free(types);
}

static int puppet_bind(const char *uuid)
{
	struct puppet_bind bind = {
		.argsz = sizeof(bind),
		.version = PUPPET_VERSION,
	};
	int fd = open(PUPPET_DEV, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(PUPPET_DEV ": %s", strerror(errno));
	snprintf(bind.uuid, sizeof(bind.uuid), "%s", uuid);
	if (ioctl(fd, PUPPET_BIND, &bind))
		die("cannot bind %s: %s", uuid, strerror(errno));
	return fd;
}

static uint64_t pin(int fd)
{
	struct puppet_call call = {
		.op = PUPPET_PIN,
		.count = 1,
		.prot = PUPPET_PROT_READ | PUPPET_PROT_WRITE,
	};
	struct puppet_result result = { 0 };
	struct puppet_calls calls = {
		.argsz = sizeof(calls),
		.nr = 1,
		.calls = (uintptr_t)&call,
		.results = (uintptr_t)&result,
	};
	uint64_t begin = now(), took;
	int ret = ioctl(fd, PUPPET_CALLS, &calls);

	took = now() - begin;
	if (ret || result.ret != 1)
		die("the puppet cannot pin: %s",
		    strerror(ret ? errno : -result.ret));
	return took;
}

static void settle(struct space *space, const char *uuid, uint64_t size)
{
	void *memory = memory_new(MEMORY_THP, size);
	void *bitmap = memory_new(MEMORY_NONE, size / PAGE / 8);
	uint64_t everything, took;
	int fd = puppet_bind(uuid);

	space_map(space, memory, 0, size);
	space_open_device(space, uuid);
	space_start(space);
	memset(bitmap, 0, size / PAGE / 8);
	space_get(space, size, bitmap);
	took = pin(fd);
	space_get(space, size, bitmap);
	everything = bits_set(bitmap, size);
	space_get(space, size, bitmap);
	if (everything != size / PAGE || bits_set(bitmap, size) != 1)
		die("the pin has not narrowed the scope: %llu pages dirty, then %llu",
		    (unsigned long long)everything,
		    (unsigned long long)bits_set(bitmap, size));
	sample("settle", took);
	space_stop(space);
	space_close_device(space);
	close(fd);
	space_unmap(space, 0, size);
	memory_free(bitmap, size / PAGE / 8);
	memory_free(memory, size);
}

void settle_rows(void)
{
	char uuid[PINSCOPE_UUID_SIZE];
	struct space space;
	bool can;

	progress("the pin that narrows");
	space_open(&space);
	can = space_has_scope(&space);
	space_close(&space);
	if (!can)
		return;

	puppet_new(uuid);
	space_attach(&space, uuid);
	settle(&space, uuid, GIB);
	space_close(&space);
	check("cannot remove the mdev", pinscope_mdev_remove(uuid));
}
