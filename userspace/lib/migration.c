// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinscope/migration.h>

#include "file.h"

/*
 * The kernel's structures, under names of our own: <linux/vfio.h> of a
 * distribution may be older than they are.
 */
#define FEATURE_MIGRATION	1
#define FEATURE_MIG_STATE	2
#define FEATURE_MIG_DATA_SIZE	9
#define GET_PRECOPY_INFO	_IO(VFIO_TYPE, VFIO_BASE + 21)

struct mig_state {
	__u32 state;
	__s32 data_fd;
};

struct precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};

static const char *const state_names[PINSCOPE_STATE_NR] = {
	[PINSCOPE_STATE_ERROR] = "ERROR",
	[PINSCOPE_STATE_STOP] = "STOP",
	[PINSCOPE_STATE_RUNNING] = "RUNNING",
	[PINSCOPE_STATE_STOP_COPY] = "STOP_COPY",
	[PINSCOPE_STATE_RESUMING] = "RESUMING",
	[PINSCOPE_STATE_RUNNING_P2P] = "RUNNING_P2P",
	[PINSCOPE_STATE_PRE_COPY] = "PRE_COPY",
	[PINSCOPE_STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
};

int pinscope_migration_get_caps(const struct pinscope_device *device, uint64_t *caps)
{
	uint64_t flags = 0;
	int ret;

	ret = pinscope_device_feature_get(device, FEATURE_MIGRATION, &flags, sizeof(flags));
	if (!ret)
		*caps = flags;
	return ret;
}

int pinscope_migration_get_state(const struct pinscope_device *device,
				 enum pinscope_migration_state *state)
{
	struct mig_state arg = { .data_fd = -1 };
	int ret;

	ret = pinscope_device_feature_get(device, FEATURE_MIG_STATE, &arg, sizeof(arg));
	if (!ret)
		*state = (enum pinscope_migration_state)arg.state;
	return ret;
}

int pinscope_migration_set_state(struct pinscope_device *device,
				 enum pinscope_migration_state state, int *data_fd)
{
	struct mig_state arg = { .state = state, .data_fd = -1 };
	int ret;

	ret = pinscope_device_feature_set(device, FEATURE_MIG_STATE, &arg, sizeof(arg));
	if (ret)
		return ret;
	if (data_fd)
		*data_fd = arg.data_fd;
	else if (arg.data_fd >= 0)
		close(arg.data_fd);
	return 0;
}

int pinscope_migration_get_data_size(const struct pinscope_device *device, uint64_t *bytes)
{
	uint64_t size = 0;
	int ret;

	ret = pinscope_device_feature_get(device, FEATURE_MIG_DATA_SIZE, &size, sizeof(size));
	if (!ret)
		*bytes = size;
	return ret;
}

int pinscope_migration_get_precopy_info(int data_fd, struct pinscope_precopy_info *out)
{
	struct precopy_info info = { .argsz = sizeof(info) };
	int ret;

	ret = file_ioctl(data_fd, GET_PRECOPY_INFO, &info);
	if (ret)
		return ret;
	out->initial_bytes = info.initial_bytes;
	out->dirty_bytes = info.dirty_bytes;
	return 0;
}

int pinscope_migration_save(int data_fd, void **data, size_t *len)
{
	size_t used = 0, room = 4096;
	char *buf, *grown;
	ssize_t n;
	int ret;

	buf = malloc(room);
	if (!buf)
		return -ENOMEM;

	while (1) {
		n = read(data_fd, buf + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		/* ENOMSG: nothing more before the device changes again. */
		if (!n || (n < 0 && errno == ENOMSG))
			break;
		if (n < 0) {
			ret = -errno;
			goto err;
		}
		used += (size_t)n;
		if (used < room)
			continue;
		room *= 2;
		grown = realloc(buf, room);
		if (!grown) {
			ret = -ENOMEM;
			goto err;
		}
		buf = grown;
	}
	*data = buf;
	*len = used;
	return 0;

err:
	free(buf);
	return ret;
}

int pinscope_migration_load(int data_fd, const void *data, size_t len)
{
	const char *next = data;
	ssize_t n;

	while (len) {
		n = write(data_fd, next, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		next += n;
		len -= (size_t)n;
	}
	return 0;
}

const char *pinscope_migration_state_name(enum pinscope_migration_state state)
{
	return (unsigned int)state < PINSCOPE_STATE_NR ? state_names[state] : "?";
}

static int same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char c = *a == '-' ? '_' : *a;

		/* The names are ASCII, whatever the locale makes of an "i". */
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');

		if (c != *b)
			return 0;
	}
	return *a == *b;
}

int pinscope_migration_state_parse(const char *name, enum pinscope_migration_state *state)
{
	unsigned int i;

	for (i = 0; i < PINSCOPE_STATE_NR; i++) {
		if (same_name(name, state_names[i])) {
			*state = (enum pinscope_migration_state)i;
			return 0;
		}
	}
	return -EINVAL;
}
