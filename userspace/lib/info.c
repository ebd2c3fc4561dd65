// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "info.h"

static uint32_t argsz_of(const void *info)
{
	uint32_t argsz;

	memcpy(&argsz, info, sizeof(argsz));
	return argsz;
}

/*
 * Only the first answer tells how long it is, and it may grow before the second, hence
 * the loop.
 */
int info_read(int fd, unsigned long request, const void *head, size_t size, void **out)
{
	uint32_t room = size > 256 ? (uint32_t)size : 256;
	void *info = NULL, *grown;
	int ret;

	do {
		grown = realloc(info, room);
		if (!grown) {
			free(info);
			return -ENOMEM;
		}
		info = grown;
		memset(info, 0, room);
		memcpy(info, head, size);
		memcpy(info, &room, sizeof(room));

		ret = file_ioctl(fd, request, info);
		if (ret < 0) {
			free(info);
			return ret;
		}
		if (argsz_of(info) <= room)
			break;
		room = argsz_of(info);
	} while (1);

	*out = info;
	return 0;
}

int info_each_cap(const void *info, uint32_t offset,
		  int (*each)(const struct vfio_info_cap_header *header, size_t room,
			      void *context), void *context)
{
	const uint32_t size = argsz_of(info);
	int ret = 0;

	while (offset && !ret) {
		const struct vfio_info_cap_header *header;

		if (offset > size || size - offset < sizeof(*header))
			return -EPROTO;
		header = (const void *)((const char *)info + offset);
		ret = each(header, size - offset, context);
		/* A chain only leads forward, or it might never end. */
		if (header->next && header->next <= offset)
			return ret ? ret : -EPROTO;
		offset = header->next;
	}
	return ret;
}
