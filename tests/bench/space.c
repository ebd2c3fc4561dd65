// SPDX-License-Identifier: GPL-2.0
/* What is measured from outside: what the user of a container or an IOAS calls */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <x86intrin.h>

#include "space.h"

static const struct space_calls *calls = &container_calls;

void space_use_iommufd(void)
{
	calls = &ioas_calls;
}

uint64_t now(void)
{
	uint64_t tsc;

	_mm_lfence();
	tsc = __rdtsc();
	_mm_lfence();
	return tsc;
}

uint64_t timed(int fd, unsigned long request, void *arg, int *error)
{
	uint64_t begin = now();
	int ret = ioctl(fd, request, arg);
	uint64_t took = now() - begin;

	*error = ret < 0 ? -errno : 0;
	return took;
}

void space_attach(struct space *space, const char *device)
{
	space->device_fd = -1;
	calls->attach(space, device);
}

void space_open_device(struct space *space, const char *device)
{
	calls->open_device(space, device);
}

void space_open(struct space *space)
{
	static const char device[] = "/sys/devices/platform/" BENCH_DEV;

	space_attach(space, device);
	space_open_device(space, device);
}

bool space_has_scope(struct space *space)
{
	return calls->has_scope(space);
}

void space_close_device(struct space *space)
{
	calls->close_device(space);
	space->device_fd = -1;
}

void space_close(struct space *space)
{
	if (space->device_fd >= 0)
		space_close_device(space);
	calls->close(space);
}

uint64_t bench(struct space *space, struct bench_call call)
{
	call.argsz = sizeof(call);
	if (!call.batch)
		call.batch = 512;
	if (!call.stride)
		call.stride = 1;
	if (ioctl(space->device_fd, BENCH_CALL, &call)) {
		if (errno == EOPNOTSUPP)
			return BENCH_ABSENT;
		die("the driver's call %u fails: %s", call.op, strerror(errno));
	}
	return call.took;
}

uint64_t space_map(struct space *space, void *vaddr, uint64_t iova,
		   uint64_t size)
{
	int error;
	uint64_t took = calls->map(space, vaddr, iova, size, &error);

	check("to map", error);
	return took;
}

uint64_t space_unmap(struct space *space, uint64_t iova, uint64_t size)
{
	int error;
	uint64_t gone, took = calls->unmap(space, iova, size, &gone, &error);

	check("to unmap", error);
	if (gone != size)
		die("%llu bytes are unmapped, and not %llu",
		    (unsigned long long)gone, (unsigned long long)size);
	return took;
}

uint64_t space_start(struct space *space)
{
	int error;
	uint64_t took = calls->track(space, true, &error);

	/* iommufd as it is knows no such ioctl */
	if (error == -ENOTTY)
		return BENCH_ABSENT;
	check("START", error);
	return took;
}

void space_stop(struct space *space)
{
	int error;

	calls->track(space, false, &error);
	check("STOP", error);
}

bool space_can_track(void)
{
	struct space space;
	bool can;

	space_open(&space);
	can = space_start(&space) != BENCH_ABSENT;
	if (can)
		space_stop(&space);
	space_close(&space);
	return can;
}

uint64_t space_get(struct space *space, uint64_t size, void *bitmap)
{
	int error;
	uint64_t took = calls->get(space, size, bitmap, &error);

	check("GET of a bitmap", error);
	return took;
}

uint64_t space_ranges(struct space *space, uint64_t size, void *ranges,
		      uint32_t room, uint32_t *nr)
{
	int error;
	uint64_t left, took;

	*nr = room;
	took = calls->ranges(space, size, ranges, nr, &left, &error);
	/* What a container says that does not know the flag */
	if (error == -EINVAL)
		return BENCH_ABSENT;
	check("GET of ranges", error);
	if (left)
		die("GET: no room for all ranges");
	return took;
}

uint64_t bits_set(const void *bitmap, uint64_t size)
{
	const uint64_t *word = bitmap;
	uint64_t nr = 0, i;

	for (i = 0; i < size / PAGE / 64; i++)
		nr += __builtin_popcountll(word[i]);
	return nr;
}
